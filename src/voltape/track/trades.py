"""Keeping the trade tapes whole: what the socket may have missed is asked of REST.

The socket sends no history, an acknowledgement proves nothing, and a quiet underlying looks like a lost topic. So the
latest trades are asked for when a topic has been subscribed anew (by then the socket brings what is newer), and again
every few minutes. What REST tells and the socket did not goes onto the tape. Where the socket has brought nothing at all
meanwhile, its topic is taken for lost and asked for again.

A page of REST has a thousand trades at most. Where even that does not reach back to the last moment up to which the
tape was known to be whole, the rest is gone, and the gap ledger says so.
"""

import asyncio
import logging
from random import Random

import msgspec

from voltape.bybit.rest import RestClient
from voltape.bybit.session import Session
from voltape.bybit.topics import trade_topic
from voltape.bybit.trades import Backfill, TradeIntake, TradePage
from voltape.errors import VenueError, VenueRefused
from voltape.model.status import TradeUse

from .feed import Feed

__all__ = ["TradeKeeper"]

_log = logging.getLogger(__name__)

_ASKING = "latest trades"
_TICK = 1.0
_SETTLED = 2.0
_CHECK_EVERY = 300.0
_CHECK_UNCARRIED_EVERY = 30.0
_RETRY_FIRST = 5.0
_RETRY_LONGEST = 120.0
_SHORT_PAGE = 200
_LONG_PAGE = 1_000
_MARGIN_MS = 10_000
"""REST may tell of a trade before the socket does, and the other way round."""


class _Watch(msgspec.Struct):
    """What is known of one underlying's trades.

    Attributes:
        due: when REST is to be asked next (monotonic).
        session: connection that carries the topic, None while none does. since_ms: since when, venue time.
        whole_until: venue time up to which the tape misses nothing since it began; None before the first answer.
        retry: wait after the next failure, s.
    """

    due: float
    session: Session | None = None
    since_ms: int = 0
    whole_until: int | None = None
    retry: float = _RETRY_FIRST


class TradeKeeper:
    """Fills the tapes from REST.

    Attributes:
        checks, failures: answers of REST, and attempts without one.
        missed: trades that the socket should have brought and did not.
    """

    def __init__(self, feed: Feed, rest: RestClient, intake: TradeIntake, rng: Random) -> None:
        self.checks = 0
        self.failures = 0
        self.missed = 0
        self._feed = feed
        self._rest = rest
        self._intake = intake
        self._rng = rng
        self._watches: dict[str, _Watch] = {}

    def resume(self) -> None:
        """Go on from the tapes of an earlier run: each is whole up to its newest trade."""
        now = self._feed.clock.monotonic()
        for coin, tape in self._intake.tapes.tapes.items():
            if tape.trades:
                self._watches[coin] = _Watch(now, whole_until=tape.trades[-1].ts_exchange)

    def use(self) -> TradeUse:
        """Counts since start."""
        counters = self._intake.counters
        return TradeUse(
            received=counters.received,
            duplicates=counters.duplicates,
            rejected=counters.rejected,
            backfilled=counters.backfilled,
            missed=self.missed,
            outdated=counters.outdated,
            kept=len(self._intake.tapes),
            checks=self.checks,
            failures=self.failures,
        )

    async def run(self) -> None:
        """Look every second, for ever, and ask for one underlying at a time."""
        while True:
            self.look()
            now = self._feed.clock.monotonic()
            due = [coin for coin, watch in self._watches.items() if watch.due <= now]
            if due and now >= self._rest.refused_until:
                await self.ask(min(due, key=lambda coin: self._watches[coin].due))
            else:
                await asyncio.sleep(_TICK)

    def look(self) -> None:
        """Find out which connection carries each topic, and have REST asked where that has changed."""
        now = self._feed.clock.monotonic()
        coins = self._feed.board.underlyings()
        for gone in self._watches.keys() - {*coins, *self._feed.wanted_underlyings}:
            del self._watches[gone]
            self._intake.tapes.drop(gone)
        for coin in coins:
            watch = self._watches.setdefault(coin, _Watch(now + _SETTLED))
            session = self._carrier(coin, watch.session)
            if session is not watch.session:
                watch.session, watch.since_ms = session, self._feed.venue_time.now_ms()
                if session is not None:
                    watch.due = now + _SETTLED

    def _carrier(self, coin: str, present: Session | None) -> Session | None:
        topic = trade_topic(coin)
        connections = [one for link in self._feed.pool.links for one in link.connections]
        carriers = [one.session for one in connections if topic in one.session.confirmed]
        return present if present in carriers else next(iter(carriers), None)

    async def ask(self, underlying: str) -> None:
        """Ask REST for the latest trades of an underlying; a failure changes nothing but counters and the next time."""
        watch = self._watches[underlying]
        began, began_ms = self._feed.clock.monotonic(), self._feed.venue_time.now_ms()
        try:
            page = await self._page(underlying, watch.whole_until)
        except VenueError as error:
            self.failures += 1
            self._feed.outage.failed(_ASKING, error)
            watch.due = self._rest.refused_until if isinstance(error, VenueRefused) else began + watch.retry
            watch.retry = min(watch.retry * 2, _RETRY_LONGEST)
            return
        self.checks += 1
        self._feed.outage.answered(_ASKING)
        watch.retry = _RETRY_FIRST
        self._note_hole(underlying, page, watch.whole_until)
        found = self._intake.backfill(page)
        self._doubt(underlying, watch, found, began_ms)
        watch.whole_until = began_ms - _MARGIN_MS
        every = _CHECK_UNCARRIED_EVERY if watch.session is None else _CHECK_EVERY
        if watch.due <= began:
            watch.due = began + every * (0.9 + 0.1 * self._rng.random())

    async def _page(self, underlying: str, whole_until: int | None) -> TradePage:
        """A short page where that reaches back far enough, else a long one."""
        page = await self._rest.recent_trades(underlying, _SHORT_PAGE)
        if page.rows >= _SHORT_PAGE and not _reaches(page, whole_until):
            return await self._rest.recent_trades(underlying, _LONG_PAGE)
        return page

    def _note_hole(self, underlying: str, page: TradePage, whole_until: int | None) -> None:
        if whole_until is None or page.rows < _LONG_PAGE or _reaches(page, whole_until):
            return
        gaps, scope = self._feed.gaps, f"trades {underlying}"
        contracts = sum(1 for _ in self._feed.board.rows_of(underlying))
        gaps.begin(scope, whole_until, "more trades than the exchange tells of afterwards", contracts)
        gaps.end(scope, page.trades[0].ts_exchange)

    def _doubt(self, underlying: str, watch: _Watch, found: Backfill, began_ms: int) -> None:
        """Count what a connection should have brought; where it has brought nothing, ask it for the topic again."""
        since, until = watch.since_ms + _MARGIN_MS, began_ms - _MARGIN_MS
        late = [trade for trade in found.fresh if since < trade.ts_exchange < until]
        if watch.session is None or not late:
            return
        self.missed += len(late)
        silent_since = late[0].ts_exchange - _MARGIN_MS
        if self._intake.pushed.get(underlying, 0) < silent_since:
            _log.warning("trades of %s do not come by the socket; asking for them again", underlying)
            watch.since_ms = began_ms
            self._feed.pool.renew([trade_topic(underlying)])
            watch.due = self._feed.clock.monotonic() + _CHECK_UNCARRIED_EVERY


def _reaches(page: TradePage, moment: int | None) -> bool:
    """Whether no trade since `moment` is missing at the old end of a page."""
    return moment is not None and bool(page.trades) and page.trades[0].ts_exchange <= moment
