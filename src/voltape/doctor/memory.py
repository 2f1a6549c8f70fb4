"""Check of the memory that this process may use: limits of its control groups, its own, and what the machine has left."""

import resource
from pathlib import Path

from voltape.doctor.finding import Finding

__all__ = ["check_memory"]

MB = 1_000_000
TOO_LITTLE_MB = 96
"""Less than `voltape up` has been seen to use, all its processes and a little market."""
SCARCE_MB = 160
ADDRESSES_TOO_FEW_MB = 700
"""Less than the libraries of one process reserve, though they use a tenth of it."""
UNLIMITED = 1 << 60
"""From here on a limit is none: version 1 of control groups writes the largest number of pages."""

MORE = "The whole takes about 90 MB, and more with a larger market: allow it 160 MB or more."
ADDRESSES = (
    "That counts addresses, not memory: remove it (ulimit -v unlimited), and limit memory by a control group."
)


def check_memory(root: Path = Path("/"), addresses: int | None = None) -> Finding:
    """Whether every limit on memory leaves enough.

    Args:
        root: where `proc` and `sys` are.
        addresses: limit of the address space in bytes; the process's own if left out.
    """
    if addresses is None:
        addresses = resource.getrlimit(resource.RLIMIT_AS)[0]
    if addresses != resource.RLIM_INFINITY and addresses < ADDRESSES_TOO_FEW_MB * MB:
        text = f"the address space is limited to {addresses // MB:,} MB (RLIMIT_AS)"
        return Finding("memory", "fail", text, ADDRESSES)
    limits = [(limit, "the control group allows {} MB") for limit in group_limits(root)]
    if (free := available(root)) is not None:
        limits.append((free, "{} MB are free on this machine"))
    if not limits:
        return Finding("memory", "ok", "no limit is set")
    least, told = min(limits)
    text = told.format(f"{least // MB:,}")
    if least < TOO_LITTLE_MB * MB:
        return Finding("memory", "fail", text, MORE)
    return Finding("memory", "warn", text, MORE) if least < SCARCE_MB * MB else Finding("memory", "ok", text)


def group_limits(root: Path) -> list[int]:
    """Limits of the control groups that this process is in, of both versions, bytes."""
    found: list[int] = []
    for line in read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            base, name = root / "sys/fs/cgroup", "memory.max"
        elif "memory" in controllers.split(","):
            base, name = root / "sys/fs/cgroup/memory", "memory.limit_in_bytes"
        else:
            continue
        own = base / path.lstrip("/")
        # A limit further up holds as well; in a container the path may be that of the host, and only the base is there.
        places = [place for place in (own, *own.parents) if place.is_relative_to(base)]
        found += [limit for place in places if (limit := as_limit(read(place / name))) is not None]
    return found


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
