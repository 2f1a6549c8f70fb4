"""Formats in which tickers can be had beside JSON: which one a request means, and rows as text.

CSV follows RFC 4180: a header, CRLF, an absent value as an empty cell. NDJSON is one ticker a line, as in the JSON
answer. Arrow and Parquet are made of the text of `cell_lines` by another process. Numbers are written with as many
digits as it takes to read the same number again.
"""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from voltape.model.ticker import Ticker

from .accept import weights
from .selection import TICKER_FIELDS, Selection

__all__ = [
    "COLUMNAR",
    "MEDIA_TYPES",
    "Cells",
    "Format",
    "cell_lines",
    "csv_header",
    "csv_lines",
    "fields_line",
    "file_name",
    "format_accepted",
    "ticker_lines",
]

Format = Literal["json", "csv", "ndjson", "arrow", "parquet"]

MEDIA_TYPES: dict[Format, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8; header=present",
    "ndjson": "application/x-ndjson",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}
"""Media type of each format."""

COLUMNAR: frozenset[Format] = frozenset(("arrow", "parquet"))
"""Formats that another process makes."""

Cells = tuple[object, ...]
"""One ticker's values, in the order of the fields asked for."""

_SUFFIXES: dict[Format, str] = {
    "json": "json",
    "csv": "csv",
    "ndjson": "ndjson",
    # The ending that is registered for the stream; `.arrow` is another layout of the same.
    "arrow": "arrows",
    "parquet": "parquet",
}
_ACCEPTED: dict[str, Format] = {
    **{media_type.partition(";")[0]: name for name, media_type in MEDIA_TYPES.items()},
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/x-parquet": "parquet",
    "application/*": "json",
    "text/*": "csv",
    "*/*": "json",
}

_encoder = msgspec.json.Encoder()


def format_accepted(accept: str) -> Format:
    """The format that an `Accept` header prefers; JSON where it names none of ours."""
    best, most = "json", 0.0
    for name, weight in weights(accept):
        found = _ACCEPTED.get(name)
        if found is not None and weight > most:
            best, most = found, weight
    return best  # type: ignore[return-value]


def file_name(form: Format, selection: Selection, now_ms: int) -> str:
    """Name for a file of the selected tickers as of `now_ms` (epoch ms), in letters that every system takes."""
    parts = [
        "voltape",
        "tickers",
        selection.underlying,
        selection.expiry and selection.expiry.replace("-", ""),
    ]
    at = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y-%m-%dT%H%MZ")
    return f"{'-'.join(part for part in (*parts, at) if part)}.{_SUFFIXES[form]}"


def ticker_lines(fields: Sequence[str], rows: Sequence[Cells]) -> bytes:
    """Tickers as NDJSON, with the fields given."""
    if tuple(fields) == TICKER_FIELDS:
        return _encoder.encode_lines([Ticker(*row) for row in rows])  # type: ignore[arg-type]
    return _encoder.encode_lines([dict(zip(fields, row, strict=True)) for row in rows])


def fields_line(fields: Sequence[str]) -> bytes:
    """What goes before `cell_lines`: the names of the cells."""
    return _encoder.encode(tuple(fields)) + b"\n"


def cell_lines(rows: Sequence[Cells]) -> bytes:
    """Rows as one JSON array a line."""
    return _encoder.encode_lines(rows)


def csv_header(fields: Sequence[str]) -> bytes:
    """The first line of a CSV file."""
    return ",".join(fields).encode() + b"\r\n"


def csv_lines(rows: Sequence[Cells]) -> bytes:
    """Rows as CSV without the header."""
    if not rows:
        return b""
    lines = cell_lines(rows)
    count, commas = len(rows), len(rows) * (len(rows[0]) - 1)
    plain = (lines.count(b","), lines.count(b"["), lines.count(b"]")) == (commas, count, count)
    if not plain or not commas or b"\\" in lines:
        return _quoted_lines(rows)
    # No text needs quotes, so JSON differs from CSV in its marks only; that takes a quarter of the time.
    lines = lines.replace(b",null", b",").replace(b"[null", b"[")
    return lines.translate(None, b'"[]').replace(b"\n", b"\r\n")


def _quoted_lines(rows: Sequence[Cells]) -> bytes:
    text = io.StringIO()
    write = csv.writer(text).writerow
    for row in rows:
        write([("true" if cell else "false") if isinstance(cell, bool) else cell for cell in row])
    return text.getvalue().encode()
