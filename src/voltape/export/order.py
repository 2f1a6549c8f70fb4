"""What `voltape export` was asked for."""

from pathlib import Path
from typing import Literal, get_args

import msgspec

from voltape.errors import SettingError

__all__ = ["FILTERS", "FORMATS", "Form", "Order", "form_for"]

Form = Literal["csv", "ndjson", "json", "arrow", "parquet"]

FORMATS: tuple[Form, ...] = get_args(Form)

FILTERS = {
    "underlying": ("COIN", "Only this coin."),
    "expiry": ("DATE", "Only this expiry, 2026-12-25 or 25DEC26."),
    "kind": ("call|put", "Only calls or only puts."),
    "settle": ("USDT|USDC", "Only this settlement coin."),
    "lane": ("live|polled", "Only this lane."),
    "min_strike": ("PRICE", "Strikes from here on."),
    "max_strike": ("PRICE", "Strikes up to here."),
    "min_volume": ("NUMBER", "Volume of the last 24 h from here on, in units of the underlying."),
    "min_open_interest": ("NUMBER", "Open interest from here on, in units of the underlying."),
    "min_iv": ("FRACTION", "Mark IV from here on; 0.5 is 50 %."),
    "max_iv": ("FRACTION", "Mark IV up to here."),
    "min_delta": ("NUMBER", "Delta from here on; that of puts is negative."),
    "max_delta": ("NUMBER", "Delta up to here."),
    "min_abs_delta": ("NUMBER", "Size of delta from here on, calls and puts alike."),
    "max_abs_delta": ("NUMBER", "Size of delta up to here."),
    "atm": ("STRIKES", "So many strikes on each side of the forward, in every series."),
    "updated_within": ("SECONDS", "Data that arrived within so many seconds."),
    "symbols": ("SYMBOL,…", "Only these contracts, up to 500."),
    "sort": ("FIELD", "Order by a field of the ticker; -volume_24h for the largest first."),
    "limit": ("NUMBER", "Most tickers, up to 5000; all if left out."),
    "fields": ("FIELD,…", "Only these fields of the ticker."),
}
"""Parameters of the interface that are passed on as they are: what each takes, and what it does."""

_FORMS: dict[str, Form] = {
    ".csv": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".arrows": "arrow",
    ".parquet": "parquet",
}


class Order(msgspec.Struct, frozen=True):
    """Which tickers, in which format.

    Attributes:
        form: the format. filters: those of `FILTERS` that were given.
        url: base address of the system. token: its API token, if it has one. ca_file: PEM file trusted besides.
    """

    form: Form
    filters: dict[str, str]
    url: str
    token: str | None = None
    ca_file: Path | None = None


def form_for(named: Form | None, out: Path | None) -> Form:
    """The format: the one named, else the one that the file's name ends in, else CSV.

    Raises:
        SettingError: the file's name ends in something else.
    """
    if named is not None:
        return named
    if out is None or not out.suffix:
        return "csv"
    form = _FORMS.get(out.suffix.lower())
    if form is None:
        raise SettingError("--out", out, f"a name that ends in {', '.join(_FORMS)}, or any with --format")
    return form
