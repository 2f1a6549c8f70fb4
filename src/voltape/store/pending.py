"""What waits to be written: one entry per contract however often it changed."""

from voltape.model.board import Batch
from voltape.model.instrument import Instrument
from voltape.model.row import Change, Row

__all__ = ["Pending"]


class Pending:
    """Changes since the last flush, conflated by contract, hence bounded by the number of contracts.

    Attributes:
        changed: what changed, by row. What exactly changed is found when a layout asks, since one of them never does.
        listed: rows that joined, by symbol.
        removed: contracts that left, by symbol.
    """

    __slots__ = ("changed", "listed", "removed")

    def __init__(self) -> None:
        self.changed: dict[Row, Change] = {}
        self.listed: dict[str, Row] = {}
        self.removed: dict[str, Instrument] = {}

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
        for change in batch.changes:
            self._change(change)

    def _change(self, change: Change) -> None:
        row = change.row
        known = self.changed.get(row)
        self.changed[row] = change if known is None else Change(row, known.mask | change.mask)

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
                self._change(change)

    def underlyings(self) -> set[str]:
        """Underlyings with anything to write."""
        touched = {row.instrument.underlying for row in self.changed}
        return touched | {contract.underlying for contract in self.removed.values()}
