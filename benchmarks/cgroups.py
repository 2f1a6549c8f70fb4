"""Accounts that the kernel keeps of a container, in either version of control groups."""

from pathlib import Path
from typing import Protocol

__all__ = ["Cgroup", "cgroup_of"]

_ROOT = Path("/sys/fs/cgroup")


class Cgroup(Protocol):
    """What a group of processes has used."""

    def memory_bytes(self) -> int:
        """Memory in use, without file pages that can be dropped at once."""
        ...

    def peak_bytes(self) -> int:
        """Most memory ever in use, file pages included."""
        ...

    def cpu_seconds(self) -> float:
        """CPU time so far."""
        ...

    def throttled_seconds(self) -> float:
        """Time for which work waited because the CPU limit was used up."""
        ...

    def killed(self) -> int:
        """Processes killed because the memory limit was reached."""
        ...


def cgroup_of(pid: int) -> Cgroup:
    """The group that a process is in."""
    paths: dict[str, str] = {}
    for line in Path(f"/proc/{pid}/cgroup").read_text(encoding="ascii").splitlines():
        _, controllers, path = line.split(":", 2)
        paths |= {name: path.lstrip("/") for name in controllers.split(",")}
    if "memory" in paths:
        return _Old(
            _ROOT / "memory" / paths["memory"],
            _ROOT / "cpu" / paths["cpu"],
            _ROOT / "cpuacct" / paths["cpuacct"],
        )
    return _Unified(_ROOT / paths[""])


def _fields(file: Path) -> dict[str, int]:
    rows = (line.split() for line in file.read_text(encoding="ascii").splitlines())
    return {name: int(value) for name, value in rows}


def _number(file: Path) -> int:
    return int(file.read_text(encoding="ascii"))


class _Unified:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def memory_bytes(self) -> int:
        inactive = _fields(self._folder / "memory.stat")["inactive_file"]
        return _number(self._folder / "memory.current") - inactive

    def peak_bytes(self) -> int:
        return _number(self._folder / "memory.peak")

    def cpu_seconds(self) -> float:
        return _fields(self._folder / "cpu.stat")["usage_usec"] / 1e6

    def throttled_seconds(self) -> float:
        return _fields(self._folder / "cpu.stat").get("throttled_usec", 0) / 1e6

    def killed(self) -> int:
        return _fields(self._folder / "memory.events")["oom_kill"]


class _Old:
    """Version 1, where each controller has a tree of its own."""

    def __init__(self, memory: Path, cpu: Path, accounts: Path) -> None:
        self._memory = memory
        self._cpu = cpu
        self._accounts = accounts

    def memory_bytes(self) -> int:
        inactive = _fields(self._memory / "memory.stat")["total_inactive_file"]
        return _number(self._memory / "memory.usage_in_bytes") - inactive

    def peak_bytes(self) -> int:
        return _number(self._memory / "memory.max_usage_in_bytes")

    def cpu_seconds(self) -> float:
        return _number(self._accounts / "cpuacct.usage") / 1e9

    def throttled_seconds(self) -> float:
        return _fields(self._cpu / "cpu.stat")["throttled_time"] / 1e9

    def killed(self) -> int:
        return _fields(self._memory / "memory.oom_control").get("oom_kill", 0)
