"""What the socket and REST must agree on about a contract."""

from operator import itemgetter

from voltape.model.ticker import VALUE_FIELDS, Values

__all__ = ["LEFT_OUT", "compared", "differing"]

LEFT_OUT = {
    "high_24h": "The window slides: it changes by the mere passing of time, and nothing says that this is pushed.",
    "low_24h": "As `high_24h`.",
    "volume_24h": "As `high_24h`.",
    "turnover_24h": "As `high_24h`.",
    "change_24h": "Its reference is the price 24 h ago, which moves with time as well.",
    "predicted_delivery_price": "An average that moves every second of the last half hour; some pushes lack it.",
}
"""Fields that are not compared, and why; every other one has the same meaning on the socket and on REST."""

_COMPARED = tuple(name for name in VALUE_FIELDS if name not in LEFT_OUT)

compared = itemgetter(*map(VALUE_FIELDS.index, _COMPARED))
"""The values of a state that are compared."""


def differing(pushed: Values, polled: Values) -> list[str]:
    """Names of the compared fields in which two states differ."""
    pairs = zip(_COMPARED, compared(pushed), compared(polled), strict=True)
    return [name for name, ours, theirs in pairs if ours != theirs]
