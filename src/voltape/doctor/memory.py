"""Check of the memory that this process may use: limits of its control groups, its own, and what the machine has left."""

import resource
from collections.abc import Iterator
from pathlib import Path

from voltape.doctor.finding import Finding, State

__all__ = ["check_memory"]

MB = 1_000_000
TOO_LITTLE_MB = (96, 56)
"""Less than `voltape up` has been seen to use, all its processes and a little market; and than a role alone has."""
SCARCE_MB = (160, 64)
ADDRESSES_TOO_FEW_MB = 700
"""Less than the libraries of one process reserve, though they use a tenth of it."""
UNLIMITED = 1 << 60
"""From here on a limit is none: version 1 of control groups writes the largest number of pages."""

MORE = (
    "The whole takes about 90 MB, and more with a larger market: allow it 160 MB or more.",
    "Allow tracker and server 128 MB each, and jobs 64 MB; more with a larger market.",
)
ADDRESSES = (
    "That counts addresses, not memory: remove it (ulimit -v unlimited), and limit memory by a control group."
)


def check_memory(root: Path = Path("/"), addresses: int | None = None, *, apart: bool = False) -> Finding:
    """Whether every limit on memory leaves enough, and whether one has been hit.

    Args:
        root: where `proc` and `sys` are.
        addresses: limit of the address space in bytes; the process's own if left out.
        apart: whether what runs here is a role, whose store is elsewhere.
    """
    if addresses is None:
        addresses = resource.getrlimit(resource.RLIMIT_AS)[0]
    if addresses != resource.RLIM_INFINITY and addresses < ADDRESSES_TOO_FEW_MB * MB:
        text = f"the address space is limited to {addresses // MB:,} MB (RLIMIT_AS)"
        return Finding("memory", "fail", text, ADDRESSES)
    limits = [(limit, "the control group allows {} MB") for limit in group_limits(root)]
    if killed := group_kills(root):
        told = f"killed for want of memory in this control group: {killed}"
        allowed = f", which allows {min(limits)[0] // MB:,} MB" if limits else ""
        return Finding("memory", "fail", told + allowed, MORE[apart])
    if (free := available(root)) is not None:
        limits.append((free, "{} MB are free on this machine"))
    if not limits:
        return Finding("memory", "ok", "no limit is set")
    least, told = min(limits)
    text = told.format(f"{least // MB:,}")
    if least < TOO_LITTLE_MB[apart] * MB:
        return Finding("memory", "fail", text, MORE[apart])
    state: State = "warn" if least < SCARCE_MB[apart] * MB else "ok"
    return Finding("memory", state, text, MORE[apart] if state == "warn" else "")


def group_limits(root: Path) -> list[int]:
    """Limits of the control groups that this process is in, of both versions, bytes."""
    return [
        limit
        for place in group_places(root)
        for name in ("memory.max", "memory.limit_in_bytes")
        if (limit := as_limit(read(place / name))) is not None
    ]


def group_kills(root: Path) -> int:
    """Processes of our own control group that the system has killed because its limit was reached."""
    own = next((place for place in group_places(root) if place.is_dir()), None)
    if own is None:
        return 0
    lines = (read(own / "memory.events") or read(own / "memory.oom_control")).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


def group_places(root: Path) -> Iterator[Path]:
    """Folders of the memory accounts of this process, its own first, then those further up, whose limits hold as well."""
    for line in read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            base = root / "sys/fs/cgroup"
        elif "memory" in controllers.split(","):
            base = root / "sys/fs/cgroup/memory"
        else:
            continue
        # In a container the path may be that of the host, and only the base is there.
        own = base / path.lstrip("/")
        yield from (place for place in (own, *own.parents) if place.is_relative_to(base))


def as_limit(text: str) -> int | None:
    """A limit as the system writes it, None for none."""
    number = int(text) if text.strip().isdigit() else UNLIMITED
    return number if number < UNLIMITED else None


def available(root: Path) -> int | None:
    """Memory that could be had now, bytes; None where the system does not tell."""
    for line in read(root / "proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1_024
    return None


def read(path: Path) -> str:
    """Content of a file, empty where it cannot be read."""
    try:
        return path.read_text()
    except OSError:
        return ""
