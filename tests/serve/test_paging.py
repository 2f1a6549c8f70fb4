import base64

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.push.boards import NOW_MS, SYMBOLS, change, make_board
from voltape.model.board import Board
from voltape.model.row import Row
from voltape.serve.paging import CursorError, Page, Pager
from voltape.serve.selection import Selection, select


def symbols_of(rows: list[Row]) -> list[str]:
    """Names of rows."""
    return [row.instrument.symbol for row in rows]


class Reader:
    """Somebody who reads page after page."""

    def __init__(self, board: Board, pager: Pager, selection: Selection, limit: int) -> None:
        self.board = board
        self.pager = pager
        self.selection = selection
        self.limit = limit
        self.seen: list[str] = []
        self.cursor: str | None = None

    def rows(self) -> list[Row]:
        """What matches now."""
        return select(self.board, self.selection, NOW_MS)

    def read(self) -> Page:
        """Take the next page."""
        if self.cursor is None:
            page = self.pager.first(self.rows(), self.selection, self.limit)
        else:
            page = self.pager.following(self.board, self.rows, self.selection, self.limit, self.cursor)
        self.seen += symbols_of(page.rows)
        self.cursor = page.next_cursor
        return page

    def read_all(self) -> None:
        """Take all that are left."""
        while self.read().next_cursor is not None:
            assert len(self.seen) < 10_000


@given(
    limit=st.integers(1, 60),
    sort=st.sampled_from([None, "volume_24h", "-volume_24h", "-symbol", "mark_iv"]),
    moves=st.lists(st.tuples(st.sampled_from(SYMBOLS), st.none() | st.floats(0, 100)), max_size=30),
)
def test_every_contract_is_on_exactly_one_page_whatever_moves_between_them(
    limit: int, sort: str | None, moves: list[tuple[str, float | None]]
) -> None:
    """In the order of the first page."""
    board = make_board()
    reader = Reader(board, Pager(), Selection(sort=sort), limit)
    order = symbols_of(reader.rows())
    reader.read()
    while reader.cursor is not None:
        for symbol, number in moves:
            change(board, symbol, volume_24h=number, mark_iv=number)
        reader.read()
    assert reader.seen == order


@given(
    limit=st.integers(1, 60),
    sort=st.sampled_from([None, "-volume_24h", "symbol", "-expiry", "mark_iv"]),
    absent=st.sets(st.sampled_from(SYMBOLS)),
)
def test_a_cursor_of_an_order_no_longer_kept_goes_on_by_value(
    limit: int, sort: str | None, absent: set[str]
) -> None:
    """While nothing moves the pages are the same as ever."""
    board = make_board()
    for symbol in absent:
        change(board, symbol, volume_24h=None, mark_iv=None)
    selection = Selection(sort=sort)
    reader = Reader(board, Pager(), selection, limit)
    order = symbols_of(reader.rows())
    assert reader.read().total == len(order)
    while reader.cursor is not None:
        reader.pager = Pager()
        assert reader.read().total == len(order)
    assert reader.seen == order


def test_contracts_that_left_are_passed_over() -> None:
    """A page is filled with those that are still there."""
    board = make_board()
    reader = Reader(board, Pager(), Selection(), 10)
    reader.read()
    for symbol in symbols_of(reader.rows())[10:15]:
        board.remove(symbol)
    board.commit()
    assert len(reader.read().rows) == 10
    reader.read_all()
    assert len(reader.seen) == len(set(reader.seen)) == 43


def test_when_all_the_rest_has_left_the_last_page_is_empty() -> None:
    """And it is the last one."""
    board = make_board()
    reader = Reader(board, Pager(), Selection(), 10)
    reader.read()
    for symbol in symbols_of(reader.rows())[10:]:
        board.remove(symbol)
    page = reader.read()
    assert (page.rows, page.next_cursor) == ([], None)


def test_kept_orders_are_bounded_and_the_least_recently_used_gives_way() -> None:
    """A reader who goes on keeps its order alive."""
    board = make_board()
    pager = Pager(max_symbols=3 * len(SYMBOLS))
    sorts = ("-volume_24h", "volume_24h", "symbol", "-symbol")
    readers = [Reader(board, pager, Selection(sort=sort), 5) for sort in sorts]
    for reader in readers[:3]:
        reader.read()
    readers[0].read()
    readers[3].read()
    assert len(pager._orders) == 3
    assert pager._held == 3 * len(SYMBOLS)
    for number, symbol in enumerate(SYMBOLS):
        change(board, symbol, volume_24h=float(number % 7))
    readers[0].read_all()
    assert sorted(readers[0].seen) == sorted(SYMBOLS)


def test_however_often_a_first_page_is_asked_for_its_order_is_kept_once() -> None:
    """A client that polls cannot push out the order of one that reads on, and what has not changed has the same cursor."""
    board = make_board()
    pager = Pager(max_symbols=2 * len(SYMBOLS))
    reader = Reader(board, pager, Selection(sort="-volume_24h"), 5)
    order = symbols_of(reader.rows())
    reader.read()
    for number, symbol in enumerate(SYMBOLS):
        change(board, symbol, volume_24h=float(number % 7))
    other = Selection(sort="symbol")
    pages = [pager.first(select(board, other, NOW_MS), other, 5) for _ in range(10)]
    assert len({page.next_cursor for page in pages}) == 1
    reader.read_all()
    assert reader.seen == order


def test_a_short_list_needs_no_cursor() -> None:
    """Nor is an order kept for it."""
    pager = Pager()
    page = pager.first(select(make_board(), Selection(), NOW_MS), Selection(), 48)
    assert page.next_cursor is None
    assert pager._orders == {}


def forged(*parts: object) -> str:
    """A cursor that was not made here."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(parts)).decode()


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_a_cursor_that_is_none_is_refused(text: str) -> None:
    """Whatever it is made of."""
    with pytest.raises(CursorError):
        Pager().following(make_board(), list, Selection(), 5, text)


def test_a_forged_cursor_does_no_harm() -> None:
    """It names no contract, or a value that does not fit the order."""
    board = make_board()
    selection = Selection(sort="volume_24h")
    reader = Reader(board, Pager(), selection, 5)
    reader.read()
    packed = msgspec.msgpack.decode(base64.urlsafe_b64decode((reader.cursor or "") + "=="))
    query = packed[0]
    other = Pager()
    for cursor in (forged(query, 1, 5, "nonsense", 1.0), forged(query, 1, 5, SYMBOLS[0], "text")):
        with pytest.raises(CursorError):
            other.following(board, reader.rows, selection, 5, cursor)
    for offset in (-1, 10**9):
        cursor = forged(query, packed[1], offset, SYMBOLS[0], -1.0)
        assert reader.pager.following(board, reader.rows, selection, 5, cursor).total == len(SYMBOLS)
