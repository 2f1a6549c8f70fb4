"""Gamma exposure: how many USD of the underlying dealers buy or sell to stay hedged when it moves by 1 %.

One contract's exposure is `sign * gamma * open_interest * spot² * 0.01`: gamma times 1 % of the spot is the change of
delta, times the spot its value in USD. Gamma is the exchange's, spot the index price. The sign is an assumption,
since nobody publishes who holds what: the usual one is that dealers are long the calls and short the puts (the
public bought puts and sold calls), as in SqueezeMetrics, "Gamma Exposure" (2017). It is stated in every answer.
A positive sum means that dealers sell into a rise and buy into a fall; a negative one that they follow the move.

The *flip* is the spot at which the sum changes its sign. Moving the spot changes every gamma, so it is sought in a
*profile*: the sum recomputed at levels of the spot from 30 % below to 30 % above, 1 % apart within 10 % and 2.5 %
apart beyond, with Black-76 gammas of the mark IVs, each IV staying with its strike and each forward moving in proportion to the spot. Between two levels the sum
is taken as linear. Of several flips the one nearest to the spot is given; None where the sign is the same at all levels.

In the last day the exchange has been seen to shrink its gamma with the hours that are left, so at the present spot the
profile may differ from the sum of the strikes. Contracts without gamma count in neither; the profile also leaves
out those without mark IV or forward.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import exp, fsum, log, pi, sqrt

import msgspec

from .position import Position, PositionSlice

__all__ = [
    "DEALERS_LONG_CALLS",
    "ExpiryGamma",
    "GammaExposure",
    "ProfilePoint",
    "SignConvention",
    "StrikeGamma",
    "flip_level",
    "gamma_exposure",
    "gamma_profile",
]

_LEVELS = (
    *(round(0.7 + 0.025 * step, 3) for step in range(8)),
    *(round(0.9 + 0.01 * step, 2) for step in range(21)),
    *(round(1.125 + 0.025 * step, 3) for step in range(8)),
)
_PER_PERCENT = 0.01
_LEAST_DEVIATION = 1e-6
"""Below it a contract is all but expired: its gamma is a needle at the strike."""

_ROOT_2_PI = sqrt(2 * pi)


class SignConvention(msgspec.Struct, frozen=True):
    """Who is assumed to hold what: `calls` and `puts` are the signs of dealers' positions, +1 long and -1 short."""

    assumption: str
    calls: int
    puts: int
    formula: str = "sign * gamma * open_interest * index_price^2 * 0.01"
    unit: str = "USD per 1 % move of the underlying"


DEALERS_LONG_CALLS = SignConvention("dealers are long all calls and short all puts", calls=1, puts=-1)
"""The usual assumption."""


class StrikeGamma(msgspec.Struct, frozen=True):
    """Signed exposure of one strike, USD per 1 %."""

    strike: float
    calls: float
    puts: float
    net: float


class ExpiryGamma(msgspec.Struct, frozen=True):
    """Signed exposure of one expiry, USD per 1 %."""

    expiry: str
    calls: float
    puts: float
    net: float


class ProfilePoint(msgspec.Struct, frozen=True):
    """Net exposure if the spot were at `price`, USD per 1 %."""

    price: float
    net: float


class GammaExposure(msgspec.Struct, frozen=True):
    """Exposure of an underlying or of one of its expiries.

    Attributes:
        convention: what is assumed, and the formula.
        index_price: spot it is for; without it nothing can be computed.
        calls, puts, net: signed sums, USD per 1 %.
        flip: spot at which the net exposure changes its sign.
        call_wall, put_wall: strikes with the largest exposure of calls and of puts.
        contracts: counted. left_out: with open interest, but without gamma.
        strikes: by strike. expiries: in date order.
        profile: net exposure at levels of the spot.
    """

    convention: SignConvention
    index_price: float | None
    calls: float | None
    puts: float | None
    net: float | None
    flip: float | None
    call_wall: float | None
    put_wall: float | None
    contracts: int
    left_out: int
    strikes: list[StrikeGamma]
    expiries: list[ExpiryGamma]
    profile: list[ProfilePoint]


_Weighted = tuple[Position, float]


def gamma_exposure(
    slices: Sequence[PositionSlice],
    index_price: float | None,
    profile: Sequence[ProfilePoint] = (),
    convention: SignConvention = DEALERS_LONG_CALLS,
) -> GammaExposure:
    """Sum up exposures.

    Args:
        slices: series in date order.
        index_price: spot.
        profile: `gamma_profile` of the same slices.
        convention: whose signs to take.
    """
    by_expiry = {one.expiry: list(_weighted(one, index_price, convention)) for one in slices}
    weighted = [pair for pairs in by_expiry.values() for pair in pairs]
    strikes = _by_strike(weighted)
    calls, puts = _sides(weighted)
    open_contracts = sum(bool(position.open_interest) for one in slices for position in one.positions)
    return GammaExposure(
        convention=convention,
        index_price=index_price,
        calls=calls if weighted else None,
        puts=puts if weighted else None,
        net=calls + puts if weighted else None,
        flip=None if index_price is None else flip_level(profile, index_price),
        call_wall=_wall([(one.strike, one.calls) for one in strikes]),
        put_wall=_wall([(one.strike, one.puts) for one in strikes]),
        contracts=len(weighted),
        left_out=open_contracts - len(weighted),
        strikes=strikes,
        expiries=[ExpiryGamma(expiry, *_split(pairs)) for expiry, pairs in by_expiry.items()],
        profile=list(profile),
    )


def _weighted(
    one: PositionSlice, index_price: float | None, convention: SignConvention
) -> Iterator[_Weighted]:
    """Contracts with open interest and gamma, with the signed exposure of each."""
    if index_price is None:
        return
    scale = index_price * index_price * _PER_PERCENT
    for position in one.positions:
        if position.open_interest and position.gamma is not None:
            sign = convention.calls if position.kind == "call" else convention.puts
            yield position, sign * position.gamma * position.open_interest * scale


def _sides(weighted: Iterable[_Weighted]) -> tuple[float, float]:
    calls: list[float] = []
    puts: list[float] = []
    for position, exposure in weighted:
        (calls if position.kind == "call" else puts).append(exposure)
    return fsum(calls), fsum(puts)


def _split(weighted: Iterable[_Weighted]) -> tuple[float, float, float]:
    calls, puts = _sides(weighted)
    return calls, puts, calls + puts


def _by_strike(weighted: Iterable[_Weighted]) -> list[StrikeGamma]:
    strikes: dict[float, list[_Weighted]] = {}
    for pair in weighted:
        strikes.setdefault(pair[0].strike, []).append(pair)
    return [StrikeGamma(strike, *_split(strikes[strike])) for strike in sorted(strikes)]


def _wall(exposures: Iterable[tuple[float, float]]) -> float | None:
    """The strike with the largest exposure, whatever its sign; the lower one of two."""
    strike, size = max(
        ((strike, abs(exposure)) for strike, exposure in exposures),
        key=lambda pair: pair[1],
        default=(None, 0.0),
    )
    return strike if size else None


def gamma_profile(
    slices: Iterable[PositionSlice],
    index_price: float | None,
    convention: SignConvention = DEALERS_LONG_CALLS,
) -> Iterator[ProfilePoint]:
    """Net exposure at each level of the spot, ascending, computed one level at a time.

    Args:
        slices: series.
        index_price: present spot; without it there is no level.
        convention: whose signs to take.
    """
    terms = [term for one in slices for term in _terms(one, convention)]
    if index_price is None or not terms:
        return
    for level in _LEVELS:
        price = index_price * level
        shift = log(level)
        density = fsum(
            weight * exp(-0.5 * (d1 := distance + shift * pace) * d1) for weight, distance, pace in terms
        )
        # Every forward is `level` times what it is now, which its gamma is divided by.
        yield ProfilePoint(price, density / level * price * price * _PER_PERCENT)


def _terms(one: PositionSlice, convention: SignConvention) -> Iterator[tuple[float, float, float]]:
    """Per strike and IV: what its Black-76 gamma is made of.

    At `level` times the spot, gamma times signed open interest is `weight * exp(-d1² / 2) / level` with
    `d1 = distance + log(level) * pace`.
    """
    if one.forward is None or one.forward <= 0.0 or not one.years:
        return
    interest: dict[tuple[float, float], float] = {}
    for position in one.positions:
        if position.open_interest and position.gamma is not None and position.mark_iv:
            sign = convention.calls if position.kind == "call" else convention.puts
            # Call and put of one strike and IV have the same gamma.
            key = (position.strike, position.mark_iv)
            interest[key] = interest.get(key, 0.0) + sign * position.open_interest
    root = sqrt(one.years)
    for (strike, iv), held in interest.items():
        deviation = iv * root
        if deviation < _LEAST_DEVIATION:
            continue
        weight = held / (one.forward * deviation * _ROOT_2_PI)
        yield weight, log(one.forward / strike) / deviation + deviation / 2, 1 / deviation


def flip_level(profile: Sequence[ProfilePoint], index_price: float) -> float | None:
    """The price nearest to `index_price` at which the profile changes its sign; None where it does not."""
    # In the last hours gamma far from the strikes is nothing at all, and where that ends no sign changes.
    signed = [(place, point) for place, point in enumerate(profile) if point.net != 0]
    crossings = [
        _crossing(profile[first : last + 1])
        for (first, low), (last, high) in pairwise(signed)
        if (low.net < 0) is not (high.net < 0)
    ]
    return min(crossings, key=lambda price: abs(price - index_price), default=None)


def _crossing(points: Sequence[ProfilePoint]) -> float:
    """Where the sum is zero between two levels of opposite signs: the middle of the levels between them, if any."""
    low, *zero, high = points
    if zero:
        return 0.5 * (zero[0].price + zero[-1].price)
    return low.price + (high.price - low.price) * low.net / (low.net - high.net)
