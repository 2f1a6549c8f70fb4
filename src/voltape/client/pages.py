"""Tickers page by page: the next page is asked for when it is needed."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import Any, Generic, TypeVar

from voltape.model.ticker import Ticker

from .answers import Page
from .calls import MAX_PAGE, Call
from .table import Frames, Table

__all__ = ["AsyncPages", "Pages"]

Row = TypeVar("Row")

PageCall = Callable[[int, str | None], Call[Page[Any]]]
"""Makes the request for so many rows from a cursor on."""


class _Walk:
    """Where a walk over the pages stands."""

    def __init__(self, call: PageCall, limit: int | None) -> None:
        self._call = call
        self._left = limit
        self._cursor: str | None = None
        self._done = limit == 0

    def next(self) -> Call[Page[Any]] | None:
        """The request for the next page; None after the last one."""
        if self._done:
            return None
        return self._call(MAX_PAGE if self._left is None else min(MAX_PAGE, self._left), self._cursor)

    def took(self, page: Page[Any]) -> None:
        """Go on behind a page."""
        self._cursor = page.next_cursor
        if self._left is not None:
            self._left -= page.count
        self._done = page.next_cursor is None or self._left == 0


class Pages(Frames, Generic[Row]):
    """Rows of all pages; each iteration asks anew, so that its values are those of its time."""

    def __init__(
        self, ask: Callable[[Call[Page[Any]]], Page[Any]], call: PageCall, limit: int | None
    ) -> None:
        self._ask = ask
        self._call = call
        self._limit = limit

    def __iter__(self) -> Iterator[Row]:
        walk = _Walk(self._call, self._limit)
        while (call := walk.next()) is not None:
            page = self._ask(call)
            walk.took(page)
            yield from page.data

    def table(self) -> Table[Row]:
        """All rows, now."""
        return Table(list(self), Ticker)


class AsyncPages(Generic[Row]):
    """Rows of all pages, for `async for`; `await pages.table()` has them all at once."""

    def __init__(
        self, ask: Callable[[Call[Page[Any]]], Awaitable[Page[Any]]], call: PageCall, limit: int | None
    ) -> None:
        self._ask = ask
        self._call = call
        self._limit = limit

    async def __aiter__(self) -> AsyncGenerator[Row, None]:
        walk = _Walk(self._call, self._limit)
        while (call := walk.next()) is not None:
            page = await self._ask(call)
            walk.took(page)
            for row in page.data:
                yield row

    async def table(self) -> Table[Row]:
        """All rows, now."""
        return Table([row async for row in self], Ticker)
