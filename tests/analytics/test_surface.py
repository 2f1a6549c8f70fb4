"""The surface of one underlying."""

from collections.abc import Callable

import pytest

from tests.analytics.markets import curved, simulated, true_iv
from voltape.analytics.slice_fit import SliceFit, fit_slice, interpolated
from voltape.analytics.smile import smile_of
from voltape.analytics.surface import MONEYNESS, TENORS, surface_of

STRIKES = [60.0, 70.0, 80.0, 85.0, 90.0, 95.0, 100.0, 105.0, 110.0, 115.0, 120.0, 130.0, 150.0]


def curve(iv: float | Callable[[float], float], years: float, strikes: list[float] = STRIKES) -> SliceFit:
    """Return an interpolated curve."""
    of = iv if callable(iv) else lambda strike: iv
    return interpolated(smile_of(curved(of, strikes, years, f"20{round(years * 100):02d}-01-01")), "test")


def test_a_tenor_between_two_expiries_is_linear_in_total_variance() -> None:
    """At constant moneyness, half way in time is half way in total variance."""
    surface = surface_of([curve(0.4, 0.1), curve(0.5, 0.2)], moneyness=(0.9, 1.0, 1.1), tenors=(54.75,))
    (row,) = surface.tenors
    assert row.ivs == pytest.approx([((0.016 + 0.05) / 2.0 / 0.15) ** 0.5] * 3)
    assert [expiry.ivs for expiry in surface.expiries] == [pytest.approx([0.4] * 3), pytest.approx([0.5] * 3)]


def test_nothing_is_extended() -> None:
    """Outside the strikes of either expiry, and outside the expiries, a place is None."""
    near = curve(0.4, 0.1, [90.0, 95.0, 100.0, 105.0, 110.0])
    surface = surface_of([near, curve(0.5, 0.2)], moneyness=(0.7, 1.0, 1.4), tenors=(7.0, 54.75, 90.0))
    early, inside, late = (row.ivs for row in surface.tenors)
    assert [iv is None for iv in inside] == [True, False, True]
    assert [row.expiry for row in surface.expiries] == [near.expiry, surface.curves[1].expiry]
    assert early == late == (None, None, None)
    assert [iv is None for iv in surface.expiries[1].ivs] == [False, False, False]


def test_a_calendar_violation_is_named_with_its_place_and_size() -> None:
    """Where the later expiry has less total variance: which two, at which moneyness, and by how many vol points."""
    near, far = curve(0.6, 0.2), curve(lambda strike: 0.3 if strike < 100.0 else 0.6, 0.25)
    (found,) = surface_of([near, far]).calendar_violations
    assert (found.near, found.far) == (near.expiry, far.expiry)
    assert found.log_moneyness < 0.0
    assert found.shortfall == pytest.approx((0.6 * 0.8**0.5 - 0.3) * 100.0)
    assert surface_of([near, far]).arbitrage_free is False


def test_a_butterfly_violation_spoils_the_surface() -> None:
    """One curve with free butterflies is enough."""
    bad = curve(lambda strike: 0.9 if strike == 100.0 else 0.5, 0.1)
    assert bad.butterfly_violation
    assert surface_of([bad]).arbitrage_free is False
    assert surface_of([curve(0.5, 0.1), curve(0.5, 0.2)]).arbitrage_free is True


def test_without_curves_there_is_no_verdict() -> None:
    """An empty surface keeps its shape and is neither free of arbitrage nor not."""
    empty = curve(0.5, 0.1, [])
    for surface in (surface_of([]), surface_of([empty])):
        assert surface.arbitrage_free is None
        assert surface.expiries == ()
        assert [row.ivs for row in surface.tenors] == [(None,) * len(MONEYNESS)] * len(TENORS)
    assert surface_of([empty]).curves == (empty,)


def test_the_simulated_markets_surface_is_recovered() -> None:
    """On listed expiries the grid is the market within 0.3 vol points, and between them within its neighbours."""
    market = simulated("BTC")
    surface = surface_of([fit_slice(smile_of(chain)) for chain in market.slices("BTC")])
    assert surface.arbitrage_free is True
    for row, series in zip(surface.expiries, market.series("BTC"), strict=True):
        for level, iv in zip(surface.moneyness, row.ivs, strict=True):
            assert iv is None or iv == pytest.approx(true_iv(series)(level * series.forward), abs=3e-3)
    known = [sum(iv is not None for iv in row.ivs) for row in surface.tenors]
    assert known == sorted(known)
    assert known[0] >= 5
    assert known[-1] == len(MONEYNESS)
