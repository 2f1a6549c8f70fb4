"""What an expiry says at the money: its volatility there, and the move it prices in."""

from math import sqrt

from .slices import ChainSlice, SliceHead, StrikePair, head_fields
from .smile import Smile

__all__ = ["Atm", "atm_of"]


class Atm(SliceHead, frozen=True, kw_only=True):
    """An expiry at the money.

    Attributes:
        atm_iv: implied volatility at the forward: mark IV of the two strikes around it, interpolated linearly in total
            variance over log-moneyness; None where the strikes do not enclose the forward.
        atm_strike: listed strike nearest to the forward, the lower of two as near.
        straddle: mark price of its call and put together.
        expected_move: one standard deviation until expiry, forward · IV · √years, in settle currency.
        expected_move_fraction: the same over the forward.
    """

    atm_iv: float | None
    atm_strike: float | None
    straddle: float | None
    expected_move: float | None
    expected_move_fraction: float | None


def atm_of(chain: ChainSlice, smile: Smile) -> Atm:
    """The figures at the money of a slice whose smile is known."""
    pair = _nearest(chain)
    spread = None if smile.atm_iv is None else smile.atm_iv * sqrt(smile.years)
    return Atm(
        **head_fields(chain),
        atm_iv=smile.atm_iv,
        atm_strike=None if pair is None else pair.strike,
        straddle=None if pair is None else _straddle(pair),
        expected_move=None if spread is None or chain.forward is None else spread * chain.forward,
        expected_move_fraction=spread,
    )


def _nearest(chain: ChainSlice) -> StrikePair | None:
    forward = chain.forward
    if forward is None:
        return None
    return min(chain.pairs, key=lambda pair: (abs(pair.strike - forward), pair.strike), default=None)


def _straddle(pair: StrikePair) -> float | None:
    if pair.call is None or pair.put is None:
        return None
    call, put = pair.call.mark_price, pair.put.mark_price
    return None if call is None or put is None else call + put
