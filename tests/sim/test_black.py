"""Black-76 against its own derivatives, taken numerically."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from voltape.sim.black import IV_CAP, implied_vol, price, value

forwards = st.floats(50.0, 200_000.0)
ratios = st.floats(0.6, 1.6)
vols = st.floats(0.15, 2.0)
times = st.floats(0.01, 1.5)
kinds = st.booleans()


@given(forwards, ratios, vols, times)
def test_put_and_call_differ_by_the_forwards_distance_to_the_strike(
    forward: float, ratio: float, vol: float, years: float
) -> None:
    """Put-call parity without discounting: C - P = F - K; the deltas differ by one."""
    strike = forward * ratio
    call = value(forward, strike, vol, years, call=True)
    put = value(forward, strike, vol, years, call=False)
    assert call.price - put.price == pytest.approx(forward - strike, abs=1e-9 * forward)
    assert call.delta - put.delta == pytest.approx(1.0)
    assert (call.gamma, call.vega, call.theta) == (put.gamma, put.vega, put.theta)


@given(forwards, ratios, vols, times, kinds)
def test_greeks_are_the_derivatives_in_the_venues_units(
    forward: float, ratio: float, vol: float, years: float, call: bool
) -> None:
    """Delta and gamma per unit of the forward, vega per vol point, theta per day, by differences."""
    strike = forward * ratio
    greeks = value(forward, strike, vol, years, call=call)
    step = forward * 1e-4
    up = price(forward + step, strike, vol, years, call=call)
    down = price(forward - step, strike, vol, years, call=call)
    brighter = price(forward, strike, vol + 0.0005, years, call=call)
    darker = price(forward, strike, vol - 0.0005, years, call=call)
    minute = 1.0 / (365 * 24 * 60)
    later = price(forward, strike, vol, years - minute, call=call)
    earlier = price(forward, strike, vol, years + minute, call=call)
    assert greeks.delta == pytest.approx((up - down) / (2 * step), abs=2e-4)
    assert greeks.gamma * forward == pytest.approx(
        (up - 2 * greeks.price + down) / step**2 * forward, abs=0.05, rel=0.02
    )
    assert greeks.vega / forward == pytest.approx((brighter - darker) / 0.1 / forward, abs=1e-6, rel=2e-3)
    assert greeks.theta / forward == pytest.approx((later - earlier) * 720 / forward, abs=1e-6, rel=5e-3)


@given(forwards, ratios, vols, times, kinds)
def test_implied_volatility_turns_a_price_back(
    forward: float, ratio: float, vol: float, years: float, call: bool
) -> None:
    """Where there is time value to speak of, the volatility behind a price is found again."""
    strike = forward * ratio
    worth = price(forward, strike, vol, years, call=call)
    floor = max(forward - strike, 0.0) if call else max(strike - forward, 0.0)
    assume(worth - floor > 1e-5 * forward)
    assert implied_vol(worth, forward, strike, years, call=call) == pytest.approx(vol, abs=5e-5)


def test_implied_volatility_is_zero_below_intrinsic_value_and_never_above_the_cap() -> None:
    """A bid under intrinsic value has none, and an absurd ask shows the cap."""
    assert implied_vol(99.0, 1100.0, 1000.0, 0.1, call=True) == 0.0
    assert implied_vol(435.0, 16_590.42, 30_000.0, 0.0003, call=True) == pytest.approx(IV_CAP, abs=1e-4)


@pytest.mark.parametrize(
    ("forward", "strike", "vol", "hours", "call", "mark", "delta", "vega"),
    [
        (16_815.1, 17_500.0, 0.4896, 20.69, True, 7.86976724, 0.047831, 0.81351067),
        (27_546.96, 30_000.0, 0.4617, 117.163, True, 35.85848319, 0.058091, 3.69996245),
    ],
)
def test_recorded_tickers_are_reproduced(
    forward: float,
    strike: float,
    vol: float,
    hours: float,
    call: bool,
    mark: float,
    delta: float,
    vega: float,
) -> None:
    """Values the venue sent in 2023, from the forward and volatility it sent with them."""
    greeks = value(forward, strike, vol, hours / 8760, call=call)
    assert greeks.price == pytest.approx(mark, rel=0.01)
    assert greeks.delta == pytest.approx(delta, rel=0.01)
    assert greeks.vega == pytest.approx(vega, rel=0.01)
