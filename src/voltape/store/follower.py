"""Keeping a board of our own equal to the store, for a role that runs apart from the tracker.

It loads every underlying once, then reads their change streams and fetches what changed. When an entry's number
jumps, or an entry says that everything was written anew, the underlying is loaded again. The tracker counts as
lost when its status is older than some seconds; every row is stale then, because nobody vouches for it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field

import msgspec

from voltape.clock import Clock
from voltape.errors import StoreError
from voltape.flow.backoff import Backoff
from voltape.model.board import Board
from voltape.model.instrument import Instrument
from voltape.model.row import Row
from voltape.model.status import Status

from . import keys
from .catalogue import Listing
from .changes import Entry, parse_entries
from .codec import UNREADABLE, CodecError, Record
from .command import Reply, texts
from .history import HistoryReader
from .layout import Layout
from .link import REPLY_TIMEOUT_S, Link
from .reader import check_schema, read_layout, read_listings, read_records
from .trades import TradeReader
from .watched import WatchedNotice

__all__ = ["Follower"]

_log = logging.getLogger(__name__)

_TICK_S = 1.0
_ENTRIES = 500
_LONGEST_WAIT_S = 2.0

_status = msgspec.json.Decoder(Status).decode


@dataclass(slots=True)
class _Stream:
    """Where we stand in one underlying's change stream, and what its slots mean there."""

    last_id: str = "0-0"
    number: int | None = None
    layout: Layout | None = None
    slots: dict[int, Instrument] = field(default_factory=dict)


class Follower:
    """Follows the store; run `run` as a service.

    Attributes:
        status: the tracker's own newest status, None before the first.
        lost: whether the tracker has been silent for too long; every row is stale then.
        connected: whether the store answers us.
        trouble: why the store cannot be used, None while it answers and before it was asked.
        loads: how often an underlying was loaded whole. entries: change entries taken in.
    """

    def __init__(
        self,
        board: Board,
        clock: Clock,
        connect: Callable[[], Awaitable[Link]],
        backoff: Backoff,
        *,
        lost_after: float = 5.0,
        trades: TradeReader | None = None,
        history: HistoryReader | None = None,
    ) -> None:
        """Prepare to follow.

        Args:
            board: filled and committed by us alone.
            clock: time.
            connect: opens a link, as `Address.connect` does.
            backoff: waits between attempts to connect.
            lost_after: seconds of silence after which the tracker counts as lost.
            trades: follows trades beside the board, None to leave them alone.
            history: follows the histories, None to leave them alone.
        """
        self.status: Status | None = None
        self.lost = True
        self.connected = False
        self.trouble: str | None = None
        self.loads = 0
        self.entries = 0
        self._board = board
        self._clock = clock
        self._connect = connect
        self._backoff = backoff
        self._lost_after = lost_after
        self._trades = trades
        self._history = history
        self._heard_at = float("-inf")
        self._polled_at = float("-inf")
        self._streams: dict[str, _Stream] = {}
        self._unnamed: set[str] = set()
        self._reported = False
        self._notice = WatchedNotice()
        self._may_tell = True

    def watch(self, channels: Collection[str]) -> None:
        """Have the tracker know which channels clients follow here, from the next round on."""
        self._notice.tell(channels)

    async def run(self) -> None:
        """Follow until cancelled, whatever happens to the store."""
        async with asyncio.TaskGroup() as group:
            # A store that is silent must not keep us from noticing how long the tracker has been.
            group.create_task(self._watch(), name="tracker watch")
            await self._follow_always()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            if self._judge():
                self._board.commit()

    async def _follow_always(self) -> None:
        while True:
            try:
                await self._follow()
            except StoreError as error:
                self.trouble = str(error)
                if not self._reported:
                    self._reported = True
                    _log.warning("%s; serving what we have until it is back", error)
            finally:
                self.connected = False
            self._board.commit()
            await asyncio.sleep(min(self._backoff.next(), _LONGEST_WAIT_S))

    async def _follow(self) -> None:
        link = await self._connect()
        try:
            await check_schema(link)
            self._may_tell = True
            self._streams.clear()
            if self._trades is not None:
                self._trades.restart()
            if self._history is not None:
                self._history.restart()
            self._polled_at = float("-inf")
            while True:
                await self.step(link)
        finally:
            await link.close()

    async def step(self, link: Link, wait: float = _TICK_S) -> None:
        """One round: the tracker's status when it is due, then what has changed, waiting at most `wait` seconds."""
        if self._clock.monotonic() >= self._polled_at + _TICK_S:
            await self._poll(link)
        await self._tell_watched(link)
        self._board.commit()
        rest = min(wait, max(0.01, self._polled_at + _TICK_S - self._clock.monotonic()))
        if not self._streams:
            await asyncio.sleep(rest)
            return
        by_key = {keys.changes(underlying): underlying for underlying in self._streams}
        trades = {} if self._trades is None else self._trades.positions
        last_ids = [
            *(stream.last_id for stream in self._streams.values()),
            *(last_id for _, last_id in trades.values()),
        ]
        block = max(1, round(rest * 1000))
        replies = await link.exchange(
            [("XREAD", "COUNT", _ENTRIES, "BLOCK", block, "STREAMS", *by_key, *trades, *last_ids)],
            rest + REPLY_TIMEOUT_S,
        )
        for key, entries in _by_stream(replies[0]):
            if key in by_key:
                await self._take(link, by_key[key], entries)
            elif self._trades is not None:
                self._trades.take(trades[key][0], entries, link)
        self._board.commit()

    async def _poll(self, link: Link) -> None:
        status, life, named = await link.exchange(
            [("GET", keys.STATUS), ("PTTL", keys.STATUS), ("SMEMBERS", keys.UNDERLYINGS)]
        )
        self._polled_at = self._clock.monotonic()
        if isinstance(status, bytes) and isinstance(life, int) and life > 0:
            self._heard_at = self._polled_at - (keys.STATUS_TTL_S - life / 1000)
            self._read_status(status)
        was_lost = self.lost
        self._judge()
        underlyings = texts(named)
        self._drop_unnamed(underlyings)
        for underlying in underlyings:
            if underlying not in self._streams or (was_lost and not self.lost):
                await self._load(link, underlying)
            if self._history is not None:
                await self._history.refresh(link, underlying)
        self.connected, self.trouble = True, None
        self._backoff.reset()
        if self._reported:
            self._reported = False
            _log.info("store %s is back", link.where)

    async def _tell_watched(self, link: Link) -> None:
        commands = self._notice.commands(self._clock.monotonic(), self._clock.wall_ms())
        if not commands or not self._may_tell:
            return
        try:
            await link.exchange(commands)
        except StoreError as error:
            if not link.is_open:
                raise
            # A user who may only read is served all the same.
            self._may_tell = False
            _log.warning("the tracker cannot be told what clients watch: %s", error)

    def _drop_unnamed(self, named: list[str]) -> None:
        # A store that was emptied names nothing, and while it is filled again not all: neither is an end.
        known = {*self._board.underlyings(), *self._streams}
        unnamed = known.difference(named) if named and not self.lost else set()
        for underlying in unnamed & self._unnamed:
            self._streams.pop(underlying, None)
            if self._trades is not None:
                self._trades.drop(underlying)
            if self._history is not None:
                self._history.drop(underlying)
            for row in list(self._board.rows_of(underlying)):
                self._board.remove(row.instrument.symbol)
        self._unnamed = unnamed

    def _read_status(self, status: bytes) -> None:
        try:
            self.status = _status(status)
        except UNREADABLE as error:
            _log.debug("the tracker's status cannot be read: %s", error)

    def _judge(self) -> bool:
        """Find out whether the tracker is lost; True where it has just been lost."""
        lost = self._clock.monotonic() - self._heard_at > self._lost_after
        just_lost = lost and not self.lost
        if just_lost:
            _log.warning("the tracker has not been heard for %.0f s; everything is stale", self._lost_after)
            for row in self._board.rows.values():
                self._board.set_stale(row, stale=True)
        self.lost = lost
        return just_lost

    async def _load(self, link: Link, underlying: str) -> None:
        self.loads += 1
        stream = _Stream()
        # The place in the stream comes first: what is written while we load is then read again, never missed.
        tip = await link.ask("XREVRANGE", keys.changes(underlying), "+", "-", "COUNT", 1)
        for stream.last_id, entry in _entries(tip, link):
            stream.number = entry.n
        stream.layout = await read_layout(link, underlying)
        listings = await read_listings(link, underlying)
        self._streams[underlying] = stream
        if self._trades is not None:
            await self._trades.load(link, underlying)
        if not listings:
            return
        listed = {listing.instrument.symbol for listing in listings}
        for row in list(self._board.rows_of(underlying)):
            if row.instrument.symbol not in listed:
                self._board.remove(row.instrument.symbol)
        complete = await self._fill(link, stream, self._list(stream, listings))
        if not complete and _name(await read_layout(link, underlying)) != _name(stream.layout):
            # The values left this layout while we were reading; they are in the other one now.
            await self._load(link, underlying)

    def _list(self, stream: _Stream, listings: Iterable[Listing]) -> list[Instrument]:
        added = []
        for listing in listings:
            stream.slots[listing.slot] = listing.instrument
            self._board.add(listing.instrument, slot=listing.slot)
            added.append(listing.instrument)
        return added

    async def _fill(self, link: Link, stream: _Stream, instruments: list[Instrument]) -> bool:
        """Fetch contracts; False where any of them has no record that we can read."""
        records = await read_records(link, stream.layout, instruments)
        for instrument, record in zip(instruments, records, strict=True):
            row = self._board.rows.get(instrument.symbol)
            if row is not None and record is not None:
                self._apply(row, record)
        return None not in records

    def _apply(self, row: Row, record: Record) -> None:
        if record.ts_exchange is None and row.has_data:
            # It left and came back since we looked.
            self._board.remove(row.instrument.symbol)
            row = self._board.add(row.instrument, slot=row.slot)
        known = (row.values, row.ts_exchange, row.ts_received)
        if record.ts_exchange is not None and record.ts_received is not None and known != record[:3]:
            self._board.restore(
                row, record.values, record.ts_exchange, record.ts_received, pushed=record.pushed
            )
        self._board.set_lane(row, record.lane)
        self._board.set_stale(row, stale=record.stale or self.lost)

    async def _take(self, link: Link, underlying: str, reply: Reply) -> None:
        stream = self._streams[underlying]
        changed: dict[str, Instrument] = {}
        for last_id, entry in _entries(reply, link):
            self.entries += 1
            if entry.full or (stream.number is not None and entry.n != stream.number + 1):
                await self._load(link, underlying)
                return
            stream.last_id, stream.number = last_id, entry.n
            for symbol in entry.removed:
                self._board.remove(symbol)
            if entry.listed:
                self._list(stream, await read_listings(link, underlying, entry.listed))
            for slot in entry.slots:
                instrument = stream.slots.get(slot)
                if instrument is not None:
                    changed[instrument.symbol] = instrument
        await self._fill(link, stream, list(changed.values()))


def _name(layout: Layout | None) -> str | None:
    return None if layout is None else layout.name


def _by_stream(reply: Reply) -> Iterable[tuple[str, Reply]]:
    for item in reply if isinstance(reply, list) else []:
        if isinstance(item, list) and len(item) == 2 and isinstance(item[0], bytes):
            yield item[0].decode(), item[1]


def _entries(reply: Reply, link: Link) -> list[tuple[str, Entry]]:
    try:
        return list(parse_entries(reply))
    except CodecError as error:
        raise StoreError(link.where, f"not voltape's data: {error}") from error
