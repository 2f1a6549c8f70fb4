"""The board: the latest state of every listed contract, and what changed since the last commit.

Rules that hold whatever arrives and in whatever order:

* A pushed value is ordered against pushed values only, by the venue's time and then by its sequence number.
  A polled row carries no time of its own, so it fills a contract only where nothing pushed is newer than the
  start of the poll, and never moves the order of pushed values.
* Every change is remembered as a bit per field until `commit`, which hands one `Batch` to the listeners.
  Versions grow by one per commit; a series keeps the version of its last change, so that a cached answer of a
  series is exact as long as the version is the same.

The board knows no clock: whoever calls says what time it is.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import TypeAlias

from .instrument import Instrument
from .row import FIELD_BITS, TS_BITS, Change, Row, Series
from .ticker import Lane, Ticker, Values

__all__ = ["Batch", "Board"]

_SLOTS = 1 << 16


class Batch:
    """One commit's worth of changes, shared by every listener; nobody may alter it.

    Attributes:
        version: the board's version after this commit.
        changes: changed rows, one entry per row.
        listed: rows that joined. removed: rows that left (expired or delisted).
    """

    __slots__ = ("changes", "listed", "removed", "version")

    def __init__(self, version: int, changes: list[Change], listed: list[Row], removed: list[Row]) -> None:
        self.version = version
        self.changes = changes
        self.listed = listed
        self.removed = removed


_Listener: TypeAlias = tuple[Callable[[Batch], None], bool]


class Board:
    """Latest state by symbol and by series; see the module for its rules."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.series: dict[tuple[str, str], Series] = {}
        self.version = 0
        self._changes: list[Change] = []
        self._listed: dict[str, Row] = {}
        self._removed: list[Row] = []
        self._listeners: list[_Listener] = []
        self._keep_former = True
        self._free_slots: dict[str, list[int]] = {}
        self._next_slot: dict[str, int] = {}

    def listen(self, listener: Callable[[Batch], None], *, fields: bool = True) -> Callable[[], None]:
        """Call `listener` with every committed batch from now on; returns the way to stop.

        Args:
            listener: gets the batches.
            fields: whether it asks which fields changed. While there are listeners and none of them does, former
                values are not kept, and every field of a changed row counts as changed.
        """
        entry = (listener, fields)
        self._listen(entry)
        return lambda: self._unlisten(entry)

    def _listen(self, entry: _Listener) -> None:
        self._listeners.append(entry)
        self._keep_former = any(fields for _, fields in self._listeners)

    def _unlisten(self, entry: _Listener) -> None:
        self._listeners.remove(entry)
        self._keep_former = not self._listeners or any(fields for _, fields in self._listeners)

    def add(self, instrument: Instrument, lane: Lane = "polled", slot: int | None = None) -> Row:
        """List a contract; adding one that is listed returns its row unchanged.

        Args:
            instrument: the contract.
            lane: how it is kept at first.
            slot: its number from the store, when the board is being restored.
        """
        known = self.rows.get(instrument.symbol)
        if known is not None:
            return known
        key = instrument.series
        series = self.series.get(key)
        if series is None:
            series = self.series[key] = Series(*key, instrument.expiry_ms)
        row = Row(instrument, series, self._take_slot(instrument.underlying, slot), lane)
        self.rows[instrument.symbol] = row
        series.insert(row)
        self._listed[instrument.symbol] = row
        return row

    def remove(self, symbol: str) -> Row | None:
        """Take a contract off the board; None where it is not on it."""
        row = self.rows.pop(symbol, None)
        if row is None:
            return None
        series = row.series
        del series.rows[symbol]
        if not series.rows:
            del self.series[row.instrument.series]
        if row.change is not None:
            self._changes.remove(row.change)
            row.change = None
        if self._listed.pop(symbol, None) is None:
            self._removed.append(row)
        self._free_slots.setdefault(row.instrument.underlying, []).append(row.slot)
        return row

    def _take_slot(self, underlying: str, wanted: int | None) -> int:
        if wanted is not None and not 0 <= wanted < _SLOTS:
            # A number that no board gave: what the store holds is not to be trusted with our memory.
            wanted = None
        free = self._free_slots.setdefault(underlying, [])
        fresh = self._next_slot.get(underlying, 0)
        if wanted is None:
            if free:
                return free.pop()
            self._next_slot[underlying] = fresh + 1
            return fresh
        if wanted >= fresh:
            free.extend(range(fresh, wanted))
            self._next_slot[underlying] = wanted + 1
        elif wanted in free:
            free.remove(wanted)
        else:
            return self._take_slot(underlying, None)
        return wanted

    def push(self, row: Row, values: Values, ts_exchange: int, sequence: int, ts_received: int) -> bool:
        """Take pushed values; False where they are older than, or the same as, what was pushed before."""
        if ts_exchange <= row.pushed_ts and not self._breaks_tie(row, values, ts_exchange, sequence):
            return False
        self.renew(row, values, ts_exchange, sequence, ts_received)
        return True

    def renew(self, row: Row, values: Values, ts_exchange: int, sequence: int, ts_received: int) -> None:
        """Take pushed values that the caller knows to be newer than `row.pushed_ts`."""
        self._touch(row).meta |= TS_BITS
        row.pushed_ts = row.ts_exchange = ts_exchange
        row.sequence = sequence
        row.values = values
        row.ts_received = ts_received

    @staticmethod
    def _breaks_tie(row: Row, values: Values, ts_exchange: int, sequence: int) -> bool:
        if ts_exchange < row.pushed_ts or sequence < row.sequence:
            return False
        # Against polled values a repeated message is not news, however much it differs.
        return sequence > row.sequence or (row.pushed and values != row.values)

    def poll(self, row: Row, values: Values, ts_answer: int, ts_received: int) -> None:
        """Take a polled row; the caller has made sure that nothing pushed is newer (`track.fill`)."""
        self._set(row, values, ts_answer, ts_received)

    def restore(self, row: Row, values: Values, ts_exchange: int, ts_received: int, *, pushed: bool) -> None:
        """Take what the store had. Staleness is set apart: a tracker shows it stale until fresh data confirms it.

        Args:
            row: the contract.
            values, ts_exchange, ts_received: as stored.
            pushed: whether the values came by the socket, so that older pushed values must not replace them.
        """
        if pushed:
            row.pushed_ts, row.sequence = ts_exchange, 0
        self._set(row, values, ts_exchange, ts_received)

    def _set(self, row: Row, values: Values, ts_exchange: int, ts_received: int) -> None:
        self._touch(row).meta |= TS_BITS
        row.values = values
        row.ts_exchange = ts_exchange
        row.ts_received = ts_received

    def set_lane(self, row: Row, lane: Lane) -> None:
        """Move a contract to the other lane."""
        if row.lane != lane:
            self._touch(row).meta |= FIELD_BITS["lane"]
            row.lane = lane

    def set_stale(self, row: Row, stale: bool) -> None:
        """Mark a contract stale or fresh."""
        if row.stale != stale:
            self._touch(row).meta |= FIELD_BITS["stale"]
            row.stale = stale

    def _touch(self, row: Row) -> Change:
        change = row.change
        if change is None:
            # Former values that nobody asks for are freed as soon as newer ones come, which then take their place in
            # memory while it is in the processor's cache.
            change = row.change = Change(row, before=row.values if self._keep_former else None)
            self._changes.append(change)
        else:
            change.step()
        return change

    @property
    def pending(self) -> int:
        """Number of rows with changes that are not committed yet."""
        return len(self._changes) + len(self._listed) + len(self._removed)

    def is_committed(self, row: Row) -> bool:
        """Whether the listeners know a row as it is now."""
        return row.change is None and row.instrument.symbol not in self._listed

    def commit(self) -> Batch | None:
        """Close the present changes into a batch, tell the listeners, and return it; None if nothing changed."""
        if not self.pending:
            return None
        self.version += 1
        listed = list(self._listed.values())
        for row in listed:
            self._touch(row).everything()
        batch = Batch(self.version, self._changes, listed, self._removed)
        self._changes, self._listed, self._removed = [], {}, []
        for change in batch.changes:
            row = change.row
            row.change = None
            row.version = row.series.version = self.version
        for row in batch.removed:
            row.version = row.series.version = self.version
        with ExitStack() as stack:
            # One that fails keeps the batch from no other: nobody is told of it again.
            for listener, _ in reversed(self._listeners):
                stack.callback(listener, batch)
        return batch

    def underlyings(self) -> list[str]:
        """Underlyings with at least one listed contract, in alphabetical order."""
        return sorted({underlying for underlying, _ in self.series})

    def expiries(self, underlying: str) -> list[Series]:
        """Series of an underlying in date order."""
        found = (series for (coin, _), series in self.series.items() if coin == underlying)
        return sorted(found, key=lambda series: series.expiry_ms)

    def rows_of(self, underlying: str) -> Iterator[Row]:
        """Rows of an underlying, by expiry, then strike."""
        for series in self.expiries(underlying):
            yield from series.rows.values()

    def told(self, rows: Iterable[Row]) -> list[Row]:
        """Those of `rows` of which a commit has told; the next one tells of the others, if they are still here then."""
        return [row for row in rows if row.instrument.symbol not in self._listed]

    def tickers(self, rows: Iterable[Row], now_ms: int) -> list[Ticker]:
        """Named tickers of `rows` as of `now_ms`."""
        return [row.ticker(now_ms) for row in rows]
