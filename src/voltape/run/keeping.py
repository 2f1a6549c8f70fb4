"""The tracking half of a role: board, tracker and the writer that keeps the store equal to the board."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from voltape.clock import SystemClock
from voltape.config import Settings
from voltape.errors import SchemaError, StoreError
from voltape.flow.backoff import Backoff
from voltape.flow.supervise import Supervisor
from voltape.model.board import Board
from voltape.model.status import Gap, Status
from voltape.store.address import Address
from voltape.store.layout import layout_named
from voltape.store.reader import read_gaps, restore
from voltape.store.writer import StoreWriter
from voltape.track.tracker import Tracker

from .parts import random_source, store_address, tracker_options
from .resources import ResourceMeter

__all__ = ["Keeping", "keeping"]

_log = logging.getLogger(__name__)

_STORE_DELAYS = (0.2, 5.0)


class Keeping:
    """A tracker with its store.

    Attributes:
        board, tracker, writer, clock: the parts.
    """

    def __init__(self, settings: Settings, role: str, address: Address, store_kind: str | None) -> None:
        self.clock = SystemClock()
        self.board = Board()
        self._meter = ResourceMeter(self.clock, {role: os.getpid, "valkey": self._store_pid})
        rng = random_source()
        self._supervisor = Supervisor(rng)
        self.writer = StoreWriter(
            self.board,
            self.clock,
            address.connect,
            layout_named(settings.layout),
            Backoff(*_STORE_DELAYS, rng),
            kind=store_kind,
            flush_interval=settings.flush_interval,
            batch_size=settings.flush_batch_size,
            stream_maxlen=settings.stream_maxlen,
            wanted=settings.underlyings,
            status=lambda: msgspec.json.encode(self.status()),
            gaps=self._gaps,
        )
        self._rng = rng
        self._settings = settings
        self._address = address
        self._is_local = store_kind is not None
        self.tracker: Tracker

    def _gaps(self) -> list[Gap]:
        return self.tracker.recent_gaps()

    def _store_pid(self) -> int | None:
        # The process id of a server elsewhere would name some process here.
        server = self.writer.server
        return server.process_id or None if server is not None and self._is_local else None

    async def prepare(self) -> None:
        """Restore the board and make what keeps it; nothing runs yet."""
        gaps = await self._restore()
        self.tracker = Tracker(self.board, tracker_options(self._settings), self.clock, self._rng)
        self.tracker.resume(gaps)

    async def _restore(self) -> list[Gap]:
        """Put on the board what the store kept, stale until fresh data comes; returns the gaps it kept."""
        try:
            link = await self._address.connect()
            try:
                restored = await restore(self.board, link, self.clock.wall_ms())
                gaps = await read_gaps(link)
            finally:
                await link.close()
        except SchemaError:
            raise
        except StoreError as error:
            # The writer will warn of a store that stays away.
            _log.info("the board starts empty: %s", error)
            return []
        wanted = set(self._settings.underlyings)
        for symbol, row in tuple(self.board.rows.items()):
            if wanted and row.instrument.underlying not in wanted:
                self.board.remove(symbol)
        self.board.commit()
        if restored.contracts:
            _log.info("restored %d contracts from the store, stale until fresh", restored.contracts)
        return gaps

    def start(self) -> None:
        """Begin to track and to write."""
        self.board.listen(self.writer.enqueue)
        self._supervisor.start("store writer", self.writer.run)
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
        status.messages.written = self.writer.records
        status.resources = self._meter.read()
        if not status.store.connected:
            status.health.degraded = [*status.health.degraded, "store: not connected, the board bridges it"]
        if status.store.evicted:
            status.health.degraded = [
                *status.health.degraded,
                f"store: {status.store.evicted} keys were evicted",
            ]
        return status


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
