"""The operator's decisions on the disk."""

import logging
from pathlib import Path

import pytest

from voltape.model.control import Decisions
from voltape.run.decisions import DecisionsFile, newest

MADE = Decisions(ts=5, underlyings={"SOL": True}, pins={"BTC-25DEC26-100000-C-USDT": False})


async def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    """By another process as well, from a directory that was made for it, which is nobody else's to read."""
    kept = DecisionsFile(tmp_path / "new" / "data")
    assert kept.load() is None
    await kept.save(Decisions(ts=1))
    await kept.save(MADE)
    assert DecisionsFile(tmp_path / "new" / "data").load() == MADE
    assert [path.name for path in kept.path.parent.iterdir()] == ["control.json"]
    assert kept.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "text", [b"", b"{", b"\xff", b"[]", b'{"version":2}', b'{"underlyings":{"SOL":"on"}}', b"[" * 5000]
)
def test_what_is_not_understood_is_put_aside(
    text: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is not heeded, but kept for whoever wrote it, and the log names it."""
    kept = DecisionsFile(tmp_path)
    kept.path.write_bytes(text)
    assert kept.load() is None
    assert (tmp_path / "control.unreadable.json").read_bytes() == text
    assert kept.load() is None
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert str(kept.path) in caplog.text


def test_what_cannot_be_read_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The program starts all the same."""
    kept = DecisionsFile(tmp_path)
    kept.path.mkdir()
    assert kept.load() is None
    assert "cannot be read" in caplog.text


async def test_a_failed_save_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """Whoever asked for it learns of it."""
    kept = DecisionsFile(tmp_path)
    await kept.save(MADE)
    (tmp_path / "control.json.new").mkdir()
    with pytest.raises(OSError, match="directory"):
        await kept.save(Decisions(ts=9))
    assert kept.load() == MADE


def test_the_copy_with_the_latest_decision_counts() -> None:
    """Wherever it was kept; without any copy nothing was decided."""
    older = Decisions(ts=4, underlyings={"BTC": False})
    assert newest(older, MADE) == newest(MADE, older, None) == MADE
    assert newest(None) == Decisions()
