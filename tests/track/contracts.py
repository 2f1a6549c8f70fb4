"""Contracts on a board of their own, for tests of what is chosen among them."""

from tests.track.rig import values
from voltape.model.board import Board
from voltape.model.instrument import instrument_from_symbol
from voltape.model.row import Row
from voltape.model.ticker import Lane

__all__ = ["NOW_MS", "listed", "with_values"]

NOW_MS = 1_766_000_000_000
"""2025-12-17: before every expiry that these tests name."""


def listed(board: Board, *symbols: str, lane: Lane = "polled") -> list[Row]:
    """Put contracts on a board, without data."""
    rows = []
    for symbol in symbols:
        instrument = instrument_from_symbol(symbol)
        assert instrument is not None
        rows.append(board.add(instrument, lane))
    return rows


def with_values(board: Board, symbol: str, ts: int = NOW_MS, /, **amounts: float | None) -> Row:
    """Give a contract these values and no others, listing it where need be."""
    (row,) = listed(board, symbol)
    board.poll(row, values(1.0, **amounts), ts, ts)
    return row
