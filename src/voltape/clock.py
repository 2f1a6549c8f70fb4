"""The machine's clocks behind one protocol, so that tests can stand in for all of them.

Wall time stamps data (`ts_received`); monotonic time measures ages and deadlines, so that a step of
the wall clock can neither make data stale nor keep it fresh.
"""

import time
from typing import Protocol

__all__ = ["Clock", "ManualClock", "SystemClock"]


class Clock(Protocol):
    """Source of time for everything that is not a pure function."""

    def wall_ms(self) -> int:
        """UTC epoch in milliseconds."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...

    def busy(self) -> float:
        """Seconds for which the calling thread has kept a processor, from an arbitrary start."""
        ...


class SystemClock:
    """The machine's clocks."""

    __slots__ = ()

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    def busy(self) -> float:
        return time.thread_time()


class ManualClock:
    """A clock that moves only when told to."""

    __slots__ = ("_monotonic", "_wall_ms")

    def __init__(self, wall_ms: int = 1_790_000_000_000, monotonic: float = 1_000.0) -> None:
        self._wall_ms = wall_ms
        self._monotonic = monotonic

    def wall_ms(self) -> int:
        return self._wall_ms

    def monotonic(self) -> float:
        return self._monotonic

    def busy(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Move both clocks forward by `seconds`."""
        self._wall_ms += round(seconds * 1000)
        self._monotonic += seconds

    def step_wall(self, seconds: float) -> None:
        """Move the wall clock only, as an NTP step or a user does."""
        self._wall_ms += round(seconds * 1000)
