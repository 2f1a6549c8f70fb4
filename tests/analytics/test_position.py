import pytest

from tests.push.boards import NOW_MS, list_contract, make_board, values
from voltape.analytics.position import index_price_of, position_slice, ratio, total
from voltape.model.board import Board

SYMBOLS = ["BTC-25DEC26-100000-C-USDT", "BTC-25DEC26-100000-P"]


def test_a_series_becomes_positions_by_strike() -> None:
    """Each with its own values, in the order of the series."""
    board = make_board(SYMBOLS)
    (series,) = board.expiries("BTC")
    found = position_slice(series, NOW_MS)
    assert [(one.strike, one.kind, one.open_interest) for one in found.positions] == [
        (100_000.0, "put", 2.0),
        (100_000.0, "call", 1.0),
    ]
    assert (found.expiry, found.days_to_expiry) == ("2026-12-25", round(found.years * 365, 3))


def test_prices_are_those_of_the_freshest_contract() -> None:
    """A polled one lags behind; one without the value does not count."""
    board = Board()
    for number, price in enumerate((101.0, 103.0, None)):
        row = list_contract(board, f"BTC-25DEC26-{number + 1}-C")
        board.push(row, values(1.0, underlying_price=price, index_price=price), NOW_MS + number, 1, NOW_MS)
    found = position_slice(board.expiries("BTC")[0], NOW_MS)
    assert (found.forward, found.index_price, found.ts_exchange) == (103.0, 103.0, NOW_MS + 1)


@pytest.mark.parametrize("price", [0.0, 5e-324, 1e-300, -1.0, 1e16])
def test_what_can_be_no_price_is_none(price: float) -> None:
    """The freshest contract that has a price gives it; quotients with anything else would know no bounds."""
    board = make_board(SYMBOLS[:1])
    row = list_contract(board, SYMBOLS[1])
    board.push(row, values(1.0, underlying_price=price, index_price=price), NOW_MS, 1, NOW_MS)
    found = position_slice(board.expiries("BTC")[0], NOW_MS)
    assert (found.forward, found.index_price) == (1.0, 1.0)


def test_without_data_prices_are_absent() -> None:
    """The contracts are there all the same."""
    board = make_board(SYMBOLS, filled=False)
    found = position_slice(board.expiries("BTC")[0], NOW_MS)
    assert (found.forward, found.index_price, found.ts_exchange, len(found.positions)) == (
        None,
        None,
        None,
        2,
    )
    assert index_price_of([found]) is None
    assert index_price_of([]) is None


def test_after_expiry_no_time_is_left() -> None:
    """Never less than none."""
    board = make_board(SYMBOLS)
    (series,) = board.expiries("BTC")
    assert position_slice(series, series.expiry_ms + 1).years == 0.0


def test_sums_and_ratios_of_absent_values_are_absent() -> None:
    """Zero is a value."""
    assert total([None, 0.0]) == 0.0
    assert total([None]) is None
    assert (ratio(1.0, 3.0), ratio(None, 1.0), ratio(1.0, None), ratio(1.0, 0.0)) == (
        0.333333,
        None,
        None,
        None,
    )
