"""The raw SVI slice and the sign of its density."""

from math import exp, inf, log, pi, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.analytics.black76 import price
from voltape.analytics.svi import Svi, density_factor, total_variance

PLAIN = Svi(a=0.02, b=0.1, rho=-0.4, m=0.01, sigma=0.2)
VOGT = Svi(a=-0.0410, b=0.1331, rho=0.3060, m=0.3586, sigma=0.4153)
"""A. Vogt's example of a slice with butterfly arbitrage, from Gatheral and Jacquier (2014)."""

SLICES = st.builds(
    Svi,
    a=st.floats(0.005, 0.1),
    b=st.floats(0.0, 0.4),
    rho=st.floats(-0.9, 0.9),
    m=st.floats(-0.2, 0.2),
    sigma=st.floats(0.05, 0.5),
)


def call(svi: Svi, k: float) -> float:
    """Return the price of the call at log-moneyness `k`, with a forward and a year of 1."""
    found = price(1.0, exp(k), 1.0, sqrt(total_variance(svi, k)), "call")
    assert found is not None
    return found


@given(SLICES, st.floats(-1.0, 1.0))
def test_variance_is_never_below_its_least(svi: Svi, k: float) -> None:
    """The lowest total variance is a + b·sigma·√(1 - rho²)."""
    assert total_variance(svi, k) >= svi.a + svi.b * svi.sigma * sqrt(1.0 - svi.rho**2) - 1e-12


def test_the_wings_rise_in_straight_lines() -> None:
    """Far out, total variance grows by b·(1 + rho) to the right and b·(1 - rho) to the left."""
    right = total_variance(PLAIN, 51.0) - total_variance(PLAIN, 50.0)
    left = total_variance(PLAIN, -51.0) - total_variance(PLAIN, -50.0)
    assert (right, left) == pytest.approx((0.06, 0.14), rel=1e-4)


@pytest.mark.parametrize("svi", [PLAIN, VOGT])
@pytest.mark.parametrize("k", [-0.6, -0.2, 0.0, 0.3, 0.7, 1.0])
def test_the_density_factor_is_the_curvature_of_call_prices(svi: Svi, k: float) -> None:
    """Times φ(d2)/(K·√w) it is the second derivative of the call price by strike: the density itself."""
    step = 1e-3 * exp(k)
    strikes = (exp(k) - step, exp(k), exp(k) + step)
    below, here, above = (call(svi, log(strike)) for strike in strikes)
    w = total_variance(svi, k)
    d2 = -k / sqrt(w) - 0.5 * sqrt(w)
    density = density_factor(svi, k) * exp(-0.5 * d2 * d2) / sqrt(2.0 * pi) / (exp(k) * sqrt(w))
    assert density == pytest.approx((below - 2.0 * here + above) / (step * step), abs=2e-4)


def test_the_published_example_of_arbitrage_is_seen() -> None:
    """Vogt's slice has variance everywhere and yet a negative density."""
    places = [i / 100.0 for i in range(-150, 151)]
    assert min(total_variance(VOGT, k) for k in places) > 0.0
    assert min(density_factor(VOGT, k) for k in places) < 0.0
    assert min(density_factor(PLAIN, k) for k in places) > 0.0


def test_without_variance_there_is_no_density() -> None:
    """Where total variance is not positive the factor is -inf."""
    assert density_factor(Svi(a=-1.0, b=0.1, rho=0.0, m=0.0, sigma=0.1), 0.0) == -inf
