"""The venue's clock: it follows a steady source, but can run fast and jump."""

from collections.abc import Callable

__all__ = ["VenueClock"]


class VenueClock:
    """Epoch milliseconds of the simulated venue.

    `steady` gives seconds that never step (such as the event loop's time); `speed` is how many
    venue seconds pass in one of them.
    """

    def __init__(self, steady: Callable[[], float], *, start_ms: int, speed: float = 1.0) -> None:
        self._steady = steady
        self._anchor = steady()
        self._base_ms = float(start_ms)
        self.speed = speed

    def now_ms(self) -> int:
        """Venue time now."""
        return self.at(self._steady())

    def at(self, moment: float) -> int:
        """Venue time at a moment of the steady source."""
        return int(self._base_ms + (moment - self._anchor) * 1000.0 * self.speed)

    def advance(self, seconds: float) -> None:
        """Jump by some seconds, backwards if negative."""
        self._base_ms += seconds * 1000.0

    def run_at(self, speed: float) -> None:
        """Change the speed from now on, without a jump."""
        now = self._steady()
        self._base_ms += (now - self._anchor) * 1000.0 * self.speed
        self._anchor = now
        self.speed = speed
