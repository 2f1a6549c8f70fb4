"""The venue's current summary of one contract, as our users see it.

Values travel as one tuple in the order of `VALUE_FIELDS`, which is cheap to compare, to pack and to put on the
wire; `Ticker` is the same with names, in the order of the interface contract.

Units: prices in settle currency per unit of the underlying; IV is a fraction (0.49 is 49 %); sizes, volumes and
open interest in units of the underlying; turnover in USD notional of the underlying; delta on the forward, gamma
per unit of price, vega per vol point (0.01), theta per calendar day; `change_24h` a fraction. None means that the
venue has no such value now, never zero.
"""

from typing import Literal

import msgspec

__all__ = ["EMPTY_VALUES", "META_FIELDS", "VALUE_FIELDS", "Lane", "Ticker", "Values"]

Lane = Literal["live", "polled"]
"""How the contract is kept: pushed by the socket, or polled by REST."""

Values = tuple[float | None, ...]
"""One ticker's values in the order of `VALUE_FIELDS`."""

VALUE_FIELDS = (
    "bid_price",
    "bid_size",
    "bid_iv",
    "ask_price",
    "ask_size",
    "ask_iv",
    "last_price",
    "high_24h",
    "low_24h",
    "mark_price",
    "mark_iv",
    "index_price",
    "underlying_price",
    "open_interest",
    "volume_24h",
    "turnover_24h",
    "total_volume",
    "total_turnover",
    "delta",
    "gamma",
    "vega",
    "theta",
    "predicted_delivery_price",
    "change_24h",
)
"""Names of the values, in the order of a `Values` tuple, of the packed record and of the interface contract."""

META_FIELDS = ("ts_exchange", "ts_received", "lane", "stale")
"""Names of what we add to the values of a contract."""

EMPTY_VALUES: Values = (None,) * len(VALUE_FIELDS)


class Ticker(msgspec.Struct, gc=False):
    """One contract's latest state, in the field order of the interface contract.

    Attributes beyond the values described in the module:
        expiry: UTC date of expiry; expiry_at: its instant, ISO 8601.
        days_to_expiry: days until `expiry_at`, 0 after it, when the answer was made.
        ts_exchange: the venue's clock for these values, epoch ms: the push's own time, or for a row filled
            by a poll the time of the answer (the venue gives no time per row there). None before any data.
        ts_received: our clock when they arrived, epoch ms. None before any data.
        lane: `live` or `polled`. stale: the values may no longer be what the venue shows.
    """

    symbol: str
    underlying: str
    settle: str
    expiry: str
    expiry_at: str
    days_to_expiry: float
    strike: float
    kind: Literal["call", "put"]
    bid_price: float | None = None
    bid_size: float | None = None
    bid_iv: float | None = None
    ask_price: float | None = None
    ask_size: float | None = None
    ask_iv: float | None = None
    last_price: float | None = None
    high_24h: float | None = None
    low_24h: float | None = None
    mark_price: float | None = None
    mark_iv: float | None = None
    index_price: float | None = None
    underlying_price: float | None = None
    open_interest: float | None = None
    volume_24h: float | None = None
    turnover_24h: float | None = None
    total_volume: float | None = None
    total_turnover: float | None = None
    delta: float | None = None
    gamma: float | None = None
    vega: float | None = None
    theta: float | None = None
    predicted_delivery_price: float | None = None
    change_24h: float | None = None
    ts_exchange: int | None = None
    ts_received: int | None = None
    lane: Lane = "polled"
    stale: bool = True
