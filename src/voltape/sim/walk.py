"""Random walk of one coin: spot index, volatility level, and the average that settles expiries."""

from dataclasses import dataclass, field
from math import exp, sqrt
from random import Random

from voltape.sim.coins import Coin
from voltape.sim.expiries import YEAR_MS

__all__ = ["Walk"]

_MAX_STEP_MS = 3_600_000
_REVERSION = 40.0
_VOL_OF_VOL = 1.2
_QUIET = 0.01


@dataclass(slots=True)
class Walk:
    """Index and volatility level of `coin` in settle currency and as a yearly fraction.

    `sums` holds, per expiry, count and sum of the index values inside its settlement window.
    """

    coin: Coin
    rng: Random
    index: float = 0.0
    level: float = 0.0
    sums: dict[int, tuple[int, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.index = self.coin.index * exp(0.02 * self.rng.gauss(0.0, 1.0))
        self.level = self.coin.vol * exp(0.05 * self.rng.gauss(0.0, 1.0))

    def step(self, elapsed_ms: int) -> None:
        """Move on by `elapsed_ms` of market time; a longer pause counts as one hour."""
        years = min(max(elapsed_ms, 1), _MAX_STEP_MS) / YEAR_MS
        scale = _QUIET if self.coin.quiet else 1.0
        sigma = self.level * sqrt(years) * scale
        self.index *= exp(sigma * self.rng.gauss(0.0, 1.0) - 0.5 * sigma * sigma)
        pull = min(_REVERSION * years, 1.0)
        shock = _VOL_OF_VOL * self.coin.vol * sqrt(years) * scale * self.rng.gauss(0.0, 1.0)
        floor, cap = 0.5 * self.coin.vol, 2.0 * self.coin.vol
        self.level = min(max(self.level + pull * (self.coin.vol - self.level) + shock, floor), cap)

    def settle(self, expiry_ms: int) -> float:
        """Add the index to the settlement average of `expiry_ms` and return the average so far."""
        count, total = self.sums.get(expiry_ms, (0, 0.0))
        self.sums[expiry_ms] = (count + 1, total + self.index)
        return (total + self.index) / (count + 1)

    def settled(self, expiry_ms: int) -> float:
        """Final settlement price; the index itself where the window was jumped over."""
        count, total = self.sums.pop(expiry_ms, (1, self.index))
        return total / count
