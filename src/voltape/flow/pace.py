"""How long to wait between two flushes: freshness first, then cost.

A flush costs about as much as there are contracts that changed, so waiting longer spares work only where the same
contracts change again meanwhile: under load. The wait is the one that was asked for as long as flushing takes a small
share of the time; beyond that it grows just enough to keep that share, up to a bound.
"""

__all__ = ["Pace"]

_SHARE = 0.06
_LONGEST = 4.0
_WEIGHT = 0.2


class Pace:
    """The wait between flushes.

    Attributes:
        interval: seconds between two flushes as things are.
    """

    __slots__ = ("_adaptive", "_base", "_work", "interval")

    def __init__(self, base: float, *, adaptive: bool = True) -> None:
        """Wait `base` seconds, and longer under load where `adaptive`."""
        self._base = base
        self._adaptive = adaptive
        self._work = 0.0
        self.interval = base

    def worked(self, seconds: float) -> None:
        """Tell how long the last flush kept the processor."""
        if not self._adaptive:
            return
        self._work += _WEIGHT * (seconds - self._work)
        self.interval = min(max(self._base, self._work / _SHARE), self._base * _LONGEST)

    @property
    def stretched(self) -> bool:
        """Whether the wait is longer than asked for."""
        return self.interval > self._base
