"""Least squares for raw SVI, the quasi-explicit way.

With y = (k - m)/sigma the formula of `svi` is linear in three of its parameters,

    w = a + d·y + c·√(y² + 1),        d = rho·b·sigma,  c = b·sigma,

so for each (m, sigma) the best (a, d, c) is an exact small problem, and only two dimensions are left to search, by
Nelder and Mead. Bounds: a ≥ 0 and |d| ≤ c (no negative variance), c + |d| ≤ 2sigma (Lee: a wing rises by at most 2).
Source: Zeliade Systems, Quasi-explicit calibration of Gatheral's SVI model, ZWP-0005 (2009); R. Lee, The moment formula
for implied volatility at extreme strikes, Mathematical Finance 14 (2004).
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import exp, inf, log, sqrt
from typing import NamedTuple

from .svi import Svi

__all__ = ["Sample", "fit"]

_STEPS = 90
_FLAT = 1e-9
"""Relative spread of the objective over the simplex at which the search has ended."""
_SIGMA_LOGS = (-3.5, 2.5)
_STARTS = tuple((m, log_sigma) for m in (-1.0, 0.0, 1.0) for log_sigma in (-1.0, 0.0, 1.0))


class Sample(NamedTuple):
    """One point to fit: log-moneyness, total variance, and weight of its squared error."""

    k: float
    w: float
    weight: float


class _Linear(NamedTuple):
    a: float
    d: float
    c: float
    cost: float


class _Sums(NamedTuple):
    """Weighted sums over the samples of 1, y, z = √(y² + 1) and w, and of their products."""

    n: float
    y: float
    z: float
    w: float
    yy: float
    yz: float
    zz: float
    yw: float
    zw: float
    ww: float


_Place = tuple[float, float]
_Objective = Callable[[_Place], float]


def fit(samples: Sequence[Sample], scale: float, start: Svi | None = None) -> Svi:
    """Parameters with the least weighted squared error.

    Args:
        samples: at least five, at different places.
        scale: typical width of the smile in log-moneyness, IV·√T at the money.
        start: an earlier fit of the same expiry, which shortens the search.
    """
    low = (min(sample.k for sample in samples) / scale) - 1.0
    high = (max(sample.k for sample in samples) / scale) + 1.0

    def objective(place: _Place) -> float:
        m, log_sigma = place
        if not (low <= m <= high and _SIGMA_LOGS[0] <= log_sigma <= _SIGMA_LOGS[1]):
            return inf
        return _solve(samples, m * scale, exp(log_sigma) * scale).cost

    if start is None:
        origin, step = min(_STARTS, key=objective), 0.5
    else:
        origin, step = (start.m / scale, log(start.sigma / scale)), 0.1
    m, log_sigma = _search(objective, origin, step)
    sigma = exp(log_sigma) * scale
    best = _solve(samples, m * scale, sigma)
    return Svi(best.a, best.c / sigma, best.d / best.c if best.c > 0.0 else 0.0, m * scale, sigma)


def _solve(samples: Sequence[Sample], m: float, sigma: float) -> _Linear:
    """The best (a, d, c) for given m and sigma."""
    sums = _sums(samples, m, sigma)
    free = _centred(sums)
    d, c, gain = _best_wings(free, sigma)
    a = (sums.w - d * sums.y - c * sums.z) / sums.n
    if a >= 0.0:
        return _Linear(a, d, c, free.ww - gain)
    # The problem is convex: where a would be negative, the best allowed one is 0.
    d, c, gain = _best_wings(sums, sigma)
    return _Linear(0.0, d, c, sums.ww - gain)


def _sums(samples: Sequence[Sample], m: float, sigma: float) -> _Sums:
    n = y_sum = z_sum = w_sum = yy = yz = yw = zw = ww = 0.0
    for k, w, weight in samples:
        y = (k - m) / sigma
        z = sqrt(y * y + 1.0)
        wy = weight * y
        wz = weight * z
        n += weight
        y_sum += wy
        z_sum += wz
        w_sum += weight * w
        yy += wy * y
        yz += wy * z
        yw += wy * w
        zw += wz * w
        ww += weight * w * w
    return _Sums(n, y_sum, z_sum, w_sum, yy, yz, yy + n, yw, zw, ww)


def _centred(sums: _Sums) -> _Sums:
    """The same sums about the means, which leaves a out of the problem."""
    y, z, w = sums.y / sums.n, sums.z / sums.n, sums.w / sums.n
    return sums._replace(
        yy=sums.yy - sums.y * y,
        yz=sums.yz - sums.y * z,
        zz=sums.zz - sums.z * z,
        yw=sums.yw - sums.y * w,
        zw=sums.zw - sums.z * w,
        ww=sums.ww - sums.w * w,
    )


def _best_wings(sums: _Sums, sigma: float) -> tuple[float, float, float]:
    """The (d, c) within the bounds that explain most of the squares, and how much they explain."""
    determinant = sums.yy * sums.zz - sums.yz * sums.yz
    if determinant > 1e-14 * sums.yy * sums.zz:
        d = (sums.yw * sums.zz - sums.zw * sums.yz) / determinant
        c = (sums.zw * sums.yy - sums.yw * sums.yz) / determinant
        if abs(d) <= c and c + abs(d) <= 2.0 * sigma:
            return d, c, _gain(sums, d, c)
    # Else the best lies on an edge of the square of allowed (d, c).
    corners = ((0.0, 0.0), (sigma, sigma), (0.0, 2.0 * sigma), (-sigma, sigma), (0.0, 0.0))
    edges = (_on_edge(sums, start, end) for start, end in pairwise(corners))
    return max(edges, key=lambda found: found[2])


def _gain(sums: _Sums, d: float, c: float) -> float:
    return 2.0 * (d * sums.yw + c * sums.zw) - d * d * sums.yy - 2.0 * d * c * sums.yz - c * c * sums.zz


def _on_edge(sums: _Sums, start: _Place, end: _Place) -> tuple[float, float, float]:
    d0, c0 = start
    dd, dc = end[0] - d0, end[1] - c0
    bend = dd * dd * sums.yy + 2.0 * dd * dc * sums.yz + dc * dc * sums.zz
    slope = dd * (sums.yw - d0 * sums.yy - c0 * sums.yz) + dc * (sums.zw - d0 * sums.yz - c0 * sums.zz)
    share = min(max(slope / bend, 0.0), 1.0) if bend > 0.0 else 0.0
    d, c = d0 + share * dd, c0 + share * dc
    return d, c, _gain(sums, d, c)


def _search(objective: _Objective, origin: _Place, step: float) -> _Place:
    """Nelder and Mead's simplex in two dimensions: the best place found."""
    places = (origin, (origin[0] + step, origin[1]), (origin[0], origin[1] + step))
    simplex = sorted((objective(place), place) for place in places)
    for _ in range(_STEPS):
        best, middle, worst = simplex
        if worst[0] - best[0] <= _FLAT * (abs(best[0]) + 1e-18):
            break
        centre = (0.5 * (best[1][0] + middle[1][0]), 0.5 * (best[1][1] + middle[1][1]))
        moved = _moved(objective, centre, simplex)
        if moved is None:
            shrunk = [_toward(best[1], vertex[1], 0.5) for vertex in (middle, worst)]
            simplex = sorted([best, *((objective(place), place) for place in shrunk)])
        else:
            simplex = sorted([best, middle, moved])
    return simplex[0][1]


def _moved(
    objective: _Objective, centre: _Place, simplex: list[tuple[float, _Place]]
) -> tuple[float, _Place] | None:
    """A better place than the worst, by reflection, expansion or contraction; None where none helps."""
    best, middle, worst = simplex

    def tried(reach: float) -> tuple[float, _Place]:
        place = _toward(centre, worst[1], -reach)
        return objective(place), place

    reflected = tried(1.0)
    if reflected[0] < best[0]:
        return min(reflected, tried(2.0))
    if reflected[0] < middle[0]:
        return reflected
    contracted = tried(0.5 if reflected[0] < worst[0] else -0.5)
    return contracted if contracted[0] < min(reflected[0], worst[0]) else None


def _toward(start: _Place, end: _Place, share: float) -> _Place:
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
