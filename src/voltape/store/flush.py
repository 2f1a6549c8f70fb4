"""Composing one flush: the commands that bring the store from what it holds to what the board holds.

Order within a flush: the mark of the writing run, then per underlying what left, what joined, the values, their
life, and last the entry of the change stream, so that whoever reads the entry finds the values in place.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from voltape.model.board import FIELD_BITS, Board, Change, Row
from voltape.model.instrument import Instrument

from . import catalogue, changes, keys
from .command import Command
from .layout import Layout, other_layouts
from .pending import Pending

__all__ = ["Composer", "Flush", "Stored", "renew_underlying"]

_ALL_BITS = (1 << len(FIELD_BITS)) - 1


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
    """One composed flush: the commands, and how many contracts' values they write."""

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

    def compose(self, taken: Pending, full: Mapping[str, Stored], now_ms: int) -> Flush:
        """One flush; the reply to its first command is the mark that was there before.

        Args:
            taken: what changed.
            full: underlyings to write whole, with what the store holds of them now.
            now_ms: our clock, epoch ms.
        """
        self.flushes += 1
        commands: list[Command] = [("SET", keys.RUN, self.mark(), "EX", keys.IDLE_TTL_S, "GET")]
        records = 0
        if full:
            commands.append(("SET", keys.SCHEMA, keys.SCHEMA_VERSION))
        for underlying, stored in full.items():
            rows = list(self._board.rows_of(underlying))
            records += len(rows)
            commands += self._whole(underlying, rows, stored, now_ms)
        for underlying, part in _by_underlying(taken, set(full)).items():
            records += len(part.changed)
            commands += self._part(underlying, part, now_ms)
        return Flush(commands, records)

    def _whole(self, underlying: str, rows: list[Row], stored: Stored, now_ms: int) -> list[Command]:
        extra = [old for symbol, old in stored.instruments.items() if symbol not in self._board.rows]
        commands = self._drop(underlying, extra)
        commands += [
            ("HDEL", keys.series(underlying), expiry)
            for expiry in stored.expiries
            if (underlying, expiry) not in self._board.series
        ]
        for layout in other_layouts(self._layout.name):
            if layout.name == stored.layout:
                commands += layout.drop(stored.instruments.values())
        if rows:
            commands.append(("SADD", keys.UNDERLYINGS, underlying))
            commands.append(("SET", keys.layout(underlying), self._layout.name))
            commands += self._store(rows, [Change(row, _ALL_BITS) for row in rows], now_ms)
        entry = changes.Entry(self._number(underlying, now_ms), now_ms, _slots(rows), full=True)
        commands.append(changes.append(underlying, entry, self._maxlen))
        return [*commands, *renew_underlying(underlying)]

    def _part(self, underlying: str, part: Pending, now_ms: int) -> list[Command]:
        removed = list(part.removed.values())
        listed = list(part.listed.values())
        entry = changes.Entry(
            n=self._number(underlying, now_ms),
            ts=now_ms,
            slots=_slots(list(part.changed)),
            removed=tuple(part.removed),
            listed=tuple({row.instrument.expiry: None for row in listed}),
        )
        return [
            *self._drop(underlying, removed),
            *self._store(listed, part.changed.values(), now_ms),
            changes.append(underlying, entry, self._maxlen),
        ]

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


def _slots(rows: list[Row]) -> tuple[int, ...]:
    return tuple(row.slot for row in rows)


def _by_underlying(taken: Pending, without: set[str]) -> dict[str, Pending]:
    parts: dict[str, Pending] = {}
    for underlying in sorted(taken.underlyings() - without):
        parts[underlying] = Pending()
    for row, change in taken.changed.items():
        part = parts.get(row.instrument.underlying)
        if part is not None:
            part.changed[row] = change
    for symbol, contract in taken.removed.items():
        part = parts.get(contract.underlying)
        if part is not None:
            part.removed[symbol] = contract
    for symbol, row in taken.listed.items():
        part = parts.get(row.instrument.underlying)
        if part is not None:
            part.listed[symbol] = row
    return parts
