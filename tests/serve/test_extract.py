from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.push.boards import NOW_MS, SYMBOLS, change, make_board, values
from voltape.model.board import Board
from voltape.serve.extract import Extract
from voltape.serve.selection import TICKER_FIELDS

CALL = "BTC-25DEC26-100000-C-USDT"


def extract(board: Board, fields: Sequence[str] | None = None, now_ms: int = NOW_MS, run: int = 1) -> Extract:
    """All rows of a board."""
    return Extract(list(board.rows.values()), fields, now_ms, run)


def test_every_field_of_a_ticker_is_there() -> None:
    """In the order of the contract, a few rows at a time."""
    board = make_board(SYMBOLS)
    expected = [msgspec.structs.astuple(row.ticker(NOW_MS)) for row in board.rows.values()]
    found = extract(board)
    assert found.fields == TICKER_FIELDS
    assert [row for piece in found.pieces() for row in piece] == expected
    assert len(found) == len(SYMBOLS)


def test_pieces_are_small_and_hold_every_row_once() -> None:
    """So that nobody waits for long while one is written."""
    board = make_board([f"BTC-25DEC26-{strike}-C" for strike in range(1, 301)])
    pieces = list(extract(board, ["symbol"]).pieces())
    assert max(map(len, pieces)) <= 64
    assert [row[0] for piece in pieces for row in piece] == list(board.rows)


@given(st.sets(st.sampled_from(TICKER_FIELDS), min_size=1))
def test_chosen_fields_are_cut_out(chosen: set[str]) -> None:
    """Nothing beside them."""
    fields = [name for name in TICKER_FIELDS if name in chosen]
    board = make_board([CALL])
    ((row,),) = extract(board, fields).pieces()
    ticker = board.rows[CALL].ticker(NOW_MS)
    assert row == tuple(getattr(ticker, name) for name in fields)


def test_rows_are_those_of_the_moment_although_the_board_goes_on() -> None:
    """Values, times, lane and staleness alike; a contract that has left is there."""
    board = make_board()
    found = extract(board)
    expected = [msgspec.structs.astuple(row.ticker(NOW_MS)) for row in board.rows.values()]
    for symbol in SYMBOLS:
        change(board, symbol, bid_price=99.0)
        board.set_lane(board.rows[symbol], "live")
        board.set_stale(board.rows[symbol], stale=True)
    board.remove(CALL)
    board.commit()
    assert [row for piece in found.pieces() for row in piece] == expected


def test_a_tag_stays_while_nothing_that_is_shown_changes() -> None:
    """Changes of other contracts are none."""
    board = make_board()
    rows = [row for row in board.rows.values() if row.instrument.underlying == "BTC"]
    before = Extract(rows, None, NOW_MS, 1).tag
    change(board, "ETH-25DEC26-2000-C", bid_price=99.0)
    assert Extract(rows, None, NOW_MS + 1, 1).tag == before


def test_a_tag_changes_with_everything_that_is_shown() -> None:
    """A value, one not committed yet, the days to expiry, the fields, the order, the run."""
    board = make_board()
    tags = [extract(board).tag]
    change(board, CALL, bid_price=99.0)
    tags.append(extract(board).tag)
    board.push(board.rows[CALL], values(5.0), NOW_MS + 50, 1, NOW_MS)
    tags.append(extract(board).tag)
    board.push(board.rows[CALL], values(6.0), NOW_MS + 60, 1, NOW_MS)
    tags.append(extract(board).tag)
    board.commit()
    tags += [
        extract(board).tag,
        extract(board, now_ms=NOW_MS + 86_400_000).tag,
        extract(board, ["symbol"]).tag,
        extract(board, ["strike"]).tag,
        extract(board, run=2).tag,
        Extract(list(board.rows.values())[::-1], None, NOW_MS, 1).tag,
        Extract([], None, NOW_MS, 1).tag,
    ]
    assert len(set(tags)) == len(tags)


def test_an_empty_extract_has_no_pieces() -> None:
    """Nothing matched."""
    assert list(Extract([], None, NOW_MS, 1).pieces()) == []
