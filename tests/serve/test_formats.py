import csv
import io
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.serve.formats import (
    MEDIA_TYPES,
    Cells,
    cell_lines,
    csv_header,
    csv_lines,
    fields_line,
    file_name,
    format_accepted,
    ticker_lines,
)
from voltape.serve.selection import TICKER_FIELDS, Selection

NOW_MS = 1_795_356_720_000

cells = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6)
    | st.sampled_from(["USDT", "null", ",", '"', "[]", "\\", "a\r\nb"])
)
tables = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.tuples(*[cells] * width), min_size=1, max_size=5)
)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "json"),
        ("image/png", "json"),
        ("application/json", "json"),
        ("text/csv", "csv"),
        ("TEXT/CSV; header=present", "csv"),
        ("text/*", "csv"),
        ("application/x-ndjson", "ndjson"),
        ("application/vnd.apache.arrow.stream", "arrow"),
        ("application/vnd.apache.parquet", "parquet"),
        ("text/csv;q=0.5, application/json;q=0.4", "csv"),
        ("text/csv;q=0.4, application/json; q=0.5", "json"),
        ("application/vnd.apache.parquet, text/csv", "parquet"),
        ("text/csv;q=0", "json"),
        ("text/csv;q=much", "json"),
        ("text/csv;q=nan", "json"),
        (",;,q=1,", "json"),
    ],
)
def test_the_format_is_what_the_client_prefers(accept: str, form: str) -> None:
    """The greatest weight wins, the first of equal ones; whoever names nothing of ours gets JSON."""
    assert format_accepted(accept) == form


@given(st.text())
def test_no_header_whatever_is_too_much(accept: str) -> None:
    """There is always an answer."""
    assert format_accepted(accept) in MEDIA_TYPES


@pytest.mark.parametrize(
    ("selection", "form", "name"),
    [
        (Selection(underlying="BTC"), "csv", "voltape-tickers-BTC-2026-11-22T1412Z.csv"),
        (Selection(), "arrow", "voltape-tickers-2026-11-22T1412Z.arrows"),
        (
            Selection(underlying="ETH", expiry="2026-12-25"),
            "parquet",
            "voltape-tickers-ETH-20261225-2026-11-22T1412Z.parquet",
        ),
    ],
)
def test_a_file_is_named_after_what_is_in_it(selection: Selection, form: str, name: str) -> None:
    """Coin, expiry and the minute in UTC."""
    assert file_name(form, selection, NOW_MS) == name  # type: ignore[arg-type]


@given(tables)
def test_what_is_read_from_csv_is_what_was_written(rows: list[Cells]) -> None:
    """Absent is empty, numbers come back as they were, text may hold anything."""
    text = csv_lines(rows).decode()
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert len(found) == len(rows)
    for written, read in zip(rows, found, strict=True):
        assert len(read) == len(written)
        assert all(_same(one, text) for one, text in zip(written, read, strict=True))


def _same(cell: object, text: str) -> bool:
    if cell is None:
        return text == ""
    if isinstance(cell, bool):
        return text == ("true" if cell else "false")
    return type(cell)(text) == cell if isinstance(cell, int | float) else text == cell


def test_csv_looks_as_the_standard_wants_it() -> None:
    """CRLF after each line, the last included, and no quotes where none are needed."""
    assert csv_header(("symbol", "bid_price")) == b"symbol,bid_price\r\n"
    assert csv_lines([("A", 0.1, None, True), ("B", None, None, False)]) == b"A,0.1,,true\r\nB,,,false\r\n"
    assert csv_lines([("A,B", 'say "x"')]) == b'"A,B","say ""x"""\r\n'
    assert csv_lines([(None,)]) == b'""\r\n'
    assert csv_lines([]) == b""


@given(st.lists(st.tuples(*[cells] * 3), max_size=4))
def test_lines_of_chosen_fields_are_objects_in_their_order(rows: list[Cells]) -> None:
    """One a line, and nothing else in it."""
    fields = ("symbol", "strike", "mark_iv")
    lines = ticker_lines(fields, rows).decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == [dict(zip(fields, row, strict=True)) for row in rows]


def test_lines_of_all_fields_are_tickers() -> None:
    """In the order of the contract, as in the JSON answer."""
    row = tuple(range(len(TICKER_FIELDS)))
    found = json.loads(ticker_lines(TICKER_FIELDS, [row]))
    assert tuple(found) == TICKER_FIELDS
    assert tuple(found.values()) == row


def test_cells_for_another_process_are_arrays() -> None:
    """After a line with their names."""
    lines = fields_line(("a", "b")) + cell_lines([(1.5, None), ("x", True)])
    found = [msgspec.json.decode(line) for line in lines.splitlines()]
    assert found == [["a", "b"], [1.5, None], ["x", True]]
