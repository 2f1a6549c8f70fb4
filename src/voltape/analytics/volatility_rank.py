"""Where a volatility stands among its own past: rank and percentile.

    rank       = (now - low) / (high - low)
    percentile = share of the daily values below now

A daily value is the last sample of a UTC day that is over. Low and high are of the daily values and of now, so that the
rank lies between 0 and 1. At most 365 days count, because options on coins trade on every day of the year, and the
number of days that really count is always told: a rank over 20 days is not one over a year.
Definitions as brokers give them for IV rank and IV percentile (IG, tastytrade).
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from voltape.model.history import DAY_S, VOLATILITY_FIELDS, Samples

__all__ = ["FEWEST_DAYS", "LONGEST_DAYS", "VolatilityRank", "daily_values", "volatility_rank"]

FEWEST_DAYS = 2
"""Fewer daily values make no range."""

LONGEST_DAYS = 365


class VolatilityRank(msgspec.Struct, frozen=True):
    """Rank of one figure.

    Attributes:
        now: the figure. low, high: of the daily values and of now; None with too few days.
        rank, percentile: 0 to 1; see the module.
        look_back_days: daily values that count. since_at: UTC midnight at which the first of these days began, ISO 8601.
        reason: why there is no rank, else None.
    """

    now: float | None
    low: float | None
    high: float | None
    rank: float | None
    percentile: float | None
    look_back_days: int
    since_at: str | None
    reason: str | None


def daily_values(volatilities: Samples, field: str, now_ms: int) -> dict[int, float]:
    """The last known value of each UTC day before today, by the day's number since 1970, oldest first.

    Args:
        volatilities: by the hour.
        field: one of `VOLATILITY_FIELDS`.
        now_ms: epoch ms.
    """
    column = VOLATILITY_FIELDS.index(field)
    today = now_ms // 1_000 // DAY_S
    earliest = max(today - LONGEST_DAYS, 0)
    found = {}
    for day in range(earliest, today):
        value = volatilities.latest(column, day * DAY_S, (day + 1) * DAY_S - 1)
        if value is not None:
            found[day] = value
    return found


def volatility_rank(days: dict[int, float], now: float | None) -> VolatilityRank:
    """Rank of a figure.

    Args:
        days: `daily_values`.
        now: the figure at present.
    """
    since_at = _midnight(min(days)) if days else None
    if now is None or len(days) < FEWEST_DAYS:
        reason = "no value now" if now is None else f"fewer than {FEWEST_DAYS} days of history"
        return VolatilityRank(now, None, None, None, None, len(days), since_at, reason)
    values: Sequence[float] = [*days.values(), now]
    low, high = min(values), max(values)
    below = sum(value < now for value in days.values())
    flat = low == high
    return VolatilityRank(
        now=now,
        low=low,
        high=high,
        rank=None if flat else round((now - low) / (high - low), 6),
        percentile=round(below / len(days), 6),
        look_back_days=len(days),
        since_at=since_at,
        reason="flat history" if flat else None,
    )


def _midnight(day: int) -> str:
    return datetime.fromtimestamp(day * DAY_S, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
