"""Arrow and Parquet of tickers, made in a process of its own: `python -m voltape.export.arrow arrow|parquet`.

The libraries for it are several times the size of the whole program, and what they allocate they keep; so they are
loaded here, used once, and gone. Standard input has the names of the fields as a JSON array, then one JSON array a
line per ticker; standard output gets the file.

Types: text and numbers as in the JSON answer, `expiry` a date, `expiry_at` an instant in UTC. Needs
pyarrow, which `make setup` and the extra `arrow` install.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["main", "schema_of", "write"]

_ROWS_AT_ONCE = 4_096
_NICENESS = 10

_TEXTS = frozenset(("symbol", "underlying", "settle", "kind", "lane"))
_TYPES: dict[str, pa.DataType] = {
    "expiry": pa.date32(),
    "expiry_at": pa.timestamp("ms", tz="UTC"),
    "ts_exchange": pa.int64(),
    "ts_received": pa.int64(),
    "stale": pa.bool_(),
    **dict.fromkeys(_TEXTS, pa.string()),
}
"""Types by field; the rest are numbers."""

_WRITERS: dict[str, Callable[[BinaryIO, pa.Schema], AbstractContextManager[Any]]] = {
    "arrow": pa.ipc.new_stream,
    "parquet": lambda target, schema: pq.ParquetWriter(target, schema, compression="zstd"),
}


def schema_of(fields: list[str]) -> pa.Schema:
    """Columns of the file."""
    return pa.schema([(name, _TYPES.get(name, pa.float64())) for name in fields])


def _batches(source: BinaryIO, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    decoder = msgspec.json.Decoder(list[Any])
    while lines := list(islice(source, _ROWS_AT_ONCE)):
        columns = zip(*map(decoder.decode, lines), strict=True)
        yield pa.record_batch(
            [_column(cells, field.type) for cells, field in zip(columns, schema, strict=True)], schema=schema
        )


def _column(cells: tuple[Any, ...], kind: pa.DataType) -> pa.Array:
    is_time = pa.types.is_date(kind) or pa.types.is_timestamp(kind)
    return pa.array(cells, pa.string()).cast(kind) if is_time else pa.array(cells, kind)


def write(form: str, source: BinaryIO, target: BinaryIO) -> None:
    """Make one file.

    Args:
        form: `arrow` (the stream layout) or `parquet`.
        source: fields and rows as described in the module.
        target: gets the file.
    """
    schema = schema_of(msgspec.json.decode(source.readline(), type=list[str]))
    with _WRITERS[form](target, schema) as writer:
        for batch in _batches(source, schema):
            writer.write_batch(batch)


def main() -> None:
    """Make the file that the first argument names, from standard input to standard output."""
    # Whoever asks for a file can wait; the tape cannot.
    os.nice(_NICENESS)
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    write(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
