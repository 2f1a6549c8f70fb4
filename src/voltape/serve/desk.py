"""Where answers are made: what the routes share."""

from collections.abc import Callable, Iterable
from typing import cast

import msgspec

from voltape.clock import Clock
from voltape.model.board import Board
from voltape.model.control import ControlPort
from voltape.model.history import Histories
from voltape.model.instrument import expiry_from_text
from voltape.model.row import Row, Series
from voltape.model.status import CacheUse, Status
from voltape.model.tape import Tapes
from voltape.model.ticker import Ticker
from voltape.push.hub import Hub

from .analytics_desk import AnalyticsDesk
from .baseline import read_baseline
from .cache import Answer, AnswerCache, Made, Prepare, Versioned
from .dispatch import Dispatch
from .efficiency import EfficiencyMeter
from .encoded_rows import EncodedRows
from .forms import Forms
from .near import contracts_near, expiries_near
from .paging import Pager
from .problem import Fault, bad_parameters, not_found
from .request_meter import RequestMeter

__all__ = ["Desk", "expiry_named"]

_encoder = msgspec.json.Encoder()


class Desk:
    """The board and what answers need beside it.

    Attributes:
        board, clock, hub, status: as given.
        cache: answers that may be given again. forms: gives them in a coding the client takes.
        meter: counts requests.
        pager: orders of pages under way. run: epoch ms of the start, which tells runs apart.
        dispatch: hands out downloads.
        analytics: what is computed from the board.
        efficiency: judgement of what the system uses.
        control: the way to the tracker for who decides what is tracked, None without one.
        tapes: trades, None where they are not kept.
        histories: what the board's levels were.
        writable: whether such decisions are taken at all.
    """

    def __init__(
        self,
        board: Board,
        hub: Hub,
        clock: Clock,
        status: Callable[[], Status],
        cache_bytes: int,
        control: ControlPort | None = None,
        tapes: Tapes | None = None,
        histories: Histories | None = None,
        *,
        writable: bool = False,
    ) -> None:
        self.board = board
        self.control = control
        self.tapes = tapes
        self.histories = Histories() if histories is None else histories
        self.writable = writable
        self.hub = hub
        self.clock = clock
        self.cache = AnswerCache(cache_bytes)
        self.forms = Forms()
        self.meter = RequestMeter()
        # Half as much again: enough for every contract of a market of today's size.
        self._rows = EncodedRows(cache_bytes // 2)
        self.run = clock.wall_ms()
        self.pager = Pager()
        self.analytics = AnalyticsDesk(board, clock, self.histories)
        self.analytics.followed, self.analytics.told = hub.analysed, hub.tell_analytics
        hub.analytics.maker = self.analytics
        self.dispatch = Dispatch()
        self._status = status
        self.efficiency = EfficiencyMeter(clock, self.status, read_baseline())

    def status(self) -> Status:
        """The present status with this role's own figures."""
        status = self._status()
        return msgspec.structs.replace(
            status,
            cache=self._cache_use(),
            api=msgspec.structs.replace(
                self.meter.use(), downloads=self.dispatch.sent, downloads_failed=self.dispatch.failed
            ),
            traffic={**status.traffic, "clients": self.meter.traffic()},
        )

    def _cache_use(self) -> CacheUse:
        use = self.cache.use()
        return msgspec.structs.replace(use, joined=self.forms.joined, bytes=use.bytes + self._rows.size)

    def known(self, key: bytes) -> Answer | None:
        """The answer to a request that was answered before; None where its route has to be asked.

        Raises:
            ProblemError: there is none any more.
        """
        answer = self.cache.get(key, self._minute(), self.clock.monotonic())
        if answer is not None:
            return answer
        prepare = self.cache.outdated(key)
        return None if prepare is None else self.prepared(key, prepare)

    def forget(self, key: bytes) -> None:
        """Give no kept answer to a request any more, because what it says was changed from outside."""
        self.cache.outdated(key)

    def prepared(self, key: bytes, prepare: Prepare) -> Answer:
        """Make an answer, and keep it with the way to make it again.

        Args:
            key: the request.
            prepare: makes it of the present state.

        Raises:
            ProblemError: from `prepare`.
        """
        return self._encoded(key, prepare(), prepare)

    def answer(self, key: bytes, source: Versioned | None, content: object, lasts: float = 0.0) -> Answer:
        """Encode an answer and keep it.

        Args:
            key: the request.
            source: what `content` was made from; None where that has no version.
            content: anything msgspec encodes.
            lasts: s for which an answer without source may be given again.
        """
        return self._encoded(key, Made(content, source, lasts), None)

    def _encoded(self, key: bytes, made: Made, prepare: Prepare | None) -> Answer:
        answer = Answer(
            _encoder.encode(made.content),
            source=made.source,
            minute=self._minute(),
            until=self.clock.monotonic() + made.lasts,
            prepare=prepare,
            vary=made.vary,
        )
        if made.source is not None or made.lasts:
            self.cache.put(key, answer)
        return answer

    def tickers(self, rows: Iterable[Row]) -> list[Ticker]:
        """Tickers of now, in the form in which they go into an answer."""
        # They are encoded already, which nobody but the encoder needs to know.
        return cast("list[Ticker]", self._rows.tickers(rows, self.clock.wall_ms()))

    def _minute(self) -> int:
        return self.clock.wall_ms() // 60_000

    def enabled(self) -> dict[str, bool]:
        """Whether underlyings that are known by name are to be tracked."""
        known = [] if self.control is None else self.control.state().underlyings
        return {choice.underlying: choice.enabled for choice in known}

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
            raise not_found(f"{coin} expiry", date, dates, expiries_near(date, dates))
        return series

    def row(self, symbol: str) -> Row:
        """The contract of a symbol.

        Raises:
            ProblemError: 404.
        """
        row = self.board.rows.get(symbol) or self.board.rows.get(symbol.upper())
        if row is None:
            examples = [next(iter(series.rows)) for series in self.board.series.values() if series.rows]
            raise not_found("contract", symbol, examples, contracts_near(symbol.upper(), self.board))
        return row


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
