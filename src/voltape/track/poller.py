"""REST ticker polls: the polled lane's data, and the safety net of the live lane.

A polled row carries no time of its own, so it may replace pushed values only where the socket is not keeping them
fresh: where nothing was ever pushed, or where the values were last known to be current well before the poll
began. Where a row of a healthy live contract differs from what was pushed, and nothing was pushed since before
the poll, the topic may be lost: it is asked for anew, and if the next poll still differs the poll's values count.
Contracts in the sample of an audit wait some seconds for its verdict first.
"""

import asyncio
from random import Random

import msgspec

from voltape.bybit.rest import RestClient, TickerPage
from voltape.errors import VenueError, VenueRefused
from voltape.model.row import Row

from .audit import ExchangeAudit
from .feed import Feed
from .universe import UniverseKeeper

__all__ = ["Check", "Poller", "fills"]

_ASKING = "ticker polls"
_MARGIN = 5.0
_MARGIN_MS = int(_MARGIN * 1000)
_IDLE = 1.0
_SHORTEST = 1.0


def fills(confirmed: float, started: float, *, pushed: bool) -> bool:
    """Whether a polled row may replace what the board has.

    Args:
        confirmed: when the board's values were last known to be current (monotonic, -inf for never).
        started: when the poll began (monotonic).
        pushed: whether the board's values came by the socket.
    """
    return confirmed + _MARGIN <= started if pushed else confirmed <= started


class Check(msgspec.Struct, frozen=True):
    """What a poll said about the contracts that the socket keeps: when it began (monotonic), how many differed."""

    started: float
    differed: int


class Poller:
    """Polls each underlying in turn.

    Attributes:
        polls, failures, filled, disagreed: answers, failed polls, rows taken, rows that hinted at a lost topic.
        last_answer: when each underlying last answered (monotonic).
        checks: the newest comparison of each underlying with what was pushed.
        last_error: why the newest failed poll failed, None after a success.
    """

    def __init__(
        self,
        feed: Feed,
        rest: RestClient,
        universe: UniverseKeeper,
        rng: Random,
        interval: float,
        audit: ExchangeAudit | None = None,
    ) -> None:
        """Poll every `interval` seconds per underlying, and let `audit` see what is polled."""
        self._feed = feed
        self._rest = rest
        self._universe = universe
        self._rng = rng
        self.interval = interval
        self._audit = audit
        self._due: dict[str, float] = {}
        self.polls = 0
        self.failures = 0
        self.filled = 0
        self.disagreed = 0
        self.rejected = 0
        self.last_answer: dict[str, float] = {}
        self.checks: dict[str, Check] = {}
        self.last_error: str | None = None
        self._wake = asyncio.Event()

    def hurry(self, underlying: str, within: float) -> None:
        """Poll an underlying in `within` seconds at the latest, or as soon as the venue may be asked again."""
        due = max(self._feed.clock.monotonic() + within, self._rest.refused_until)
        if due < self._due.get(underlying, due):
            self._due[underlying] = due
            self._wake.set()

    def forget(self, underlying: str) -> None:
        """Know nothing of an underlying any more, so that it is polled at once if it comes back."""
        for kept in (self._due, self.last_answer, self.checks):
            kept.pop(underlying, None)

    async def run(self) -> None:
        """Poll for ever, one underlying at a time."""
        while True:
            self.settle()
            coin, due = self._next()
            delay = due - self._feed.clock.monotonic()
            if coin is None or delay > 0:
                await self._sleep(min(max(delay, 0.0), _IDLE))
                continue
            self._due[coin] = self._feed.clock.monotonic() + self.interval * (0.9 + 0.1 * self._rng.random())
            await self.poll(coin)

    def _next(self) -> tuple[str | None, float]:
        listed = [coin for coin in self._feed.wanted_underlyings if coin in self._feed.listed]
        for coin in listed:
            self._due.setdefault(coin, self._feed.clock.monotonic())
        if not listed:
            return None, self._feed.clock.monotonic() + _IDLE / 10
        coin = min(listed, key=self._due.__getitem__)
        return coin, self._due[coin]

    async def _sleep(self, seconds: float) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def poll(self, underlying: str) -> None:
        """Poll one underlying now; a failure changes nothing but counters and the next due time."""
        started = self._feed.clock.monotonic()
        started_ms = self._feed.venue_time.now_ms()
        self._begin_audit(underlying, started, started_ms)
        try:
            page = await self._rest.tickers(underlying)
            if not page.rows:
                raise VenueError("tickers", f"{underlying}: no row at all")
        except VenueRefused as error:
            self._failed(error)
            for coin in self._due:
                self._due[coin] = self._rest.refused_until
            return
        except VenueError as error:
            self._failed(error)
            self._due[underlying] = started + max(_SHORTEST, min(self.interval, 5.0))
            return
        self.last_error = None
        self._feed.outage.answered(_ASKING)
        self.polls += 1
        if underlying not in self._feed.wanted_underlyings:
            # It was stopped while the answer was on the way.
            return
        self._take(page, started, started_ms)

    def settle(self) -> None:
        """Doubt the topics that the audit has meanwhile found silent; call about once a second."""
        if self._audit is not None:
            self._suspect(self._audit.settle())

    def _begin_audit(self, underlying: str, started: float, started_ms: int) -> None:
        audit = self._audit
        if audit is None or not audit.is_due(underlying):
            return
        vouched = [
            row
            for row in self._feed.board.rows_of(underlying)
            if row.lane == "live"
            and row.pushed
            and not row.stale
            and not fills(row.confirmed, started, pushed=True)
        ]
        audit.begin(underlying, vouched, started_ms - _MARGIN_MS)

    def _failed(self, error: VenueError) -> None:
        self.failures += 1
        self.last_error = str(error)
        self._feed.outage.failed(_ASKING, error)

    def _take(self, page: TickerPage, started: float, started_ms: int) -> None:
        feed = self._feed
        now, received = feed.clock.monotonic(), feed.clock.wall_ms()
        feed.venue_time.observe(page.ts)
        answered = page.ts or feed.venue_time.now_ms()
        self.last_answer[page.underlying] = now
        self.rejected += page.rejected
        suspects = []
        for row in feed.board.rows_of(page.underlying):
            values = page.rows.get(row.instrument.symbol)
            if values is None or feed.intake.spoke(row):
                # What was decoded at its arrival may be newer than the poll, and only the next flush confirms it.
                continue
            row.told = max(row.told, started)
            if fills(row.confirmed, started, pushed=row.pushed):
                feed.board.poll(row, values, answered, received)
                row.confirmed = started
                self.filled += 1
                if row.lane == "polled":
                    # Nothing but polls will ever prove it.
                    feed.unproven.discard(row.instrument.symbol)
            elif row.values != values and self._silent(row, started_ms):
                suspects.append(row.instrument.symbol)
        self.checks[page.underlying] = Check(started, len(suspects))
        self._universe.noticed(page.underlying, page.rows)
        self._suspect(suspects if self._audit is None else self._audit.take(page, suspects))
        feed.replan(page.underlying)

    @staticmethod
    def _silent(row: Row, started_ms: int) -> bool:
        return row.pushed and row.pushed_ts < started_ms - _MARGIN_MS

    def _suspect(self, symbols: list[str]) -> None:
        if not symbols:
            return
        self.disagreed += len(symbols)
        self._feed.unproven.update(symbols)
        self._feed.renew(symbols)
