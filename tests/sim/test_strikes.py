"""Strike grids."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from voltape.sim.strikes import grid, text


@given(
    st.floats(0.1, 200_000.0),
    st.floats(0.1, 1.2),
    st.floats(0.001, 1.0),
    st.integers(3, 60),
    st.sampled_from([5, 25, 100]),
)
def test_a_grid_has_as_many_strikes_as_asked_on_whole_steps(
    forward: float, vol: float, years: float, count: int, parts: int
) -> None:
    """Strikes are positive, different, in order, and multiples of the step."""
    step = Decimal(f"{forward / parts:.4f}").quantize(Decimal("0.001")) + Decimal("0.001")
    strikes = grid(forward, vol, years, count, step)
    assert len(set(strikes)) == count
    assert strikes == sorted(strikes)
    assert all(strike > 0 and strike % step == 0 for strike in strikes)


def test_a_grid_is_denser_near_the_forward() -> None:
    """Neighbours at the money are closer than in the upper wing."""
    strikes = grid(108_000.0, 0.45, 0.8, 25, Decimal(500))
    middle = min(range(25), key=lambda i: abs(strikes[i] - 108_000))
    assert strikes[middle + 1] - strikes[middle] < strikes[-1] - strikes[-2]
    assert strikes[0] < 60_000
    assert strikes[-1] > 180_000


def test_a_strike_may_have_a_decimal_point_but_no_trailing_zero() -> None:
    """As in real symbols."""
    assert [text(Decimal(s)) for s in ("0.40", "202.5", "100000", "1E+3")] == [
        "0.4",
        "202.5",
        "100000",
        "1000",
    ]
