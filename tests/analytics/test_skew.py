"""Risk reversals, butterflies and slopes."""

from collections.abc import Callable
from math import exp, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analytics.markets import curved, simulated, true_iv
from voltape.analytics.black76 import greeks
from voltape.analytics.skew import Skew, skew_of
from voltape.analytics.smile import smile_of
from voltape.sim import black

STRIKES = [100.0 * exp(0.02 * i) for i in range(-20, 21)]


def skew_along(iv: Callable[[float], float], strikes: list[float], years: float = 0.1) -> Skew:
    """Return the skew of a smile given by strike, at a forward of 100."""
    return skew_of(smile_of(curved(iv, strikes, years)))


def strike_at(delta: float, iv: Callable[[float], float], forward: float, years: float) -> float:
    """Return the strike whose call has this delta, by the simulator's own Black-76."""
    low, high = forward * 0.1, forward * 10.0
    for _ in range(80):
        strike = sqrt(low * high)
        if black.value(forward, strike, iv(strike), years, call=True).delta > delta:
            low = strike
        else:
            high = strike
    return sqrt(low * high)


@given(st.floats(0.2, 1.5), st.floats(0.02, 0.5))
def test_a_flat_smile_has_no_skew(vol: float, years: float) -> None:
    """Both wings are at the money's volatility, whatever it is."""
    width = vol * years**0.5
    found = skew_along(lambda strike: vol, [100.0 * exp(0.2 * width * i) for i in range(-10, 11)], years)
    for wings in (found.delta_25, found.delta_10):
        assert wings.risk_reversal == pytest.approx(0.0, abs=1e-12)
        assert wings.butterfly == pytest.approx(0.0, abs=1e-12)
    assert found.slope == pytest.approx(0.0, abs=1e-9)


def test_the_wings_have_the_delta_they_are_named_after() -> None:
    """Black-76's delta at the wing's strike and volatility is the stated one, on both sides."""
    found = skew_along(lambda strike: 0.6 - 0.3 * log(strike / 100.0), STRIKES)
    for wings in (found.delta_25, found.delta_10):
        assert wings.call_strike is not None
        assert wings.call_iv is not None
        assert wings.put_strike is not None
        assert wings.put_iv is not None
        call = greeks(100.0, wings.call_strike, 0.1, wings.call_iv, "call")
        put = greeks(100.0, wings.put_strike, 0.1, wings.put_iv, "put")
        assert call is not None
        assert put is not None
        assert (call.delta, put.delta) == pytest.approx((wings.delta, -wings.delta), abs=1e-9)


def test_dear_puts_make_everything_negative() -> None:
    """Where volatility falls with the strike, risk reversal and slope are below 0, and the slope is the fall."""
    found = skew_along(lambda strike: 0.6 - 0.3 * log(strike / 100.0), STRIKES)
    assert found.delta_25.risk_reversal is not None
    assert found.delta_10.risk_reversal is not None
    assert found.delta_10.risk_reversal < found.delta_25.risk_reversal < 0.0
    assert found.slope == pytest.approx(-0.3, abs=1e-3)
    assert found.slope_root_time == pytest.approx(-0.3 * 0.1**0.5, abs=1e-3)


def test_one_absurd_mark_far_away_leaves_both_wings() -> None:
    """At the venue's highest IV the delta of a far call is as large as at the money; the wings are nearer than that."""

    def iv(strike: float) -> float:
        return 5.0 if strike > 160.0 else 0.6

    found = skew_along(iv, [*STRIKES, 165.0], years=0.3)
    assert found.delta_25.risk_reversal == pytest.approx(0.0, abs=1e-12)
    assert found.delta_10.put_strike is not None


def test_a_wing_beyond_the_last_strike_is_none() -> None:
    """Nothing is extended: a missing wing takes risk reversal, butterfly and slope with it."""
    found = skew_along(lambda strike: 0.5, [95.0, 100.0, 105.0, 110.0, 115.0, 130.0])
    assert found.delta_25.call_iv == pytest.approx(0.5)
    assert (found.delta_25.put_strike, found.delta_25.put_iv) == (None, None)
    assert (found.delta_25.risk_reversal, found.delta_25.butterfly, found.slope) == (None, None, None)
    assert (found.delta_10.call_strike is None, found.slope_root_time) == (False, None)


@pytest.mark.parametrize("strikes", [[], [100.0], [300.0, 310.0], [30.0, 31.0]])
def test_too_few_strikes_have_no_skew(strikes: list[float]) -> None:
    """No strikes, one strike, or strikes on one side only: no wings."""
    found = skew_along(lambda strike: 0.5, strikes)
    assert (found.delta_25.risk_reversal, found.delta_10.risk_reversal, found.slope) == (None, None, None)


@pytest.mark.parametrize("coin", ["BTC", "SOL"])
def test_the_simulated_markets_skew_is_recovered(coin: str) -> None:
    """25-delta wings are the market's own within 0.1 vol points, 10-delta ones within 0.25."""
    market = simulated(coin)
    for chain, series in zip(market.slices(coin), market.series(coin), strict=True):
        found, iv = skew_of(smile_of(chain)), true_iv(series)
        for wings, slack in ((found.delta_25, 1e-3), (found.delta_10, 2.5e-3)):
            call, put = (
                iv(strike_at(delta, iv, series.forward, chain.years))
                for delta in (wings.delta, 1.0 - wings.delta)
            )
            assert (wings.call_iv, wings.put_iv) == pytest.approx((call, put), abs=slack)
            assert wings.risk_reversal == pytest.approx(call - put, abs=slack)
            assert wings.butterfly == pytest.approx(0.5 * (call + put) - iv(series.forward), abs=2.0 * slack)
