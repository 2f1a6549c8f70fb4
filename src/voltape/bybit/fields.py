"""What zero means, per field: a value, or the venue's way to say that there is none.

The order is that of `model.ticker.VALUE_FIELDS`. The venue sends "0" for the price, size and IV of a side that
has no quote, for last, high and low where nothing traded, for the predicted delivery price outside the last half
hour, and never has an index, forward or mark IV of zero. A mark price, a greek, a volume, an open interest or a
change of zero is a value.
"""

from voltape.model.ticker import VALUE_FIELDS

__all__ = ["ZERO_IS_ABSENT", "ZERO_MEANS_ABSENT"]

ZERO_MEANS_ABSENT = frozenset(
    {
        "bid_price",
        "bid_size",
        "bid_iv",
        "ask_price",
        "ask_size",
        "ask_iv",
        "last_price",
        "high_24h",
        "low_24h",
        "mark_iv",
        "index_price",
        "underlying_price",
        "predicted_delivery_price",
    }
)
"""Names of the fields where zero is the venue's word for "none"."""

ZERO_IS_ABSENT = tuple(name in ZERO_MEANS_ABSENT for name in VALUE_FIELDS)
"""The same by position."""
