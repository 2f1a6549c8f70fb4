"""CPU, memory and disk writes of a process, as the operating system accounts them."""

import os
import resource
import sys
from pathlib import Path

__all__ = ["ProcessUsage"]

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4_096
_CPU_FIELDS = (11, 12, 13, 14)
"""In `stat`, after the name: the process's own user and system time, and those of children that have ended."""


class ProcessUsage:
    """Reads one process; None where the system does not tell.

    Linux tells everything for any process of ours (memory as PSS, so that shared pages are not counted twice);
    elsewhere only this process is known, with its peak resident size and without its writes.

    Children of another process count with it once they have ended and it has taken note: a store's saver is such a
    child. Our own children are roles of their own; the system adds their writes to ours all the same when they end.
    """

    def __init__(self, pid: int | None = None) -> None:
        """Watch process `pid`, or this one."""
        self._pid = os.getpid() if pid is None else pid
        self._own = self._pid == os.getpid()
        self._proc = Path(f"/proc/{self._pid}")

    def cpu_seconds(self) -> float | None:
        """User and system time used so far, s."""
        if self._own:
            used = resource.getrusage(resource.RUSAGE_SELF)
            return used.ru_utime + used.ru_stime
        try:
            fields = (self._proc / "stat").read_text().rsplit(")", 1)[1].split()
            return sum(int(fields[place]) for place in _CPU_FIELDS) / _TICKS
        except (OSError, IndexError):
            return None

    def memory_bytes(self) -> int | None:
        """Proportional set size, else resident size, bytes."""
        try:
            for line in (self._proc / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1_024
        except OSError:
            pass
        try:
            return int((self._proc / "statm").read_text().split()[1]) * _PAGE
        except (OSError, IndexError):
            pass
        if not self._own:
            return None
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1_024

    def disk_written_bytes(self) -> int | None:
        """Bytes that the process has had written to disks so far, but for what was deleted before it got there.

        What goes to a file system in memory is not counted.
        """
        try:
            lines = (self._proc / "io").read_text().splitlines()
            counts = {name: int(count) for name, _, count in (line.partition(":") for line in lines)}
            return counts["write_bytes"] - counts["cancelled_write_bytes"]
        except (OSError, KeyError, ValueError):
            return None
