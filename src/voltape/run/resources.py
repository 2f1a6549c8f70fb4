"""What the roles use of the machine, sampled."""

from collections.abc import Callable

import msgspec

from voltape.clock import Clock
from voltape.flow.usage import ProcessUsage
from voltape.model.status import Resources, RoleUse

__all__ = ["ResourceMeter"]

_SAMPLE_EVERY = 5.0


class _Watched(msgspec.Struct):
    """A process, the time that it had used at the last sample, and the most that it was seen to have written."""

    pid: int
    usage: ProcessUsage
    cpu_seconds: float | None
    disk_written: int | None = None


class ResourceMeter:
    """CPU, memory and disk writes of some processes.

    Reading memory costs the kernel a walk, so samples are seconds apart.
    """

    def __init__(self, clock: Clock, roles: dict[str, Callable[[], int | None]]) -> None:
        """Watch processes by role; each function gives the process id of the moment, None for none."""
        self._clock = clock
        self._roles = roles
        self._watched: dict[str, _Watched] = {}
        self._sampled = clock.monotonic()
        self._latest = Resources()

    def read(self) -> Resources:
        """The newest sample."""
        now = self._clock.monotonic()
        elapsed = now - self._sampled
        if elapsed >= _SAMPLE_EVERY or not self._latest.by_role:
            self._latest = self._sample(elapsed)
            self._sampled = now
        return self._latest

    def _sample(self, elapsed: float) -> Resources:
        by_role = {}
        for role in self._roles:
            use = self._sample_role(role, elapsed)
            if use is not None:
                by_role[role] = use
        cpu = [use.cpu_percent for use in by_role.values() if use.cpu_percent is not None]
        memory = [use.memory_bytes for use in by_role.values() if use.memory_bytes is not None]
        return Resources(
            cpu_percent=round(sum(cpu), 2) if cpu else None,
            memory_bytes=sum(memory) if memory else None,
            by_role=by_role,
        )

    def _sample_role(self, role: str, elapsed: float) -> RoleUse | None:
        watched = self._open(role)
        if watched is None:
            return None
        used, before = watched.usage.cpu_seconds(), watched.cpu_seconds
        watched.cpu_seconds = used
        written = watched.usage.disk_written_bytes()
        if written is not None:
            # The system takes back what was deleted in time; a counter must not fall.
            watched.disk_written = max(written, watched.disk_written or 0)
        cpu = None
        if used is not None and before is not None and elapsed > 0:
            cpu = round(100 * (used - before) / elapsed, 2)
        return RoleUse(
            cpu_percent=cpu,
            memory_bytes=watched.usage.memory_bytes(),
            cpu_seconds=None if used is None else round(used, 3),
            disk_written_bytes=watched.disk_written,
        )

    def _open(self, role: str) -> _Watched | None:
        pid = self._roles[role]()
        if pid is None:
            return None
        watched = self._watched.get(role)
        if watched is None or watched.pid != pid:
            usage = ProcessUsage(pid)
            watched = self._watched[role] = _Watched(pid, usage, usage.cpu_seconds())
        return watched
