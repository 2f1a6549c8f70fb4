"""What the analytics start from: the contracts of one expiry in one settlement coin, at one moment.

A coin's contracts settled in USDT and in USDC are different instruments whose `underlying_price` may differ, so they
never meet in one slice. Unless the caller names a coin, an expiry is seen through the coin in which more of its
contracts have a mark IV, USDT where that is a draw.
"""

from collections.abc import Iterable
from operator import itemgetter
from typing import Literal, TypedDict

import msgspec

from voltape.model.row import Row, days_to_expiry
from voltape.model.ticker import VALUE_FIELDS

__all__ = [
    "YEAR_MS",
    "ChainSlice",
    "HeadFields",
    "Kind",
    "Quote",
    "SliceHead",
    "StrikePair",
    "head_fields",
    "is_price",
    "slices_of",
]

Kind = Literal["call", "put"]

YEAR_MS = 365 * 86_400_000
"""The venue's year."""


_PRICES = (1e-12, 1e15)


def is_price(value: float) -> bool:
    """Whether a forward or a strike can be one: anything far beyond what markets show is a mistake, as is zero."""
    return _PRICES[0] < value < _PRICES[1]


class Quote(msgspec.Struct, frozen=True, gc=False):
    """One contract's values that the analytics use; see `voltape.model.ticker` for the units."""

    symbol: str
    kind: Kind
    strike: float
    years: float
    """Years from the moment the values belong to until expiry: polled values are older than pushed ones."""
    bid_price: float | None
    bid_iv: float | None
    ask_price: float | None
    ask_iv: float | None
    mark_price: float | None
    mark_iv: float | None
    underlying_price: float | None
    delta: float | None
    gamma: float | None
    vega: float | None
    theta: float | None


class StrikePair(msgspec.Struct, frozen=True):
    """The two contracts of one strike; None where one is not listed or has no data."""

    strike: float
    call: Quote | None
    put: Quote | None


class SliceHead(msgspec.Struct, frozen=True, kw_only=True):
    """What every answer about one expiry starts with.

    Attributes:
        expiry: UTC date, `2026-12-25`. expiry_at: its instant, ISO 8601.
        settle: settlement coin of the contracts used.
        days_to_expiry: days, 0 after it. years: the same in years of 365 days, not rounded.
        forward: the venue's `underlying_price` for the expiry; None where no contract has it.
    """

    expiry: str
    expiry_at: str
    settle: str
    days_to_expiry: float
    years: float
    forward: float | None


class HeadFields(TypedDict):
    """The attributes of a `SliceHead`."""

    expiry: str
    expiry_at: str
    settle: str
    days_to_expiry: float
    years: float
    forward: float | None


def head_fields(head: SliceHead) -> HeadFields:
    """The attributes of a `SliceHead`, for another one to start with."""
    return HeadFields(
        expiry=head.expiry,
        expiry_at=head.expiry_at,
        settle=head.settle,
        days_to_expiry=head.days_to_expiry,
        years=head.years,
        forward=head.forward,
    )


class ChainSlice(SliceHead, frozen=True, kw_only=True):
    """One expiry in one settlement coin, at one moment.

    Attributes:
        underlying: coin.
        index_price: spot index, from the contract whose data is newest.
        pairs: by strike, ascending.
        contracts: with data. stale: how many of those may no longer be what the venue shows.
        ts_data: venue time of the newest data in it, epoch ms.
    """

    underlying: str
    index_price: float | None
    pairs: tuple[StrikePair, ...]
    contracts: int
    stale: int
    ts_data: int


_PLACES = {name: VALUE_FIELDS.index(name) for name in VALUE_FIELDS}
_MARK_IV = _PLACES["mark_iv"]
_INDEX_PRICE = _PLACES["index_price"]
_UNDERLYING_PRICE = _PLACES["underlying_price"]
_SEEN = tuple(
    _PLACES[name]
    for name in (
        "bid_price",
        "bid_iv",
        "ask_price",
        "ask_iv",
        "mark_price",
        "mark_iv",
        "underlying_price",
        "delta",
        "gamma",
        "vega",
        "theta",
    )
)
_values_of = itemgetter(*_SEEN)
_PREFERRED = "USDT"


def slices_of(rows: Iterable[Row], now_ms: int, settle: str | None = None) -> list[ChainSlice]:
    """One slice per expiry of the rows of one underlying, in date order; expiries without data or time left are out.

    Args:
        rows: of one underlying, in any order.
        now_ms: the moment, epoch ms on the venue's clock.
        settle: settlement coin; None chooses one per expiry (see the module).
    """
    series: dict[int, dict[str, list[Row]]] = {}
    for row in rows:
        contract = row.instrument
        if row.ts_exchange is not None and contract.expiry_ms > now_ms and is_price(contract.strike):
            series.setdefault(contract.expiry_ms, {}).setdefault(contract.settle, []).append(row)
    chosen = ((expiry_ms, _chosen(coins, settle)) for expiry_ms, coins in sorted(series.items()))
    return [_slice(expiry_ms, found, now_ms) for expiry_ms, found in chosen if found]


def _chosen(coins: dict[str, list[Row]], settle: str | None) -> list[Row]:
    if settle is not None:
        return coins.get(settle, [])
    marked = {coin: sum(row.values[_MARK_IV] is not None for row in rows) for coin, rows in coins.items()}
    return coins[max(coins, key=lambda coin: (marked[coin], coin == _PREFERRED))]


def _slice(expiry_ms: int, rows: list[Row], now_ms: int) -> ChainSlice:
    first = rows[0]
    sides: dict[float, dict[str, Quote]] = {}
    for row in rows:
        sides.setdefault(row.instrument.strike, {})[row.instrument.kind] = _quote(row, expiry_ms)
    return ChainSlice(
        expiry=first.instrument.expiry,
        expiry_at=first.expiry_at,
        settle=first.instrument.settle,
        days_to_expiry=days_to_expiry(expiry_ms, now_ms),
        years=(expiry_ms - now_ms) / YEAR_MS,
        forward=_newest(rows, _UNDERLYING_PRICE),
        underlying=first.instrument.underlying,
        index_price=_newest(rows, _INDEX_PRICE),
        pairs=tuple(
            StrikePair(strike, pair.get("call"), pair.get("put")) for strike, pair in sorted(sides.items())
        ),
        contracts=len(rows),
        stale=sum(row.stale for row in rows),
        ts_data=max(row.ts_exchange or 0 for row in rows),
    )


def _quote(row: Row, expiry_ms: int) -> Quote:
    contract = row.instrument
    age = max(expiry_ms - (row.ts_exchange or 0), 0)
    return Quote(contract.symbol, contract.kind, contract.strike, age / YEAR_MS, *_values_of(row.values))


def _newest(rows: Iterable[Row], place: int) -> float | None:
    """A value that the rows share, from the one whose data is newest: polled rows lag behind."""
    newest, value = -1, None
    for row in rows:
        found = row.values[place]
        if found is not None and is_price(found) and row.ts_exchange is not None and row.ts_exchange > newest:
            newest, value = row.ts_exchange, found
    return value
