"""Sets the checkout up: `.venv` with locked packages, the dashboard, and voltape installed from its wheel.

Started by tools/setup.sh, with nothing but the standard library. Each step leaves a stamp beside its product,
so a second call looks at a few hundred files and is done.
"""

import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

from tools import npm
from tools.stamp import Stamp, fingerprint
from tools.step import PIP, StepFailed, run, say, stop_all

__all__ = ["main"]

VENV = Path(".venv")
PYTHON = VENV / "bin/python"
LOCKS = Path("requirements")
WEB = Path("web")
STATIC = Path("src/voltape/web/static")
GROUPS = {"runtime": ["runtime", "arrow", "build"], "dev": ["dev"]}


def base_python() -> Path:
    """Return the interpreter that virtual environments are made from, also when running inside one."""
    return Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")


def environment_stamp(group: str) -> Stamp:
    """Return the stamp of `.venv` holding `group`; a moved checkout or another Python makes it another one."""
    locks = [LOCKS / f"{name}.lock" for name in ("runtime", "arrow", "build", "dev")]
    wanted = fingerprint(locks, sys.version, sys.base_prefix, str(Path.cwd()))
    return Stamp(VENV / "stamps" / f"environment-{group}", wanted, PYTHON)


def environment(group: str) -> None:
    """Make `.venv` with the locked packages of `group`; where it has the others already, add to it."""
    runtime, wanted = environment_stamp("runtime"), environment_stamp(group)
    if wanted.current() or environment_stamp("dev").current():
        return
    fresh = not runtime.current()
    with runtime, wanted:
        if fresh:
            say(f"making .venv with Python {'.'.join(map(str, sys.version_info[:3]))}")
            run([base_python(), "-m", "venv", "--clear", VENV])
        say(f"installing the locked packages ({group})")
        locks = [f"--requirement={LOCKS / name}.lock" for name in GROUPS[group]]
        run([PYTHON, *PIP, "--require-hashes", *locks])


def dashboard_stamps() -> tuple[Stamp, Stamp]:
    """Return the stamps of the dashboard's packages and of the built dashboard.

    Both live in `node_modules`, which npm empties before it installs.
    """
    modules = WEB / "node_modules"
    locked = fingerprint([WEB / "package.json", WEB / "package-lock.json", WEB / ".npmrc"])
    parts = [path for path in sorted(WEB.iterdir()) if path.name not in {"node_modules", "tests"}]
    return (
        Stamp(modules / ".stamps/packages", locked, modules),
        Stamp(modules / ".stamps/dashboard", fingerprint(parts), STATIC / "index.html"),
    )


def dashboard_current() -> bool:
    """Tell whether the built dashboard is the one that `web/` describes."""
    return all(stamp.current() for stamp in dashboard_stamps())


def dashboard() -> None:
    """Build the dashboard into the Python package's folder."""
    packages, built = dashboard_stamps()
    if packages.current() and built.current():
        return
    command, env = npm.find(PYTHON)
    if not packages.current():
        say("installing the dashboard's packages")
        with packages:
            run([*command, "ci", "--no-audit", "--no-fund"], cwd=WEB, env=env)
    say("building the dashboard")
    with built:
        run([*command, "run", "build"], cwd=WEB, env=env)


def package() -> None:
    """Build the wheel, dashboard included, and install it into `.venv`."""
    inputs = [Path("src"), Path("pyproject.toml"), Path("README.md"), Path("LICENSE")]
    stamp = Stamp(VENV / "stamps/package", fingerprint(inputs), VENV / "bin/voltape")
    if stamp.current():
        return
    say("installing voltape")
    with stamp:
        run([PYTHON, *PIP, "--no-deps", "--no-build-isolation", "--no-index", "--force-reinstall", "."])


def everything(group: str) -> None:
    """Bring `.venv`, the dashboard and the installed package up to date.

    The dashboard is built beside the first step where it needs nothing from it.
    """
    if dashboard_current() or not npm.on_path():
        environment(group)
        dashboard()
    else:
        with ThreadPoolExecutor(max_workers=1) as pool:
            built = pool.submit(dashboard)
            try:
                environment(group)
                built.result()
            except BaseException:
                stop_all()
                raise
    package()


def web() -> None:
    """Build the dashboard alone."""
    if not dashboard_current() and not npm.on_path():
        environment("runtime")
    dashboard()


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Let one set-up at a time work on this checkout; a second one waits.

    The programs started meanwhile inherit the lock: one that outlives a killed set-up still keeps others out.
    """
    folder = os.open(".", os.O_RDONLY)
    os.set_inheritable(folder, True)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another set-up of this checkout")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Turn SIGTERM and SIGHUP into what Ctrl-C does."""
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    """Set up what the one argument names (`runtime`, `dev` or `web`) and return the exit code."""
    if len(arguments) != 1 or arguments[0] not in {"web", *GROUPS}:
        say("usage: tools/setup.sh runtime|dev|web")
        return 2
    wanted = arguments[0]
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    started = time.monotonic()
    try:
        with only_one():
            web() if wanted == "web" else everything(wanted)
    except KeyboardInterrupt:
        stop_all()
        say("interrupted; the next call goes on from the last finished step")
        return 130
    except StepFailed as failure:
        say(f"failed\n{failure}")
        return 1
    spent = time.monotonic() - started
    if spent > 1:
        say(f"done in {spent:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
