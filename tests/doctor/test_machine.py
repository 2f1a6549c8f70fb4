"""Checks of directory and port."""

import os
import shutil
import socket
import subprocess
from collections import namedtuple
from pathlib import Path

import pytest

from voltape.doctor.machine import check_data_dir, check_port

Usage = namedtuple("Usage", "total used free")
GB = 1_000_000_000


@pytest.fixture(autouse=True)
def roomy_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the result independent of the machine's disk."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(9 * GB, GB, 8 * GB))


def test_a_directory_that_takes_files_is_fine(tmp_path: Path) -> None:
    """Room is told, and nothing is left behind."""
    finding = check_data_dir(tmp_path)
    assert finding.state == "ok"
    assert "8,000 MB free" in finding.text
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_can_be_made_is_fine_and_not_made(tmp_path: Path) -> None:
    """To look changes nothing."""
    assert check_data_dir(tmp_path / "a/b").state == "ok"
    assert not (tmp_path / "a").exists()


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    """Neither the path nor a parent of it may be a file."""
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file/below"):
        finding = check_data_dir(path)
        assert finding.failed
        assert "is not a directory" in finding.text
        assert "VOLTAPE_DATA_DIR" in finding.advice


def test_a_directory_without_the_right_to_write_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory that exists has to take a file, one that does not has to be makeable."""

    def refused(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refused)
    monkeypatch.setattr(os, "access", lambda *_: False)
    existing, missing = check_data_dir(tmp_path), check_data_dir(tmp_path / "new")
    assert existing.failed
    assert "cannot be written: Permission denied" in existing.text
    assert missing.failed
    assert "cannot be made" in missing.text


@pytest.mark.parametrize(("free", "state"), [(8 * GB, "ok"), (400_000_000, "warn"), (40_000_000, "fail")])
def test_a_disk_that_fills_up_is_told_before_it_is_full(
    free: int, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Little room warns, hardly any fails."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(9 * GB, 9 * GB - free, free))
    finding = check_data_dir(tmp_path)
    assert finding.state == state
    assert bool(finding.advice) == (state != "ok")


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """A real one: it still takes a file, but nothing into it; the room that a quota leaves is not what is free."""
    mounting = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(tmp_path)]
    try:
        subprocess.run(mounting, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a small file system takes the right to do so")
    try:
        (tmp_path / "filling").write_bytes(bytes(60_000))
        finding = check_data_dir(tmp_path)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
    assert finding.failed
    assert "No space left on device" in finding.text
    assert "Make room" in finding.advice


def test_a_port_that_takes_a_right_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens there, so stopping something would not help."""

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refused)
    finding = check_port("127.0.0.1", 80, guarded=False)
    assert finding.failed
    assert "1024 or more" in finding.advice


def test_a_free_port_is_fine() -> None:
    """Port 0 always is."""
    assert check_port("127.0.0.1", 0, guarded=False).state == "ok"


def test_a_taken_port_is_told() -> None:
    """The finding names the port, the advice the setting."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        finding = check_port("127.0.0.1", port, guarded=False)
    assert finding.failed
    assert str(port) in finding.text
    assert "VOLTAPE_HTTP_PORT" in finding.advice
    assert check_port("127.0.0.1", port, guarded=False).state == "ok"


def test_an_address_of_another_machine_is_told() -> None:
    """Neither an unknown name nor a foreign address can be listened on."""
    foreign = check_port("192.0.2.1", 0, guarded=False)
    assert foreign.failed
    unknown = check_port("no-such-host.invalid", 0, guarded=False)
    assert unknown.failed
    assert "VOLTAPE_HTTP_HOST" in unknown.advice


@pytest.mark.parametrize(("guarded", "state"), [(True, "ok"), (False, "warn")])
def test_an_open_door_without_a_token_is_pointed_out(guarded: bool, state: str) -> None:
    """Listening to the network is fine, but worth a warning where nothing is asked of readers."""
    finding = check_port("0.0.0.0", 0, guarded=guarded)  # noqa: S104 - the case in question
    assert finding.state == state
    assert ("VOLTAPE_API_TOKEN" in finding.advice) is (state == "warn")
