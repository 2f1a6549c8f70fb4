"""Keeping the store equal to the board.

The writer takes the board's batches in, conflates them by contract, and sends what changed in one exchange per
flush. It never trusts what it cannot know: after a new connection, and when the store turns out to have been
emptied behind our back, every underlying is written whole from the board, which is always the newest. So nothing
that waits has to be kept in order, and an outage costs no memory beyond one entry per contract. Writing whole is
done in pieces, so that nothing else has to wait for all of it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from secrets import token_hex

from voltape.clock import Clock
from voltape.errors import StoreError
from voltape.flow.backoff import Backoff
from voltape.model.alert import AlertUse
from voltape.model.board import Batch, Board
from voltape.model.job import JobRecord
from voltape.model.row import Row
from voltape.model.status import Gap, StoreStatus

from .command import Command, Reply
from .control import RequestReader
from .flush import Composer, Flush
from .history import HistoryWriter
from .layout import Layout
from .link import Link, Server
from .pending import Pending
from .reader import check_schema, read_stored, read_underlyings
from .trades import TradeWriter
from .upkeep import Upkeep

__all__ = ["StoreWriter"]

_log = logging.getLogger(__name__)

_TICK_S = 1.0
_RIVAL_S = 10.0
_EARLY = 0.2
_CLOSE_S = 1.5
_LONGEST_WAIT_S = 2.0
"""Longest wait before another attempt to connect, so that a store that is back is full again within seconds."""


class StoreWriter:
    """Writes a board's changes to the store; run `run` as a service and `close` at the end.

    Attributes:
        records: contract states written so far. flushes: exchanges that carried any.
        skipped: changes that a newer one of the same contract replaced before they were written.
        errors: exchanges and connections that failed.
    """

    def __init__(
        self,
        board: Board,
        clock: Clock,
        connect: Callable[[], Awaitable[Link]],
        layout: Layout,
        backoff: Backoff,
        *,
        kind: str | None = None,
        flush_interval: float = 0.25,
        batch_size: int = 500,
        stream_maxlen: int = 2000,
        wanted: Callable[[str], bool] = lambda _: True,
        status: Callable[[], bytes] | None = None,
        gaps: Callable[[], Sequence[Gap]] | None = None,
        watched: Callable[[frozenset[str]], None] | None = None,
        requests: RequestReader | None = None,
        trades: TradeWriter | None = None,
        history: HistoryWriter | None = None,
    ) -> None:
        """Prepare to write; no connection is made yet.

        Args:
            board: what to write; its batches come in through `enqueue`.
            clock: time.
            connect: opens a link, as `Address.connect` does.
            layout: how to keep values.
            backoff: waits between attempts to connect.
            kind: what to call the store in the status; the server's own word if None.
            flush_interval: seconds between flushes.
            batch_size: waiting contracts that trigger one early.
            stream_maxlen: entries to keep in each change stream, about.
            wanted: whether an underlying may stay in the store where the board has none of it. One that an earlier
                run tracked and we do not would pass for fresh otherwise.
            status: gives the system's status as JSON, once a second.
            gaps: gives the recorded outages.
            watched: told what clients of serving roles apart follow, whenever that changes.
            requests: takes what operators ask for there.
            trades: what of the trade tapes waits to be written.
            history: what of the histories does.
        """
        self.records = self.flushes = self.errors = self.skipped = 0
        self._board, self._clock, self._connect = board, clock, connect
        self._layout, self._backoff = layout, backoff
        self._kind = kind
        self._flush_interval, self._batch_size = flush_interval, batch_size
        self._wanted = wanted
        self._upkeep = Upkeep(board, status, gaps, watched, requests)
        self._composer = Composer(board, layout, token_hex(8), stream_maxlen=stream_maxlen)
        self._pending = Pending()
        self._trades, self._history = trades, history
        self._wake, self._busy = asyncio.Event(), asyncio.Lock()
        self._link: Link | None = None
        self._last_server: Server | None = None
        self._expected: bytes | None = None
        self._whole: set[str] = set()
        self._left: set[str] = set()
        self._sent_before = self._received_before = 0
        self._at_once = False
        self._down_since: float | None = None
        self._flushed_at = self._rival_until = float("-inf")

    def enqueue(self, batch: Batch) -> None:
        """Take in what the board has just committed; a listener of `Board.listen`."""
        idle = not self._pending
        self._pending.add(batch)
        if idle or len(self._pending) >= self._batch_size:
            self._wake.set()

    @property
    def status(self) -> StoreStatus:
        """The store as we see it now."""
        link = self._link
        return StoreStatus(
            kind=self._kind or (self._last_server.kind if self._last_server else "unknown"),
            layout=self._layout.name,
            connected=link is not None and self._down_since is None,
            memory_bytes=self._upkeep.memory.memory_bytes if link is not None else None,
            bytes_written=self._sent_before + (link.sent if link is not None else 0),
            bytes_received=self._received_before + (link.received if link is not None else 0),
            pending=len(self._pending),
            flushes=self.flushes,
            errors=self.errors,
            evicted=self._upkeep.memory.evicted,
            records=self.records,
            skipped=self.skipped,
        )

    @property
    def jobs(self) -> list[JobRecord]:
        """What the scheduler of jobs has put into the store."""
        return self._upkeep.jobs

    @property
    def alerts(self) -> AlertUse:
        """What the watch of alerts has put into the store."""
        return self._upkeep.alerts

    @property
    def server(self) -> Server | None:
        """The server of the present or the last connection."""
        return self._last_server

    async def run(self) -> None:
        """Write until cancelled, whatever happens to the store."""
        while True:
            try:
                await self.flush()
                self._backoff.reset()
                await self._wait()
            except StoreError as error:
                self._lost(error)
                await asyncio.sleep(min(self._backoff.next(), _LONGEST_WAIT_S))

    async def close(self) -> None:
        """Write what still waits if the store answers soon, then disconnect; safe to call again."""
        try:
            async with asyncio.timeout(_CLOSE_S):
                before = 0
                # One flush takes a part of a long tape only; what no flush takes at all is left.
                while (waiting := self._waiting()) not in {0, before}:
                    before = waiting
                    await self.flush()
        except (StoreError, TimeoutError) as error:
            _log.warning("%d contracts were not written at the end: %s", len(self._pending), error)
        await self._disconnect()

    def _waiting(self) -> int:
        """Contracts, trades and blocks of history that have to be written."""
        others = [kept for kept in (self._trades, self._history) if kept is not None]
        return len(self._pending) + sum(map(len, others))

    async def flush(self) -> None:
        """Connect if need be, and send everything that waits.

        Raises:
            StoreError: it was not carried out; it waits again.
        """
        async with self._busy:
            link = self._link or await self._open()
            taken, self._pending = self._pending, Pending()
            self.skipped += taken.joined
            try:
                await self._send(link, taken)
            except BaseException:
                self._pending.put_back(taken)
                await self._disconnect()
                raise

    async def _send(self, link: Link, taken: Pending) -> None:
        missing = (set(self._board.underlyings()) | self._left) - self._whole
        for underlying in sorted(missing):
            stored = await read_stored(link, underlying)
            self._whole.add(underlying)
            if self._trades is not None:
                await self._trades.catch_up(link, underlying)
            if self._history is not None:
                await self._history.catch_up(link, underlying)
            for flush in self._composer.whole(underlying, stored, self._clock.wall_ms()):
                await self._carry_out(link, flush)
        flush = self._composer.compose(taken, self._clock.wall_ms(), missing)
        trades = [] if self._trades is None else self._trades.commands()
        history = [] if self._history is None else self._history.commands()
        upkeep = self._upkeep.commands(self._clock.monotonic())
        replies = await self._carry_out(link, flush, [*trades, *history, *upkeep])
        self._left.clear()
        self._flushed_at = self._clock.monotonic()
        if self._down_since is not None:
            _log.info("store is back after %.1f s", self._clock.monotonic() - self._down_since)
            self._down_since = None
        if self._upkeep.read(replies):
            self._whole.clear()

    async def _carry_out(self, link: Link, flush: Flush, others: Sequence[Command] = ()) -> list[Reply]:
        replies = await link.exchange([*flush.commands, *others])
        if flush.records:
            self.records += flush.records
            self.flushes += 1
        self._check_mark(replies[0], link)
        return replies

    def _check_mark(self, before: Reply, link: Link) -> None:
        expected, self._expected = self._expected, self._composer.mark()
        if expected is None or before == expected:
            return
        if before is None:
            _log.warning("store %s was emptied by somebody; writing everything again", link.where)
            self._whole.clear()
            self._upkeep.rewrite()
            self._at_once = True
        elif self._clock.monotonic() >= self._rival_until:
            self._rival_until = self._clock.monotonic() + _RIVAL_S
            _log.error("store %s: another voltape writes there; one of them must go", link.where)
            self._whole.clear()

    async def _wait(self) -> None:
        if self._at_once:
            self._at_once = False
            return
        if not self._pending:
            await self._woken(_TICK_S)
        # A batch that comes a little early is the next flush; waiting longer would only add delay.
        rest = self._flushed_at + self._flush_interval - self._clock.monotonic()
        if rest > self._flush_interval * _EARLY and len(self._pending) < self._batch_size:
            await self._woken(rest)

    async def _woken(self, seconds: float) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _open(self) -> Link:
        link = await self._connect()
        try:
            await check_schema(link)
            await self._end_former_connection(link)
            self._left |= {coin for coin in await read_underlyings(link) if not self._wanted(coin)}
        except BaseException:
            await link.close()
            raise
        self._link = link
        self._last_server = link.server
        self._whole.clear()
        self._expected = None
        self._upkeep.restart()
        return link

    async def _end_former_connection(self, link: Link) -> None:
        # A server that was paused may still hold commands of the connection we gave up; it must not carry them
        # out after ours.
        former = self._last_server
        if former is None or not former.client_id or former.run_id != link.server.run_id:
            return
        try:
            await link.ask("CLIENT", "KILL", "ID", former.client_id)
        except StoreError as error:
            _log.debug("former connection is left alone: %s", error)

    def _lost(self, error: StoreError) -> None:
        self.errors += 1
        if self._down_since is None:
            self._down_since = self._clock.monotonic()
            _log.warning("%s; keeping the newest state of each contract until it is back", error)
        # What left meanwhile is found by comparison with the store when it is back.
        self._left |= {contract.underlying for contract in self._pending.removed.values()}
        self._pending.removed.clear()
        self._pending.listed.clear()

    async def _disconnect(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            self._sent_before += link.sent
            self._received_before += link.received
            await link.close()

    async def read(self, ask: Callable[[], Sequence[Command]]) -> list[Reply]:
        """Carry out commands that only read, over our connection and between two flushes.

        Args:
            ask: gives the commands; called when nothing is on its way to the store, so that what `is_settled` says
                then holds for the replies.

        Raises:
            StoreError: not connected, no answer, or a refused command.
        """
        async with self._busy:
            if self._link is None:
                raise StoreError("of the writer", "not connected")
            commands = ask()
            if not commands:
                return []
            try:
                return await self._link.exchange(commands)
            except BaseException:
                await self._disconnect()
                raise

    def is_settled(self, row: Row) -> bool:
        """Whether the store holds a row's committed state as far as we know: nothing about it waits to be written."""
        return row.instrument.underlying in self._whole and row not in self._pending.changed

    def write_again(self, underlyings: Iterable[str]) -> None:
        """Write underlyings whole at the next flush, because the store was found to hold something else."""
        again = self._whole.intersection(underlyings)
        if again:
            self._whole -= again
            self._at_once = True
            self._wake.set()
