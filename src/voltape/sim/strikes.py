"""Which strikes a series lists: dense around the forward, sparse in the wings, on round numbers.

Strikes are exact decimals; their text goes into symbols and they may have a decimal point.
"""

from decimal import Decimal
from math import exp, sqrt

__all__ = ["grid", "text"]

_WIDTHS = 3.2
_MULTIPLES = (1, 2, 4, 10, 20, 40, 100, 200, 400, 1000)


def grid(forward: float, vol: float, years: float, count: int, step: Decimal) -> list[Decimal]:
    """`count` different strikes, in order, about 3.2 standard deviations to each side of `forward`."""
    reach = _WIDTHS * vol * sqrt(years)
    pace = 2.0 * reach / max(count - 1, 1)
    chosen = {
        _snap(forward * exp(reach * (2.0 * i / max(count - 1, 1) - 1.0)), pace, step) for i in range(count)
    }
    low, high = min(chosen), max(chosen)
    while len(chosen) < count:
        low, high = low - step, high + step
        chosen.add(high)
        if len(chosen) < count and low > 0:
            chosen.add(low)
    return sorted(chosen)


def text(strike: Decimal) -> str:
    """The strike as it stands in a symbol: no exponent, no trailing zeros."""
    plain = f"{strike:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _snap(target: float, pace: float, step: Decimal) -> Decimal:
    room = target * pace
    unit = step
    for multiple in _MULTIPLES:
        if float(step) * multiple <= room:
            unit = step * multiple
    return max(round(target / float(unit)), 1) * unit
