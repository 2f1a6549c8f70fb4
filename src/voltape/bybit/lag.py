"""Lag of one connection: how much later than the exchange's time its messages arrive.

Only the difference between connections, or from a connection's own best, says something about its health: the two
clocks may differ by any amount. It is therefore taken against the monotonic clock, which does not step, and the wall
clock only places the result where a reader expects it.
"""

__all__ = ["LagGauge"]

_WEIGHT = 0.2
_DOUBTED = 10_000.0


class LagGauge:
    """Smoothed lag, from a sample now and then.

    Attributes:
        steady: smoothed lag against the monotonic clock, ms from an arbitrary start; None before the first sample.
        lowest: least value of `steady` so far. latest: the last sample, not smoothed.
    """

    __slots__ = ("_doubted", "_offset", "latest", "lowest", "steady")

    def __init__(self) -> None:
        self.steady: float | None = None
        self.lowest: float | None = None
        self.latest: float | None = None
        self._offset = 0.0
        self._doubted: float | None = None

    def sample(self, ts: int, wall_ms: int, now: float) -> None:
        """A message made at `ts` (epoch ms, the exchange's clock) is here.

        Args:
            ts: the message's time; one that differs widely from those before is taken when the next one agrees.
            wall_ms: present time, epoch ms.
            now: the same, monotonic s.
        """
        lag = now * 1000 - ts
        self._offset = wall_ms - now * 1000
        usual = lag if self.steady is None else self.steady
        if abs(lag - usual) > _DOUBTED and not self._agrees(lag):
            self._doubted = lag
            return
        self.steady = lag if abs(lag - usual) > _DOUBTED else usual + _WEIGHT * (lag - usual)
        self.lowest = self.steady if self.lowest is None else min(self.lowest, self.steady)
        self.latest = lag
        self._doubted = None

    def _agrees(self, lag: float) -> bool:
        return self._doubted is not None and abs(lag - self._doubted) <= _DOUBTED

    @property
    def ms(self) -> float | None:
        """Smoothed arrival minus venue time by the wall clock, ms."""
        return None if self.steady is None else self.steady + self._offset
