"""Where answers are made: what the routes share."""

from collections.abc import Callable
from itertools import islice

import msgspec

from voltape.clock import Clock
from voltape.model.board import Board
from voltape.model.instrument import expiry_from_text, instrument_from_symbol
from voltape.model.row import Row, Series
from voltape.model.status import Status
from voltape.push.hub import Hub

from .cache import Answer, AnswerCache, Versioned
from .paging import Pager
from .problem import Fault, bad_parameters, not_found

__all__ = ["Desk", "expiry_named"]

_MOST_COMPARED = 100

_encoder = msgspec.json.Encoder()


class Desk:
    """The board and what answers need beside it.

    Attributes:
        board, clock, hub, status: as given.
        cache: answers that may be given again.
        pager: orders of pages under way.
    """

    def __init__(
        self, board: Board, hub: Hub, clock: Clock, status: Callable[[], Status], cache_bytes: int
    ) -> None:
        self.board = board
        self.hub = hub
        self.clock = clock
        self.cache = AnswerCache(cache_bytes)
        self.pager = Pager(clock.wall_ms())
        self._status = status

    def status(self) -> Status:
        """The present status with this role's own figures."""
        return msgspec.structs.replace(self._status(), cache=self.cache.use())

    def known(self, key: bytes) -> Answer | None:
        """A kept answer to the request, if it is exact."""
        return self.cache.get(key, self._minute())

    def answer(self, key: bytes, source: Versioned | None, content: object) -> Answer:
        """Encode an answer and keep it.

        Args:
            key: the request.
            source: what `content` was made from; None where the answer may not be kept.
            content: anything msgspec encodes.
        """
        body = _encoder.encode(content)
        answer = Answer(body, source=source, minute=self._minute())
        if source is not None:
            self.cache.put(key, answer)
        return answer

    def _minute(self) -> int:
        return self.clock.wall_ms() // 60_000

    def underlying(self, name: str) -> str:
        """The underlying in the board's spelling.

        Raises:
            ProblemError: 404.
        """
        coins = self.board.underlyings()
        if name.upper() not in coins:
            raise not_found("underlying", name, coins)
        return name.upper()

    def series(self, underlying: str, expiry: str) -> Series:
        """The series of an underlying and an expiry in either spelling.

        Raises:
            ProblemError: 404, or 422 for a malformed date.
        """
        coin = self.underlying(underlying)
        date = expiry_named(expiry)
        series = self.board.series.get((coin, date))
        if series is None:
            dates = [known.expiry for known in self.board.expiries(coin)]
            raise not_found(f"{coin} expiry", date, dates)
        return series

    def row(self, symbol: str) -> Row:
        """The contract of a symbol.

        Raises:
            ProblemError: 404.
        """
        row = self.board.rows.get(symbol) or self.board.rows.get(symbol.upper())
        if row is None:
            raise not_found("contract", symbol, self._symbols_like(symbol))
        return row

    def _symbols_like(self, symbol: str) -> list[str]:
        # Comparing with every symbol would hold the event loop for tens of milliseconds.
        meant = instrument_from_symbol(symbol.upper())
        series = None if meant is None else self.board.series.get(meant.series)
        return list(islice(self.board.rows, _MOST_COMPARED) if series is None else series.rows)


def expiry_named(text: str) -> str:
    """ISO date of an expiry in either spelling.

    Raises:
        ProblemError: 422.
    """
    date = expiry_from_text(text.upper())
    if date is None:
        reason = f"{text[:40]!r} is not a date; allowed are 2026-12-25 and 25DEC26"
        raise bad_parameters([Fault("expiry", reason)])
    return date
