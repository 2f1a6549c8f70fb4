"""Delays between attempts: doubling, jittered, capped, endless."""

from random import Random

__all__ = ["Backoff"]


class Backoff:
    """Source of delays for one thing that is tried again and again.

    Each delay is drawn between half of and the whole present step, so that several connections cut at once
    do not come back at once; the step doubles up to `maximum`. `reset` is for real success (data), not for a
    connection that merely opened.
    """

    __slots__ = ("_first", "_maximum", "_rng", "_step", "attempts")

    def __init__(self, first: float, maximum: float, rng: Random) -> None:
        """Start at `first` seconds, never above `maximum`; `rng` is the caller's, so that tests can seed it."""
        self._first = min(first, maximum)
        self._maximum = maximum
        self._rng = rng
        self._step = self._first
        self.attempts = 0

    def next(self) -> float:
        """Seconds to wait before the next attempt."""
        step = self._step
        self._step = min(step * 2, self._maximum)
        self.attempts += 1
        return step * (0.5 + self._rng.random() / 2)

    def reset(self) -> None:
        """Start over after success."""
        self._step = self._first
        self.attempts = 0
