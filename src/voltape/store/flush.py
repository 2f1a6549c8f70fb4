"""Composing one flush: the commands that bring the store from what it holds to what the board holds.

Order within a flush: the mark of the writing run, then per underlying what left, what joined, the values, their
life, and last the entry of the change stream, so that whoever reads the entry finds the values in place.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from voltape.model.board import Board
from voltape.model.instrument import Instrument
from voltape.model.row import FIELD_BITS, Change, Row

from . import catalogue, changes, keys
from .command import Command
from .layout import Layout, other_layouts
from .pending import Pending

__all__ = ["Composer", "Flush", "Stored", "renew_underlying"]

_ALL_BITS = (1 << len(FIELD_BITS)) - 1
_PIECE = 250
"""Contracts in one flush of an underlying that is written whole: some milliseconds of work."""


class Stored(NamedTuple):
    """What the store says it holds of one underlying.

    Attributes:
        layout: name of the layout its values are in, None where there are none.
        expiries: dates of its series.
        instruments: its contracts by symbol.
    """

    layout: str | None
    expiries: Sequence[str]
    instruments: Mapping[str, Instrument]


class Flush(NamedTuple):
    """One composed flush: the commands, and how many contracts' values they write.

    The reply to the first command is the mark that the store had before.
    """

    commands: list[Command]
    records: int


class Composer:
    """Turns pending changes into commands.

    Attributes:
        run: name of this run of the writer.
        flushes: number of the last composed flush.
    """

    def __init__(self, board: Board, layout: Layout, run: str, *, stream_maxlen: int) -> None:
        self.run = run
        self.flushes = 0
        self._board = board
        self._layout = layout
        self._maxlen = stream_maxlen
        self._numbers: dict[str, int] = {}

    def mark(self) -> bytes:
        """Value of the run's key after the last composed flush."""
        return f"{self.run}:{self.flushes}".encode()

    def compose(self, taken: Pending, now_ms: int, without: Collection[str] = ()) -> Flush:
        """A flush of what changed.

        Args:
            taken: what changed.
            now_ms: our clock, epoch ms.
            without: underlyings to leave out, because they have just been written whole.
        """
        commands: list[Command] = []
        records = 0
        for underlying, part in taken.by_underlying().items():
            if underlying not in without:
                records += len(part.changed)
                commands += self._part(underlying, part, now_ms)
        return self._flush(commands, records)

    def whole(self, underlying: str, stored: Stored, now_ms: int) -> Iterator[Flush]:
        """Flushes that write an underlying whole, to be carried out in their order.

        Each is composed when it is asked for, so that others can work meanwhile. What changes on the board meanwhile
        has to follow as a change.

        Args:
            underlying: the coin.
            stored: what the store holds of it.
            now_ms: our clock, epoch ms.
        """
        rows = list(self._board.rows_of(underlying))
        yield self._flush(self._head(underlying, stored, named=bool(rows)), 0)
        for start in range(0, len(rows), _PIECE):
            piece = rows[start : start + _PIECE]
            yield self._flush(
                self._store(piece, [Change(row, _ALL_BITS) for row in piece], now_ms), len(piece)
            )
        entry = changes.Entry(self._number(underlying, now_ms), now_ms, _slots(rows), full=True)
        tail = [changes.append(underlying, entry, self._maxlen), *renew_underlying(underlying)]
        yield self._flush(tail, 0)

    def _flush(self, commands: list[Command], records: int) -> Flush:
        self.flushes += 1
        return Flush([("SET", keys.RUN, self.mark(), "EX", keys.IDLE_TTL_S, "GET"), *commands], records)

    def _head(self, underlying: str, stored: Stored, *, named: bool) -> list[Command]:
        extra = [old for symbol, old in stored.instruments.items() if symbol not in self._board.rows]
        commands: list[Command] = [("SET", keys.SCHEMA, keys.SCHEMA_VERSION), *self._drop(underlying, extra)]
        commands += [
            ("HDEL", keys.series(underlying), expiry)
            for expiry in stored.expiries
            if (underlying, expiry) not in self._board.series
        ]
        for layout in other_layouts(self._layout.name):
            if layout.name == stored.layout:
                commands += layout.drop(stored.instruments.values())
        if named:
            commands += self._name(underlying)
        return commands

    def _name(self, underlying: str) -> list[Command]:
        return [
            ("SET", keys.layout(underlying), self._layout.name),
            ("SADD", keys.UNDERLYINGS, underlying),
        ]

    def _part(self, underlying: str, part: Pending, now_ms: int) -> list[Command]:
        removed = list(part.removed.values())
        listed = list(part.listed.values())
        entry = changes.Entry(
            n=self._number(underlying, now_ms),
            ts=now_ms,
            slots=_slots(part.changed),
            removed=tuple(part.removed),
            listed=tuple({row.instrument.expiry: None for row in listed}),
        )
        commands = self._drop(underlying, removed)
        commands += self._store(listed, part.changed.values(), now_ms)
        commands.append(changes.append(underlying, entry, self._maxlen))
        if listed:
            # It may be the first contract again after the last one left.
            commands += [*self._name(underlying), *renew_underlying(underlying)]
        return commands

    def _drop(self, underlying: str, removed: list[Instrument]) -> list[Command]:
        commands = [*self._layout.drop(removed), *catalogue.unlist(removed, self._board.series)]
        if not any(coin == underlying for coin, _ in self._board.series):
            commands.append(("SREM", keys.UNDERLYINGS, underlying))
        return commands

    def _store(self, listed: list[Row], changed: Iterable[Change], now_ms: int) -> list[Command]:
        return [
            *catalogue.list_rows(listed, now_ms),
            *self._layout.write(changed),
            *self._layout.expire([row.instrument for row in listed], now_ms),
        ]

    def _number(self, underlying: str, now_ms: int) -> int:
        # Starting at the clock makes two runs of the writer look like a jump to a reader.
        number = self._numbers.get(underlying, now_ms) + 1
        self._numbers[underlying] = number
        return number


def renew_underlying(underlying: str) -> list[Command]:
    """Commands that prolong the life of an underlying's keys that have no natural end."""
    named = (keys.series(underlying), keys.layout(underlying), keys.changes(underlying))
    return [("EXPIRE", key, keys.IDLE_TTL_S) for key in named]


def _slots(rows: Iterable[Row]) -> tuple[int, ...]:
    return tuple([row.slot for row in rows])
