"""Fitting raw SVI by least squares."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.analytics.svi import Svi, total_variance
from voltape.analytics.svi_fit import Sample, fit

PLACES = [-0.5 + 0.04 * i for i in range(26)]


def samples_of(svi: Svi) -> list[Sample]:
    """Return points along a slice, all of the same weight."""
    return [Sample(k, total_variance(svi, k), 1.0) for k in PLACES]


def miss(found: Svi, samples: list[Sample]) -> float:
    """Return the largest difference of volatility at the samples, for one year."""
    pairs = ((total_variance(found, k), w) for k, w, _ in samples)
    return max(abs(sqrt(fitted) - sqrt(w)) for fitted, w in pairs)


@given(
    st.floats(0.005, 0.1),
    st.floats(0.02, 0.4),
    st.floats(-0.8, 0.8),
    st.floats(-0.15, 0.15),
    st.floats(0.08, 0.4),
)
def test_a_slice_is_found_again(a: float, b: float, rho: float, m: float, sigma: float) -> None:
    """Points that lie on a slice are met to 0.2 vol points, whatever its parameters."""
    samples = samples_of(Svi(a, b, rho, m, sigma))
    assert miss(fit(samples, 0.25), samples) < 2e-3


def test_a_fit_that_starts_from_the_answer_keeps_it() -> None:
    """An earlier fit of the same points is as good afterwards as it was before."""
    truth = Svi(0.02, 0.1, -0.4, 0.01, 0.2)
    samples = samples_of(truth)
    again = fit(samples, 0.25, start=truth)
    assert miss(again, samples) < 1e-6
    assert (again.a, again.b, again.rho, again.m, again.sigma) == pytest.approx(
        (0.02, 0.1, -0.4, 0.01, 0.2), abs=1e-3
    )


@given(st.lists(st.floats(0.001, 4.0), min_size=6, max_size=20))
def test_whatever_the_points_the_parameters_are_allowed(variances: list[float]) -> None:
    """No negative variance, no correlation beyond 1, no wing steeper than Lee's 2."""
    samples = [Sample(-0.3 + 0.05 * i, w, 1.0) for i, w in enumerate(variances)]
    found = fit(samples, 0.3)
    assert found.a >= 0.0
    assert found.b >= 0.0
    assert found.sigma > 0.0
    assert abs(found.rho) <= 1.0 + 1e-9
    assert found.b * (1.0 + abs(found.rho)) <= 2.0 + 1e-9


def test_a_level_smile_needs_no_wings() -> None:
    """Equal variances give that variance everywhere."""
    samples = [Sample(k, 0.04, 1.0) for k in PLACES]
    assert miss(fit(samples, 0.2), samples) < 1e-9


def test_a_heavier_point_is_met_more_closely() -> None:
    """Of two points that contradict the rest, the one with the weight wins."""
    base = samples_of(Svi(0.02, 0.1, 0.0, 0.0, 0.2))
    odd = base[12]._replace(w=base[12].w + 0.02)
    light, heavy = (
        fit([*base[:12], odd._replace(weight=weight), *base[13:]], 0.25) for weight in (1.0, 1000.0)
    )
    assert abs(total_variance(heavy, odd.k) - odd.w) < 0.2 * abs(total_variance(light, odd.k) - odd.w)


def test_points_at_two_places_are_met_too() -> None:
    """Where the points leave the parameters undetermined, some slice through them is found all the same."""
    samples = [Sample(k, w, 1.0) for k, w in ((-0.1, 0.05), (0.1, 0.04)) for _ in range(3)]
    assert miss(fit(samples, 0.2), samples) < 1e-6
