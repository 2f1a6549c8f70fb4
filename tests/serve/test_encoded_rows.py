import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.push.boards import NOW_MS, SYMBOLS, Step, change, make_board, perform, steps, values
from voltape.model.board import Board
from voltape.serve.encoded_rows import EncodedRows

CALL = "BTC-25DEC26-100000-C-USDT"
PLENTY = 1_000_000


def said(encoded: EncodedRows, board: Board, now_ms: int) -> bytes:
    """Every row, by way of what is kept."""
    return msgspec.json.encode(encoded.tickers(board.rows.values(), now_ms))


@given(st.lists(st.tuples(steps, st.integers(0, 200_000))), st.sampled_from([0, 3000, PLENTY]))
def test_what_is_kept_is_what_encoding_anew_would_give(asked: list[tuple[Step, int]], room: int) -> None:
    """Whatever happens to the board between, committed or not, however time passes and however little room there is."""
    board, encoded, now_ms = make_board(), EncodedRows(room), NOW_MS
    for step, later in asked:
        perform(board, step)
        now_ms += later
        fresh = msgspec.json.encode(board.tickers(board.rows.values(), now_ms))
        assert said(encoded, board, now_ms) == fresh
        assert encoded.size <= room


def test_a_row_is_encoded_once_per_change() -> None:
    """The others stay as they are."""
    board, encoded = make_board(), EncodedRows(PLENTY)
    before = encoded.tickers(board.rows.values(), NOW_MS)
    change(board, CALL, bid_price=7.5)
    after = encoded.tickers(board.rows.values(), NOW_MS)
    again = [symbol for symbol, old, new in zip(board.rows, before, after, strict=True) if old is not new]
    assert again == [CALL]


def test_days_to_expiry_are_those_of_the_moment() -> None:
    """Although nothing else changed."""
    board, encoded = make_board([CALL]), EncodedRows(PLENTY)
    (now,) = msgspec.json.decode(said(encoded, board, NOW_MS))
    (later,) = msgspec.json.decode(said(encoded, board, NOW_MS + 86_400_000))
    assert now["days_to_expiry"] - later["days_to_expiry"] == 1.0


def test_a_change_that_is_not_committed_is_shown_at_once() -> None:
    """The version that names it is still to come."""
    board, encoded = make_board([CALL]), EncodedRows(PLENTY)
    said(encoded, board, NOW_MS)
    row = board.rows[CALL]
    for number in (1.0, 2.0):
        board.push(row, values(number), row.pushed_ts + 1, 1, NOW_MS)
        (ticker,) = msgspec.json.decode(said(encoded, board, NOW_MS))
        assert ticker["bid_price"] == number


def test_the_first_made_gives_way_when_bytes_run_out() -> None:
    """Without room nothing is kept."""
    board = make_board()
    encoded = EncodedRows(3000)
    said(encoded, board, NOW_MS)
    assert 0 < encoded.size <= 3000
    assert list(encoded._entries)[-1] is board.rows[SYMBOLS[-1]]
    none = EncodedRows(0)
    said(none, board, NOW_MS)
    assert none.size == 0
