import io
import os
import subprocess
import sys
from datetime import UTC, date, datetime

import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.push.boards import NOW_MS, make_board, values
from voltape.export import arrow
from voltape.export.arrow import schema_of, write
from voltape.serve.extract import Extract
from voltape.serve.formats import cell_lines, fields_line

CALL = "BTC-25DEC26-100000-C-USDT"


def given(extract: Extract) -> bytes:
    """What the server passes on."""
    return fields_line(extract.fields) + b"".join(map(cell_lines, extract.pieces()))


def table(form: str, source: bytes) -> pa.Table:
    """What others read in the file."""
    target = io.BytesIO()
    write(form, io.BytesIO(source), target)
    target.seek(0)
    return pq.read_table(target) if form == "parquet" else pa.ipc.open_stream(target).read_all()


@pytest.mark.parametrize("form", ["arrow", "parquet"])
def test_every_field_has_its_type_and_its_value(form: str) -> None:
    """Text, numbers, a date, an instant, and absent values as null."""
    board = make_board([CALL, "BTC-25DEC26-1-P"], filled=False)
    board.push(board.rows[CALL], values(0.1, gamma=1.423e-05, bid_price=None), NOW_MS, 1, NOW_MS)
    board.commit()
    rows = list(board.rows.values())
    found = table(form, given(Extract(rows, None, NOW_MS, 1))).to_pylist()
    for row, read in zip(rows, found, strict=True):
        told = msgspec.to_builtins(row.ticker(NOW_MS))
        assert read.pop("expiry") == date.fromisoformat(told.pop("expiry"))
        assert read.pop("expiry_at") == datetime(2026, 12, 25, 8, tzinfo=UTC)
        assert told.pop("expiry_at") == "2026-12-25T08:00:00Z"
        assert read == told


@pytest.mark.parametrize("form", ["arrow", "parquet"])
def test_a_table_without_rows_has_its_columns(form: str) -> None:
    """With the types that they would have."""
    fields = ["symbol", "expiry", "strike", "stale"]
    found = table(form, fields_line(fields))
    assert found.num_rows == 0
    assert found.schema == schema_of(fields)


def test_many_rows_are_written_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is lost between them."""
    monkeypatch.setattr(arrow, "_ROWS_AT_ONCE", 3)
    source = fields_line(["strike"]) + cell_lines([(float(number),) for number in range(10)])
    target = io.BytesIO()
    write("arrow", io.BytesIO(source), target)
    target.seek(0)
    batches = list(pa.ipc.open_stream(target))
    assert [batch.num_rows for batch in batches] == [3, 3, 3, 1]
    assert pa.Table.from_batches(batches)["strike"].to_pylist() == list(range(10))


def test_the_process_takes_standard_input_and_gives_way_to_others() -> None:
    """As the server starts it; another library reads its file."""
    source = given(Extract(list(make_board().rows.values()), None, NOW_MS, 1))
    command = [sys.executable, "-P", "-m", "voltape.export.arrow", "parquet"]
    made = subprocess.run(command, input=source, capture_output=True, check=True)
    assert pl.read_parquet(made.stdout).shape == (48, 36)
    assert made.stderr == b""


def test_half_a_row_is_an_error() -> None:
    """Rather than a file with holes."""
    with pytest.raises(msgspec.DecodeError):
        table("arrow", fields_line(["symbol", "strike"]) + b'["A",1.0]\n["B",')
    with pytest.raises(ValueError, match="zip"):
        table("arrow", fields_line(["symbol", "strike"]) + b'["A"]\n')


def test_the_process_is_the_nicest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tape is more urgent than any file."""
    asked: list[int] = []
    monkeypatch.setattr(os, "nice", asked.append)
    monkeypatch.setattr(sys, "argv", ["arrow", "parquet"])
    monkeypatch.setattr(arrow, "write", lambda *_: None)
    arrow.main()
    assert asked == [10]
