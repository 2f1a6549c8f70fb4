"""The history in the store: written by the minute, read back at the start, followed from another process.

What the store and we have is put together at each new connection: samples that only the store has come into memory, and
blocks that it lacks are written. So neither a restart nor an outage nor an emptied store costs any history that one
of the two still has.
"""

import asyncio
import logging
from collections.abc import Iterable

from voltape.clock import Clock
from voltape.model.history import Histories, History, Kind

from . import keys
from .codec import CodecError
from .command import Command
from .history_blocks import (
    REALISED,
    Block,
    before,
    block_at,
    blocks_of,
    encode,
    encode_realised,
    outdated,
    present,
    take,
)
from .link import Link

__all__ = ["HistoryReader", "HistoryWriter"]

_log = logging.getLogger(__name__)

_MOST_AT_ONCE = 60
_PIECE = 10
_REFRESH_S = 20.0
_RELOAD_S = 3_000.0
"""A reader that has not looked for longer than this reads everything, because blocks may have come and gone."""


class HistoryWriter:
    """What of the histories waits to be written; a listener of `Histories`.

    Attributes:
        written: blocks sent so far.
    """

    def __init__(self, histories: Histories) -> None:
        """Write what is put into `histories`."""
        self.written = 0
        self._histories = histories
        self._waiting: dict[tuple[str, Block | None], None] = {}
        self._sent: dict[tuple[str, Block | None], None] = {}
        self._later: set[tuple[str, Block | None]] = set()
        self._begun: dict[tuple[str, Kind], int] = {}
        self._old: dict[str, list[str]] = {}
        self._ignored = _Ignored()
        self._foreign: set[str] = set()
        histories.listen(self._enqueue)

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def ignored(self) -> int:
        """Fields in the store that were not understood when they were last read."""
        return int(self._ignored)

    def _enqueue(self, underlying: str, kind: Kind, ts: int) -> None:
        if underlying in self._foreign:
            return
        if kind == "realised":
            # They come one by one, and go out together with the next price.
            self._later.add((underlying, None))
            return
        self._waiting[underlying, block_at(kind, ts)] = None
        if (underlying, None) in self._later:
            self._later.remove((underlying, None))
            self._waiting[underlying, None] = None

    async def catch_up(self, link: Link, underlying: str) -> None:
        """Put together what the store and we have; what it lacks then waits to be written.

        Raises:
            StoreError: no answer.
        """
        self._waiting = self._sent | self._waiting
        self._sent = {}
        self._foreign.discard(underlying)
        history = self._histories.of(underlying)
        ours = blocks_of(history)
        try:
            fields = await _all_of(link, underlying)
        except CodecError as error:
            # To write there would fail, and with it everything else of the flush.
            self._foreign.add(underlying)
            self._ignored.note(link, underlying, [str(error)])
            return
        self._ignored.note(link, underlying, await _take_all(history, fields, replace=False))
        self._old[underlying] = outdated(fields)
        for number, block in enumerate(ours, 1):
            if fields.get(block.field) != encode(history, block):
                self._waiting[underlying, block] = None
            if number % _PIECE == 0:
                await asyncio.sleep(0)
        if history.realised and fields.get(REALISED) != encode_realised(history):
            self._waiting[underlying, None] = None

    def commands(self) -> list[Command]:
        """Take out what waits, some dozen blocks at once; if the store does not take them, `catch_up` must follow."""
        taken = [each for each in self._waiting if each[0] not in self._foreign][:_MOST_AT_ONCE]
        self._sent = {}
        for each in taken:
            del self._waiting[each]
            self._sent[each] = None
        self.written += len(taken)
        return [
            command
            for underlying in dict.fromkeys(underlying for underlying, _ in taken)
            for command in self._write(underlying, [block for coin, block in taken if coin == underlying])
        ]

    def _write(self, underlying: str, blocks: Iterable[Block | None]) -> list[Command]:
        history, key = self._histories.of(underlying), keys.history(underlying)
        values: list[bytes | str] = []
        gone = self._old.pop(underlying, [])
        begun = False
        for block in blocks:
            if block is None:
                values += [REALISED, encode_realised(history)]
                continue
            values += [block.field, encode(history, block)]
            if self._begun.get((underlying, block.kind)) != block.start:
                self._begun[underlying, block.kind] = block.start
                gone.append(before(block).field)
                begun = True
        commands: list[Command] = [("HSET", key, *values)]
        if gone:
            commands.append(("HDEL", key, *gone))
        if begun:
            commands.append(("EXPIRE", key, keys.HISTORY_TTL_S))
        return commands


class HistoryReader:
    """Follows the histories of the store into our own, which the store knows better."""

    def __init__(self, histories: Histories, clock: Clock) -> None:
        """Read into `histories`, by the times of `clock`."""
        self._histories = histories
        self._clock = clock
        self._read_at: dict[str, float] = {}
        self._ignored = _Ignored()
        self._foreign: set[str] = set()

    @property
    def ignored(self) -> int:
        """Fields in the store that were not understood when they were last read."""
        return int(self._ignored)

    def restart(self) -> None:
        """Begin anew, because the store may be another one."""
        self._read_at.clear()

    def drop(self, underlying: str) -> None:
        """The store names an underlying no more."""
        self._read_at.pop(underlying, None)
        self._histories.drop(underlying)

    async def refresh(self, link: Link, underlying: str) -> None:
        """Read what may have come since the last time, which is done three times a minute at most.

        Raises:
            StoreError: no answer.
        """
        now = self._clock.monotonic()
        since = now - self._read_at.get(underlying, float("-inf"))
        if since < _REFRESH_S:
            return
        try:
            whole = since > _RELOAD_S or underlying in self._foreign
            fields = await (_all_of(link, underlying) if whole else self._latest(link, underlying))
            self._foreign.discard(underlying)
        except CodecError as error:
            fields, whole = {}, False
            self._foreign.add(underlying)
            self._ignored.note(link, underlying, [str(error)])
        self._read_at[underlying] = now
        reasons = await _take_all(self._histories.of(underlying), fields, replace=True)
        if whole:
            self._ignored.note(link, underlying, reasons)

    async def _latest(self, link: Link, underlying: str) -> dict[str, bytes]:
        names = [*(block.field for block in present(self._clock.wall_ms() // 1_000)), REALISED]
        reply = await link.ask("HMGET", keys.history(underlying), *names)
        values = reply if isinstance(reply, list) else []
        return {name: value for name, value in zip(names, values, strict=False) if isinstance(value, bytes)}


async def _all_of(link: Link, underlying: str) -> dict[str, bytes]:
    """Every field of an underlying's hash, none where there is no hash.

    Raises:
        StoreError: no answer.
        CodecError: something else stands there.
    """
    key = keys.history(underlying)
    kind = await link.ask("TYPE", key)
    if kind not in {b"hash", b"none"}:
        raise CodecError(f"{key} is no hash")
    flat = iter(reply if isinstance(reply := await link.ask("HGETALL", key), list) else [])
    return {
        name.decode(errors="replace"): value
        for name, value in zip(flat, flat, strict=False)
        if isinstance(name, bytes) and isinstance(value, bytes)
    }


async def _take_all(history: History, fields: dict[str, bytes], *, replace: bool) -> list[str]:
    """Take fields in, some at once so that others get their turn; returns why some were not understood."""
    reasons = []
    # The newest last, so that it is the oldest that give way.
    for number, field in enumerate(sorted(fields), 1):
        try:
            take(history, field, fields[field], replace=replace)
        except CodecError as error:
            reasons.append(str(error))
        if number % _PIECE == 0:
            await asyncio.sleep(0)
    return reasons


class _Ignored:
    """Fields that were not understood, by underlying; each underlying is warned of once for as long as it has any."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def __int__(self) -> int:
        return sum(self._counts.values())

    def note(self, link: Link, underlying: str, reasons: list[str]) -> None:
        """What is found now of an underlying."""
        if reasons and not self._counts.get(underlying):
            _log.warning(
                "store %s: %d pieces of the history of %s are left alone: %s",
                *(link.where, len(reasons), underlying, reasons[0]),
            )
        self._counts[underlying] = len(reasons)
