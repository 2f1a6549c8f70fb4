"""The venue's counted limits: connects and requests within a window, and the ban that follows."""

from collections import deque

__all__ = ["BanningLimit", "WindowLimit"]


class WindowLimit:
    """At most `most` events within `window` seconds."""

    def __init__(self, most: int, window: float) -> None:
        self._most = most
        self._window = window
        self._times: deque[float] = deque()

    def allows(self, now: float) -> bool:
        """Count an event at `now` (seconds) and say whether it is within the limit.

        An event that is refused is not counted, so memory stays bounded by the limit.
        """
        times = self._times
        while times and times[0] <= now - self._window:
            times.popleft()
        if len(times) >= self._most:
            return False
        times.append(now)
        return True


class BanningLimit:
    """A window limit that, once exceeded, refuses everything for `ban` seconds."""

    def __init__(self, most: int, window: float, ban: float) -> None:
        self._limit = WindowLimit(most, window)
        self._ban = ban
        self._until = float("-inf")

    def allows(self, now: float) -> bool:
        """Count an event and say whether it is answered."""
        if now < self._until:
            return False
        if self._limit.allows(now):
            return True
        self._until = now + self._ban
        return False
