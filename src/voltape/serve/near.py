"""What somebody may have meant who named a contract or an expiry that is not there: near by date and strike.

Likeness of spelling, which does for other names, would offer a strike of 121,000 for 110,001.
"""

import difflib
from collections.abc import Iterable
from datetime import date
from heapq import nsmallest
from itertools import takewhile

from voltape.model.board import Board
from voltape.model.instrument import Instrument, instrument_from_symbol
from voltape.model.row import Row, Series

__all__ = ["contracts_near", "expiries_near"]

_OFFERED = 3
_LEAST_IN_COMMON = 4
"""Letters of a symbol: a coin and its dash."""


def expiries_near(expiry: str, known: Iterable[str]) -> list[str]:
    """Those of the known expiries that are the fewest days away from one; all are ISO dates."""
    wanted = date.fromisoformat(expiry)
    return nsmallest(_OFFERED, known, key=lambda one: abs(date.fromisoformat(one) - wanted))


def contracts_near(symbol: str, board: Board) -> list[str]:
    """Symbols of the board that are nearest to one: of the same coin, expiry, kind and strike, in this order.

    Where the text is no symbol, those of the series that it starts like are compared with it letter by letter. That
    is never more than a series, because comparing with every symbol would take tens of milliseconds.
    """
    meant = instrument_from_symbol(symbol)
    return _spelled_like(symbol, board) if meant is None else _like(meant, board)


def _like(meant: Instrument, board: Board) -> list[str]:
    coins = difflib.get_close_matches(meant.underlying, board.underlyings(), n=1)
    around = [one for coin in coins for one in board.expiries(coin)]
    series = min(around, key=lambda one: abs(one.expiry_ms - meant.expiry_ms), default=None)
    if series is None:
        return []

    def distance(row: Row) -> tuple[bool, float, bool]:
        found = row.instrument
        return (found.kind != meant.kind, abs(found.strike - meant.strike), found.settle != meant.settle)

    return _symbols(nsmallest(_OFFERED, series.rows.values(), key=distance))


def _spelled_like(text: str, board: Board) -> list[str]:
    common, series = max(
        ((_in_common(text, one), one) for one in board.series.values()),
        key=lambda found: found[0],
        default=(0, None),
    )
    if series is None or common < _LEAST_IN_COMMON:
        return []
    return difflib.get_close_matches(text, _symbols(series.rows.values()), n=_OFFERED)


def _in_common(text: str, series: Series) -> int:
    """Letters with which both a text and the symbols of a series begin."""
    first = next(iter(series.rows.values()), None)
    if first is None:
        return 0
    pairs = zip(text, first.instrument.symbol, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _symbols(rows: Iterable[Row]) -> list[str]:
    return [row.instrument.symbol for row in rows]
