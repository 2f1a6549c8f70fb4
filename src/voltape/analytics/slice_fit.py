"""The curve of one expiry: an SVI slice where it fits, interpolation between the strikes where it does not.

Fitted are the strikes whose out-of-the-money delta is at least 0.01. Errors count in vol points and are weighted by
vega against that at the money: an error of total variance is one of volatility divided by 2·IV·T. A fit is shown with
its error, and is not used where that is above `WORST_RMSE`.
"""

from bisect import bisect_left
from math import exp, sqrt

import msgspec

from .butterfly import butterfly_strikes
from .slices import SliceHead, head_fields
from .smile import Smile, SmilePoint
from .svi import Svi, density_factor, total_variance
from .svi_fit import Sample, fit

__all__ = ["WORST_RMSE", "Knot", "SliceFit", "fit_slice", "interpolated", "variance_of"]

WORST_RMSE = 1.0
"""Vol points of root mean square error above which a fit is not used."""

_FEWEST = 6
_LEAST_DELTA = 0.01
_IV_CAP = 5.0
"""The venue's highest IV: where it is shown, it says nothing."""
_LEAST_WEIGHT = 0.02
_CHECKED = 40
_ROUNDING = -1e-6


class Knot(msgspec.Struct, frozen=True, gc=False):
    """A point of an interpolated curve."""

    log_moneyness: float
    total_variance: float


class SliceFit(SliceHead, frozen=True, kw_only=True):
    """The curve of one expiry; `variance_of` reads it.

    Attributes:
        underlying: coin.
        fitted: whether the curve is the SVI slice; else linear interpolation of total variance between the knots.
        reason: why it is not fitted; None where it is.
        svi: parameters of the fit, also of one that was too poor to be used; None where there was none.
        rmse, max_error: of the fit over the strikes used, unweighted, in vol points.
        strikes: how many strikes were used.
        log_moneyness_low, log_moneyness_high: the range the curve covers; None where there is no curve.
        butterfly_violation: of a fitted curve, that it implies negative probabilities somewhere in that range
            (`voltape.analytics.svi`); of an interpolated one, that there are `butterfly_strikes`. None where there is no
            curve.
        butterfly_strikes: where the venue's own marks violate it, fitted or not (`voltape.analytics.butterfly`).
        least_density: lowest g of the fit found in the range, at `least_density_at` in log-moneyness.
        knots: points of an interpolated curve; empty where fitted.
    """

    underlying: str
    fitted: bool
    reason: str | None
    svi: Svi | None
    rmse: float | None
    max_error: float | None
    strikes: int
    log_moneyness_low: float | None
    log_moneyness_high: float | None
    butterfly_violation: bool | None
    butterfly_strikes: tuple[float, ...]
    least_density: float | None
    least_density_at: float | None
    knots: tuple[Knot, ...]


class _Quality(msgspec.Struct, frozen=True):
    rmse: float
    worst: float
    least_density: float
    at: float


def fit_slice(smile: Smile, start: Svi | None = None) -> SliceFit:
    """The curve of a smile.

    Args:
        smile: of the expiry.
        start: an earlier fit of the same expiry; halves the work.
    """
    used = [point for point in smile.points if _usable(point)]
    if smile.atm_iv is None:
        return _interpolated(smile, len(used), "no volatility at the forward")
    if len(used) < _FEWEST:
        return _interpolated(smile, len(used), f"fewer than {_FEWEST} usable strikes")
    svi = fit(_samples(used, smile), smile.atm_iv * sqrt(smile.years), start)
    quality = _quality(svi, used, smile.years)
    if quality.rmse > WORST_RMSE:
        return _interpolated(smile, len(used), f"error above {WORST_RMSE:g} vol points", svi, quality)
    return SliceFit(
        **head_fields(smile),
        underlying=smile.underlying,
        fitted=True,
        reason=None,
        svi=svi,
        rmse=quality.rmse,
        max_error=quality.worst,
        strikes=len(used),
        log_moneyness_low=used[0].log_moneyness,
        log_moneyness_high=used[-1].log_moneyness,
        butterfly_violation=quality.least_density < _ROUNDING,
        butterfly_strikes=butterfly_strikes(smile),
        least_density=quality.least_density,
        least_density_at=quality.at,
        knots=(),
    )


def _usable(point: SmilePoint) -> bool:
    return _LEAST_DELTA <= point.call_delta <= 1.0 - _LEAST_DELTA and point.mark_iv < _IV_CAP


def _samples(points: list[SmilePoint], smile: Smile) -> list[Sample]:
    root = sqrt(smile.years)
    samples: list[Sample] = []
    for point in points:
        iv = point.mark_iv
        d1 = 0.5 * iv * root - point.log_moneyness / (iv * root)
        vega = max(exp(-0.5 * d1 * d1), _LEAST_WEIGHT)
        slope = 2.0 * iv * smile.years
        samples.append(Sample(point.log_moneyness, iv * iv * smile.years, vega / (slope * slope)))
    return samples


def _quality(svi: Svi, points: list[SmilePoint], years: float) -> _Quality:
    misses = [
        abs(sqrt(max(total_variance(svi, point.log_moneyness), 0.0) / years) - point.mark_iv) * 100.0
        for point in points
    ]
    low, high = points[0].log_moneyness, points[-1].log_moneyness
    places = [low + (high - low) * i / _CHECKED for i in range(_CHECKED + 1)]
    least, at = min((density_factor(svi, k), k) for k in places)
    return _Quality(sqrt(sum(miss * miss for miss in misses) / len(misses)), max(misses), least, at)


def interpolated(smile: Smile, reason: str) -> SliceFit:
    """The curve of a smile without a fit, which costs nearly nothing.

    Args:
        smile: of the expiry.
        reason: why it is not fitted.
    """
    used = [point for point in smile.points if _usable(point)]
    return _interpolated(smile, len(used), reason)


def _interpolated(
    smile: Smile, strikes: int, reason: str, svi: Svi | None = None, quality: _Quality | None = None
) -> SliceFit:
    knots = tuple(
        Knot(point.log_moneyness, point.mark_iv * point.mark_iv * smile.years) for point in smile.points
    )
    violating = butterfly_strikes(smile)
    return SliceFit(
        **head_fields(smile),
        underlying=smile.underlying,
        fitted=False,
        reason=reason,
        svi=svi,
        rmse=None if quality is None else quality.rmse,
        max_error=None if quality is None else quality.worst,
        strikes=strikes,
        log_moneyness_low=knots[0].log_moneyness if knots else None,
        log_moneyness_high=knots[-1].log_moneyness if knots else None,
        butterfly_violation=bool(violating) if knots else None,
        butterfly_strikes=violating,
        least_density=None if quality is None else quality.least_density,
        least_density_at=None if quality is None else quality.at,
        knots=knots,
    )


def variance_of(curve: SliceFit, k: float) -> float | None:
    """Total variance of the curve at log-moneyness `k`; None outside the range it covers."""
    low, high = curve.log_moneyness_low, curve.log_moneyness_high
    if low is None or high is None or not low <= k <= high:
        return None
    if curve.fitted and curve.svi is not None:
        return max(total_variance(curve.svi, k), 0.0)
    place = bisect_left(curve.knots, k, key=lambda knot: knot.log_moneyness)
    right = curve.knots[place]
    if place == 0:
        return right.total_variance
    left = curve.knots[place - 1]
    share = (k - left.log_moneyness) / (right.log_moneyness - left.log_moneyness)
    return left.total_variance + share * (right.total_variance - left.total_variance)
