"""Files of results."""

from pathlib import Path

from benchmarks.result import newest_complete, read, write
from tests.benchmarks.results import made_up


def test_a_result_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    """Nothing is lost or rounded on the way."""
    result = made_up()
    assert read(write(result, tmp_path)) == result


def test_a_file_is_named_after_time_and_commit(tmp_path: Path) -> None:
    """Names sort by time; the folder is made when it is missing."""
    path = write(made_up(), tmp_path / "results")
    assert path.name == "2026-01-02-030405-0123456.json"


def test_the_newest_complete_run_is_what_counts(tmp_path: Path) -> None:
    """A later run that was shortened or partial does not replace it."""
    write(made_up("2026-01-01T00:00:00+00:00"), tmp_path)
    path = write(made_up("2026-01-02T00:00:00+00:00"), tmp_path)
    write(made_up("2026-01-03T00:00:00+00:00", complete=False), tmp_path)
    newest = newest_complete(tmp_path)
    assert newest is not None
    assert newest[0] == path


def test_without_a_run_there_is_none(tmp_path: Path) -> None:
    """An empty folder, and one that does not exist."""
    assert newest_complete(tmp_path) is None
    assert newest_complete(tmp_path / "missing") is None
