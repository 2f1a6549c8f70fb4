"""A 30-day volatility index: the fair strike of a variance swap, from the prices of all strikes.

For each of the two expiries around 30 days, without interest,

    V = (2/T) · sum over strikes of dK/K² · Q(K)  -  (1/T) · (F/K0 - 1)²

with F the expiry's forward, K0 the highest strike not above it, Q(K) the price of the out-of-the-money option (below K0
the put, above it the call, at K0 the mean of both) and dK half the distance between the strikes on both sides (the
whole distance to the only neighbour at the ends). Strikes count outwards from K0 until two in a row have no bid.
Total variances V·T are interpolated linearly in time to 30 days, and the index is

    100 · √( (w1 + (w2 - w1) · (T - T1)/(T2 - T1)) / T ),     T = 30/365.

Sources: Cboe, Volatility Index Methodology: Cboe Volatility Index; K. Demeterfi, E. Derman, M. Kamal and J. Zou, More
than you ever wanted to know about volatility swaps (Goldman Sachs, 1999). The index is ours: it is neither Cboe's VIX
nor Deribit's DVOL, and differs from them in its prices (the venue's marks, where Cboe takes the middle of the quotes,
which here is often missing in the wings), in its years of 365 days, and in that any two expiries may enclose the 30
days, as far apart as the listing has them.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import Literal

import msgspec

from .slices import ChainSlice, Quote

__all__ = ["DAYS", "ExpiryVariance", "VarianceIndex", "variance_index"]

DAYS = 30.0
"""Days the index looks ahead."""

_YEAR_DAYS = 365.0
_FEWEST = 3
_BLANKS = 2
"""Strikes without a bid in a row at which the wing ends."""


class ExpiryVariance(msgspec.Struct, frozen=True):
    """What one expiry contributes.

    Attributes:
        expiry, days_to_expiry: which. forward: its forward. base_strike: K0.
        puts, calls: how many strikes below and above K0 count.
        lowest_strike, highest_strike: the ends of the strikes that count.
        variance: V of the module. iv: its root.
    """

    expiry: str
    days_to_expiry: float
    forward: float
    base_strike: float
    puts: int
    calls: int
    lowest_strike: float
    highest_strike: float
    variance: float
    iv: float


class VarianceIndex(msgspec.Struct, frozen=True):
    """The index of one underlying.

    Attributes:
        value: in percent per year, as such indices are quoted: 45.0 is an IV of 0.45. None where there is none.
        reason: why there is none, else None.
        days: it looks ahead. prices: which prices it is made of.
        near, far: the two expiries, as far as they have a variance of their own.
        method: version of the method; values of different ones are not comparable.
    """

    value: float | None
    reason: str | None
    days: float
    prices: Literal["mark"]
    near: ExpiryVariance | None
    far: ExpiryVariance | None
    method: int = 1


def variance_index(chains: Sequence[ChainSlice], days: float = DAYS) -> VarianceIndex:
    """The index of an underlying.

    Args:
        chains: its expiries, in date order.
        days: to look ahead.
    """
    years = days / _YEAR_DAYS
    around = next(((near, far) for near, far in pairwise(chains) if near.years <= years <= far.years), None)
    if around is None:
        return VarianceIndex(None, f"no two expiries around {days:g} days", days, "mark", None, None)
    near, far = (_variance(chain) for chain in around)
    if isinstance(near, str) or isinstance(far, str):
        found = zip(around, (near, far), strict=True)
        reason = "; ".join(f"{chain.expiry}: {cause}" for chain, cause in found if isinstance(cause, str))
        known = [None if isinstance(one, str) else one for one in (near, far)]
        return VarianceIndex(None, reason, days, "mark", known[0], known[1])
    t1, t2 = around[0].years, around[1].years
    w1, w2 = near.variance * t1, far.variance * t2
    total = w1 + (w2 - w1) * (years - t1) / (t2 - t1)
    return VarianceIndex(100.0 * sqrt(total / years), None, days, "mark", near, far)


def _variance(chain: ChainSlice) -> ExpiryVariance | str:
    """What an expiry contributes, or why it cannot."""
    forward = chain.forward
    if forward is None:
        return "no forward"
    below = [pair for pair in chain.pairs if pair.strike <= forward]
    if not below:
        return "no strike below the forward"
    base = below.pop()
    above = chain.pairs[len(below) + 1 :]
    puts = _wing([pair.put for pair in reversed(below)])[::-1]
    calls = _wing([pair.call for pair in above])
    if len(puts) < _FEWEST or len(calls) < _FEWEST:
        return f"{len(puts)} puts and {len(calls)} calls with a bid, fewer than {_FEWEST} of each"
    if base.call is None or base.put is None or base.call.mark_price is None or base.put.mark_price is None:
        return f"call or put without a mark price at {base.strike:g}"
    middle = 0.5 * (base.call.mark_price + base.put.mark_price)
    strip = [*puts, (base.strike, middle), *calls]
    variance = _strip_variance(strip, forward, base.strike, chain.years)
    if variance <= 0.0:
        return "no positive variance"
    return ExpiryVariance(
        expiry=chain.expiry,
        days_to_expiry=chain.days_to_expiry,
        forward=forward,
        base_strike=base.strike,
        puts=len(puts),
        calls=len(calls),
        lowest_strike=strip[0][0],
        highest_strike=strip[-1][0],
        variance=variance,
        iv=sqrt(variance),
    )


def _wing(outwards: Sequence[Quote | None]) -> list[tuple[float, float]]:
    """Strike and price of the options that count, going away from the base strike."""
    counted: list[tuple[float, float]] = []
    blanks = 0
    for quote in outwards:
        if quote is None or quote.bid_price is None or quote.mark_price is None:
            blanks += 1
            if blanks == _BLANKS:
                break
            continue
        blanks = 0
        counted.append((quote.strike, quote.mark_price))
    return counted


def _strip_variance(strip: Sequence[tuple[float, float]], forward: float, base: float, years: float) -> float:
    """V of the module, from strikes and prices in order."""
    last = len(strip) - 1
    total = 0.0
    for i, (strike, worth) in enumerate(strip):
        left, right = max(i - 1, 0), min(i + 1, last)
        width = (strip[right][0] - strip[left][0]) / (right - left)
        total += width / (strike * strike) * worth
    return (2.0 * total - (forward / base - 1.0) ** 2) / years
