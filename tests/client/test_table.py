import sys
from typing import Any

import msgspec
import pytest

from voltape.client.table import Frames, Table
from voltape.model.ticker import Ticker

ROWS = [
    Ticker(
        "A",
        "BTC",
        "USDT",
        "2026-12-25",
        "2026-12-25T08:00:00Z",
        9.5,
        1000.0,
        "call",
        bid_price=1.5,
        ts_exchange=7,
    ),
    Ticker("B", "BTC", "USDT", "2026-12-25", "2026-12-25T08:00:00Z", 9.5, 1000.0, "put", stale=False),
]


def test_a_table_is_a_sequence() -> None:
    """A part of it is a table again."""
    table = Table(ROWS, Ticker)
    assert len(table) == 2
    assert [row.symbol for row in table] == ["A", "B"]
    assert table[-1] is ROWS[1]
    assert isinstance(table[1:], Table)
    assert table[1:].to_dicts() == [msgspec.structs.asdict(ROWS[1])]
    assert repr(table) == "Table(2 rows)"


def test_a_polars_frame_has_the_fields_as_columns() -> None:
    """Absent is null, and a column without a single value has its type all the same."""
    frame = Table(ROWS, Ticker).to_polars()
    assert frame.columns == list(Ticker.__struct_fields__)
    assert frame["bid_price"].to_list() == [1.5, None]
    assert frame["stale"].to_list() == [True, False]
    types = {name: str(kind) for name, kind in frame.schema.items()}
    assert (types["kind"], types["gamma"], types["ts_exchange"]) == ("String", "Float64", "Int64")


def test_a_pandas_frame_has_the_fields_as_columns() -> None:
    """Absent is NaN or NA, never zero."""
    frame: Any = Table(ROWS, Ticker).to_pandas()
    assert list(frame.columns) == list(Ticker.__struct_fields__)
    assert frame["bid_price"].isna().tolist() == [False, True]
    assert frame["ts_exchange"].tolist()[0] == 7
    assert frame["ts_exchange"].isna().tolist() == [False, True]
    assert str(frame["gamma"].dtype) == "float64"


def test_an_arrow_table_has_the_fields_as_columns() -> None:
    """Absent is null."""
    found: Any = Table(ROWS, Ticker).to_arrow()
    assert found.column_names == list(Ticker.__struct_fields__)
    assert found.to_pylist() == [msgspec.structs.asdict(row) for row in ROWS]
    assert str(found.schema.field("gamma").type) == "double"


def test_an_empty_table_keeps_its_columns() -> None:
    """A filter that nothing passes breaks nothing that comes after."""
    assert Table([], Ticker).to_polars().shape == (0, len(Ticker.__struct_fields__))


def test_rows_of_some_fields_keep_their_types() -> None:
    """Dictionaries, as they come when only some fields are wanted."""
    frame = Table([{"symbol": "A", "gamma": None}], Ticker).to_polars()
    assert {name: str(kind) for name, kind in frame.schema.items()} == {
        "symbol": "String",
        "gamma": "Float64",
    }


def test_rows_of_unknown_shape_become_frames_too() -> None:
    """Keys that some rows lack are absent there."""
    table = Table([{"id": "1", "size": 2.0}, {"id": "2", "block": True}])
    assert table.to_polars().to_dicts() == [
        {"id": "1", "size": 2.0, "block": None},
        {"id": "2", "size": None, "block": True},
    ]
    found: Any = table.to_arrow()
    assert found.num_rows == 2


@pytest.mark.parametrize("library", ["polars", "pandas", "pyarrow"])
def test_a_missing_library_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the words that install it."""
    monkeypatch.setitem(sys.modules, library, None)
    makers = {"polars": Frames.to_polars, "pandas": Frames.to_pandas, "pyarrow": Frames.to_arrow}
    with pytest.raises(ImportError, match=f"needs {library}, .*pip install {library}"):
        makers[library](Table(ROWS, Ticker))
