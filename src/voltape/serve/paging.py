"""Pages of an ordered list that stay whole while the data under the order moves.

The first page fixes the order of the contracts it was cut from; its cursor names that order and a position, so
the pages after it neither repeat nor skip a contract. An order is named by what is in it, so the same one is kept once
however often it is asked for, and a page that has not changed has the cursor it had. Orders are kept within a bound. A cursor whose order is no
longer kept goes on after the last contract of its page by value, as it would stand in the order of now.
"""

import base64
import binascii
from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import blake2b

import msgspec

from voltape.model.board import Board
from voltape.model.instrument import instrument_from_symbol
from voltape.model.row import Row

from .selection import Selection, contract_order, sort_value

__all__ = ["CursorError", "Page", "Pager"]


class CursorError(ValueError):
    """The cursor is not one of ours, or belongs to another query."""


class Page(msgspec.Struct, frozen=True):
    """One page: its rows, how many rows there are on all pages, and the way to the next one."""

    rows: list[Row]
    total: int
    next_cursor: str | None


class _Cursor(msgspec.Struct, frozen=True, array_like=True):
    query: bytes
    order: int
    offset: int
    symbol: str
    value: float | str | None


def _digest(selection: Selection) -> bytes:
    return blake2b(msgspec.msgpack.encode(selection), digest_size=6).digest()


def _name_of(order: Sequence[str]) -> int:
    return int.from_bytes(blake2b("\n".join(order).encode(), digest_size=8).digest())


def _decoded(text: str, selection: Selection) -> _Cursor:
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        cursor = msgspec.msgpack.decode(packed, type=_Cursor)
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise CursorError("is not a cursor of this server") from error
    if cursor.query != _digest(selection):
        raise CursorError("belongs to a request with other filters or another order")
    return cursor


class Pager:
    """Orders that cursors refer to, bounded in number of contracts over all of them."""

    def __init__(self, max_symbols: int = 100_000) -> None:
        """Make a pager without orders; `max_symbols` is the bound."""
        self._max_symbols = max_symbols
        self._held = 0
        self._orders: OrderedDict[int, list[str]] = OrderedDict()

    def first(self, rows: Sequence[Row], selection: Selection, limit: int) -> Page:
        """The first page of `rows`, which are ordered as `selection` asks."""
        if len(rows) <= limit:
            return Page(list(rows), len(rows), None)
        order = self._keep([row.instrument.symbol for row in rows])
        page = list(rows[:limit])
        return Page(page, len(rows), self._cursor(selection, order, limit, page[-1]))

    def _keep(self, symbols: list[str]) -> int:
        """Keep an order; returns its name."""
        order = _name_of(symbols)
        if order not in self._orders:
            self._orders[order] = symbols
            self._held += len(symbols)
        self._orders.move_to_end(order)
        while self._held > self._max_symbols:
            self._held -= len(self._orders.popitem(last=False)[1])
        return order

    def following(
        self, board: Board, rows: Callable[[], Sequence[Row]], selection: Selection, limit: int, cursor: str
    ) -> Page:
        """The page at a cursor.

        Args:
            board: where the rows of a kept order are.
            rows: makes the rows that match now, for a cursor whose order is no longer kept.
            selection: must be the one of the first page.
            limit: most rows on the page.
            cursor: `next_cursor` of the page before.

        Raises:
            CursorError: see there.
        """
        at = _decoded(cursor, selection)
        symbols = self._orders.get(at.order)
        if symbols is None or not 0 <= at.offset <= len(symbols):
            matching = rows()
            page = self.first(matching[_after(matching, selection, at) :], selection, limit)
            return Page(page.rows, len(matching), page.next_cursor)
        self._orders.move_to_end(at.order)
        found: list[Row] = []
        offset = at.offset
        while offset < len(symbols) and len(found) < limit:
            row = board.rows.get(symbols[offset])
            offset += 1
            if row is not None:
                found.append(row)
        more = found and offset < len(symbols)
        following = self._cursor(selection, at.order, offset, found[-1]) if more else None
        return Page(found, len(symbols), following)

    @staticmethod
    def _cursor(selection: Selection, order: int, offset: int, last: Row) -> str:
        value = None if selection.sort is None else sort_value(last, selection.sort.removeprefix("-"))
        cursor = _Cursor(_digest(selection), order, offset, last.instrument.symbol, value)
        return base64.urlsafe_b64encode(msgspec.msgpack.encode(cursor)).decode().rstrip("=")


def _after(rows: Sequence[Row], selection: Selection, at: _Cursor) -> int:
    """Index of the first row that comes after the cursor's contract and value."""
    last = instrument_from_symbol(at.symbol)
    if last is None:
        raise CursorError("is not a cursor of this server")
    tie = contract_order(last)
    return next((i for i, row in enumerate(rows) if _is_after(row, selection.sort, at.value, tie)), len(rows))


def _is_after(
    row: Row, sort: str | None, last: float | str | None, tie: tuple[str, str, float, str, str]
) -> bool:
    value = None if sort is None else sort_value(row, sort.removeprefix("-"))
    if value == last:
        return contract_order(row.instrument) > tie
    if value is None or last is None:
        return value is None
    if isinstance(value, str) != isinstance(last, str):
        raise CursorError("is not a cursor of this server")
    return (value > last) is not (sort or "").startswith("-")  # type: ignore[operator]
