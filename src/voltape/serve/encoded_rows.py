"""Encoded tickers, made once per change of a contract and shared by every answer that shows it.

Between two requests for a chain most of its contracts have not changed, and encoding is most of what a chain costs.
"""

from collections.abc import Iterable

import msgspec

from voltape.model.row import Row, days_to_expiry

__all__ = ["EncodedRows"]

_encode = msgspec.json.Encoder().encode

# Version of the row, its days to expiry, the JSON of both, and its length.
_Entry = tuple[int, float, msgspec.Raw, int]


class EncodedRows:
    """Tickers as JSON, the first made out first, bounded in bytes.

    Attributes:
        size: bytes held now.
    """

    def __init__(self, max_bytes: int) -> None:
        """Keep `max_bytes` at most; with none, nothing."""
        self.size = 0
        self._max_bytes = max_bytes
        self._entries: dict[Row, _Entry] = {}

    def tickers(self, rows: Iterable[Row], now_ms: int) -> list[msgspec.Raw]:
        """The JSON of each row's ticker as of `now_ms` (epoch ms)."""
        entries = self._entries
        found = []
        expiry_ms, days = None, 0.0
        for row in rows:
            if row.series.expiry_ms != expiry_ms:
                expiry_ms = row.series.expiry_ms
                days = days_to_expiry(expiry_ms, now_ms)
            entry = entries.get(row)
            # A change that is not committed has no version yet.
            if entry is None or row.change is not None or entry[0] != row.version or entry[1] != days:
                entry = self._make(row, days, now_ms)
            found.append(entry[2])
        return found

    def _make(self, row: Row, days: float, now_ms: int) -> _Entry:
        body = _encode(row.ticker(now_ms))
        entry = (row.version, days, msgspec.Raw(body), len(body))
        if self._max_bytes:
            former = self._entries.get(row)
            self._entries[row] = entry
            self.size += entry[3] - (0 if former is None else former[3])
            while self.size > self._max_bytes:
                self._drop_oldest()
        return entry

    def _drop_oldest(self) -> None:
        row = next(iter(self._entries))
        self.size -= self._entries.pop(row)[3]
