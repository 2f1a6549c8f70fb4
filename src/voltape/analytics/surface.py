"""The volatility surface of one underlying, from the curves of its expiries.

Along an expiry the curve is what `slice_fit` found. Between expiries total variance is interpolated linearly in time
at constant log-moneyness, which keeps the surface free of calendar arbitrage wherever the two curves are. Nothing is
extended: a place outside the range of either curve is None, and so is a tenor before the first or after the last
expiry. Source: J. Gatheral and A. Jacquier (2014), see `svi`.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import log, sqrt

import msgspec

from .slice_fit import SliceFit, variance_of

__all__ = ["MONEYNESS", "TENORS", "CalendarViolation", "Surface", "SurfaceRow", "surface_of"]

MONEYNESS = (0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 1.0, 1.025, 1.05, 1.075, 1.1, 1.15, 1.2, 1.3, 1.4)
"""Strike over forward, the grid's columns."""

TENORS = (1.0, 2.0, 3.0, 7.0, 14.0, 30.0, 60.0, 90.0, 180.0, 270.0)
"""Days, the grid's rows."""

_DAYS = 365.0
_COMPARED = 20
_SLACK = 0.05
"""Vol points that marks rounded to four decimals, and fits, may seem to violate without any meaning."""


class SurfaceRow(msgspec.Struct, frozen=True):
    """Implied volatility at one time to expiry over the surface's moneyness; None where it is not known.

    Attributes:
        days: to expiry. expiry: the date where the row is a listed expiry, None for a fixed tenor.
        ivs: by moneyness.
    """

    days: float
    expiry: str | None
    ivs: tuple[float | None, ...]


class CalendarViolation(msgspec.Struct, frozen=True):
    """Two neighbouring expiries of which the later has less total variance somewhere.

    Attributes:
        near, far: the expiries. log_moneyness: where it is worst.
        shortfall: by how much the far IV would have to rise there, in vol points.
    """

    near: str
    far: str
    log_moneyness: float
    shortfall: float


class Surface(msgspec.Struct, frozen=True):
    """The surface of one underlying.

    Attributes:
        moneyness: columns, strike / forward of the expiry.
        tenors: rows of fixed tenors. expiries: rows of the listed expiries.
        curves: of the expiries, with their fit errors and butterfly flags.
        calendar_violations: neighbouring expiries that violate it.
        arbitrage_free: no violation was found between or along the curves; None where there is none.
    """

    moneyness: tuple[float, ...]
    tenors: tuple[SurfaceRow, ...]
    expiries: tuple[SurfaceRow, ...]
    curves: tuple[SliceFit, ...]
    calendar_violations: tuple[CalendarViolation, ...]
    arbitrage_free: bool | None


def surface_of(
    curves: Sequence[SliceFit], moneyness: Sequence[float] = MONEYNESS, tenors: Sequence[float] = TENORS
) -> Surface:
    """The surface of an underlying.

    Args:
        curves: of its expiries, in date order; they may be of different age.
        moneyness: columns, strike over forward.
        tenors: days, rows.
    """
    known = [curve for curve in curves if curve.log_moneyness_low is not None and curve.years > 0.0]
    places = [log(level) for level in moneyness]
    variances = [[variance_of(curve, k) for k in places] for curve in known]
    violations = [found for near, far in pairwise(known) if (found := _violation(near, far)) is not None]
    butterfly = [curve.butterfly_violation for curve in known if curve.butterfly_violation is not None]
    return Surface(
        moneyness=tuple(moneyness),
        tenors=tuple(_tenor(known, variances, days, len(places)) for days in tenors),
        expiries=tuple(
            SurfaceRow(curve.days_to_expiry, curve.expiry, _ivs(row, curve.years))
            for curve, row in zip(known, variances, strict=True)
        ),
        curves=tuple(curves),
        calendar_violations=tuple(violations),
        arbitrage_free=not violations and not any(butterfly) if butterfly else None,
    )


def _ivs(variances: Sequence[float | None], years: float) -> tuple[float | None, ...]:
    return tuple(None if w is None else sqrt(w / years) for w in variances)


def _tenor(
    curves: Sequence[SliceFit], variances: Sequence[Sequence[float | None]], days: float, columns: int
) -> SurfaceRow:
    years = days / _DAYS
    for i, (near, far) in enumerate(pairwise(curves)):
        if near.years <= years <= far.years:
            share = (years - near.years) / (far.years - near.years)
            between = [
                None if w1 is None or w2 is None else w1 + share * (w2 - w1)
                for w1, w2 in zip(variances[i], variances[i + 1], strict=True)
            ]
            return SurfaceRow(days, None, _ivs(between, years))
    return SurfaceRow(days, None, (None,) * columns)


def _violation(near: SliceFit, far: SliceFit) -> CalendarViolation | None:
    """Where the far curve lacks most against the near one, over the range that both cover."""
    low = max(near.log_moneyness_low or 0.0, far.log_moneyness_low or 0.0)
    high = min(near.log_moneyness_high or 0.0, far.log_moneyness_high or 0.0)
    worst, place = _SLACK, None
    for i in range(_COMPARED + 1):
        k = low + (high - low) * i / _COMPARED
        w1, w2 = variance_of(near, k), variance_of(far, k)
        if w1 is None or w2 is None or w2 >= w1:
            continue
        shortfall = (sqrt(w1 / far.years) - sqrt(w2 / far.years)) * 100.0
        if shortfall > worst:
            worst, place = shortfall, k
    return None if place is None else CalendarViolation(near.expiry, far.expiry, place, worst)
