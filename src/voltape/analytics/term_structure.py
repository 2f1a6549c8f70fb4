"""Term structure of volatility: at the money by expiry, between expiries, and at fixed tenors.

Total variance w = IV²·T at the money. Between two expiries the market prices the forward variance

    (w2 - w1) / (T2 - T1),        forward IV = its root,

and where w2 < w1 there is none: a calendar violation (selling the near and buying the far straddle would cost nothing).
At fixed tenors w is interpolated linearly in time between the expiries around, at the money and, for risk reversal and
butterfly, along each 25-delta wing by itself; nothing is extended beyond the first and last expiry.
Source: J. Gatheral, The Volatility Surface (2006), chapters 1 and 3.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import sqrt

import msgspec

from .skew import Skew
from .slices import SliceHead, head_fields

__all__ = ["TENORS", "FixedTenor", "TermPoint", "TermStructure", "term_structure"]

TENORS = (7, 14, 30, 60, 90, 180)
"""Fixed tenors in days: those for which the venue publishes historical volatility."""

_DAYS = 365.0


class TermPoint(SliceHead, frozen=True, kw_only=True):
    """One expiry of the term structure.

    Attributes:
        atm_iv: at the forward. total_variance: atm_iv² · years.
        forward_variance, forward_iv: yearly, between the expiry before and this one; None for the first one, and
            where the forward variance is below 0. Until the first expiry it is the ATM IV itself.
        calendar_violation: total variance is below that of an earlier expiry.
        risk_reversal_25, butterfly_25: see `voltape.analytics.skew`.
    """

    atm_iv: float | None
    total_variance: float | None
    forward_variance: float | None
    forward_iv: float | None
    calendar_violation: bool
    risk_reversal_25: float | None
    butterfly_25: float | None


class FixedTenor(msgspec.Struct, frozen=True):
    """Volatility at a fixed number of days from now; None outside the expiries listed."""

    days: float
    atm_iv: float | None
    risk_reversal_25: float | None
    butterfly_25: float | None


class TermStructure(msgspec.Struct, frozen=True):
    """Volatility over time to expiry of one underlying."""

    points: tuple[TermPoint, ...]
    tenors: tuple[FixedTenor, ...]


def term_structure(skews: Sequence[Skew], tenors: Sequence[float] = TENORS) -> TermStructure:
    """Term structure of an underlying's expiries.

    Args:
        skews: one per expiry, in date order.
        tenors: days from now for the fixed tenors.
    """
    points: list[TermPoint] = []
    before: TermPoint | None = None
    highest = 0.0
    for skew in skews:
        point = _point(skew, before, highest)
        points.append(point)
        if point.total_variance is not None:
            before = point
            highest = max(highest, point.total_variance)
    return TermStructure(tuple(points), tuple(_tenor(skews, days) for days in tenors))


def _point(skew: Skew, before: TermPoint | None, highest: float) -> TermPoint:
    total = None if skew.atm_iv is None else skew.atm_iv * skew.atm_iv * skew.years
    between = None
    if total is not None and before is not None and before.total_variance is not None:
        between = (total - before.total_variance) / (skew.years - before.years)
    if between is not None and between < 0.0:
        between = None
    return TermPoint(
        **head_fields(skew),
        atm_iv=skew.atm_iv,
        total_variance=total,
        forward_variance=between,
        forward_iv=None if between is None else sqrt(between),
        calendar_violation=total is not None and total < highest,
        risk_reversal_25=skew.delta_25.risk_reversal,
        butterfly_25=skew.delta_25.butterfly,
    )


def _tenor(skews: Sequence[Skew], days: float) -> FixedTenor:
    years = days / _DAYS
    atm = _iv_at(skews, lambda skew: skew.atm_iv, years)
    call = _iv_at(skews, lambda skew: skew.delta_25.call_iv, years)
    put = _iv_at(skews, lambda skew: skew.delta_25.put_iv, years)
    return FixedTenor(
        days=days,
        atm_iv=atm,
        risk_reversal_25=call - put if call is not None and put is not None else None,
        butterfly_25=0.5 * (call + put) - atm
        if call is not None and put is not None and atm is not None
        else None,
    )


def _iv_at(skews: Sequence[Skew], iv_of: Callable[[Skew], float | None], years: float) -> float | None:
    known = [(skew.years, iv * iv * skew.years) for skew in skews if (iv := iv_of(skew)) is not None]
    for (t1, w1), (t2, w2) in pairwise(known):
        if t1 <= years <= t2:
            return sqrt((w1 + (w2 - w1) * (years - t1) / (t2 - t1)) / years)
    return None
