"""Which contracts a request for tickers means, and in what order they come.

A contract whose value is absent passes no filter on that value, and comes last in any order by it. Contracts that
are equal otherwise come by underlying, expiry, strike, settlement coin, calls before puts.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from operator import attrgetter, itemgetter

import msgspec

from voltape.model.board import Board
from voltape.model.instrument import Instrument, Kind
from voltape.model.row import Row, Series
from voltape.model.ticker import META_FIELDS, VALUE_FIELDS, Lane, Ticker

from .market import Settle, atm_strike, forward_of, strikes_of
from .problem import Fault

__all__ = ["TICKER_FIELDS", "Selection", "contract_order", "contradictions", "select", "sort_value"]

TICKER_FIELDS = Ticker.__struct_fields__
"""Fields of a ticker, in the order of the interface contract."""

Matches = Callable[[Row], bool]

_TIME_FIELDS = ("expiry_at", "days_to_expiry")


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Filters of tickers; None filters nothing. Bounds are inclusive.

    Attributes:
        min_abs_delta, max_abs_delta: of the size of delta, calls and puts alike.
        atm: strikes kept on each side of the strike nearest to the forward, in every series.
        updated_within: seconds since the data arrived.
        symbols: only these contracts.
        sort: a field of `TICKER_FIELDS`, with a leading `-` for descending order.
    """

    underlying: str | None = None
    expiry: str | None = None
    kind: Kind | None = None
    settle: Settle | None = None
    lane: Lane | None = None
    min_strike: float | None = None
    max_strike: float | None = None
    min_volume: float | None = None
    min_open_interest: float | None = None
    min_iv: float | None = None
    max_iv: float | None = None
    min_delta: float | None = None
    max_delta: float | None = None
    min_abs_delta: float | None = None
    max_abs_delta: float | None = None
    atm: int | None = None
    updated_within: float | None = None
    symbols: tuple[str, ...] | None = None
    sort: str | None = None


def contradictions(selection: Selection) -> Iterator[Fault]:
    """Ranges whose lower bound is above the upper one."""
    for what in ("strike", "iv", "delta", "abs_delta"):
        low, high = getattr(selection, f"min_{what}"), getattr(selection, f"max_{what}")
        if low is not None and high is not None and low > high:
            yield Fault(f"min_{what}", f"{low} is above max_{what}")
            yield Fault(f"max_{what}", f"{high} is below min_{what}")


def sort_value(row: Row, field: str) -> float | str | None:
    """What a row is ordered by under a field of `TICKER_FIELDS`."""
    return _reader(field)(row)


@cache
def _reader(field: str) -> Callable[[Row], float | str | None]:
    # Thousands of rows are read in one go, so the field is looked up once.
    if field in VALUE_FIELDS:
        at = VALUE_FIELDS.index(field)
        return lambda row: row.values[at]
    if field in META_FIELDS:
        return attrgetter(field)
    return attrgetter("instrument.expiry_ms" if field in _TIME_FIELDS else f"instrument.{field}")


def contract_order(contract: Instrument) -> tuple[str, str, float, str, str]:
    """Order of contracts that nothing else orders."""
    return (contract.underlying, contract.expiry, contract.strike, contract.settle, contract.kind)


def select(board: Board, selection: Selection, now_ms: int) -> list[Row]:
    """Rows that pass every filter, in the order asked for.

    Args:
        board: where they are.
        selection: filters and order.
        now_ms: epoch ms, for `updated_within`.
    """
    rows = list(_candidates(board, selection))
    for matches in _tests(selection, now_ms):
        rows = list(filter(matches, rows))
    rows.sort(key=lambda row: contract_order(row.instrument))
    return rows if selection.sort is None else _sorted(rows, selection.sort)


def _sorted(rows: list[Row], sort: str) -> list[Row]:
    read = _reader(sort.removeprefix("-"))
    valued = [(value, row) for row in rows if (value := read(row)) is not None]
    valued.sort(key=itemgetter(0), reverse=sort.startswith("-"))
    return [row for _, row in valued] + [row for row in rows if read(row) is None]


def _candidates(board: Board, selection: Selection) -> Iterator[Row]:
    named = None if selection.symbols is None else set(selection.symbols)
    for series in board.series.values():
        if selection.underlying not in (None, series.underlying):
            continue
        if selection.expiry not in (None, series.expiry):
            continue
        rows: Iterable[Row] = series.rows.values()
        if selection.atm is not None:
            rows = _near_forward(series, selection.atm)
        for row in rows:
            if named is None or row.instrument.symbol in named:
                yield row


def _near_forward(series: Series, count: int) -> Iterator[Row]:
    for settle in {row.instrument.settle for row in series.rows.values()}:
        rows = [row for row in series.rows.values() if row.instrument.settle == settle]
        strikes = strikes_of(rows)
        centre = atm_strike(strikes, forward_of(series.rows.values(), settle))
        if centre is None:
            continue
        at = strikes.index(centre)
        kept = set(strikes[max(0, at - count) : at + count + 1])
        yield from (row for row in rows if row.instrument.strike in kept)


def _tests(selection: Selection, now_ms: int) -> Iterator[Matches]:
    kind, settle, lane = selection.kind, selection.settle, selection.lane
    if kind is not None:
        yield lambda row: row.instrument.kind == kind
    if settle is not None:
        yield lambda row: row.instrument.settle == settle
    if lane is not None:
        yield lambda row: row.lane == lane
    yield from _bound("strike", selection.min_strike, selection.max_strike)
    yield from _bound("volume_24h", selection.min_volume, None)
    yield from _bound("open_interest", selection.min_open_interest, None)
    yield from _bound("mark_iv", selection.min_iv, selection.max_iv)
    yield from _bound("delta", selection.min_delta, selection.max_delta)
    yield from _bound("delta", selection.min_abs_delta, selection.max_abs_delta, of_size=True)
    if selection.updated_within is not None:
        yield from _bound("ts_received", now_ms - selection.updated_within * 1000, None)


def _bound(field: str, low: float | None, high: float | None, *, of_size: bool = False) -> Iterator[Matches]:
    """A test of a field's value, or of its size whatever its sign; none where there are no bounds."""
    if low is None and high is None:
        return
    floor = float("-inf") if low is None else low
    ceiling = float("inf") if high is None else high
    read = _reader(field)

    def matches(row: Row) -> bool:
        value = read(row)
        return isinstance(value, int | float) and floor <= (abs(value) if of_size else value) <= ceiling

    yield matches
