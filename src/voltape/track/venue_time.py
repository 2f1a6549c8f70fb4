"""The venue's clock as we know it: its last answer plus our monotonic time since.

Expiries, the daily refresh and the test for impossible times go by this clock, so that neither a wrong wall clock
here nor a step of it matters.
"""

from voltape.clock import Clock

__all__ = ["VenueTime"]


class VenueTime:
    """Present time at the venue; our wall clock until the venue has told its own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ts: int | None = None
        self._at = 0.0
        self.skew_ms: int | None = None

    def observe(self, ts: int) -> None:
        """The venue says that it is `ts` (epoch ms) now; zero is no answer."""
        if ts <= 0:
            return
        self._ts = ts
        self._at = self._clock.monotonic()
        self.skew_ms = ts - self._clock.wall_ms()

    def now_ms(self) -> int:
        """Epoch ms."""
        if self._ts is None:
            return self._clock.wall_ms()
        return self._ts + int((self._clock.monotonic() - self._at) * 1000)
