"""By how much the spot index has moved: over 24 hours, or as far back as it is known.

    change = price now / price then - 1

The price of 24 hours ago is the sample nearest to that moment, at most ten minutes off. Where there is none, the oldest
sample of the last 24 hours stands in, and its time says from when on the change counts.
"""

from datetime import UTC, datetime

import msgspec

from voltape.model.history import DAY_S, Samples

__all__ = ["TOLERANCE_S", "UNKNOWN", "IndexChange", "index_change"]

TOLERANCE_S = 600
"""Seconds by which the sample of a day ago may be off."""


class IndexChange(msgspec.Struct, frozen=True):
    """Change of the spot index, fractions; all None where no price or no sample is known.

    Attributes:
        day: over 24 hours, None where less is known.
        known: since `since_at`.
        since_at: 24 hours ago, or the oldest sample of that time, ISO 8601 UTC.
    """

    day: float | None
    known: float | None
    since_at: str | None


UNKNOWN = IndexChange(None, None, None)


def index_change(prices: Samples | None, price: float | None, now_ms: int) -> IndexChange:
    """Change up to now.

    Args:
        prices: spot index by the minute; None where no history is kept.
        price: spot index now.
        now_ms: epoch ms.
    """
    if prices is None or price is None:
        return UNKNOWN
    now = now_ms // 1_000
    day = prices.nearest(now - DAY_S, TOLERANCE_S)
    since = day or next(prices.between(now - DAY_S, now), None)
    if since is None or not since.values[0]:
        return UNKNOWN
    change = round(price / since.values[0] - 1.0, 6)
    since_at = datetime.fromtimestamp(since.ts, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return IndexChange(None if day is None else change, change, since_at)
