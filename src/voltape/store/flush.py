"""Composing one flush: the commands that bring the store from what it holds to what the board holds.

Order within a flush: the mark of the writing run, then per underlying what left, what joined, the values, their
life, and last the entry of the change stream, so that whoever reads the entry finds the values in place.

A change of layout never leaves the store without a complete one: the values are written in the new layout, then it is
named, then the former one's are removed. A key stands meanwhile, so that a run that finds it knows that one before
ended in the middle.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from voltape.model.board import Board
from voltape.model.instrument import Instrument
from voltape.model.row import FIELD_BITS, Change, Row

from . import catalogue, changes, keys
from .command import Command
from .layout import Layout, other_layouts
from .pending import Pending

__all__ = ["Composer", "Flush", "Stored", "renew_underlying"]

_ALL_BITS = (1 << len(FIELD_BITS)) - 1
_T = TypeVar("_T")
_PIECE = 250
"""Contracts in one flush of an underlying that is written whole: some milliseconds of work."""


class Stored(NamedTuple):
    """What the store says it holds of one underlying.

    Attributes:
        layout: name of the layout that all its values are in, None where there are none, or where an earlier run
            ended before it had brought them from one layout to another.
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
        others = self._others(stored)
        # The former layout stays the one that readers use, and whole, until the new one is.
        named = [] if others or not rows else self._name(underlying)
        yield self._flush([*self._head(underlying, stored, others), *named], 0)
        for piece in _pieces(rows):
            yield self._flush(
                self._store(piece, [Change(row, _ALL_BITS) for row in piece], now_ms), len(piece)
            )
        entry = changes.Entry(self._number(underlying, now_ms), now_ms, _slots(rows), full=True)
        named = self._name(underlying) if others and rows else []
        tail = [*named, changes.append(underlying, entry, self._maxlen), *renew_underlying(underlying)]
        yield self._flush(tail, 0)
        yield from self._leave(underlying, others, list(stored.instruments.values()))

    def _others(self, stored: Stored) -> list[Layout]:
        """Layouts but ours that may have values of the underlying."""
        if stored.layout == self._layout.name or not stored.instruments:
            return []
        return other_layouts(self._layout.name)

    def _leave(self, underlying: str, others: list[Layout], kept: list[Instrument]) -> Iterator[Flush]:
        """Remove from the other layouts what they have; whoever reads has been told to look elsewhere."""
        if not others:
            return
        for piece in _pieces(kept):
            yield self._flush([command for layout in others for command in layout.drop(piece)], 0)
        yield self._flush([("DEL", keys.moving(underlying))], 0)

    def _flush(self, commands: list[Command], records: int) -> Flush:
        self.flushes += 1
        return Flush([("SET", keys.RUN, self.mark(), "EX", keys.IDLE_TTL_S, "GET"), *commands], records)

    def _head(self, underlying: str, stored: Stored, others: list[Layout]) -> list[Command]:
        extra = [old for symbol, old in stored.instruments.items() if symbol not in self._board.rows]
        commands: list[Command] = [("SET", keys.SCHEMA, keys.SCHEMA_VERSION)]
        if others:
            commands.append(("SET", keys.moving(underlying), 1, "EX", keys.IDLE_TTL_S))
        for layout in others:
            commands += layout.drop(extra)
        commands += self._drop(underlying, extra)
        commands += [
            ("HDEL", keys.series(underlying), expiry)
            for expiry in stored.expiries
            if (underlying, expiry) not in self._board.series
        ]
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


def _pieces(things: list[_T]) -> Iterator[list[_T]]:
    return (things[start : start + _PIECE] for start in range(0, len(things), _PIECE))


def renew_underlying(underlying: str) -> list[Command]:
    """Commands that prolong the life of an underlying's keys that have no natural end."""
    named = (
        keys.series(underlying),
        keys.layout(underlying),
        keys.changes(underlying),
        keys.trades(underlying),
    )
    return [("EXPIRE", key, keys.IDLE_TTL_S) for key in named]


def _slots(rows: Iterable[Row]) -> tuple[int, ...]:
    return tuple([row.slot for row in rows])
