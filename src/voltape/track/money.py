"""Contracts near the money: those whose strike is close to the forward of their expiry.

The forward of an expiry is the newest price of the underlying that any of its contracts shows; where none shows one,
the newest index price of the coin stands in. Contracts without any data of their own belong to the window too, so
that a new listing at the money is live from its first moment.
"""

from collections.abc import Sequence
from math import inf

import msgspec

from voltape.model.row import Series
from voltape.model.ticker import VALUE_FIELDS

__all__ = ["Windows", "near_the_money"]

_INDEX_PRICE = VALUE_FIELDS.index("index_price")
_UNDERLYING_PRICE = VALUE_FIELDS.index("underlying_price")


class Windows(msgspec.Struct, frozen=True):
    """What counts as near.

    Attributes:
        moneyness: part of the forward within which a strike of any expiry is near; 0 for none.
        nearest_expiries: expiries, counted from the nearest, in which strikes around the one at the money are near.
        atm_strikes: strikes on each side of that one.
    """

    moneyness: float = 0.0
    nearest_expiries: int = 0
    atm_strikes: int = 0


def near_the_money(expiries: Sequence[Series], windows: Windows) -> set[str]:
    """Symbols near the money.

    Args:
        expiries: the series of one underlying in date order, without expired ones.
        windows: what counts as near.
    """
    near: set[str] = set()
    if not windows.moneyness and not windows.nearest_expiries:
        return near
    index = _newest(expiries, _INDEX_PRICE)
    for place, series in enumerate(expiries):
        if place >= windows.nearest_expiries and not windows.moneyness:
            break
        forward = _newest([series], _UNDERLYING_PRICE) or index
        if forward is None:
            continue
        low, high = _bounds(series, forward, windows, nearest=place < windows.nearest_expiries)
        near.update(symbol for symbol, row in series.rows.items() if low <= row.instrument.strike <= high)
    return near


def _newest(expiries: Sequence[Series], field: int) -> float | None:
    newest, price = -1, None
    for series in expiries:
        for row in series.rows.values():
            at = row.ts_exchange
            if at is not None and at > newest and row.values[field] is not None:
                newest, price = at, row.values[field]
    return price


def _bounds(series: Series, forward: float, windows: Windows, *, nearest: bool) -> tuple[float, float]:
    low, high = inf, -inf
    if windows.moneyness:
        low, high = forward * (1 - windows.moneyness), forward * (1 + windows.moneyness)
    if nearest:
        # No strike lies between the one at the money and the forward, so both windows together are one.
        strikes = sorted({row.instrument.strike for row in series.rows.values()})
        at = min(range(len(strikes)), key=lambda i: abs(strikes[i] - forward))
        low = min(low, strikes[max(0, at - windows.atm_strikes)])
        high = max(high, strikes[min(len(strikes) - 1, at + windows.atm_strikes)])
    return low, high
