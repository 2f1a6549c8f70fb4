"""Realised volatility as the venue tells it: one value per coin, window and hour, which belongs to no price path.

The values wander around the coin's volatility, longer windows less and more smoothly, and are the same whenever the same
hour is asked for.
"""

from math import exp, pi, sin, sqrt
from random import Random

from voltape.sim.coins import Coin

__all__ = ["HOUR_MS", "LONGEST_MS", "PERIODS", "periods_of", "realised_volatility"]

HOUR_MS = 3_600_000

LONGEST_MS = 30 * 24 * HOUR_MS
"""Longest span of one request."""

PERIODS = (7, 14, 21, 30, 60, 90, 180, 270)
_LONG_COINS = frozenset({"BTC", "ETH"})
_LONGEST_ELSEWHERE = 90


def periods_of(coin: Coin) -> tuple[int, ...]:
    """Windows in days that the venue has for a coin."""
    return tuple(days for days in PERIODS if coin.name in _LONG_COINS or days <= _LONGEST_ELSEWHERE)


def realised_volatility(coin: Coin, days: int, hour_ms: int, seed: int) -> float:
    """Volatility of the `days` before an hour (epoch ms), a fraction a year."""
    rng = Random(f"{seed}/realised/{coin.name}/{days}")
    swing = sum(
        rng.uniform(0.3, 1.0) * sin(2 * pi * (hour_ms / (days * 24 * HOUR_MS * stretch) + rng.random()))
        for stretch in (0.5, 1.3, 4.1)
    )
    return coin.vol * 0.92 * exp(0.5 * swing / sqrt(days))
