"""Max pain: the settlement price at which the holders of all open contracts of an expiry are paid least.

At a settlement price S every open call pays `open_interest * max(S - strike, 0)` and every open put
`open_interest * max(strike - S, 0)`. The sum is convex and piecewise linear with its bends at the strikes, so that
one of the strikes is a minimum, and only strikes are looked at. Where two neighbours are equal, every price between
them is as good, and the lower one is given.

It describes how open interest is spread over strikes. That prices are drawn towards it is a hypothesis about the
stock options of the 1990s (Ni, Pearson and Poteshman, "Stock price clustering on option expiration dates", Journal
of Financial Economics 78, 2005), not a property of this figure.
"""

from collections.abc import Iterable
from itertools import accumulate, pairwise

import msgspec

from .position import Position, PositionSlice, total

__all__ = ["MaxPain", "Payout", "max_pain", "payouts"]


class Payout(msgspec.Struct, frozen=True):
    """What the holders of all calls and of all puts are paid, in settlement currency, at one settlement price."""

    price: float
    calls: float
    puts: float
    total: float


class MaxPain(msgspec.Struct, frozen=True):
    """One expiry.

    Attributes:
        expiry, days_to_expiry: which.
        max_pain: the strike where the holders are paid least; None where nothing is open.
        payout: what they are paid there, in settlement currency.
        forward: the exchange's price of the underlying for the expiry.
        distance_percent: of `max_pain` from the forward; above it is positive.
        open_interest: of the contracts counted, units of the underlying.
        curve: payout at each strike.
    """

    expiry: str
    days_to_expiry: float
    max_pain: float | None
    payout: float | None
    forward: float | None
    distance_percent: float | None
    open_interest: float | None
    curve: list[Payout]


def payouts(positions: Iterable[Position]) -> list[Payout]:
    """Payout at each strike, in the order of strikes; contracts without open interest only lend their strike."""
    calls: dict[float, float] = {}
    puts: dict[float, float] = {}
    for one in positions:
        calls.setdefault(one.strike, 0.0)
        puts.setdefault(one.strike, 0.0)
        side = calls if one.kind == "call" else puts
        side[one.strike] += one.open_interest or 0.0
    strikes = sorted(calls)
    paid_to_calls = _paid(strikes, calls)
    paid_to_puts = _paid(strikes[::-1], puts)[::-1]
    return [
        Payout(strike, to_calls, to_puts, to_calls + to_puts)
        for strike, to_calls, to_puts in zip(strikes, paid_to_calls, paid_to_puts, strict=True)
    ]


def _paid(strikes: list[float], interest: dict[float, float]) -> list[float]:
    """Payout at each strike to contracts that gain in the direction of `strikes`: each step pays all passed so far."""
    passed = accumulate(interest[strike] for strike in strikes)
    steps = (abs(after - before) for before, after in pairwise(strikes))
    gains = (weight * step for weight, step in zip(passed, steps, strict=False))
    return list(accumulate(gains, initial=0.0)) if strikes else []


def max_pain(one: PositionSlice) -> MaxPain:
    """Max pain of one series."""
    interest = total(position.open_interest for position in one.positions)
    curve = payouts(one.positions)
    least = min(curve, key=lambda payout: payout.total, default=None) if interest else None
    distance = None
    if least is not None and one.forward:
        distance = round((least.price / one.forward - 1) * 100, 4)
    return MaxPain(
        expiry=one.expiry,
        days_to_expiry=one.days_to_expiry,
        max_pain=None if least is None else least.price,
        payout=None if least is None else least.total,
        forward=one.forward,
        distance_percent=distance,
        open_interest=interest,
        curve=curve,
    )
