import asyncio
from pathlib import Path

import pytest

from tests.alerts.rules import NOW_MS, made
from voltape.alerts.engine import Engine
from voltape.alerts.journal import Entry, Journal, SinkState
from voltape.alerts.notice import trial


def journal(folder: Path) -> Journal:
    """In a folder that is not there yet."""
    return Journal(folder / "alerts" / "journal.json")


async def test_what_was_saved_is_there_after_a_restart(tmp_path: Path) -> None:
    """State of the rules and messages that wait."""
    first = journal(tmp_path)
    Engine([made()], first.kept.engine).step({"one": 101.0}, NOW_MS)
    first.kept.sinks["log"] = SinkState([Entry(trial(NOW_MS), 2)], sent=3)
    await first.save()
    assert journal(tmp_path).kept == first.kept
    assert first.path.stat().st_mode & 0o077 == 0


async def test_saving_at_once_leaves_the_latest(tmp_path: Path) -> None:
    """Two writers of one file take turns."""
    one = journal(tmp_path)

    async def save(number: int) -> None:
        one.kept.engine.told = number
        await one.save()

    await asyncio.gather(*(save(number) for number in range(20)))
    assert journal(tmp_path).kept.engine.told == 19


async def test_a_disk_that_refuses_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """And so is its end; alerts are sent all the same."""
    caplog.set_level("INFO")
    (tmp_path / "alerts").write_text("in the way")
    one = journal(tmp_path)
    caplog.clear()
    await one.save()
    await one.save()
    assert len(caplog.records) == 1
    (tmp_path / "alerts").unlink()
    await one.save()
    assert caplog.messages[1:] == ["alerts are saved again"]


def test_what_is_not_understood_is_put_aside(tmp_path: Path) -> None:
    """Somebody may want to look at it; the watch begins anew."""
    file = tmp_path / "alerts" / "journal.json"
    file.parent.mkdir()
    file.write_bytes(b'{"engine":7}')
    assert journal(tmp_path).kept.sinks == {}
    assert not file.exists()
    assert file.with_suffix(".unreadable.json").read_bytes() == b'{"engine":7}'
