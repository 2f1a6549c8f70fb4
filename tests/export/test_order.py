import inspect
from pathlib import Path

import pytest

from voltape.errors import SettingError
from voltape.export.order import FILTERS, FORMATS, form_for
from voltape.serve.formats import MEDIA_TYPES
from voltape.serve.parameters import ticker_request


def test_the_filters_are_those_of_the_interface() -> None:
    """In its order; the format has its own flag, and pages are not for files."""
    parameters = [
        name for name in inspect.signature(ticker_request).parameters if name not in ("cursor", "format")
    ]
    assert sorted(FILTERS) == sorted(parameters)
    assert sorted(FORMATS) == sorted(MEDIA_TYPES)


@pytest.mark.parametrize(
    ("named", "out", "form"),
    [
        (None, None, "csv"),
        (None, "board", "csv"),
        (None, "board.csv", "csv"),
        (None, "board.NDJSON", "ndjson"),
        (None, "board.jsonl", "ndjson"),
        (None, "board.json", "json"),
        (None, "board.arrows", "arrow"),
        (None, "board.parquet", "parquet"),
        ("ndjson", "board.csv", "ndjson"),
        ("parquet", None, "parquet"),
    ],
)
def test_the_format_is_the_one_named_or_that_of_the_files_name(
    named: str | None, out: str | None, form: str
) -> None:
    """CSV where neither says anything."""
    assert form_for(named, None if out is None else Path(out)) == form  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["board.xlsx", "board.arrow", "board.csv.gz"])
def test_a_name_that_promises_another_format_is_refused(name: str) -> None:
    """With the endings that there are."""
    with pytest.raises(SettingError, match=r"--out=board.*\.parquet"):
        form_for(None, Path(name))
    assert form_for("csv", Path(name)) == "csv"
