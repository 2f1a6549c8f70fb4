"""CPU time, memory and disk writes of processes, as the operating system accounts them."""

import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil

__all__ = ["cpu_seconds", "disk_written", "family", "memory_bytes", "resident_bytes", "total_cpu"]

_LINUX = sys.platform == "linux"


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its threads so far, s.

    On Linux from the process's own CPU clock, which counts nanoseconds; the figures in /proc go by ticks of
    10 ms, a few per cent of what a tracker uses in some seconds.
    """
    if _LINUX:
        # The clock's number as the C library makes it: inverted process id, then three bits of its kind.
        return time.clock_gettime((~pid << 3) | 2)
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def total_cpu(pids: Mapping[str, Iterable[int]]) -> dict[str, float]:
    """CPU seconds so far by role, each role being some processes."""
    return {role: sum(map(cpu_seconds, group)) for role, group in pids.items()}


def memory_bytes(pid: int) -> int:
    """Proportional set size: what is shared with others counts in part; elsewhere than on Linux the unique set."""
    if not _LINUX:
        return int(psutil.Process(pid).memory_full_info().uss)
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1_024
    raise RuntimeError("the kernel gives no proportional set size")


def resident_bytes(pid: int) -> int:
    """Resident set size: shared pages in full, however many share them; never less than the process would be alone."""
    return int(psutil.Process(pid).memory_info().rss)


def disk_written(pid: int) -> int | None:
    """Bytes that a process has caused to be written to disk so far; None where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("write_bytes:")), None)


def family(pid: int) -> dict[int, str]:
    """A process and everything below it: names by process id."""
    first = psutil.Process(pid)
    return {process.pid: process.name() for process in (first, *first.children(recursive=True))}
