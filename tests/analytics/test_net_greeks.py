import pytest
from hypothesis import given

from tests.analytics.positions import call, held, positions, put, series
from voltape.analytics.net_greeks import net_greeks
from voltape.analytics.position import Position


@given(contracts=positions)
def test_each_sum_is_that_of_greek_times_open_interest(contracts: list[Position]) -> None:
    """Contract by contract."""
    net = net_greeks([series(*contracts)]).net
    for name in ("delta", "gamma", "vega", "theta"):
        open_ones = [one for one in contracts if held(one) and getattr(one, name) is not None]
        expected = sum(held(one) * getattr(one, name) for one in open_ones) if open_ones else None
        assert getattr(net, name) == (None if expected is None else pytest.approx(expected, abs=1e-9))


def test_calls_and_puts_stay_apart() -> None:
    """Their deltas have different signs."""
    board = series(call(90.0, 2.0, delta=0.5), put(90.0, 4.0, delta=-0.25), put(80.0, 0.0, delta=-0.1))
    found = net_greeks([board])
    assert (found.calls.delta, found.puts.delta, found.net.delta) == (1.0, -1.0, 0.0)
    assert found.net.theta is None


def test_delta_in_usd_is_at_the_forward_of_each_expiry() -> None:
    """Without a forward there is none, and the others count."""
    slices = [
        series(call(90.0, 2.0, delta=0.5), forward=100.0),
        series(call(90.0, 2.0, delta=0.5), forward=110.0),
        series(call(90.0, 2.0, delta=0.5), forward=None),
    ]
    found = net_greeks(slices)
    assert [one.net.delta_usd for one in found.expiries] == [100.0, 110.0, None]
    assert (found.net.delta, found.net.delta_usd) == (3.0, 210.0)


def test_without_open_interest_all_is_absent() -> None:
    """Absent, not zero."""
    assert net_greeks([series(call(90.0, None, delta=0.5), call(90.0, 0.0, delta=0.5))]).net.delta is None
    assert net_greeks([]).net.delta is None
