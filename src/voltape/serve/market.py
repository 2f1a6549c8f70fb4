"""Summaries of the board by underlying, by expiry and by strike."""

from collections.abc import Callable, Collection, Iterable, Sequence
from math import fsum
from typing import Literal

import msgspec

from voltape.analytics.index_change import index_change
from voltape.model.board import Board
from voltape.model.history import Samples
from voltape.model.row import Row, Series, days_to_expiry
from voltape.model.ticker import VALUE_FIELDS, Ticker

__all__ = [
    "Chain",
    "ChainRow",
    "ExpirySummary",
    "Settle",
    "UnderlyingSummary",
    "atm_strike",
    "chain_of",
    "expiry_summary",
    "forward_of",
    "strikes_of",
    "underlying_summary",
]

Settle = Literal["USDT", "USDC"]

_PREFERRED: Settle = "USDT"
"""The coin whose contracts stand for a series where only one can."""

_INDEX_PRICE = VALUE_FIELDS.index("index_price")
_UNDERLYING_PRICE = VALUE_FIELDS.index("underlying_price")
_VOLUME = VALUE_FIELDS.index("volume_24h")
_OPEN_INTEREST = VALUE_FIELDS.index("open_interest")
_MARK_IV = VALUE_FIELDS.index("mark_iv")


class UnderlyingSummary(msgspec.Struct, frozen=True):
    """One underlying; sums are absent where no contract has the value, ratios where they have no denominator.

    One that is not `enabled` is not tracked, and has no contracts. Changes of the index are fractions: over 24 hours, and
    since `index_change_since_at`, which is 24 hours ago or, where less is known, the oldest sample.
    """

    underlying: str
    index_price: float | None
    contracts: int
    live: int
    polled: int
    stale: int
    volume_24h: float | None
    open_interest: float | None
    put_call_ratio_volume: float | None
    put_call_ratio_open_interest: float | None
    live_share_volume: float | None
    live_share_open_interest: float | None
    expiries: int
    next_expiry: str | None
    enabled: bool = True
    index_change_24h: float | None = None
    index_change: float | None = None
    index_change_since_at: str | None = None


class ExpirySummary(msgspec.Struct, frozen=True):
    """One series. `forward` is its price of the underlying, and `atm_strike` the strike nearest to that.

    `tick_size` is the smallest price step of any of its contracts, None where the exchange has told none.
    """

    expiry: str
    expiry_at: str
    days_to_expiry: float
    contracts: int
    calls: int
    puts: int
    strikes: int
    atm_strike: float | None
    atm_iv: float | None
    forward: float | None
    live: int
    polled: int
    stale: int
    tick_size: float | None


class ChainRow(msgspec.Struct):
    """Both sides of one strike."""

    strike: float
    call: Ticker | None
    put: Ticker | None


class Chain(msgspec.Struct, frozen=True):
    """One series in one settlement coin, ordered by strike; `version` grows with every change of the series."""

    underlying: str
    expiry: str
    expiry_at: str
    settle: Settle
    underlying_price: float | None
    index_price: float | None
    atm_strike: float | None
    version: int
    rows: list[ChainRow]


class _Lanes(msgspec.Struct):
    live: int
    polled: int
    stale: int


def _lanes(rows: Iterable[Row]) -> _Lanes:
    lanes = _Lanes(0, 0, 0)
    for row in rows:
        lanes.stale += row.stale
        if row.has_data:
            lanes.live += row.lane == "live"
            lanes.polled += row.lane == "polled"
    return lanes


def _newest(rows: Iterable[Row], field: int) -> float | None:
    """A value that rows share, from the row whose data is newest: polled rows lag behind."""
    newest, value = -1, None
    for row in rows:
        found = row.values[field]
        if found is not None and row.ts_exchange is not None and row.ts_exchange > newest:
            newest, value = row.ts_exchange, found
    return value


def _total(rows: Iterable[Row], field: int) -> float | None:
    found = [value for row in rows if (value := row.values[field]) is not None]
    return fsum(found) if found else None


def _ratio(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else round(part / whole, 6)


def _live_share(rows: Sequence[Row], field: int) -> float | None:
    live = _total((row for row in rows if row.lane == "live"), field)
    return _ratio(live or 0.0, _total(rows, field))


def _put_call_ratio(rows: Sequence[Row], field: int) -> float | None:
    puts = _total((row for row in rows if row.instrument.kind == "put"), field)
    return _ratio(puts, _total((row for row in rows if row.instrument.kind == "call"), field))


def underlying_summary(
    board: Board, underlying: str, prices: Samples | None = None, now_ms: int = 0, *, enabled: bool = True
) -> UnderlyingSummary:
    """Figures over all contracts of an underlying.

    Args:
        board, underlying: which.
        prices: what its spot index was, None where that is not known.
        now_ms: epoch ms.
        enabled: whether it is to be tracked.
    """
    rows = list(board.rows_of(underlying))
    expiries = board.expiries(underlying)
    lanes = _lanes(rows)
    index_price = _newest(rows, _INDEX_PRICE)
    change = index_change(prices, index_price, now_ms)
    return UnderlyingSummary(
        underlying=underlying,
        index_price=index_price,
        contracts=len(rows),
        live=lanes.live,
        polled=lanes.polled,
        stale=lanes.stale,
        volume_24h=_total(rows, _VOLUME),
        open_interest=_total(rows, _OPEN_INTEREST),
        put_call_ratio_volume=_put_call_ratio(rows, _VOLUME),
        put_call_ratio_open_interest=_put_call_ratio(rows, _OPEN_INTEREST),
        live_share_volume=_live_share(rows, _VOLUME),
        live_share_open_interest=_live_share(rows, _OPEN_INTEREST),
        expiries=len(expiries),
        next_expiry=expiries[0].expiry if expiries else None,
        enabled=enabled,
        index_change_24h=change.day,
        index_change=change.known,
        index_change_since_at=change.since_at,
    )


def strikes_of(rows: Iterable[Row]) -> list[float]:
    """Strikes in numeric order, each once."""
    return sorted({row.instrument.strike for row in rows})


def forward_of(rows: Collection[Row], settle: str) -> float | None:
    """The series' price of the underlying for contracts settled in a coin, from the freshest of them.

    Those in the other coin have a forward of their own, which is only taken where there is none of this one.
    """
    own = _newest((row for row in rows if row.instrument.settle == settle), _UNDERLYING_PRICE)
    return _newest(rows, _UNDERLYING_PRICE) if own is None else own


def atm_strike(strikes: Iterable[float], forward: float | None) -> float | None:
    """The strike nearest to the forward, the lower of two as near; None without a forward or a strike."""
    if forward is None:
        return None
    return min(strikes, key=lambda strike: (abs(strike - forward), strike), default=None)


def _atm_iv(rows: Iterable[Row], strike: float | None) -> float | None:
    """Mean of call and put mark IV at the strike, of USDT-settled contracts where they have one."""
    by_settle: dict[str, list[float]] = {}
    for row in rows:
        iv = row.values[_MARK_IV]
        if row.instrument.strike == strike and iv is not None:
            by_settle.setdefault(row.instrument.settle, []).append(iv)
    ivs = by_settle.get(_PREFERRED) or next(iter(by_settle.values()), None)
    return sum(ivs) / len(ivs) if ivs else None


def expiry_summary(series: Series, now_ms: int) -> ExpirySummary:
    """Figures over all contracts of a series as of `now_ms` (epoch ms)."""
    rows = list(series.rows.values())
    lanes = _lanes(rows)
    strikes = strikes_of(rows)
    forward = forward_of(rows, _PREFERRED)
    atm = atm_strike(strikes, forward)
    calls = sum(row.instrument.kind == "call" for row in rows)
    return ExpirySummary(
        expiry=series.expiry,
        expiry_at=rows[0].expiry_at,
        days_to_expiry=days_to_expiry(series.expiry_ms, now_ms),
        contracts=len(rows),
        calls=calls,
        puts=len(rows) - calls,
        strikes=len(strikes),
        atm_strike=atm,
        atm_iv=_atm_iv(rows, atm),
        forward=forward,
        live=lanes.live,
        polled=lanes.polled,
        stale=lanes.stale,
        tick_size=min(filter(None, (row.instrument.tick_size for row in rows)), default=None),
    )


def chain_of(series: Series, settle: Settle, tickers: Callable[[Iterable[Row]], Iterable[Ticker]]) -> Chain:
    """The series' contracts in one settlement coin; no rows where it has none in that coin.

    Args:
        series, settle: which.
        tickers: makes the ticker of each row.
    """
    rows = [row for row in series.rows.values() if row.instrument.settle == settle]
    by_strike: dict[float, ChainRow] = {}
    for row, ticker in zip(rows, tickers(rows), strict=True):
        strike, kind = row.instrument.strike, row.instrument.kind
        pair = by_strike.get(strike)
        if pair is None:
            pair = by_strike[strike] = ChainRow(strike, None, None)
        setattr(pair, kind, ticker)
    forward = forward_of(series.rows.values(), settle)
    return Chain(
        underlying=series.underlying,
        expiry=series.expiry,
        expiry_at=next(iter(series.rows.values())).expiry_at,
        settle=settle,
        underlying_price=forward,
        index_price=_newest(series.rows.values(), _INDEX_PRICE),
        atm_strike=atm_strike(by_strike, forward),
        version=series.version,
        # The rows of a series are ordered by strike.
        rows=list(by_strike.values()),
    )
