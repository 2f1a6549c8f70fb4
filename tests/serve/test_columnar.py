import asyncio
import importlib.util
import io
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.push.boards import NOW_MS, make_board
from voltape.serve.columnar import ColumnarBuilder
from voltape.serve.extract import Extract
from voltape.serve.problem import ProblemError


def extract(fields: Sequence[str] | None = None) -> Extract:
    """All rows of the small board."""
    return Extract(list(make_board().rows.values()), fields, NOW_MS, 1)


def program(source: str) -> list[str]:
    """A command that runs a line of Python instead of the real maker."""
    return [sys.executable, "-c", source]


def ends_when(path: Path) -> list[str]:
    """A command that makes an empty file once `path` exists, and says who it is beside it."""
    return program(
        f"import os, pathlib, sys, time; sys.stdin.read(); here = pathlib.Path({str(path)!r})\n"
        "here.with_name(f'pid-{os.getpid()}').touch()\n"
        "while not here.exists(): time.sleep(0.01)"
    )


def begun(directory: Path) -> list[int]:
    """Who has begun so far."""
    return [int(path.name.removeprefix("pid-")) for path in directory.glob("pid-*")]


async def pids(directory: Path, count: int) -> list[int]:
    """Who has begun, when so many have."""
    async with asyncio.timeout(10):
        while len(begun(directory)) < count:  # noqa: ASYNC110 - processes of others tell nobody
            await asyncio.sleep(0.01)
    return begun(directory)


@pytest.mark.parametrize("fields", [None, ["symbol", "mark_iv"]])
async def test_files_have_the_tickers_asked_for(fields: Sequence[str] | None) -> None:
    """Read by the library that others read them with."""
    builder = ColumnarBuilder()
    wanted = extract(fields)
    rows = [row for piece in wanted.pieces() for row in piece]
    with await builder.build("parquet", wanted) as file:
        parquet = pq.read_table(io.BytesIO(file.read()))
    with await builder.build("arrow", wanted) as file:
        stream = pa.ipc.open_stream(file.read()).read_all()
    assert parquet.equals(stream)
    assert tuple(parquet.column_names) == wanted.fields
    assert parquet["symbol"].to_pylist() == [row[0] for row in rows]
    assert parquet["mark_iv"].to_pylist() == [row[wanted.fields.index("mark_iv")] for row in rows]
    assert (builder.built, builder.failed, builder.refused) == (2, 0, 0)


async def test_a_maker_that_fails_is_a_fault_of_ours_and_its_words_are_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Also when it ends before it has read anything."""
    builder = ColumnarBuilder(command=program("raise SystemExit('no disk')"))
    with pytest.raises(ProblemError) as caught:
        await builder.build("arrow", extract())
    assert caught.value.status == 500
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert "no disk" in record.getMessage()
    assert builder.failed == 1


async def test_only_so_many_are_made_at_once_and_only_so_many_wait(tmp_path: Path) -> None:
    """Who comes after them is told when to ask again, and those who wait get their files."""
    release = tmp_path / "release"
    builder = ColumnarBuilder(at_once=2, waiting=1, command=ends_when(release))
    asked = [asyncio.create_task(builder.build("arrow", extract())) for _ in range(3)]
    assert len(await pids(tmp_path, 2)) == 2
    with pytest.raises(ProblemError) as caught:
        await builder.build("arrow", extract())
    assert caught.value.status == 503
    assert caught.value.headers == [(b"retry-after", b"5")]
    assert len(begun(tmp_path)) == 2
    release.touch()
    for file in await asyncio.gather(*asked):
        file.close()
    assert len(await pids(tmp_path, 3)) == 3
    assert (builder.built, builder.refused) == (3, 1)


def is_running(pid: int) -> bool:
    """Whether a process is there, waited for or not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_maker_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    """And its client told that there is no time for it now."""
    builder = ColumnarBuilder(patience_s=1.0, command=ends_when(tmp_path / "never"))
    with pytest.raises(ProblemError) as caught:
        await builder.build("arrow", extract())
    assert caught.value.status == 503
    assert [is_running(pid) for pid in await pids(tmp_path, 1)] == [False]
    assert builder.refused == 1


async def test_a_maker_for_nobody_is_ended(tmp_path: Path) -> None:
    """When the client goes away, or the server stops."""
    builder = ColumnarBuilder(command=ends_when(tmp_path / "never"))
    asked = asyncio.create_task(builder.build("arrow", extract()))
    (pid,) = await pids(tmp_path, 1)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert not is_running(pid)


def test_the_library_is_looked_for_and_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it may stay in this process."""
    asked: list[str] = []

    def find(name: str, *_: Any) -> None:
        asked.append(name)

    monkeypatch.setattr(importlib.util, "find_spec", find)
    assert not ColumnarBuilder().available
    assert asked == ["pyarrow"]
