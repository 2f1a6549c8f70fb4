"""Parameters of the REST interface: one declaration each for parsing, for the OpenAPI document and for errors."""

import difflib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar.params import Parameter

from voltape.model.instrument import Kind
from voltape.model.ticker import Lane

from .formats import Format
from .market import Settle
from .problem import Fault, bad_parameters
from .selection import TICKER_FIELDS, Selection, contradictions

__all__ = [
    "ALLOWED",
    "MAX_SYMBOLS",
    "Expiry",
    "GapLimit",
    "SettleCoin",
    "Symbol",
    "TickerRequest",
    "Underlying",
    "moment_named",
    "ticker_request",
]

MAX_SYMBOLS = 500
_MAX_NAME = 64
_SHOWN = 20
_LATEST_MS = 253_402_300_799_999

_NUMBER = "a finite number"
_AT_LEAST_0 = "a finite number of at least 0"

ALLOWED = {
    "underlying": "a coin with listed options, for example BTC",
    "expiry": "a date, 2026-12-25 or 25DEC26",
    "kind": "call or put",
    "settle": "USDT or USDC",
    "lane": "live or polled",
    "min_strike": _AT_LEAST_0,
    "max_strike": _AT_LEAST_0,
    "min_volume": _AT_LEAST_0,
    "min_open_interest": _AT_LEAST_0,
    "min_iv": _AT_LEAST_0,
    "max_iv": _AT_LEAST_0,
    "min_delta": _NUMBER,
    "max_delta": _NUMBER,
    "min_abs_delta": _AT_LEAST_0,
    "max_abs_delta": _AT_LEAST_0,
    "atm": "a whole number from 0 to 1000",
    "coin": "a coin that the exchange lists options on, for example BTC",
    "updated_within": "a number of seconds above 0",
    "symbols": f"up to {MAX_SYMBOLS} symbols with commas between them",
    "sort": "a field of a ticker, with a leading - for descending order",
    "limit": "a whole number from 1 to 5000",
    "cursor": "the next_cursor of the page before",
    "field": "index_price, volatility_index, or atm_iv_ and one of 7d, 14d, 30d, 60d, 90d and 180d",
    "fields": "fields of a ticker with commas between them",
    "format": "json, csv, ndjson, arrow or parquet",
    "min_size": _AT_LEAST_0,
    "min_notional": _AT_LEAST_0,
    "side": "buy or sell",
    "since": "a time, epoch ms or ISO 8601",
    "channels": "up to 256 channels of the push stream with commas between them",
    "max_hz": "a number of deltas per second from above 0 to 1000",
    "symbol": "a symbol, for example BTC-25DEC26-100000-C-USDT",
}
"""What each parameter may be, for whoever gave something else."""

Underlying = Annotated[str, Parameter(description=ALLOWED["underlying"], max_length=_MAX_NAME)]
Expiry = Annotated[str, Parameter(description=ALLOWED["expiry"], max_length=_MAX_NAME)]
Symbol = Annotated[str, Parameter(description=ALLOWED["symbol"], max_length=_MAX_NAME)]
SettleCoin = Annotated[Settle, Parameter(description="settlement coin")]
GapLimit = Annotated[int, Parameter(ge=1, le=5000, description="most gaps, newest first")]

_Price = Annotated[float | None, Parameter(ge=0, le=1e15, description=_AT_LEAST_0)]
_Strikes = Annotated[
    int | None, Parameter(ge=0, le=1000, description="strikes on each side of the forward, per series")
]
_Signed = Annotated[float | None, Parameter(ge=-1e15, le=1e15, description=_NUMBER)]


class TickerRequest(msgspec.Struct, frozen=True):
    """A request for tickers.

    Attributes:
        selection: filters and order.
        limit: most tickers, None where nothing was said. cursor: where to go on.
        fields: in the order of the contract, None for all.
        form: format, None where it is up to the `Accept` header.
    """

    selection: Selection
    limit: int | None
    cursor: str | None
    fields: tuple[str, ...] | None
    form: Format | None = None


def ticker_request(
    underlying: Annotated[str | None, Parameter(description="only this coin", max_length=_MAX_NAME)] = None,
    expiry: Annotated[str | None, Parameter(description="only this date", max_length=_MAX_NAME)] = None,
    kind: Annotated[Kind | None, Parameter(description="only calls or only puts")] = None,
    settle: Annotated[Settle | None, Parameter(description="only this settlement coin")] = None,
    lane: Annotated[Lane | None, Parameter(description="only this lane")] = None,
    min_strike: _Price = None,
    max_strike: _Price = None,
    min_volume: _Price = None,
    min_open_interest: _Price = None,
    min_iv: _Price = None,
    max_iv: _Price = None,
    min_delta: _Signed = None,
    max_delta: _Signed = None,
    min_abs_delta: _Price = None,
    max_abs_delta: _Price = None,
    atm: _Strikes = None,
    updated_within: Annotated[float | None, Parameter(gt=0, le=1e9, description="seconds")] = None,
    symbols: Annotated[str | None, Parameter(description=ALLOWED["symbols"])] = None,
    sort: Annotated[str | None, Parameter(description=ALLOWED["sort"], max_length=_MAX_NAME)] = None,
    limit: Annotated[
        int | None,
        Parameter(ge=1, le=5000, description="most tickers; 500 in JSON and all in the other formats"),
    ] = None,
    cursor: Annotated[str | None, Parameter(description=ALLOWED["cursor"], max_length=1024)] = None,
    fields: Annotated[str | None, Parameter(description=ALLOWED["fields"])] = None,
    format: Annotated[  # noqa: A002 - the interface's name for it
        Format | None, Parameter(description="format of the answer, whatever the Accept header prefers")
    ] = None,
) -> TickerRequest:
    """Filters, order, page, fields and format of a request for tickers.

    Raises:
        ProblemError: 422 for ranges that contradict each other, unknown fields, too many symbols.
    """
    filters: dict[str, Any] = dict(locals())
    filters["symbols"] = None if symbols is None else tuple(name.upper() for name in _parts(symbols))
    selection = Selection(**{name: filters[name] for name in Selection.__struct_fields__})
    asked = None if fields is None else set(_parts(fields))
    faults = [*contradictions(selection), *_faults(selection, asked or set())]
    if faults:
        raise bad_parameters(faults)
    named = None if asked is None else tuple(name for name in TICKER_FIELDS if name in asked)
    return TickerRequest(selection, limit, cursor, named, format)


def moment_named(text: str) -> int:
    """Epoch ms of a time in either spelling.

    Raises:
        ProblemError: 422.
    """
    if text.isdecimal() and len(text) <= len(str(_LATEST_MS)):
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        reason = f"{text[:_SHOWN]!r}; allowed is {ALLOWED['since']}"
        raise bad_parameters([Fault("since", reason)]) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _hint(name: str) -> str:
    """What else may have been meant: fields that the name is a part of, or that are spelled alike."""
    parts = [field for field in TICKER_FIELDS if name and name in field]
    near = difflib.get_close_matches(name[:_MAX_NAME], TICKER_FIELDS) or parts[:3]
    return f"; near it are {', '.join(near)}" if near else ""


def _faults(selection: Selection, fields: set[str]) -> Iterator[Fault]:
    sort, symbols = selection.sort, selection.symbols
    if sort is not None and sort.removeprefix("-") not in TICKER_FIELDS:
        yield Fault("sort", f"{sort!r}; allowed is {ALLOWED['sort']}{_hint(sort.removeprefix('-'))}")
    if symbols is not None and len(symbols) > MAX_SYMBOLS:
        yield Fault("symbols", f"{len(symbols)} given; allowed is {ALLOWED['symbols']}")
    elif symbols is not None and "" in symbols:
        yield Fault("symbols", f"one of them is empty; allowed is {ALLOWED['symbols']}")
    unknown = sorted(fields.difference(TICKER_FIELDS))
    if unknown:
        yield Fault("fields", f"a ticker has no {', '.join(map(repr, unknown[:5]))}{_hint(unknown[0])}")
