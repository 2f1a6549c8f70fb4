"""Rows of one moment, to be written out piece by piece while the board goes on.

What a row holds is replaced and never altered, so keeping hold of it costs next to nothing: no ticker is made
before its turn.
"""

from array import array
from collections.abc import Iterator, Sequence
from hashlib import sha1

from voltape.model.row import Row, days_to_expiry
from voltape.model.ticker import Values

from .formats import Cells
from .selection import TICKER_FIELDS

__all__ = ["Extract"]

_PIECE = 64
"""Rows of a piece: with compression a millisecond's work on a slow core."""

_Held = tuple[Row, Values, int | None, int | None, str, bool]


class Extract:
    """Tickers as they were when this was made.

    Attributes:
        fields: what is wanted of each ticker, in the order of the contract.
        tag: names exactly these values among all extracts of this run and with the same fields.
    """

    def __init__(self, rows: Sequence[Row], fields: Sequence[str] | None, now_ms: int, run: int) -> None:
        """Hold the rows.

        Args:
            rows: in the order in which they are to be written.
            fields: all where None.
            now_ms: epoch ms, for the days to expiry.
            run: distinguishes the program's runs, whose versions begin anew.
        """
        self.fields = TICKER_FIELDS if fields is None else tuple(fields)
        self._now_ms = now_ms
        self._held: list[_Held] = [
            (row, row.values, row.ts_exchange, row.ts_received, row.lane, row.stale) for row in rows
        ]
        self.tag = _tag(rows, self.fields, now_ms, run)

    def __len__(self) -> int:
        return len(self._held)

    def pieces(self) -> Iterator[list[Cells]]:
        """The tickers' values by `fields`, a few rows at a time."""
        everything = self.fields == TICKER_FIELDS
        wanted = [TICKER_FIELDS.index(name) for name in self.fields]
        for start in range(0, len(self._held), _PIECE):
            piece = [self._cells(*held) for held in self._held[start : start + _PIECE]]
            yield piece if everything else [tuple(row[at] for at in wanted) for row in piece]

    def _cells(
        self, row: Row, values: Values, exchanged: int | None, received: int | None, lane: str, stale: bool
    ) -> Cells:
        contract = row.instrument
        return (
            contract.symbol,
            contract.underlying,
            contract.settle,
            contract.expiry,
            row.expiry_at,
            days_to_expiry(contract.expiry_ms, self._now_ms),
            contract.strike,
            contract.kind,
            *values,
            exchanged,
            received,
            lane,
            stale,
        )


def _tag(rows: Sequence[Row], fields: Sequence[str], now_ms: int, run: int) -> str:
    days = [days_to_expiry(instant, now_ms) for instant in sorted({row.series.expiry_ms for row in rows})]
    # What is not committed yet has no version.
    pending = [
        hash((row.values, row.ts_exchange, row.ts_received, row.lane, row.stale))
        for row in rows
        if row.change is not None
    ]
    digest = sha1(repr((run, fields)).encode(), usedforsecurity=False)
    digest.update("\n".join(row.instrument.symbol for row in rows).encode())
    digest.update(array("Q", [row.version for row in rows]))
    digest.update(array("q", pending))
    digest.update(array("d", days))
    return digest.hexdigest()[:24]
