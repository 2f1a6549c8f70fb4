"""Rows of one shape, and their turning into data frames where a library for these is installed."""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from types import NoneType
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Literal,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

import msgspec

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

__all__ = ["Frames", "Table"]

Row_co = TypeVar("Row_co", covariant=True)
Kind = Literal["float", "int", "text", "bool"]

_KINDS: dict[object, Kind] = {float: "float", int: "int", str: "text", bool: "bool"}
_POLARS = {"float": "Float64", "int": "Int64", "text": "String", "bool": "Boolean"}
_PANDAS = {"float": "float64", "int": "Int64", "bool": "boolean"}
_ARROW = {"float": "float64", "int": "int64", "text": "string", "bool": "bool_"}


class Frames:
    """Something that is a table, or holds one."""

    __slots__ = ()

    def table(self) -> "Table[Any]":
        """The rows."""
        raise NotImplementedError

    def to_polars(self) -> "pl.DataFrame":
        """A polars frame: a row per row, a column per field, absent values as null.

        Raises:
            ImportError: polars is not installed.
        """
        library: Any = _library("polars")
        columns, kinds = self.table().columns()
        schema = {name: getattr(library, _POLARS[kinds[name]]) if name in kinds else None for name in columns}
        frame: pl.DataFrame = library.DataFrame(columns, schema=schema, strict=False)
        return frame

    def to_pandas(self) -> "pd.DataFrame":
        """A pandas frame; absent numbers are NaN, absent whole numbers and truth values `pandas.NA`.

        Raises:
            ImportError: pandas is not installed.
        """
        library: Any = _library("pandas")
        columns, kinds = self.table().columns()
        return library.DataFrame(
            {
                name: library.Series(values, dtype=_PANDAS.get(kinds.get(name, "text")))
                for name, values in columns.items()
            }
        )

    def to_arrow(self) -> "pa.Table":
        """An Arrow table; absent values are null.

        Raises:
            ImportError: pyarrow is not installed.
        """
        library: Any = _library("pyarrow")
        columns, kinds = self.table().columns()
        return library.table(
            {
                name: library.array(
                    values, getattr(library, _ARROW[kinds[name]])() if name in kinds else None
                )
                for name, values in columns.items()
            }
        )


class Table(Frames, Sequence[Row_co], Generic[Row_co]):
    """Rows in order, structs or dictionaries alike; never changes."""

    __slots__ = ("_kinds", "_rows")

    def __init__(self, rows: Sequence[Row_co], like: type | None = None) -> None:
        """Hold `rows`; `like` is a struct with the types of their fields, for columns without a single value."""
        self._rows = tuple(rows)
        self._kinds = _kinds_of(like) if like is not None else {}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Row_co: ...
    @overload
    def __getitem__(self, index: slice) -> "Table[Row_co]": ...
    def __getitem__(self, index: int | slice) -> "Row_co | Table[Row_co]":
        if isinstance(index, int):
            return self._rows[index]
        part = Table(self._rows[index])
        part._kinds = self._kinds
        return part

    def __iter__(self) -> Iterator[Row_co]:
        return iter(self._rows)

    def __repr__(self) -> str:
        return f"Table({len(self)} rows)"

    def table(self) -> "Table[Any]":
        return self

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as dictionaries."""
        return [dict(_fields(row)) for row in self._rows]

    def columns(self) -> tuple[dict[str, list[Any]], Mapping[str, Kind]]:
        """Values by name in the order of the fields, and the kinds of those whose kind is known."""
        rows = [_fields(row) for row in self._rows]
        names = dict.fromkeys(name for row in rows for name in row) if rows else dict.fromkeys(self._kinds)
        return {name: [row.get(name) for row in rows] for name in names}, self._kinds


def _fields(row: object) -> Mapping[str, Any]:
    if isinstance(row, msgspec.Struct):
        return msgspec.structs.asdict(row)
    return row if isinstance(row, Mapping) else {"value": row}


def _kinds_of(like: type) -> dict[str, Kind]:
    """Kinds by field; one that is a list, an object or a union of several kinds has none."""
    if like in _KINDS:
        return {"value": _KINDS[like]}
    kinds = {name: _kind(hint) for name, hint in get_type_hints(like).items()}
    return {name: kind for name, kind in kinds.items() if kind is not None}


def _kind(hint: object) -> Kind | None:
    if get_origin(hint) is Literal:
        return _kind(type(get_args(hint)[0]))
    parts = [part for part in get_args(hint) if part is not NoneType]
    if len(parts) == 1 and NoneType in get_args(hint):
        return _kind(parts[0])
    return _KINDS.get(hint)


def _library(name: str) -> object:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        text = f"to_{name.removeprefix('py')}() needs {name}, which is not installed here: pip install {name}"
        raise ImportError(text, name=name) from error
