"""What waits to be written: one entry per contract however often it changed."""

from voltape.model.board import Batch
from voltape.model.instrument import Instrument
from voltape.model.row import Change, Row, Series

__all__ = ["Pending"]


class Pending:
    """Changes since the last flush, conflated by contract, hence bounded by the number of contracts.

    Attributes:
        changed: what changed, by row. What exactly changed is found when a layout asks, since one of them never does.
        listed: rows that joined, by symbol.
        removed: contracts that left, by symbol.
        joined: changes that found an older one of the same contract waiting, and took its place.
    """

    __slots__ = ("changed", "joined", "listed", "removed")

    def __init__(self) -> None:
        self.changed: dict[Row, Change] = {}
        self.listed: dict[str, Row] = {}
        self.removed: dict[str, Instrument] = {}
        self.joined = 0

    def __len__(self) -> int:
        return len(self.changed) + len(self.removed)

    def add(self, batch: Batch) -> None:
        """Take a batch of the board in."""
        for row in batch.removed:
            self._remove(row)
        for row in batch.listed:
            symbol = row.instrument.symbol
            self.listed[symbol] = row
            self.removed.pop(symbol, None)
        if self.changed:
            for change in batch.changes:
                self._change(change)
        else:
            self.changed = {change.row: change for change in batch.changes}

    def _change(self, change: Change) -> None:
        row = change.row
        known = self.changed.get(row)
        if known is not None:
            self.joined += 1
            change = known.joined(change)
        self.changed[row] = change

    def _remove(self, row: Row) -> None:
        symbol = row.instrument.symbol
        self.changed.pop(row, None)
        self.listed.pop(symbol, None)
        self.removed[symbol] = row.instrument

    def put_back(self, taken: "Pending") -> None:
        """Take in what was taken out earlier and could not be written; what came since is newer."""
        for symbol, contract in taken.removed.items():
            if symbol not in self.listed:
                self.removed.setdefault(symbol, contract)
        gone = self.removed
        for symbol, row in taken.listed.items():
            if symbol not in gone:
                self.listed.setdefault(symbol, row)
        for row, change in taken.changed.items():
            if row.instrument.symbol not in gone:
                newer = self.changed.get(row)
                self.changed[row] = change if newer is None else change.joined(newer)

    def by_underlying(self) -> dict[str, "Pending"]:
        """The same apart for each underlying, in alphabetical order."""
        by_series: dict[Series, dict[Row, Change]] = {}
        for row, change in self.changed.items():
            part = by_series.get(row.series)
            if part is None:
                part = by_series[row.series] = {}
            part[row] = change
        coins = {series.underlying for series in by_series}
        coins.update(contract.underlying for contract in self.removed.values())
        parts = {coin: Pending() for coin in sorted(coins)}
        for series, changed in by_series.items():
            parts[series.underlying].changed |= changed
        for symbol, contract in self.removed.items():
            parts[contract.underlying].removed[symbol] = contract
        for symbol, row in self.listed.items():
            part_of = parts.get(row.instrument.underlying)
            if part_of is not None:
                part_of.listed[symbol] = row
        return parts
