"""Black-76: what must hold of any price, the round trip of implied volatility, and a reference library."""

from math import exp, inf, nan, pi

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.analytics.reference import reference_greeks, reference_iv
from voltape.analytics.black76 import greeks, implied_vol, price
from voltape.analytics.slices import Kind

KINDS = st.sampled_from(["call", "put"])
FORWARDS = st.floats(0.05, 500_000.0)
MONEYNESS = st.floats(0.3, 3.0)
YEARS = st.floats(1.0 / 8760.0, 3.0)
VOLS = st.floats(0.05, 4.0)


def worth(forward: float, strike: float, years: float, vol: float, kind: Kind) -> float:
    """Return the price of an option that has one."""
    found = price(forward, strike, years, vol, kind)
    assert found is not None
    return found


@given(FORWARDS, MONEYNESS, YEARS, VOLS)
def test_call_and_put_keep_parity(forward: float, moneyness: float, years: float, vol: float) -> None:
    """Call - put = forward - strike, and call delta - put delta = 1."""
    strike = forward * moneyness
    call, put = (greeks(forward, strike, years, vol, kind) for kind in ("call", "put"))
    assert call is not None
    assert put is not None
    assert call.price - put.price == pytest.approx(forward - strike, abs=1e-12 * forward)
    assert call.delta - put.delta == pytest.approx(1.0, abs=1e-14)
    assert (call.gamma, call.vega, call.theta) == (put.gamma, put.vega, put.theta)


@given(FORWARDS, MONEYNESS, YEARS, VOLS, KINDS)
def test_a_price_stays_within_its_bounds(
    forward: float, moneyness: float, years: float, vol: float, kind: Kind
) -> None:
    """An option is worth at least its intrinsic value and at most the forward or the strike."""
    strike = forward * moneyness
    found = worth(forward, strike, years, vol, kind)
    intrinsic = max(forward - strike if kind == "call" else strike - forward, 0.0)
    assert intrinsic <= found <= (forward if kind == "call" else strike) * (1.0 + 1e-14)


@given(FORWARDS, MONEYNESS, YEARS, VOLS, st.floats(1.001, 2.0), KINDS)
def test_more_volatility_and_more_time_cost_more(
    forward: float, moneyness: float, years: float, vol: float, factor: float, kind: Kind
) -> None:
    """A price never falls with volatility or time, and rises where it carries any time value."""
    strike = forward * moneyness
    found = worth(forward, strike, years, vol, kind)
    intrinsic = max(forward - strike if kind == "call" else strike - forward, 0.0)
    richer = worth(forward, strike, years, vol * factor, kind)
    longer = worth(forward, strike, years * factor, vol, kind)
    assert min(richer, longer) >= found
    if 1e-9 * forward < found - intrinsic < 0.9 * min(forward, strike):
        assert min(richer, longer) > found


@given(FORWARDS, MONEYNESS, YEARS, VOLS, st.floats(1.0001, 1.5))
def test_a_higher_strike_makes_calls_cheaper_and_puts_dearer(
    forward: float, moneyness: float, years: float, vol: float, factor: float
) -> None:
    """Prices are monotonic in the strike, by no more than the strikes differ."""
    strike = forward * moneyness
    calls = [worth(forward, level, years, vol, "call") for level in (strike, strike * factor)]
    puts = [worth(forward, level, years, vol, "put") for level in (strike, strike * factor)]
    room = strike * (factor - 1.0) + 1e-12 * forward
    slack = 1e-13 * forward
    assert -slack <= calls[0] - calls[1] <= room
    assert -slack <= puts[1] - puts[0] <= room


@given(FORWARDS, MONEYNESS, YEARS, VOLS, KINDS)
def test_an_implied_volatility_comes_back(
    forward: float, moneyness: float, years: float, vol: float, kind: Kind
) -> None:
    """Solving the price of a volatility gives it back to 1e-8, wherever a float can hold the time value."""
    strike = forward * moneyness
    found = greeks(forward, strike, years, vol, kind)
    assert found is not None
    # The price's own rounding, half a unit of its last digit, over vega: what nobody could find again.
    assume(found.price * 2.3e-16 < 1e-9 * found.vega * 100.0)
    solved = implied_vol(found.price, forward, strike, years, kind)
    assert solved == pytest.approx(vol, abs=1e-8)


@given(FORWARDS, st.floats(0.5, 2.0), st.floats(1.0 / 365.0, 3.0), st.floats(0.1, 2.0), KINDS)
def test_greeks_are_the_slopes_of_the_price(
    forward: float, moneyness: float, years: float, vol: float, kind: Kind
) -> None:
    """Each greek is what finite differences of the price say, in the unit stated."""
    strike = forward * moneyness
    found = greeks(forward, strike, years, vol, kind)
    assert found is not None
    assume(found.gamma * forward * vol * years**0.5 > 1e-3)
    step = 1e-3 * forward * vol * years**0.5
    up, down = (worth(forward + move, strike, years, vol, kind) for move in (step, -step))
    assert found.delta == pytest.approx((up - down) / (2.0 * step), abs=1e-5)
    assert found.gamma == pytest.approx((up - 2.0 * found.price + down) / (step * step), rel=1e-3)
    up, down = (worth(forward, strike, years, vol + move, kind) for move in (1e-4, -1e-4))
    assert found.vega == pytest.approx((up - down) / 2e-4 / 100.0, rel=1e-3)
    later = 1e-4 * years
    up, down = (worth(forward, strike, years + move, vol, kind) for move in (later, -later))
    assert found.theta == pytest.approx(-(up - down) / (2.0 * later) / 365.0, rel=1e-3)


@given(FORWARDS, st.floats(0.4, 2.5), st.floats(1.0 / 365.0, 3.0), st.floats(0.05, 3.0), KINDS)
def test_prices_and_greeks_agree_with_quantlib(
    forward: float, moneyness: float, years: float, vol: float, kind: Kind
) -> None:
    """QuantLib, in the venue's units, gives the same figures."""
    strike = forward * moneyness
    ours, theirs = (
        greeks(forward, strike, years, vol, kind),
        reference_greeks(forward, strike, years, vol, kind),
    )
    assert ours is not None
    assert ours.price == pytest.approx(theirs.price, rel=1e-9, abs=1e-12 * forward)
    assert ours.delta == pytest.approx(theirs.delta, abs=1e-12)
    assert ours.gamma == pytest.approx(theirs.gamma, rel=1e-9, abs=1e-13 / forward)
    assert ours.vega == pytest.approx(theirs.vega, rel=1e-9, abs=1e-13 * forward)
    assert ours.theta == pytest.approx(theirs.theta, rel=1e-9, abs=1e-13 * forward)


@given(FORWARDS, st.floats(0.7, 1.4), st.floats(0.05, 2.0), st.floats(0.2, 1.5), KINDS)
def test_implied_volatilities_agree_with_quantlib(
    forward: float, moneyness: float, years: float, vol: float, kind: Kind
) -> None:
    """QuantLib finds the same volatility in a price."""
    strike = forward * moneyness
    found = worth(forward, strike, years, vol, kind)
    assume(found > abs(forward - strike) * 1.0001)
    ours = implied_vol(found, forward, strike, years, kind)
    assert ours == pytest.approx(reference_iv(found, forward, strike, years, kind), abs=1e-7)


@pytest.mark.parametrize(
    ("forward", "strike", "hours", "iv", "published", "damping"),
    [
        (20.93, 24.0, 559.9971, 1.4674, (1.99054639, 0.42723543, 0.0505193, 0.02075941, -0.06527514), 1.0),
        (
            27546.96,
            30000.0,
            117.1632,
            0.4617,
            (35.85848319, 0.058091, 0.00007897, 3.69996245, -17.49538621),
            1.0,
        ),
        (
            16815.1,
            17500.0,
            20.6914,
            0.4896,
            (7.86976724, 0.047831, 0.00021453, 0.81351067, -19.9115368),
            20.6914 / 24,
        ),
    ],
)
def test_published_messages_of_the_venue_are_met(
    forward: float, strike: float, hours: float, iv: float, published: tuple[float, ...], damping: float
) -> None:
    """Marks and greeks in the venue's own messages are Black-76 within what an IV of four decimals can say.

    The last one, 20.7 hours before expiry, has its gamma and theta scaled down with the hours left.
    """
    found = greeks(forward, strike, hours / 8760.0, iv, "call")
    assert found is not None
    expected = (found.price, found.delta, found.gamma * damping, found.vega, found.theta * damping)
    assert published == pytest.approx(expected, rel=1.2e-3)
    assert implied_vol(published[0], forward, strike, hours / 8760.0, "call") == pytest.approx(iv, abs=1.5e-4)


@pytest.mark.parametrize("kind", ["call", "put"])
@pytest.mark.parametrize("target", [-1.0, 0.0, 10.0, 100.0, 200.0, nan, inf])
def test_a_price_that_no_volatility_gives_has_none(target: float, kind: Kind) -> None:
    """At or below intrinsic value, at or above the bound, or not a number: None."""
    forward, strike = (100.0, 90.0) if kind == "call" else (90.0, 100.0)
    assert implied_vol(target, forward, strike, 0.5, kind) is None


@pytest.mark.parametrize("years", [0.0, -1.0, nan, inf])
def test_without_time_there_is_no_implied_volatility(years: float) -> None:
    """No time left, or none that makes sense: None."""
    assert implied_vol(5.0, 100.0, 100.0, years, "call") is None


@pytest.mark.parametrize(
    ("forward", "strike", "years", "vol"),
    [
        (0.0, 1.0, 1.0, 1.0),
        (-1.0, 1.0, 1.0, 1.0),
        (1.0, 0.0, 1.0, 1.0),
        (1.0, 1.0, -1.0, 1.0),
        (1.0, 1.0, 1.0, -1.0),
        (nan, 1.0, 1.0, 1.0),
        (1.0, inf, 1.0, 1.0),
        (1.0, 1.0, nan, 1.0),
        (1.0, 1.0, 1.0, inf),
    ],
)
def test_an_option_that_cannot_be_has_no_price(
    forward: float, strike: float, years: float, vol: float
) -> None:
    """Inputs that are negative, zero where that makes no sense, or not finite give None, never a number."""
    assert price(forward, strike, years, vol, "call") is None
    assert greeks(forward, strike, years, vol, "call") is None
    if not (0.0 < forward < inf and 0.0 < strike < inf):
        assert implied_vol(0.5, forward, strike, 1.0, "call") is None


@pytest.mark.parametrize(("years", "vol"), [(0.0, 0.5), (0.5, 0.0)])
def test_at_expiry_only_intrinsic_value_is_left(years: float, vol: float) -> None:
    """Without time or volatility the price is intrinsic, and there are no greeks."""
    assert price(110.0, 100.0, years, vol, "call") == 10.0
    assert price(110.0, 100.0, years, vol, "put") == 0.0
    assert greeks(110.0, 100.0, years, vol, "call") is None


@pytest.mark.parametrize(
    ("forward", "strike", "years", "vol"),
    [
        (100.0, 100.0, 1e-6, 0.01),
        (100.0, 400.0, 0.01, 0.5),
        (100.0, 100.0, 1.0, 10.0),
        (100.0, 1.0, 2.0, 6.0),
    ],
)
def test_extreme_options_are_solved_too(forward: float, strike: float, years: float, vol: float) -> None:
    """Tiny, remote and wildly dear options end in the volatility they were made with."""
    kind: Kind = "call" if strike >= forward else "put"
    found = worth(forward, strike, years, vol, kind)
    assert implied_vol(found, forward, strike, years, kind) == pytest.approx(vol, rel=1e-6)


def test_a_price_beyond_the_reach_of_floats_has_no_volatility() -> None:
    """So little time value that no width of a float's resolution gives it: None instead of a wrong number."""
    assert implied_vol(1e-200, 100.0, 100.0, 0.1, "call") is None
    assert implied_vol(1e-310, 100.0, 100.0000001, 0.1, "call") is None


@given(st.floats(0.0, 2.0), st.floats(-9.0, -0.1), st.sampled_from(["low", "high"]))
def test_every_price_within_the_bounds_has_its_volatility(distance: float, exponent: float, end: str) -> None:
    """From next to nothing up to next to the bound, the volatility found gives the price back."""
    strike = 100.0 * exp(distance)
    share = 10.0**exponent if end == "low" else 1.0 - 10.0**exponent
    target = 100.0 * share
    vol = implied_vol(target, 100.0, strike, 0.25, "call")
    assert vol is not None
    assert worth(100.0, strike, 0.25, vol, "call") == pytest.approx(target, rel=1e-6)


def test_a_dispute_about_rounding_ends() -> None:
    """A price so small that neighbouring widths give it in turn still has a volatility, within its digits."""
    vol = implied_vol(1.391915e-06, 100.0, 100.0, 1.0, "call")
    assert vol == pytest.approx(1.391915e-06 / 100.0 * (2.0 * pi) ** 0.5, rel=1e-6)
