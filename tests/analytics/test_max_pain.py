import pytest
from hypothesis import given

from tests.analytics.positions import call, held, positions, put, series
from voltape.analytics.max_pain import max_pain, payouts
from voltape.analytics.position import Position


def paid(contracts: list[Position], price: float) -> float:
    """What every contract pays at a settlement price, one after the other."""
    calls = sum(held(one) * max(price - one.strike, 0.0) for one in contracts if one.kind == "call")
    puts = sum(held(one) * max(one.strike - price, 0.0) for one in contracts if one.kind == "put")
    return calls + puts


@given(contracts=positions)
def test_the_curve_is_what_every_contract_pays(contracts: list[Position]) -> None:
    """Running sums over strikes give what adding up contract by contract gives."""
    curve = payouts(contracts)
    assert [point.price for point in curve] == sorted({one.strike for one in contracts})
    assert [point.total for point in curve] == [paid(contracts, point.price) for point in curve]
    assert all(point.total == point.calls + point.puts for point in curve)


@given(contracts=positions)
def test_no_strike_pays_less_than_max_pain(contracts: list[Position]) -> None:
    """Trying every strike finds the same one."""
    found = max_pain(series(*contracts))
    if not any(map(held, contracts)):
        assert found.max_pain is None
        return
    strikes = sorted({one.strike for one in contracts})
    least = min(strikes, key=lambda strike: paid(contracts, strike))
    assert (found.max_pain, found.payout) == (least, paid(contracts, least))


@given(contracts=positions)
def test_no_price_between_strikes_pays_less(contracts: list[Position]) -> None:
    """Looking at strikes alone is enough."""
    found = max_pain(series(*contracts))
    if found.payout is not None:
        assert all(paid(contracts, float(price)) >= found.payout for price in range(0, 25_000, 250))


def test_distance_is_from_the_forward() -> None:
    """In per cent, positive above it."""
    found = max_pain(series(call(90.0, 1.0), put(110.0, 10.0), forward=100.0))
    assert (found.max_pain, found.payout, found.distance_percent) == (110.0, 20.0, 10.0)


@pytest.mark.parametrize("forward", [None, 0.0])
def test_without_a_forward_there_is_no_distance(forward: float | None) -> None:
    """Max pain itself does not need one."""
    found = max_pain(series(call(90.0, 1.0), forward=forward))
    assert (found.max_pain, found.distance_percent) == (90.0, None)


def test_where_nothing_is_open_there_is_no_max_pain() -> None:
    """Zero is told, absent is not; neither hurts anybody."""
    zero = max_pain(series(call(90.0, 0.0), put(90.0, None)))
    assert (zero.max_pain, zero.payout, zero.open_interest) == (None, None, 0.0)
    assert max_pain(series(call(90.0, None))).open_interest is None
    assert max_pain(series()).curve == []


def test_the_lower_of_two_equal_strikes_is_given() -> None:
    """Between them the curve is flat."""
    assert max_pain(series(call(90.0, 1.0), put(110.0, 1.0))).max_pain == 90.0
