"""Wiring of the tracker: venue to board, flush by flush, with its state for whoever asks."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Collection, Sequence
from random import Random
from urllib.parse import urlsplit

import msgspec

from voltape import __version__
from voltape.bybit.coalesce import READ_EVERY
from voltape.bybit.intake import Intake
from voltape.bybit.pool import Pool, PoolOptions
from voltape.bybit.rest import RestClient
from voltape.bybit.trades import TradeIntake
from voltape.clock import Clock
from voltape.flow.pace import Pace
from voltape.flow.supervise import Supervisor
from voltape.model.board import Board
from voltape.model.control import Decisions
from voltape.model.history import Histories
from voltape.model.row import Row
from voltape.model.status import Gap, Health, Status
from voltape.model.tape import Tapes
from voltape.proxy import Proxy

from .audit import ExchangeAudit
from .census import Census
from .control import Control, keep_nothing
from .feed import Feed
from .gaps import GapLedger
from .health import FreshnessKeeper
from .history import HistoryKeeper
from .lanes import LanePolicy
from .poller import Poller
from .realised import RealisedKeeper
from .replanner import Replanner
from .report import tracker_status
from .trades import TradeKeeper
from .universe import UniverseKeeper

__all__ = ["Tracker", "TrackerOptions"]

_LOOK_EVERY = 1.0
_EARLIEST_FLUSH = 0.2
_FULL_CHECK = 0.05
_PIECE = 96
_OURSELVES = "voltape"


class TrackerOptions(msgspec.Struct, frozen=True):
    """How to track.

    Attributes:
        pool: connections. rest_url: REST base.
        underlyings: coins, none means whatever the venue lists.
        lanes: which contracts are live.
        poll_interval: s between polls of an underlying.
        stale_after: longest silence of a connection or underlying, s.
        flush_interval: s between flushes. batch_size: changed contracts that trigger one early.
        conflate: keep only the newest message per contract between flushes.
        adaptive_flush: wait longer between flushes under load (`flow.pace`).
        audit_interval: s between sampled comparisons of an underlying with its polls, 0 for none.
        profile: name for the status.
        proxy: what leads to REST, None for the direct way.
        verify: makes the TLS context of both ways to the venue; it always verifies.
        decisions: what an operator decided earlier. save: keeps later decisions; raises OSError where it cannot.
    """

    pool: PoolOptions
    rest_url: str
    verify: Callable[[], ssl.SSLContext]
    underlyings: tuple[str, ...] = ()
    lanes: LanePolicy = LanePolicy()
    poll_interval: float = 30.0
    stale_after: float = 60.0
    flush_interval: float = 0.25
    batch_size: int = 500
    conflate: bool = True
    adaptive_flush: bool = True
    audit_interval: float = 0.0
    profile: str = "optimized"
    proxy: Proxy | None = None
    decisions: Decisions = Decisions()
    save: Callable[[Decisions], Awaitable[None]] = keep_nothing


class Tracker:
    """Keeps `board` as the venue has it.

    Attributes:
        board: what it keeps; commits happen here, so listeners of the board see every flush.
        gaps: the gap ledger.
        pace: the wait between flushes.
        audit: the comparison of what is pushed with what is polled, None without one.
        control: carries out what an operator decides.
    """

    def __init__(
        self,
        board: Board,
        options: TrackerOptions,
        clock: Clock,
        rng: Random,
        prepare: Callable[[Sequence[Row]], None] | None = None,
        tapes: Tapes | None = None,
        histories: Histories | None = None,
    ) -> None:
        """Make the parts; nothing runs yet.

        Args:
            board: what to keep.
            options: how.
            clock: both of its times are used.
            rng: source of jitter.
            prepare: gets rows that have just been decoded, some at a time and before their commit, for work that is
                cheaper while their values are in the processor's cache.
            tapes: where trades go, None to leave them alone.
            histories: where samples of the board go, None to take none.
        """
        self.board = board
        self.gaps = GapLedger()
        self._options = options
        self._clock = clock
        self._started = clock.monotonic()
        self._prepare = prepare
        self.pace = Pace(options.flush_interval, adaptive=options.adaptive_flush)
        self._tapes = Tapes() if tapes is None else tapes
        trades = None if tapes is None else TradeIntake(tapes, board.rows)
        self._intake = Intake(board, conflate=options.conflate, trades=trades)
        self.feed = Feed(board, self._intake, clock, options.lanes, self.gaps)
        self._rest = RestClient(options.rest_url, options.verify(), clock=clock, proxy=options.proxy)
        known = options.decisions
        self._universe = UniverseKeeper(self.feed, self._rest, rng, options.underlyings, known)
        interval = options.audit_interval
        self.audit = ExchangeAudit(self.feed, rng, interval) if interval else None
        self._poller = Poller(self.feed, self._rest, self._universe, rng, options.poll_interval, self.audit)
        self._health = FreshnessKeeper(self.feed, self._poller, self._universe, options.stale_after)
        self.control = Control(self.feed, self._rest, self._universe, self._poller, known, options.save)
        self._pool = Pool(options.pool, self._intake, self, clock, rng, options.verify)
        self.feed.attach(self._pool)
        self._trades = None if trades is None else TradeKeeper(self.feed, self._rest, trades, rng)
        self._histories = Histories() if histories is None else histories
        self._sampler = None if histories is None else HistoryKeeper(self.feed, histories)
        self._realised = RealisedKeeper(self.feed, self._rest, self._histories, rng)
        self._census = Census(self.feed)
        self._replanner = Replanner(self.feed)
        self._supervisor = Supervisor(rng)
        for row in board.rows.values():
            self._intake.expect(row)

    def resume(self, gaps: Sequence[Gap]) -> None:
        """Go on from an earlier run: its gaps, and the one between its last data and our first.

        Args:
            gaps: what it recorded, newest first; board and tapes have what it kept.
        """
        self.gaps.adopt(gaps, self._clock.wall_ms())
        received = [row.ts_received for row in self.board.rows.values() if row.ts_received is not None]
        if received:
            self.gaps.begin(_OURSELVES, max(received), "voltape was not running", len(received))
        if self._trades is not None:
            self._trades.resume()

    def connection_lost(self, name: str, cause: str, last_data: float, contracts: int) -> None:
        """See `PoolObserver`."""
        silent = self._clock.monotonic() - last_data
        self.gaps.begin(f"connection {name}", self._clock.wall_ms() - int(silent * 1000), cause, contracts)

    def connection_back(self, name: str) -> None:
        """See `PoolObserver`."""
        self.gaps.end(f"connection {name}", self._clock.wall_ms())

    def watch(self, source: str, channels: Collection[str]) -> None:
        """Take what clients look at now, so that it becomes live; see `Replanner.watch`."""
        self._replanner.watch(source, channels)

    def start(self) -> None:
        """Begin to track; returns at once. What the board already has is subscribed to before any list is read."""
        if self.board.rows:
            self.feed.replan()
        self._supervisor.start("universe", self._universe.run)
        self._supervisor.start("poller", self._poller.run)
        if self.feed.lanes.selective:
            self._supervisor.start("replanner", self._replanner.run)
        if self._trades is not None:
            self._supervisor.start("trades", self._trades.run)
        if self._sampler is not None:
            self._supervisor.start("history", self._sampler.run)
            self._supervisor.start("realised volatility", self._realised.run)
        self._supervisor.start("flush", self._flush_for_ever)
        self._supervisor.start("health", self._look_for_ever)

    async def close(self) -> None:
        """Stop intake, put what has arrived on the board, close; calling it again does nothing."""
        await self._supervisor.close()
        await self._pool.close()
        await self._rest.close()
        self.flush()

    async def _flush_for_ever(self) -> None:
        began = self._clock.monotonic()
        while True:
            await self._until_flush(began)
            began = self._clock.monotonic()
            self.pace.worked(await self._flush_in_pieces())

    async def _until_flush(self, began: float) -> None:
        """Wait until the next flush is due after one that `began` then, reading meanwhile what the kernel collects."""
        interval = self.pace.interval
        earliest = interval if self.pace.stretched else min(_EARLIEST_FLUSH, interval)
        read_at = began
        while True:
            now = self._clock.monotonic()
            waited = now - began
            if waited >= interval or (waited >= earliest and self._is_full()):
                return
            rest = (earliest if waited < earliest else interval) - waited
            step = read_at + READ_EVERY - now if self._pool.collects else max(earliest - waited, _FULL_CHECK)
            await asyncio.sleep(min(max(step, 0.0), rest))
            await self._pool.read()
            read_at = self._clock.monotonic()

    def _is_full(self) -> bool:
        return self._intake.latest.filled + self.board.pending >= self._options.batch_size

    async def _flush_in_pieces(self) -> float:
        """Flush without holding up requests that wait meanwhile; what arrives in between waits for the next.

        Returns:
            Seconds for which the processor was kept; what other programs took of the time meanwhile is no work.
        """
        left = self._intake.latest.filled
        worked = 0.0
        while left > _PIECE:
            began = self._clock.busy()
            self._flush(_PIECE)
            worked += self._clock.busy() - began
            left -= _PIECE
            await asyncio.sleep(0)
        began = self._clock.busy()
        self._flush(max(left, 0))
        self.board.commit()
        self._tapes.commit()
        return worked + self._clock.busy() - began

    def _flush(self, most: int | None) -> None:
        rows = self.feed.flush(most)
        if rows:
            if self._prepare is not None:
                self._prepare(rows)
            self._health.beat(rows)
            self.gaps.end(_OURSELVES, self._clock.wall_ms())

    def flush(self) -> None:
        """Put what has arrived on the board and commit it."""
        self._flush(None)
        self.board.commit()
        self._tapes.commit()

    async def _look_for_ever(self) -> None:
        while True:
            self._universe.expire()
            self._pool.settle()
            self._health.look()
            await asyncio.sleep(_LOOK_EVERY)

    @property
    def health(self) -> Health:
        """Whether data flows."""
        return self._health.health

    def recent_gaps(self) -> list[Gap]:
        """The gap ledger, newest first."""
        return self.gaps.recent()

    def status(self) -> Status:
        """Present state; `store`, `cache` and `resources` are for the caller to fill."""
        status = tracker_status(
            self.feed,
            self._health,
            self._census,
            self._poller,
            self._universe,
            self._rest,
            version=__version__,
            profile=self._options.profile,
            exchange=urlsplit(self._options.pool.url).netloc,
            uptime=self._clock.monotonic() - self._started,
        )
        status.control = self.control.state()
        if self._trades is not None:
            status.trades = self._trades.use()
        status.history = self._histories.use()
        status.history.asked, status.history.failures = self._realised.asked, self._realised.failures
        return status
