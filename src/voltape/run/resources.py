"""What the roles use of the machine, sampled."""

from collections.abc import Callable

from voltape.clock import Clock
from voltape.flow.usage import ProcessUsage
from voltape.model.status import Resources, RoleUse

__all__ = ["ResourceMeter"]

_SAMPLE_EVERY = 5.0


class ResourceMeter:
    """CPU and memory of some processes; reading memory costs the kernel a walk, so samples are seconds apart."""

    def __init__(self, clock: Clock, roles: dict[str, Callable[[], int | None]]) -> None:
        """Watch processes by role; each function gives the process id of the moment, None for none."""
        self._clock = clock
        self._roles = roles
        self._usage: dict[str, tuple[int, ProcessUsage, float | None]] = {}
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
        known = self._open(role)
        if known is None:
            return None
        pid, usage, before = known
        used = usage.cpu_seconds()
        self._usage[role] = (pid, usage, used)
        cpu = None
        if used is not None and before is not None and elapsed > 0:
            cpu = round(100 * (used - before) / elapsed, 2)
        return RoleUse(cpu_percent=cpu, memory_bytes=usage.memory_bytes())

    def _open(self, role: str) -> tuple[int, ProcessUsage, float | None] | None:
        pid = self._roles[role]()
        known = self._usage.get(role)
        if pid is None:
            return None
        if known is None or known[0] != pid:
            usage = ProcessUsage(pid)
            known = self._usage[role] = (pid, usage, usage.cpu_seconds())
        return known
