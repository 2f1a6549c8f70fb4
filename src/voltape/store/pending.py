"""What waits to be written: one entry per contract however often it changed."""

from voltape.model.board import Batch, Row
from voltape.model.instrument import Instrument

__all__ = ["Pending"]


class Pending:
    """Changes since the last flush, conflated by contract, hence bounded by the number of contracts.

    Attributes:
        changed: mask of changed fields by row.
        listed: rows that joined, by symbol.
        removed: contracts that left, by symbol.
    """

    __slots__ = ("changed", "listed", "removed")

    def __init__(self) -> None:
        self.changed: dict[Row, int] = {}
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
        changed = self.changed
        for change in batch.changes:
            row = change.row
            changed[row] = changed.get(row, 0) | change.mask

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
        for row, mask in taken.changed.items():
            if row.instrument.symbol not in gone:
                self.changed[row] = self.changed.get(row, 0) | mask

    def underlyings(self) -> set[str]:
        """Underlyings with anything to write."""
        touched = {row.instrument.underlying for row in self.changed}
        return touched | {contract.underlying for contract in self.removed.values()}
