"""The forward of one expiry: what the venue says, and what the options' own prices say.

Put-call parity without discounting: F = K + C - P at every strike. Taking the prices that one can really get, a forward
outside [K + C_bid - P_ask, K + C_ask - P_bid] at any strike would be free money, so the tightest of these bounds
enclose it. Source: H. Stoll, The relationship between put and call option prices, Journal of Finance 24 (1969).
"""

from collections.abc import Iterator
from math import log

from .slices import ChainSlice, SliceHead, StrikePair, head_fields

__all__ = ["Forward", "forward_of"]


class Forward(SliceHead, frozen=True, kw_only=True):
    """The forward of one expiry and its check; `forward` is the venue's `underlying_price`.

    Attributes:
        index_price: spot index.
        basis: forward - index, in settle currency. basis_fraction: the same over the index.
        carry: the yearly rate that leads from index to forward, ln(forward / index) / years.
        parity_mark: median over the strikes of K + C - P from mark prices.
        parity_mid: the same from the middle of bid and ask, of strikes quoted on both sides of both contracts.
        parity_low, parity_high: tightest bounds from bids and asks. They may cross for a moment, because polled
            contracts lag behind pushed ones.
        parity_strikes: how many strikes `parity_mid` comes from.
        consistent: whether the venue's forward lies within the bounds; None where there are none, or they cross.
    """

    index_price: float | None
    basis: float | None
    basis_fraction: float | None
    carry: float | None
    parity_mark: float | None
    parity_mid: float | None
    parity_low: float | None
    parity_high: float | None
    parity_strikes: int
    consistent: bool | None


def forward_of(chain: ChainSlice) -> Forward:
    """The forward of a slice, with its basis and its check by put-call parity."""
    forward, index = chain.forward, chain.index_price
    known = forward is not None and index is not None and chain.years > 0.0
    bounds = list(_bounds(chain.pairs))
    low = max((low for low, _ in bounds), default=None)
    high = min((high for _, high in bounds), default=None)
    return Forward(
        **head_fields(chain),
        index_price=index,
        basis=forward - index if forward is not None and index is not None else None,
        basis_fraction=forward / index - 1.0 if forward is not None and index is not None else None,
        carry=log(forward / index) / chain.years if known and forward and index else None,
        parity_mark=_middle(list(_marks(chain.pairs))),
        parity_mid=_middle([0.5 * (lower + upper) for lower, upper in bounds]),
        parity_low=low,
        parity_high=high,
        parity_strikes=len(bounds),
        consistent=_within(forward, low, high),
    )


def _marks(pairs: tuple[StrikePair, ...]) -> Iterator[float]:
    for pair in pairs:
        call, put = pair.call, pair.put
        if (
            call is not None
            and put is not None
            and call.mark_price is not None
            and put.mark_price is not None
        ):
            yield pair.strike + call.mark_price - put.mark_price


def _bounds(pairs: tuple[StrikePair, ...]) -> Iterator[tuple[float, float]]:
    for pair in pairs:
        call, put = pair.call, pair.put
        if call is None or put is None:
            continue
        if call.bid_price is None or call.ask_price is None or put.bid_price is None or put.ask_price is None:
            continue
        yield pair.strike + call.bid_price - put.ask_price, pair.strike + call.ask_price - put.bid_price


def _middle(found: list[float]) -> float | None:
    """The median."""
    if not found:
        return None
    ordered, half = sorted(found), len(found) // 2
    return ordered[half] if len(found) % 2 else 0.5 * (ordered[half - 1] + ordered[half])


def _within(forward: float | None, low: float | None, high: float | None) -> bool | None:
    if forward is None or low is None or high is None or low > high:
        return None
    return low <= forward <= high
