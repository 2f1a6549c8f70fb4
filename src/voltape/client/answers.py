"""Answers of the interface that are not described in `voltape.model`, in the field order of the reference."""

from typing import Generic, Literal, TypeVar

import msgspec

from voltape.model.ticker import Ticker

from .table import Frames, Table

__all__ = ["Chain", "ChainRow", "Expiry", "Listing", "Page", "Pin", "PinWish", "Underlying", "UnderlyingWish"]

T = TypeVar("T")


class Listing(msgspec.Struct, Generic[T]):
    """A list as it comes."""

    count: int
    data: list[T]


class Page(msgspec.Struct, Generic[T]):
    """A page of tickers, of `total` that match; without `next_cursor` it is the last one."""

    count: int
    total: int
    next_cursor: str | None
    data: list[T]


class Underlying(msgspec.Struct, frozen=True):
    """One coin: index price, counts, sums, put/call ratios (puts over calls) and shares in the live lane."""

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


class Expiry(msgspec.Struct, frozen=True):
    """One series: `forward` is its price of the underlying, `atm_strike` the strike nearest to that."""

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
    tick_size: float | None = None


class ChainRow(msgspec.Struct, frozen=True):
    """Both sides of one strike; a side that is not listed is None."""

    strike: float
    call: Ticker | None
    put: Ticker | None


class Chain(msgspec.Struct, Frames, frozen=True):
    """One series in one settlement coin, ordered by strike; `version` grows with every change of the series.

    As a table or a frame it is one row per contract, calls before puts.
    """

    underlying: str
    expiry: str
    expiry_at: str
    settle: Literal["USDT", "USDC"]
    underlying_price: float | None
    index_price: float | None
    atm_strike: float | None
    version: int
    rows: list[ChainRow]

    def table(self) -> Table[Ticker]:
        sides = (side for row in self.rows for side in (row.call, row.put))
        return Table([side for side in sides if side is not None], Ticker)


class UnderlyingWish(msgspec.Struct, frozen=True):
    """Whether an underlying is to be tracked; `decided` is false where that is left to the settings.

    `confirmed` where it is saved and in force; else it was sent to a tracker that has not answered yet.
    """

    underlying: str
    enabled: bool
    decided: bool
    confirmed: bool


class PinWish(msgspec.Struct, frozen=True):
    """Whether a contract is to be pinned; `confirmed` as of an underlying."""

    symbol: str
    pinned: bool
    confirmed: bool


class Pin(msgspec.Struct, frozen=True):
    """A pinned contract; `decided` by request and not by the settings, `listed` where there is such a contract."""

    symbol: str
    decided: bool
    listed: bool
