"""Each request of the interface as a value: where it goes, what it carries, and how its answer is read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Literal, TypedDict, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from voltape.model.efficiency import Efficiency
from voltape.model.status import Gap, Status
from voltape.model.ticker import Lane, Ticker

from .answers import Chain, Expiry, Listing, Page, Pin, PinWish, Underlying, UnderlyingWish
from .table import Table

__all__ = [
    "MAX_PAGE",
    "Call",
    "Method",
    "Settle",
    "TickerFilters",
    "analytics",
    "anything",
    "chain",
    "efficiency",
    "expiries",
    "gaps",
    "pinned",
    "pins",
    "released",
    "status",
    "strikes",
    "switched",
    "ticker",
    "ticker_page",
    "trades",
    "underlyings",
    "unpinned",
]

Result = TypeVar("Result")
Item = TypeVar("Item")
Settle = Literal["USDT", "USDC"]
Method = Literal["GET", "PUT", "DELETE"]
MAX_PAGE = 5000
"""Most rows that the server puts into one answer."""

_API = "/api/v1"


class TickerFilters(TypedDict, total=False):
    """Filters of tickers, as the HTTP reference describes them; bounds are inclusive."""

    underlying: str | None
    expiry: str | date | None
    kind: Literal["call", "put"] | None
    settle: Settle | None
    lane: Lane | None
    min_strike: float | None
    max_strike: float | None
    min_volume: float | None
    min_open_interest: float | None
    min_iv: float | None
    max_iv: float | None
    min_delta: float | None
    max_delta: float | None
    min_abs_delta: float | None
    max_abs_delta: float | None
    atm: int | None
    updated_within: float | None
    symbols: Sequence[str] | None
    sort: str | None


@dataclass(frozen=True, slots=True)
class Call(Generic[Result]):
    """One request.

    Attributes:
        target: path and query.
        read: makes the result of the answer's body; raises `msgspec.DecodeError` where it has another shape.
        method: GET unless something is to be changed.
        body: JSON of what is to be changed, where the path does not say it all.
    """

    target: str
    read: Callable[[bytes], Result]
    method: Method = "GET"
    body: bytes | None = None


def _target(*path: str, **query: object) -> str:
    told = {
        name: _day(value) if name == "expiry" else _text(value)
        for name, value in query.items()
        if value is not None
    }
    return "/".join([_API, *(quote(part, safe="") for part in path)]) + (
        f"?{urlencode(told)}" if told else ""
    )


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence):
        return ",".join(value)
    return f"{value}"


def _day(value: object) -> str:
    # A datetime is a date too, and an expiry has no time.
    return _text(value.date() if isinstance(value, datetime) else value)


def _rows(item: type[Item]) -> Callable[[bytes], Table[Item]]:
    decoder = msgspec.json.Decoder(Listing[item])  # type: ignore[valid-type]
    return lambda body: Table(decoder.decode(body).data, item)


_underlyings = _rows(Underlying)
_expiries = _rows(Expiry)
_gaps = _rows(Gap)
_pins = _rows(Pin)
_strikes = msgspec.json.Decoder(Listing[float])
_records = msgspec.json.Decoder(Listing[dict[str, Any]])
_chain = msgspec.json.Decoder(Chain)
_ticker = msgspec.json.Decoder(Ticker)
_tickers = msgspec.json.Decoder(Page[Ticker])
_parts = msgspec.json.Decoder(Page[dict[str, Any]])
_status = msgspec.json.Decoder(Status)
_efficiency = msgspec.json.Decoder(Efficiency)
_underlying_wish = msgspec.json.Decoder(UnderlyingWish)
_pin_wish = msgspec.json.Decoder(PinWish)


def underlyings() -> Call[Table[Underlying]]:
    """Every underlying."""
    return Call(_target("underlyings"), _underlyings)


def expiries(underlying: str) -> Call[Table[Expiry]]:
    """The series of an underlying, in date order."""
    return Call(_target("expiries", underlying=underlying), _expiries)


def strikes(underlying: str, expiry: str | date) -> Call[list[float]]:
    """The strikes of a series, in numeric order."""
    return Call(
        _target("strikes", underlying=underlying, expiry=expiry), lambda body: _strikes.decode(body).data
    )


def chain(underlying: str, expiry: str | date, settle: Settle) -> Call[Chain]:
    """A series by strike."""
    return Call(_target("chains", underlying, _day(expiry), settle=settle), _chain.decode)


def ticker(symbol: str) -> Call[Ticker]:
    """One contract."""
    return Call(_target("tickers", symbol), _ticker.decode)


def ticker_page(
    filters: Mapping[str, object], limit: int, cursor: str | None, fields: Sequence[str] | None
) -> Call[Page[Any]]:
    """A page of tickers: structs, or dictionaries where only some fields are wanted."""
    target = _target("tickers", **filters, limit=limit, cursor=cursor, fields=fields)
    return Call(target, _tickers.decode if fields is None else _parts.decode)


def status() -> Call[Status]:
    """The running system."""
    return Call(_target("status"), _status.decode)


def gaps(limit: int | None) -> Call[Table[Gap]]:
    """Intervals in which data may have been missed, newest first."""
    return Call(_target("gaps", limit=limit), _gaps)


def efficiency() -> Call[Efficiency]:
    """What the system uses, against what was there before."""
    return Call(_target("efficiency"), _efficiency.decode)


def trades(query: Mapping[str, object]) -> Call[Table[dict[str, Any]]]:
    """The latest trades."""
    return Call(_target("trades", **query), lambda body: Table(_records.decode(body).data))


def analytics(underlying: str, name: str, query: Mapping[str, object]) -> Call[Any]:
    """One of an underlying's analytics."""
    return Call(_target("analytics", underlying, name, **query), msgspec.json.decode)


def anything(path: str, query: Mapping[str, object]) -> Call[Any]:
    """An endpoint by its path below `/api/v1/`."""
    return Call(_target(*path.strip("/").split("/"), **query), msgspec.json.decode)


def switched(underlying: str, enabled: bool) -> Call[UnderlyingWish]:
    """Track an underlying from now on, or do so no longer."""
    body = msgspec.json.encode({"enabled": enabled})
    return Call(_target("underlyings", underlying), _underlying_wish.decode, "PUT", body)


def released(underlying: str) -> Call[UnderlyingWish]:
    """Leave an underlying to the settings again."""
    return Call(_target("underlyings", underlying), _underlying_wish.decode, "DELETE")


def pins() -> Call[Table[Pin]]:
    """Contracts that are live whatever they trade."""
    return Call(_target("pins"), _pins)


def pinned(symbol: str) -> Call[PinWish]:
    """Pin a contract."""
    return Call(_target("pins", symbol), _pin_wish.decode, "PUT")


def unpinned(symbol: str) -> Call[PinWish]:
    """Unpin a contract."""
    return Call(_target("pins", symbol), _pin_wish.decode, "DELETE")
