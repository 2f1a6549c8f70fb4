"""Volatility over time to expiry."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analytics.markets import curved, simulated
from voltape.analytics.skew import Skew, skew_of
from voltape.analytics.smile import smile_of
from voltape.analytics.term_structure import TENORS, term_structure

STRIKES = [60.0, 70.0, 80.0, 90.0, 100.0, 110.0, 125.0, 150.0, 180.0]


def flat(years: float, iv: float) -> Skew:
    """Return the skew of an expiry with one volatility at all strikes."""
    return skew_of(smile_of(curved(lambda strike: iv, STRIKES, years, f"20{round(years * 100):02d}-01-01")))


def test_forward_volatility_lies_between_two_expiries() -> None:
    """The variance that the second expiry has beyond the first, per year."""
    first, second = term_structure([flat(0.25, 0.4), flat(0.5, 0.5)]).points
    assert (first.forward_iv, first.forward_variance, first.calendar_violation) == (None, None, False)
    assert second.total_variance == pytest.approx(0.125)
    assert second.forward_variance == pytest.approx((0.125 - 0.04) / 0.25)
    assert second.forward_iv == pytest.approx(0.34**0.5)
    assert second.calendar_violation is False


def test_total_variance_that_falls_is_a_violation() -> None:
    """There is no forward volatility then, and the flag stays until the highest total variance is reached again."""
    points = term_structure([flat(0.25, 0.8), flat(0.5, 0.4), flat(0.75, 0.4), flat(1.0, 0.5)]).points
    assert [point.calendar_violation for point in points] == [False, True, True, False]
    assert [point.forward_iv is None for point in points] == [True, True, False, False]


def test_an_expiry_without_volatility_is_passed_over() -> None:
    """It is shown with None, and the next one is compared with the one before it."""
    bare = skew_of(smile_of(curved(lambda strike: 0.5, [300.0], 0.4)))
    points = term_structure([flat(0.25, 0.4), bare, flat(0.5, 0.5)]).points
    assert (points[1].atm_iv, points[1].total_variance, points[1].calendar_violation) == (None, None, False)
    assert points[2].forward_variance == pytest.approx(0.34)


@given(st.lists(st.floats(0.1, 2.0), min_size=2, max_size=8))
def test_forward_variances_add_up(ivs: list[float]) -> None:
    """From the first expiry, forward variance times time gives each total variance that does not fall."""
    ivs = sorted(ivs)
    points = term_structure([flat(0.1 * (i + 1), iv) for i, iv in enumerate(ivs)]).points
    for near, far in pairwise(points):
        assert near.total_variance is not None
        assert far.total_variance is not None
        assert far.forward_variance is not None
        grown = near.total_variance + far.forward_variance * (far.years - near.years)
        assert grown == pytest.approx(far.total_variance)


def test_fixed_tenors_are_linear_in_total_variance() -> None:
    """Between two expiries at 0.1 and 0.2 years, 54.75 days lie half way."""
    (found,) = term_structure([flat(0.1, 0.4), flat(0.2, 0.5)], tenors=(54.75,)).tenors
    assert found.atm_iv == pytest.approx(((0.016 + 0.05) / 2.0 / 0.15) ** 0.5)
    assert found.risk_reversal_25 == pytest.approx(0.0, abs=1e-9)
    assert found.butterfly_25 == pytest.approx(0.0, abs=1e-9)


def test_tenors_outside_the_listed_expiries_are_none() -> None:
    """Nothing is extended before the first or after the last expiry."""
    early, inside, late = term_structure([flat(0.1, 0.4), flat(0.2, 0.5)], tenors=(7, 60, 180)).tenors
    assert (early.days, early.atm_iv, early.risk_reversal_25, early.butterfly_25) == (7, None, None, None)
    assert inside.atm_iv is not None
    assert late.atm_iv is None
    assert term_structure([]).points == ()


def test_the_simulated_market_has_every_tenor_and_no_violation() -> None:
    """Each of the fixed tenors is between the volatilities of the expiries, and time only adds variance."""
    term = term_structure([skew_of(smile_of(chain)) for chain in simulated("BTC").slices("BTC")])
    ivs = [point.atm_iv for point in term.points if point.atm_iv is not None]
    assert [tenor.days for tenor in term.tenors] == list(TENORS)
    assert all(tenor.atm_iv is not None and min(ivs) < tenor.atm_iv < max(ivs) for tenor in term.tenors)
    assert not any(point.calendar_violation for point in term.points)
    assert term.points[-1].risk_reversal_25 is not None
