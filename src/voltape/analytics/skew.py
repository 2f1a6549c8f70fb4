"""Skew of one expiry: risk reversals, butterflies and the slope between the wings.

Delta is Black-76's on the forward, undiscounted, not premium-adjusted, with the volatility of the strike itself: the
wing's strike is where N(d1) of the interpolated smile is 0.25 for the 25-delta call and 0.75 for the put, whose own
delta is -0.25 (0.10 and 0.90 for 10 delta). The smile is interpolated linearly in total variance over log-moneyness and
never extended: a wing beyond the last listed strike is None.

    risk reversal = IV(call) - IV(put)          butterfly = (IV(call) + IV(put)) / 2 - IV(at the money)

Source for both: U. Wystup, FX Options and Structured Products (2006); the butterfly is the plain smile one, not the
market strangle.
"""

from math import exp, sqrt

import msgspec

from .black76 import normal
from .slices import SliceHead, head_fields
from .smile import Smile, SmilePoint

__all__ = ["Skew", "Wings", "skew_of"]

_STEPS = 36


class Wings(msgspec.Struct, frozen=True):
    """Both wings at one delta; prices in settle currency, IVs and their differences as fractions.

    Attributes:
        delta: size of the delta. call_strike, put_strike: where the smile has it. call_iv, put_iv: there.
        risk_reversal: IV(call) - IV(put). butterfly: mean of the wings - ATM IV.
    """

    delta: float
    call_strike: float | None
    call_iv: float | None
    put_strike: float | None
    put_iv: float | None
    risk_reversal: float | None
    butterfly: float | None


class Skew(SliceHead, frozen=True, kw_only=True):
    """Skew of one expiry.

    Attributes:
        atm_iv: implied volatility at the forward.
        delta_25, delta_10: the wings.
        slope: risk reversal at 25 delta per unit of log-moneyness between its strikes; below 0 where puts are dearer.
        slope_root_time: slope · √years, which can be compared between expiries.
    """

    atm_iv: float | None
    delta_25: Wings
    delta_10: Wings
    slope: float | None
    slope_root_time: float | None


class _Wing(msgspec.Struct, frozen=True, gc=False):
    log_moneyness: float
    iv: float


def skew_of(smile: Smile) -> Skew:
    """Skew of a smile."""
    root = sqrt(smile.years) if smile.years > 0.0 else 0.0
    call, put = (_wing(smile.points, root, delta) for delta in (0.25, 0.75))
    far_call, far_put = (_wing(smile.points, root, delta) for delta in (0.1, 0.9))
    slope = None
    if call is not None and put is not None and call.log_moneyness > put.log_moneyness:
        slope = (call.iv - put.iv) / (call.log_moneyness - put.log_moneyness)
    return Skew(
        **head_fields(smile),
        atm_iv=smile.atm_iv,
        delta_25=_wings(smile, 0.25, call, put),
        delta_10=_wings(smile, 0.1, far_call, far_put),
        slope=slope,
        slope_root_time=None if slope is None else slope * root,
    )


def _wings(smile: Smile, delta: float, call: _Wing | None, put: _Wing | None) -> Wings:
    return Wings(
        delta=delta,
        call_strike=_strike(smile, call),
        call_iv=None if call is None else call.iv,
        put_strike=_strike(smile, put),
        put_iv=None if put is None else put.iv,
        risk_reversal=call.iv - put.iv if call is not None and put is not None else None,
        butterfly=0.5 * (call.iv + put.iv) - smile.atm_iv
        if call is not None and put is not None and smile.atm_iv is not None
        else None,
    )


def _strike(smile: Smile, wing: _Wing | None) -> float | None:
    return None if wing is None or smile.forward is None else smile.forward * exp(wing.log_moneyness)


def _wing(points: tuple[SmilePoint, ...], root: float, call_delta: float) -> _Wing | None:
    """Where the smile's call delta is `call_delta`: the crossing nearest to the money, None outside the strikes."""
    ordered = points if call_delta < 0.5 else points[::-1]
    before: SmilePoint | None = None
    for point in ordered:
        outside = point.call_delta <= call_delta if call_delta < 0.5 else point.call_delta >= call_delta
        if not outside:
            before = point
        elif before is not None:
            return _between(before, point, root, call_delta)
        # Else an absurd IV beyond the other wing, where delta comes back from its end.
    return None


def _between(inner: SmilePoint, outer: SmilePoint, root: float, call_delta: float) -> _Wing:
    """Bisect for the delta between two strikes."""
    k0, w0 = inner.log_moneyness, inner.mark_iv * inner.mark_iv
    step, rise = outer.log_moneyness - k0, outer.mark_iv * outer.mark_iv - w0
    low, high = 0.0, 1.0
    sign = 1.0 if inner.call_delta > outer.call_delta else -1.0
    for _ in range(_STEPS):
        share = 0.5 * (low + high)
        width = sqrt(w0 + share * rise) * root
        if sign * (normal(0.5 * width - (k0 + share * step) / width) - call_delta) > 0.0:
            low = share
        else:
            high = share
    share = 0.5 * (low + high)
    return _Wing(k0 + share * step, sqrt(w0 + share * rise))
