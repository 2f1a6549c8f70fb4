import os
from pathlib import Path

import pytest

from voltape.flow.whole_file import replace_file


def test_a_file_is_made_with_its_folder_for_the_owner_alone(tmp_path: Path) -> None:
    """And replaced by the next content, with nothing left beside it."""
    path = tmp_path / "a" / "b.json"
    for content in (b"former", b"new"):
        replace_file(path, content)
        assert path.read_bytes() == content
    assert [file.name for file in path.parent.iterdir()] == ["b.json"]
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_others_may_read_what_is_meant_for_them(tmp_path: Path) -> None:
    """As far as the process lets them."""
    before = os.umask(0o022)
    try:
        replace_file(tmp_path / "report.txt", b"", 0o644)
    finally:
        os.umask(before)
    assert (tmp_path / "report.txt").stat().st_mode & 0o777 == 0o644


def test_a_disk_that_refuses_leaves_the_former_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the new one is on the disk it has another name."""
    path = tmp_path / "a.json"
    replace_file(path, b"former")

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"former"
