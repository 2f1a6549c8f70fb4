from math import exp, log, pi, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analytics.positions import call, positions, put, series
from voltape.analytics.gamma_exposure import (
    DEALERS_LONG_CALLS,
    ProfilePoint,
    SignConvention,
    flip_level,
    gamma_exposure,
    gamma_profile,
)
from voltape.analytics.position import Position, PositionSlice


def black_gamma(forward: float, strike: float, iv: float, years: float) -> float:
    """Black-76 gamma on the forward, from its textbook form."""
    deviation = iv * sqrt(years)
    d1 = log(forward / strike) / deviation + deviation / 2
    return exp(-d1 * d1 / 2) / sqrt(2 * pi) / (forward * deviation)


def net_at(slices: list[PositionSlice], level: float) -> float:
    """Net exposure with everything moved to `level` times where it is, contract by contract."""
    total = 0.0
    for one in slices:
        assert one.forward is not None
        for position in one.positions:
            if position.open_interest and position.gamma is not None and position.mark_iv:
                sign = 1 if position.kind == "call" else -1
                gamma = black_gamma(one.forward * level, position.strike, position.mark_iv, one.years)
                total += sign * gamma * position.open_interest * (100.0 * level) ** 2 * 0.01
    return total


def test_one_contract_follows_the_formula() -> None:
    """Sign, gamma, open interest, square of the spot, one per cent."""
    found = gamma_exposure([series(call(90.0, 5.0, gamma=0.02), put(80.0, 2.0, gamma=0.01))], 100.0)
    assert found.calls == pytest.approx(5 * 0.02 * 100**2 * 0.01)
    assert found.puts == pytest.approx(-2 * 0.01 * 100**2 * 0.01)
    assert found.net == pytest.approx(8.0)
    assert [(one.strike, one.net) for one in found.strikes] == [(80.0, -2.0), (90.0, 10.0)]
    assert (found.call_wall, found.put_wall) == (90.0, 80.0)


def test_the_assumption_is_stated_and_can_be_another() -> None:
    """Whoever reads the figure reads whose it is."""
    board = [series(call(90.0, 5.0, gamma=0.02), put(90.0, 5.0, gamma=0.02))]
    usual = gamma_exposure(board, 100.0)
    assert usual.convention == DEALERS_LONG_CALLS
    assert usual.net == 0.0
    short = SignConvention("dealers are short everything", calls=-1, puts=-1)
    other = gamma_exposure(board, 100.0, convention=short)
    assert other.convention == short
    assert other.net == pytest.approx(-20.0)


def test_contracts_without_gamma_are_left_out_and_counted() -> None:
    """Nothing open is nothing to count."""
    board = [series(call(90.0, 5.0), call(95.0, 1.0, gamma=0.01), call(99.0, 0.0), put(90.0, None))]
    found = gamma_exposure(board, 100.0)
    assert (found.contracts, found.left_out) == (1, 1)


def test_without_a_spot_or_without_contracts_all_is_absent() -> None:
    """Absent, not zero."""
    board = [series(call(90.0, 5.0, gamma=0.02, mark_iv=0.5))]
    assert list(gamma_profile(board, None)) == []
    for found in (gamma_exposure(board, None), gamma_exposure([series()], 100.0)):
        assert (found.net, found.flip, found.call_wall, found.strikes) == (None, None, None, [])


@given(contracts=positions, level=st.sampled_from([0, 8, 18, 30, 36]))
def test_the_profile_is_the_exposure_of_a_moved_spot(contracts: list[Position], level: int) -> None:
    """Recomputed from every contract's textbook gamma."""
    slices = [series(*contracts, forward=10_200.0)]
    points = list(gamma_profile(slices, 100.0))
    if points:
        moved = points[level]
        assert moved.net == pytest.approx(net_at(slices, moved.price / 100.0), rel=1e-9, abs=1e-9)


def test_at_the_spot_the_profile_is_the_sum_of_the_strikes() -> None:
    """Where the exchange's gammas are Black-76's."""
    gamma = black_gamma(100.0, 95.0, 0.6, 0.25)
    board = [series(call(95.0, 7.0, gamma=gamma, mark_iv=0.6))]
    profile = list(gamma_profile(board, 100.0))
    (here,) = [point for point in profile if point.price == 100.0]
    assert gamma_exposure(board, 100.0, profile).net == pytest.approx(here.net)


def test_the_flip_is_where_puts_below_and_calls_above_balance() -> None:
    """A mirrored board flips at its middle, found from a spot that is elsewhere."""

    def gammas(strike: float) -> dict[str, float]:
        return {"gamma": 0.01, "mark_iv": 0.3}

    middle = 105.0
    low, high = middle / 1.1, middle * 1.1
    # With equal deviations, d1 = 0 at the strike times exp(-deviation² / 2): the same factor for both.
    board = [series(put(low, 10.0, **gammas(low)), call(high, 10.0, **gammas(high)))]
    profile = list(gamma_profile(board, 100.0))
    found = gamma_exposure(board, 100.0, profile).flip
    deviation = 0.3 * 0.5
    assert found == pytest.approx(middle * exp(-(deviation**2) / 2), rel=2e-4)
    assert net_at(board, 0.9) < 0 < net_at(board, 1.2)


def test_where_all_have_the_same_sign_there_is_no_flip() -> None:
    """Calls alone are long gamma everywhere."""
    board = [series(call(100.0, 10.0, gamma=0.01, mark_iv=0.5))]
    assert gamma_exposure(board, 100.0, list(gamma_profile(board, 100.0))).flip is None


def test_of_several_flips_the_nearest_is_given() -> None:
    """Whichever way the sign changes, and also where a level is hit exactly."""
    points = [
        ProfilePoint(float(price), net) for price, net in ((80, -1), (90, 1), (100, 2), (110, -2), (120, 0))
    ]
    assert flip_level(points, 100.0) == 105.0
    assert flip_level(points, 90.0) == 85.0
    assert flip_level([*points, ProfilePoint(130.0, 1.0)], 125.0) == 120.0
    assert flip_level([], 100.0) is None


def test_levels_too_far_away_to_count_are_no_flip() -> None:
    """In the last hours gamma is nothing at all far from the strikes; a sum that only begins or ends changes no sign."""
    board = [series(call(100.0, 10.0, gamma=0.01, mark_iv=0.5), years=0.5 / 24 / 365)]
    profile = list(gamma_profile(board, 100.0))
    assert profile[0].net == profile[-1].net == 0.0
    assert flip_level(profile, 100.0) is None
    touching = [ProfilePoint(90.0, 1.0), ProfilePoint(100.0, 0.0), ProfilePoint(110.0, 2.0)]
    assert flip_level(touching, 100.0) is None
    across = [
        ProfilePoint(90.0, 1.0),
        ProfilePoint(100.0, 0.0),
        ProfilePoint(110.0, 0.0),
        ProfilePoint(120.0, -1.0),
    ]
    assert flip_level(across, 100.0) == 105.0


@pytest.mark.parametrize(
    "board",
    [
        series(call(100.0, 1.0, gamma=0.01, mark_iv=0.5), years=0.0),
        series(call(100.0, 1.0, gamma=0.01, mark_iv=0.5), forward=None),
        series(call(100.0, 1.0, gamma=0.01)),
        series(call(100.0, 1.0, gamma=0.01, mark_iv=1e-9)),
    ],
)
def test_what_has_no_time_forward_or_iv_has_no_profile(board: PositionSlice) -> None:
    """The sum of the strikes has it all the same."""
    assert list(gamma_profile([board], 100.0)) == []
    assert gamma_exposure([board], 100.0).net == pytest.approx(1.0)
