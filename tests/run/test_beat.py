import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from voltape.run import beat
from voltape.run.beat import LATE, beating, complaints


async def test_a_role_that_runs_gives_no_complaint(tmp_path: Path) -> None:
    """Nor does another beside it; afterwards nobody is there."""
    async with beating(tmp_path, "tracker"), beating(tmp_path, "jobs"):
        assert complaints(tmp_path) == []
    assert complaints(tmp_path) == [f"no role runs with the data directory {tmp_path}"]


async def test_a_loop_that_hangs_is_told(tmp_path: Path) -> None:
    """Its process is alive, but nothing turns."""
    async with beating(tmp_path, "tracker"):
        before = time.time() - LATE - 5
        os.utime(tmp_path / "beats" / f"tracker.{os.getpid()}", (before, before))
        (found,) = complaints(tmp_path)
    assert found.startswith("tracker has shown no sign of life for 3")


async def test_a_loop_that_turns_is_seen_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is touched while the block lasts."""
    monkeypatch.setattr(beat, "_INTERVAL", 0.01)
    async with beating(tmp_path, "tracker"):
        file = tmp_path / "beats" / f"tracker.{os.getpid()}"
        os.utime(file, (1, 1))
        async with asyncio.timeout(5):
            while file.stat().st_mtime == 1:  # noqa: ASYNC110 - a file tells nobody that it was touched
                await asyncio.sleep(0)


async def test_a_role_that_was_killed_is_told_until_another_starts(tmp_path: Path) -> None:
    """The next one here removes its trace."""
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await killed.wait()
    (tmp_path / "beats").mkdir()
    (tmp_path / "beats" / f"up.{killed.pid}").write_text(str(killed.pid))
    assert complaints(tmp_path) == ["up has died"]
    async with beating(tmp_path, "tracker"):
        assert complaints(tmp_path) == []


async def test_a_second_role_that_ends_takes_no_sign_of_the_first_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started by mistake where one runs, it ends at once; the first is as alive as before."""
    async with beating(tmp_path, "up"):
        with monkeypatch.context() as other:
            other.setattr(os, "getpid", os.getppid)
            async with beating(tmp_path, "up"):
                assert complaints(tmp_path) == []
        assert complaints(tmp_path) == []


async def test_a_long_dead_sign_whose_number_another_process_has_goes_with_the_next_start(
    tmp_path: Path,
) -> None:
    """Numbers come again; what was not touched for long is nobody's."""
    (tmp_path / "beats").mkdir()
    left = tmp_path / "beats" / f"up.{os.getppid()}"
    left.write_text(str(os.getppid()))
    os.utime(left, (1, 1))
    async with beating(tmp_path, "up"):
        assert complaints(tmp_path) == []


async def test_a_sign_that_was_taken_away_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A role that slept with its machine was taken for dead, and is not."""
    monkeypatch.setattr(beat, "_INTERVAL", 0.01)
    async with beating(tmp_path, "tracker"):
        (tmp_path / "beats" / f"tracker.{os.getpid()}").unlink()
        async with asyncio.timeout(5):
            while complaints(tmp_path):  # noqa: ASYNC110 - a file tells nobody that it is back
                await asyncio.sleep(0)


async def test_a_directory_that_cannot_be_made_stops_nobody(tmp_path: Path) -> None:
    """The role runs, only without its sign."""
    (tmp_path / "data").write_text("a file")
    async with beating(tmp_path / "data", "tracker"):
        assert complaints(tmp_path / "data") == [f"no role runs with the data directory {tmp_path / 'data'}"]
