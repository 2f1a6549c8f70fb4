"""The venue's clock as we know it: its last answer plus our monotonic time since.

Expiries, the daily refresh and the test for impossible times go by this clock, so that neither a wrong wall clock
here nor a step of it matters. One wrong answer would be enough to let every contract expire: a time that is far from
the known one counts only when the next answer agrees with it, or our wall clock does, as after this machine has slept,
for which the monotonic clock stands still.
"""

from voltape.clock import Clock

__all__ = ["VenueTime"]

_DOUBTED_MS = 60_000


class VenueTime:
    """Present time at the venue; our wall clock until the venue has told its own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ts: int | None = None
        self._at = 0.0
        self._doubted: tuple[int, float] | None = None
        self.skew_ms: int | None = None

    def observe(self, ts: int) -> None:
        """The venue says that it is `ts` (epoch ms) now; zero is no answer."""
        if ts <= 0:
            return
        now, skew_ms = self._clock.monotonic(), ts - self._clock.wall_ms()
        if not self._fits(ts, now, skew_ms):
            self._doubted = (ts, now)
            return
        self._ts, self._at, self._doubted, self.skew_ms = ts, now, None, skew_ms

    def _fits(self, ts: int, now: float, skew_ms: int) -> bool:
        """Whether an answer fits to the answers before it."""
        if self._ts is None or self.skew_ms is None or abs(skew_ms - self.skew_ms) <= _DOUBTED_MS:
            return True
        if _agree(ts, now, (self._ts, self._at)):
            return True
        return self._doubted is not None and _agree(ts, now, self._doubted)

    def now_ms(self) -> int:
        """Epoch ms."""
        if self._ts is None:
            return self._clock.wall_ms()
        return self._ts + int((self._clock.monotonic() - self._at) * 1000)


def _agree(ts: int, now: float, other: tuple[int, float]) -> bool:
    """Whether two answers, each with the monotonic time of its arrival, can be of one clock."""
    return abs(ts - other[0] - (now - other[1]) * 1000) <= _DOUBTED_MS
