"""What the system used over the last minutes, from samples of its status.

Counters that only grow are compared sample by sample, so that a restart of a process (its counters begin at zero) and
a process that came later are counted right, and no figure is the noise of a few seconds.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from voltape.model.status import Status

__all__ = ["SAMPLE_S", "Growth", "UsageWindow"]

SAMPLE_S = 10.0
"""Shortest time between two samples."""

_SPAN_S = 600.0
_BUSY_S = 60.0
_SLACK_S = 0.5


class Growth(NamedTuple):
    """How much a counter grew, and over how many seconds it was watched."""

    amount: float
    seconds: float

    def per(self, seconds: float) -> float | None:
        """The amount per so many seconds; None where nothing was watched."""
        return self.amount / self.seconds * seconds if self.seconds > 0 else None


class _Sample(NamedTuple):
    at: float
    ts: int
    told: int
    counters: dict[tuple[str, str], float]
    memory_bytes: int | None


class UsageWindow:
    """Samples of the last `span` seconds, `SAMPLE_S` apart at least; older ones fall out."""

    def __init__(self, span: float = _SPAN_S) -> None:
        self._span = span
        self._samples: deque[_Sample] = deque(maxlen=int(span / SAMPLE_S) + 2)

    def is_due(self, at: float) -> bool:
        """Whether a sample at this monotonic time would be taken."""
        return not self._samples or at - self._samples[-1].at >= SAMPLE_S - _SLACK_S

    def add(self, at: float, ts: int, status: Status) -> None:
        """Take a sample.

        Args:
            at: monotonic time, s. ts: epoch ms.
            status: where counters are read; one that was told before adds nothing, since its counters stand still.
        """
        newest = self._samples[-1] if self._samples else None
        if not self.is_due(at) or (newest is not None and status.ts and status.ts == newest.told):
            return
        self._samples.append(
            _Sample(at, ts, status.ts, dict(_counters(status)), status.resources.memory_bytes)
        )
        while at - self._samples[0].at > self._span + _SLACK_S:
            self._samples.popleft()

    @property
    def seconds(self) -> float:
        """Time between the oldest and the newest sample."""
        return self._samples[-1].at - self._samples[0].at if self._samples else 0.0

    @property
    def since_ts(self) -> int | None:
        """Epoch ms of the oldest sample."""
        return self._samples[0].ts if self._samples else None

    def grown(self, kind: str) -> dict[str, Growth]:
        """Growth of each counter of a kind: `cpu` and `disk` by role, `sent` and `received` by peer, `messages`, `store`."""
        found: dict[str, Growth] = {}
        for earlier, later in pairwise(self._samples):
            for key, value in later.counters.items():
                before = earlier.counters.get(key)
                if key[0] == kind and before is not None:
                    known = found.get(key[1], Growth(0.0, 0.0))
                    amount = known.amount + _increase(before, value)
                    found[key[1]] = Growth(amount, known.seconds + later.at - earlier.at)
        return found

    def busiest_cpu(self) -> float | None:
        """CPU of all roles in the busiest minute, per cent of one core; None before a minute is over."""
        used = 0.0
        points = [(self._samples[0].at, used)] if self._samples else []
        for earlier, later in pairwise(self._samples):
            used += sum(_cpu_between(earlier, later))
            points.append((later.at, used))
        rates = [100 * (end[1] - start[1]) / (end[0] - start[0]) for start, end in _minutes(points)]
        return max(rates, default=None)

    def largest_memory(self) -> int | None:
        """Most memory of all roles in any sample, bytes."""
        return max((one.memory_bytes for one in self._samples if one.memory_bytes is not None), default=None)


def _increase(before: float, after: float) -> float:
    """Growth of a counter, which after a restart has grown from zero."""
    return after - before if after >= before else after


def _cpu_between(earlier: _Sample, later: _Sample) -> Iterator[float]:
    for key, value in later.counters.items():
        before = earlier.counters.get(key)
        if key[0] == "cpu" and before is not None:
            yield _increase(before, value)


def _minutes(points: list[tuple[float, float]]) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Start and end of every stretch that lasts a minute, as near as the samples allow."""
    for index, start in enumerate(points):
        end = next((one for one in points[index:] if one[0] - start[0] >= _BUSY_S - _SLACK_S), None)
        if end is None:
            return
        yield start, end


def _counters(status: Status) -> Iterable[tuple[tuple[str, str], float]]:
    for role, use in status.resources.by_role.items():
        if use.cpu_seconds is not None:
            yield ("cpu", role), use.cpu_seconds
        if use.disk_written_bytes is not None:
            yield ("disk", role), use.disk_written_bytes
    for peer, traffic in status.traffic.items():
        yield ("sent", peer), traffic.sent
        yield ("received", peer), traffic.received
    yield ("messages", ""), status.messages.received
    yield ("store", ""), status.store.bytes_written
