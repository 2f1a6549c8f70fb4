"""Sampled proof that the store holds what the board holds.

Every so often some contracts are read back over the writer's own connection, between two flushes. At that moment
nothing is on its way to the store, so a contract with no unwritten change must be there exactly as it is on the
board, field by field as a reader would decode it; one with such a change is left out.

A difference is an error of ours, of the store, or of somebody who wrote there. The underlyings it was found in are
written whole again, and the contracts are in every sample until they are equal.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Protocol

from voltape.errors import StoreError
from voltape.model.board import Board
from voltape.model.row import Row
from voltape.model.status import Audit
from voltape.model.tally import Tally
from voltape.model.ticker import VALUE_FIELDS

from .codec import Record
from .command import Command, Reply
from .layout import Layout

__all__ = ["AuditedWriter", "StoreAudit", "differing"]

_log = logging.getLogger(__name__)

_SAMPLE = 32
_RECHECK_S = 2.0
_SHOWN = 3


class AuditedWriter(Protocol):
    """What the audit needs of `StoreWriter`."""

    async def read(self, ask: Callable[[], Sequence[Command]]) -> list[Reply]:
        """Carry out commands that only read, while nothing is being written."""
        ...

    def is_settled(self, row: Row) -> bool:
        """Whether nothing about a row waits to be written."""
        ...

    def write_again(self, underlyings: Iterable[str]) -> None:
        """Write underlyings whole at the next flush."""
        ...


class StoreAudit:
    """Compares the store with the board; run `run` as a service.

    Attributes:
        wrong: what differs by symbol, as of the latest audit; a contract leaves it when it was found equal.
    """

    def __init__(
        self, board: Board, writer: AuditedWriter, layout: Layout, rng: Random, interval: float
    ) -> None:
        """Prepare to audit every `interval` seconds.

        Args:
            board: the truth.
            writer: what writes it to the store.
            layout: how it writes; an object of our own.
            rng: draws the samples.
            interval: seconds between two audits.
        """
        self.wrong: dict[str, list[str]] = {}
        self._board = board
        self._writer = writer
        self._layout = layout
        self._rng = rng
        self._interval = interval
        self._tally = Tally()

    @property
    def audit(self) -> Audit:
        """The counts since start."""
        return self._tally.audit

    @property
    def problem(self) -> str | None:
        """What the latest audit found wrong, None where it found nothing."""
        if not self.wrong:
            return None
        return f"differs from the board and is written again: {_shown(self.wrong)}"

    async def run(self) -> None:
        """Audit until cancelled; soon after an error was found, to see whether it is gone."""
        delay = self._interval
        while True:
            await asyncio.sleep(delay)
            before = len(self.wrong)
            await self.look()
            delay = min(self._interval, _RECHECK_S) if self.wrong and not before else self._interval

    async def look(self) -> None:
        """Audit once; does nothing where the store cannot be read."""
        sample = self._sample()
        rows: list[Row] = []
        kept: list[Record] = []

        def ask() -> list[Command]:
            rows.extend(filter(self._can_be_judged, sample))
            kept.extend(map(_record, rows))
            return self._layout.fetch([row.instrument for row in rows])

        try:
            replies = await self._writer.read(ask)
        except StoreError as error:
            _log.debug("no audit: %s", error)
            return
        stored = self._layout.parse([row.instrument for row in rows], replies)
        self._tally.undecided(len(sample) - len(rows))
        before, self.wrong = self.wrong, {}
        for row, ours, theirs in zip(rows, kept, stored, strict=True):
            self._judge(row, ours, theirs)
        self._writer.write_again(
            {row.instrument.underlying for row in rows if row.instrument.symbol in self.wrong}
        )
        self._keep_undecided(before, rows)
        self._report(before)

    def _sample(self) -> list[Row]:
        rows = self._board.rows
        again = [rows[symbol] for symbol in self.wrong if symbol in rows]
        drawn = self._rng.sample(list(rows.values()), min(_SAMPLE, len(rows)))
        return list(dict.fromkeys([*again, *drawn]))

    def _can_be_judged(self, row: Row) -> bool:
        on_board = self._board.rows.get(row.instrument.symbol) is row
        return on_board and self._board.is_committed(row) and self._writer.is_settled(row)

    def _judge(self, row: Row, ours: Record, theirs: Record | None) -> None:
        fields = ["missing or not readable"] if theirs is None else differing(ours, theirs)
        if not fields:
            self._tally.equal()
            return
        symbol = row.instrument.symbol
        self.wrong[symbol] = fields
        self._tally.wrong(symbol, fields)

    def _keep_undecided(self, before: dict[str, list[str]], rows: list[Row]) -> None:
        """What was wrong and could not be judged this time is still wrong as far as we know."""
        judged = {row.instrument.symbol for row in rows}
        for symbol, fields in before.items():
            if symbol not in judged and symbol in self._board.rows:
                self.wrong.setdefault(symbol, fields)

    def _report(self, before: dict[str, list[str]]) -> None:
        if self.wrong and not before:
            _log.error("store %s", self.problem)
        elif before and not self.wrong:
            _log.info("store is equal to the board again")


def differing(board: Record, stored: Record) -> list[str]:
    """Names of the fields in which two records differ."""
    values = zip(VALUE_FIELDS, board.values, stored.values, strict=True)
    rest = zip(Record._fields[1:], board[1:], stored[1:], strict=True)
    return [name for name, ours, theirs in (*values, *rest) if ours != theirs]


def _record(row: Row) -> Record:
    return Record(row.values, row.ts_exchange, row.ts_received, row.pushed, row.lane, row.stale)


def _shown(wrong: dict[str, list[str]]) -> str:
    shown = [f"{symbol} ({', '.join(fields)})" for symbol, fields in list(wrong.items())[:_SHOWN]]
    more = len(wrong) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
