from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.push.boards import COINS, NOW_MS, SYMBOLS, make_board, values
from voltape.model.board import Board
from voltape.model.ticker import Ticker
from voltape.serve.selection import TICKER_FIELDS, Selection, contradictions, select

numbers = st.none() | st.floats(min_value=0, max_value=20) | st.integers(0, 20).map(float)
bounds = st.none() | st.integers(0, 20).map(float)


@st.composite
def boards(draw: st.DrawFn) -> Board:
    """Some contracts, with values that are few enough to meet each other and the bounds."""
    board = Board()
    listed = draw(st.lists(st.sampled_from(SYMBOLS), unique=True, max_size=16))
    template = make_board(listed, filled=False)
    for symbol, row in template.rows.items():
        made = board.add(row.instrument, draw(st.sampled_from(["live", "polled"])))
        assert made.instrument.symbol == symbol
        if draw(st.booleans()):
            named = {
                "volume_24h": draw(numbers),
                "open_interest": draw(numbers),
                "mark_iv": draw(numbers),
                "delta": draw(numbers),
                "underlying_price": draw(st.none() | st.sampled_from([1.0, 1900.0, 60_000.0])),
            }
            board.push(made, values(1.0, **named), NOW_MS, 1, NOW_MS - draw(st.integers(0, 20_000)))
    board.commit()
    return board


selections = st.builds(
    Selection,
    underlying=st.none() | st.sampled_from(COINS),
    expiry=st.none() | st.sampled_from(["2026-12-25", "2027-03-26"]),
    kind=st.none() | st.sampled_from(["call", "put"]),
    settle=st.none() | st.sampled_from(["USDT", "USDC"]),
    lane=st.none() | st.sampled_from(["live", "polled"]),
    min_strike=st.none() | st.sampled_from([0.5, 2000.0, 3000.0]),
    max_strike=st.none() | st.sampled_from([0.5, 2000.0, 3000.0]),
    min_volume=bounds,
    min_open_interest=bounds,
    min_iv=bounds,
    max_iv=bounds,
    min_delta=bounds,
    max_delta=bounds,
    min_abs_delta=bounds,
    max_abs_delta=bounds,
    updated_within=st.none() | st.integers(1, 20).map(float),
    symbols=st.none() | st.lists(st.sampled_from(SYMBOLS)).map(tuple),
    sort=st.none() | st.sampled_from([f"{sign}{field}" for field in TICKER_FIELDS for sign in ("", "-")]),
)


def passes(ticker: Ticker, selection: Selection) -> bool:
    """Say of one ticker, one filter after another, whether it belongs to the answer."""
    exact = ("underlying", "expiry", "kind", "settle", "lane")
    if any(getattr(selection, name) not in (None, getattr(ticker, name)) for name in exact):
        return False
    if selection.symbols is not None and ticker.symbol not in selection.symbols:
        return False
    age = None if selection.updated_within is None else NOW_MS - selection.updated_within * 1000
    size = None if ticker.delta is None else abs(ticker.delta)
    limits: list[tuple[float | None, float | None, Callable[[float, float], bool]]] = [
        (ticker.strike, selection.min_strike, float.__ge__),
        (ticker.strike, selection.max_strike, float.__le__),
        (ticker.volume_24h, selection.min_volume, float.__ge__),
        (ticker.open_interest, selection.min_open_interest, float.__ge__),
        (ticker.mark_iv, selection.min_iv, float.__ge__),
        (ticker.mark_iv, selection.max_iv, float.__le__),
        (ticker.delta, selection.min_delta, float.__ge__),
        (ticker.delta, selection.max_delta, float.__le__),
        (size, selection.min_abs_delta, float.__ge__),
        (size, selection.max_abs_delta, float.__le__),
        (ticker.ts_received, age, lambda value, bound: value >= bound),
    ]
    return all(
        bound is None or (value is not None and compare(value, bound)) for value, bound, compare in limits
    )


@given(board=boards(), selection=selections)
def test_filters_keep_exactly_what_passes_each_of_them(board: Board, selection: Selection) -> None:
    """Against a check of each ticker by itself."""
    found = [row.instrument.symbol for row in select(board, selection, NOW_MS)]
    tickers = [row.ticker(NOW_MS) for row in board.rows.values()]
    assert sorted(found) == sorted(one.symbol for one in tickers if passes(one, selection))


@given(board=boards(), sort=st.sampled_from(TICKER_FIELDS), down=st.booleans())
def test_order_is_by_value_then_contract_with_absent_values_last(board: Board, sort: str, down: bool) -> None:
    """In both directions."""
    selection = Selection(sort=f"-{sort}" if down else sort)
    found = [row.ticker(NOW_MS) for row in select(board, selection, NOW_MS)]
    present = [one for one in found if getattr(one, sort) is not None]
    assert found[: len(present)] == present
    for before, after in pairwise(present):
        first, second = getattr(before, sort), getattr(after, sort)
        assert first >= second if down else first <= second
        if first == second:
            assert contract(before) < contract(after)
    absent = found[len(present) :]
    assert absent == sorted(absent, key=contract)


def contract(ticker: Ticker) -> tuple[str, str, float, str, str]:
    """What orders contracts that are equal otherwise."""
    return (ticker.underlying, ticker.expiry, ticker.strike, ticker.settle, ticker.kind)


def test_strikes_around_the_forward_are_counted_on_each_side_and_in_each_series() -> None:
    """`atm=1` keeps three strikes, fewer at the edge, and both settlement coins."""
    strikes = (80_000, 90_000, 100_000, 110_000, 120_000)
    board = make_board(
        [f"BTC-25DEC26-{k}-{kind}{coin}" for k in strikes for kind in "CP" for coin in ("", "-USDT")]
    )
    for forward, kept in ((101_000.0, {90_000, 100_000, 110_000}), (1.0, {80_000, 90_000})):
        for row in board.rows.values():
            board.push(row, values(1.0, underlying_price=forward), row.pushed_ts + 1, 1, NOW_MS)
        board.commit()
        found = select(board, Selection(atm=1), NOW_MS)
        assert {row.instrument.strike for row in found} == kept
        assert len(found) == 4 * len(kept)


def test_without_a_forward_there_are_no_strikes_around_it() -> None:
    """Nothing is guessed for a series without data."""
    board = make_board(SYMBOLS, filled=False)
    assert select(board, Selection(atm=5), NOW_MS) == []


def test_equal_bounds_are_no_contradiction_and_crossed_ones_name_both() -> None:
    """Zero is a bound like any other."""
    assert list(contradictions(Selection(min_strike=5.0, max_strike=5.0))) == []
    assert list(contradictions(Selection(min_delta=0.0))) == []
    faults = list(contradictions(Selection(min_delta=0.0, max_delta=-0.5)))
    assert [fault.name for fault in faults] == ["min_delta", "max_delta"]


@pytest.mark.parametrize("field", TICKER_FIELDS)
def test_every_field_orders(field: str) -> None:
    """None of them raises, whatever its type."""
    board = make_board()
    assert len(select(board, Selection(sort=f"-{field}"), NOW_MS)) == len(SYMBOLS)
