"""The tracking half of a role: board, tracker and the writer that keeps the store equal to the board."""

import logging
import os
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import msgspec

from voltape.clock import SystemClock
from voltape.config import Settings
from voltape.errors import SchemaError, StoreError
from voltape.flow.backoff import Backoff
from voltape.flow.supervise import Supervisor
from voltape.model.board import Board
from voltape.model.control import ControlRequest, ControlState, Decisions, Outcome
from voltape.model.history import Histories
from voltape.model.status import Gap, Status, Traffic
from voltape.model.tape import Tapes
from voltape.store.address import Address
from voltape.store.audit import StoreAudit
from voltape.store.control import RequestReader, read_decisions
from voltape.store.history import HistoryWriter
from voltape.store.layout import layout_named
from voltape.store.reader import read_gaps, restore
from voltape.store.trades import TradeWriter, restore_trades
from voltape.store.writer import StoreWriter
from voltape.track.tracker import Tracker

from .decisions import DecisionsFile, newest
from .parts import lane_policy, random_source, store_address, tracker_options
from .resources import ResourceMeter
from .switches import optimisations

__all__ = ["Keeping", "keeping"]

_log = logging.getLogger(__name__)

_STORE_DELAYS = (0.2, 5.0)


class Keeping:
    """A tracker with its store.

    Attributes:
        board, tracker, writer, clock: the parts. tapes: trades, None where they are not kept.
        histories: what the board's levels were.
        audit: the comparison of the store with the board.
    """

    def __init__(self, settings: Settings, role: str, address: Address, store_kind: str | None) -> None:
        self.clock = SystemClock()
        self.board = Board()
        self.tapes = Tapes() if settings.trades else None
        self.histories = Histories()
        self._history = HistoryWriter(self.histories)
        self._meter = ResourceMeter(self.clock, {role: os.getpid, "valkey": self._store_pid})
        rng = random_source()
        self._supervisor = Supervisor(rng)
        self._layout = layout_named(settings.store_layout)
        self._decisions = Decisions()
        self._file = DecisionsFile(settings.data_dir)
        self._requests = RequestReader(self.carry_out, lambda: self._decisions)
        self.writer = StoreWriter(
            self.board,
            self.clock,
            address.connect,
            self._layout,
            Backoff(*_STORE_DELAYS, rng),
            kind=store_kind,
            flush_interval=settings.flush_interval,
            batch_size=settings.flush_batch_size,
            stream_maxlen=settings.stream_maxlen,
            wanted=self._tracks,
            status=lambda: msgspec.json.encode(self.status()),
            gaps=self._gaps,
            watched=self._watched_elsewhere if lane_policy(settings).heeds_watchers else None,
            requests=self._requests,
            trades=None if self.tapes is None else TradeWriter(self.tapes),
            history=self._history,
        )
        self.audit = StoreAudit(
            self.board, self.writer, layout_named(settings.store_layout), rng, settings.audit_interval
        )
        self._rng = rng
        self._settings = settings
        self._optimisations = optimisations(settings)
        self._address = address
        self._is_local = store_kind is not None
        self.tracker: Tracker

    def watch(self, channels: Collection[str]) -> None:
        """Take what clients of this process look at now."""
        self.tracker.watch("here", channels)

    def _watched_elsewhere(self, channels: frozenset[str]) -> None:
        self.tracker.watch("elsewhere", channels)

    def state(self) -> ControlState:
        """Which underlyings are tracked and which contracts are pinned."""
        return self.tracker.control.state()

    async def carry_out(self, request: ControlRequest) -> Outcome:
        """Carry out what an operator wants, here or elsewhere."""
        return await self.tracker.control.carry_out(request)

    def _tracks(self, underlying: str) -> bool:
        return self._decisions.tracks(underlying, self._settings.underlyings)

    def _gaps(self) -> list[Gap]:
        return self.tracker.recent_gaps()

    def _store_pid(self) -> int | None:
        # The process id of a server elsewhere would name some process here.
        server = self.writer.server
        return server.process_id or None if server is not None and self._is_local else None

    async def prepare(self) -> None:
        """Restore the board and make what keeps it; nothing runs yet."""
        kept = self._decisions = self._file.load() or Decisions()
        gaps = await self._restore()
        await self._keep_decisions(kept)
        options = msgspec.structs.replace(
            tracker_options(self._settings), decisions=self._decisions, save=self._save
        )
        self.tracker = Tracker(
            self.board, options, self.clock, self._rng, self._layout.prepare, self.tapes, self.histories
        )
        self.tracker.resume(gaps)

    async def _save(self, decisions: Decisions) -> None:
        await self._file.save(decisions)
        self._decisions = decisions

    async def _keep_decisions(self, kept: Decisions) -> None:
        """Have the file hold what the store knew better."""
        if self._decisions is kept:
            return
        _log.info("the operator's decisions were found in the store")
        try:
            await self._file.save(self._decisions)
        except OSError as error:
            _log.warning("they cannot be saved in %s: %s", self._file.path, error)

    async def _restore(self) -> list[Gap]:
        """Put on the board what the store kept, stale until fresh data comes; returns the gaps it kept."""
        gaps: list[Gap] = []
        try:
            link = await self._address.connect()
            try:
                await restore(self.board, link, self.clock.wall_ms())
                gaps = await read_gaps(link)
                if self.tapes is not None:
                    await restore_trades(self.tapes, link, self.board.underlyings())
                if not self._is_local:
                    # A store of our own has nothing that the file beside it lacks.
                    self._decisions = newest(self._decisions, await read_decisions(link))
            finally:
                await link.close()
        except SchemaError:
            raise
        except StoreError as error:
            # The writer will warn of a store that stays away.
            _log.info("the board starts %s: %s", "incomplete" if self.board.rows else "empty", error)
        for symbol, row in tuple(self.board.rows.items()):
            if not self._tracks(row.instrument.underlying):
                self.board.remove(symbol)
        self.board.commit()
        if self.board.rows:
            _log.info("restored %d contracts from the store, stale until fresh", len(self.board.rows))
        return gaps

    def start(self) -> None:
        """Begin to track and to write."""
        self.board.listen(self.writer.enqueue, fields=self._layout.reads_masks)
        self._supervisor.start("store writer", self.writer.run)
        self._supervisor.start("control requests", self._requests.run)
        if self._settings.audit_interval:
            self._supervisor.start("store audit", self.audit.run)
        self.tracker.start()

    async def close(self) -> None:
        """Stop intake, write what is left, close."""
        await self.tracker.close()
        await self._supervisor.close()
        await self.writer.close()

    def status(self) -> Status:
        """Present state but for what a serving role adds."""
        status = self.tracker.status()
        status.store = self.writer.status
        status.store.interval_s = round(self.tracker.pace.interval, 4)
        status.messages.written = self.writer.records
        status.history.ignored = self._history.ignored
        status.jobs = self.writer.jobs
        status.alerts = self.writer.alerts
        status.traffic["store"] = Traffic(status.store.bytes_written, status.store.bytes_received)
        status.optimisations = self._optimisations
        status.resources = self._meter.read()
        if not status.store.connected:
            status.health.degraded = [*status.health.degraded, "store: not connected, the board bridges it"]
        if status.store.evicted:
            status.health.degraded = [
                *status.health.degraded,
                f"store: {status.store.evicted} keys were evicted",
            ]
        self._add_audits(status)
        return status

    def _add_audits(self, status: Status) -> None:
        if not self._settings.audit_interval:
            return
        audits = {"store": self.audit, "exchange": self.tracker.audit}
        for name, audit in audits.items():
            if audit is not None:
                status.audits[name] = audit.audit
                if audit.problem is not None:
                    status.health.degraded = [*status.health.degraded, f"{name}: {audit.problem}"]


@asynccontextmanager
async def keeping(settings: Settings, role: str, url: str, kind: str | None) -> AsyncIterator[Keeping]:
    """What tracks into the store at `url`: prepared at first, running once it is told to start, closed at the end.

    Args:
        settings: all settings.
        role: name of this process in the resources.
        url: the store.
        kind: what to call the store in the status.
    """
    parts = Keeping(settings, role, store_address(settings, url), kind)
    await parts.prepare()
    try:
        yield parts
    finally:
        await parts.close()
