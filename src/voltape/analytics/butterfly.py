"""Butterflies between listed strikes: what the marks themselves imply, without any curve between them.

For three neighbouring strikes the butterfly l·C1 + (1 - l)·C3 - C2, l = (K3 - K2)/(K3 - K1), pays nothing or more at
expiry whatever happens, so a price below 0 is free money. Call prices are Black-76's from the smile, and a mark IV is
rounded to four decimals, so a price below 0 by no more than that rounding is none.
Source: P. Carr and D. Madan, A note on sufficient conditions for no arbitrage, Finance Research Letters 2 (2005).
"""

from .black76 import Greeks, greeks
from .smile import Smile

__all__ = ["butterfly_strikes"]

_HALF_STEP = 0.005
"""Half of the last decimal of a mark IV, in vol points."""


def butterfly_strikes(smile: Smile) -> tuple[float, ...]:
    """Strikes, in order, whose butterfly with their neighbours costs less than nothing."""
    calls = [
        (point.strike, found)
        for point in smile.points
        if (found := _call(smile, point.strike, point.mark_iv))
    ]
    return tuple(
        middle[0]
        for low, middle, high in zip(calls, calls[1:], calls[2:], strict=False)
        if _free(low, middle, high)
    )


def _call(smile: Smile, strike: float, iv: float) -> Greeks | None:
    return None if smile.forward is None else greeks(smile.forward, strike, smile.years, iv, "call")


def _free(low: tuple[float, Greeks], middle: tuple[float, Greeks], high: tuple[float, Greeks]) -> bool:
    share = (high[0] - middle[0]) / (high[0] - low[0])
    worth = share * low[1].price + (1.0 - share) * high[1].price - middle[1].price
    slack = _HALF_STEP * (share * low[1].vega + (1.0 - share) * high[1].vega + middle[1].vega)
    return worth < -slack
