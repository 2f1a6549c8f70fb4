import io
import os
import sys
from pathlib import Path

import pytest

from voltape.errors import SettingError
from voltape.export.target import check_target, target_at


class Terminal(io.StringIO):
    """Something that a person looks at."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_a_file_that_is_there_is_kept_unless_it_may_go(tmp_path: Path) -> None:
    """A new one needs no leave."""
    out = tmp_path / "board.csv"
    check_target(out, force=False, is_text=True)
    out.touch()
    with pytest.raises(SettingError, match="--force"):
        check_target(out, force=False, is_text=True)
    check_target(out, force=True, is_text=True)


def test_a_file_needs_a_directory(tmp_path: Path) -> None:
    """Told before anybody is asked, and in the words of whoever named it."""
    out = tmp_path / "none" / "board.csv"
    with pytest.raises(SettingError, match=r"--out=.*board\.csv: .*directory"):
        check_target(out, force=False, is_text=True)
    with pytest.raises(SettingError, match="directory"):
        check_target(tmp_path, force=True, is_text=True)


def test_a_terminal_gets_text_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe gets anything."""
    check_target(None, force=False, is_text=False)
    monkeypatch.setattr(sys, "stdout", Terminal())
    check_target(None, force=False, is_text=True)
    with pytest.raises(SettingError, match="terminal"):
        check_target(None, force=False, is_text=False)


def test_a_file_is_there_when_it_is_complete(tmp_path: Path) -> None:
    """With the rights of any new file, and nothing beside it."""
    out, plain = tmp_path / "board.csv", tmp_path / "plain"
    with target_at(out) as target:
        target.write(b"abc")
        assert not out.exists()
    plain.touch()
    assert out.read_bytes() == b"abc"
    assert out.stat().st_mode == plain.stat().st_mode
    assert sorted(path.name for path in tmp_path.iterdir()) == ["board.csv", "plain"]


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    """No half of a file."""
    out = tmp_path / "board.csv"
    out.write_bytes(b"old")
    with pytest.raises(TypeError), target_at(out) as target:
        target.writelines([b"half", "and text"])  # type: ignore[list-item]
    assert out.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["board.csv"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What it points to is replaced."""
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.touch()
    link.symlink_to(real)
    with target_at(link) as target:
        target.write(b"abc")
    assert link.is_symlink()
    assert real.read_bytes() == b"abc"


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """It needs no leave either, as nothing of it is lost."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    check_target(pipe, force=False, is_text=True)
    with target_at(pipe) as target:
        target.write(b"abc")
    assert os.read(reader, 10) == b"abc"
    os.close(reader)
    assert pipe.is_fifo()


def test_a_directory_cannot_be_written(tmp_path: Path) -> None:
    """As the system says it."""
    with pytest.raises(IsADirectoryError), target_at(tmp_path):
        pass


def test_standard_output_is_left_open(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """It belongs to others."""
    with target_at(None) as target:
        target.write(b"abc")
    assert not sys.stdout.closed
    assert capfdbinary.readouterr().out == b"abc"
