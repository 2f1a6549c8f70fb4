import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.top.cells import ABSENT, compact, days, delta, megabytes, per_cent, places, price, share


@given(st.floats(0, 99_999.4), st.integers(0, 4))
def test_a_price_fits_its_cell(value: float, decimals: int) -> None:
    """Six characters, and never more decimals than the market has."""
    text = price(value, decimals)
    assert len(text) <= 6
    assert len(text.partition(".")[2]) <= decimals
    assert float(text) == pytest.approx(value, rel=0.01, abs=0.51 * 10.0**-decimals)


@given(st.floats(0, 9e9))
def test_a_quantity_fits_its_cell(value: float) -> None:
    """Four characters."""
    assert len(compact(value)) <= 4


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.649, "0.65"), (9.996, "10.0"), (99.6, "100"), (999.0, "999"), (999.6, "1.0k"), (12_345.0, "12k"),
     (2.5e6, "2.5M"), (3e9, "3G")],
)  # fmt: skip
def test_a_quantity_keeps_its_leading_digits(value: float, text: str) -> None:
    """With `k` and `M` where it is long."""
    assert compact(value) == text


def test_what_is_absent_is_a_dot_and_zero_is_zero() -> None:
    """The one says that nothing is known, the other that it is nothing."""
    absent = [price(None, 2), compact(None), per_cent(None), share(None), delta(None), megabytes(None)]
    assert absent == [ABSENT] * 6
    assert [price(0, 2), compact(0), per_cent(0), share(0), delta(0)] == ["0.00", "0", "0.0", "0.0%", "+0.00"]


@pytest.mark.parametrize(
    ("prices", "decimals"), [([5.0, 7700.0, None], 0), ([0.1, 26.0], 1), ([0.0123, 1.0], 4), ([], 0)]
)
def test_a_market_has_as_many_decimals_as_its_prices(prices: list[float | None], decimals: int) -> None:
    """So that they stand below each other."""
    assert places(prices) == decimals


def test_the_last_day_is_told_in_hours() -> None:
    """It is the one on which they matter."""
    assert (days(4.64), days(0.5)) == ("4.6d", "12.0h")
