"""The smile of one expiry: implied volatility by strike.

Each strike is seen through its out-of-the-money contract: the call from the forward upwards, the put below it (the
other one where that has no mark IV). Those are the liquid contracts, and their price is all time value. Strikes whose
mark IV the venue has not stated are left out. Log-moneyness is k = ln(K/F); total variance w = IV²·T.
"""

from bisect import bisect_left
from math import log, sqrt

import msgspec

from .black76 import normal
from .slices import ChainSlice, Kind, Quote, SliceHead, StrikePair, head_fields

__all__ = ["Smile", "SmilePoint", "iv_at", "smile_of", "variance_at"]


_MOST = 100.0
"""An IV from 10,000 % on is a mistake; the venue shows none above 500 %."""


class SmilePoint(msgspec.Struct, frozen=True, gc=False):
    """One strike of a smile.

    Attributes:
        strike: price. kind: the contract it is seen through. symbol: that contract.
        log_moneyness: ln(strike / forward).
        delta: Black-76 delta of that contract on the forward, from the mark IV.
        call_delta: the same of the call at this strike, in (0, 1): an axis that runs through the whole smile.
        bid_iv, ask_iv: None where that side has no quote. mark_iv: the venue's.
    """

    strike: float
    kind: Kind
    symbol: str
    log_moneyness: float
    delta: float
    call_delta: float
    bid_iv: float | None
    mark_iv: float
    ask_iv: float | None


class Smile(SliceHead, frozen=True, kw_only=True):
    """The smile of one expiry.

    Attributes:
        underlying: coin.
        atm_iv: implied volatility at the forward (`voltape.analytics.atm`); None where the strikes do not enclose it.
        points: by strike, ascending; empty where there is no forward or no time left.
    """

    underlying: str
    atm_iv: float | None
    points: tuple[SmilePoint, ...]


def smile_of(chain: ChainSlice) -> Smile:
    """The smile of a slice at its forward."""
    points: tuple[SmilePoint, ...] = ()
    if chain.forward is not None and chain.years > 0.0:
        root = sqrt(chain.years)
        points = tuple(
            _point(quote, chain.forward, root)
            for pair in chain.pairs
            if (quote := _through(pair, chain.forward)) is not None
        )
    return Smile(
        **head_fields(chain),
        underlying=chain.underlying,
        atm_iv=iv_at(points, 0.0),
        points=points,
    )


def _through(pair: StrikePair, forward: float) -> Quote | None:
    first, second = (pair.call, pair.put) if pair.strike >= forward else (pair.put, pair.call)
    for quote in (first, second):
        if quote is not None and quote.mark_iv is not None and 0.0 < quote.mark_iv < _MOST:
            return quote
    return None


def _point(quote: Quote, forward: float, root: float) -> SmilePoint:
    k = log(quote.strike / forward)
    iv = quote.mark_iv or 0.0
    width = iv * root
    call_delta = normal(0.5 * width - k / width)
    return SmilePoint(
        quote.strike,
        quote.kind,
        quote.symbol,
        k,
        call_delta if quote.kind == "call" else call_delta - 1.0,
        call_delta,
        quote.bid_iv,
        iv,
        quote.ask_iv,
    )


def variance_at(points: tuple[SmilePoint, ...], k: float) -> float | None:
    """IV² at log-moneyness `k`, linear in it between the two strikes around it; None outside the strikes.

    Within one expiry that is the same as linear in total variance.
    """
    place = bisect_left(points, k, key=lambda point: point.log_moneyness)
    if place == len(points):
        return None
    right = points[place]
    if right.log_moneyness == k:
        return right.mark_iv * right.mark_iv
    if place == 0:
        return None
    left = points[place - 1]
    share = (k - left.log_moneyness) / (right.log_moneyness - left.log_moneyness)
    return (1.0 - share) * left.mark_iv * left.mark_iv + share * right.mark_iv * right.mark_iv


def iv_at(points: tuple[SmilePoint, ...], k: float) -> float | None:
    """Implied volatility at log-moneyness `k`; see `variance_at`."""
    variance = variance_at(points, k)
    return None if variance is None else sqrt(variance)
