"""CPU and memory as the system accounts them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from voltape.flow.usage import ProcessUsage

MEGABYTE = 1 << 20
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells about other processes")


@pytest.fixture
def child() -> Iterator[int]:
    """Start a process that waits until its standard input ends; return its id."""
    program = [sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid


def test_cpu_time_of_this_process_grows_with_work() -> None:
    """Work done between two readings shows."""
    usage = ProcessUsage()
    before = usage.cpu_seconds()
    assert before is not None
    after: float | None = before
    while after is not None and after <= before:
        sum(range(10_000))
        after = usage.cpu_seconds()
    assert after is not None


def test_memory_of_this_process_is_plausible() -> None:
    """More than a megabyte, less than the machine could hold."""
    memory = ProcessUsage(os.getpid()).memory_bytes()
    assert memory is not None
    assert MEGABYTE < memory < 1 << 40


@linux_only
def test_another_process_is_read_too(child: int) -> None:
    """A role in its own process, the store included, can be accounted for."""
    usage = ProcessUsage(child)
    cpu, memory = usage.cpu_seconds(), usage.memory_bytes()
    assert cpu is not None
    assert 0 <= cpu < 60
    assert memory is not None
    assert MEGABYTE < memory < 1 << 40


def test_a_process_that_is_not_there_has_no_figures() -> None:
    """Absent is None, never 0."""
    usage = ProcessUsage(2**31 - 1)
    assert (usage.cpu_seconds(), usage.memory_bytes(), usage.disk_written_bytes()) == (None, None, None)


def fake(tmp_path: Path, **files: str) -> ProcessUsage:
    """Return the usage of another process whose files in /proc hold these texts."""
    usage = ProcessUsage(2**31 - 1)
    usage._proc = tmp_path
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return usage


def test_a_name_with_blanks_and_brackets_does_not_shift_the_cpu_fields(tmp_path: Path) -> None:
    """The command name in /proc/PID/stat may hold anything."""
    ticks = os.sysconf("SC_CLK_TCK")
    rest = "S 1 1 1 0 -1 4194304 1 0 0 0 300 200 40 2 20 0 1 0 1 1 1"
    usage = fake(tmp_path, stat=f"42 (a b) c) {rest}")
    assert usage.cpu_seconds() == 542 / ticks


def test_what_was_deleted_before_it_reached_the_disk_was_not_written(tmp_path: Path) -> None:
    """The system counts both."""
    text = "rchar: 9\nwchar: 8\nread_bytes: 4096\nwrite_bytes: 40960\ncancelled_write_bytes: 8192\n"
    assert fake(tmp_path, io=text).disk_written_bytes() == 32_768


@pytest.mark.parametrize("text", ["", "write_bytes: 1\n", "write_bytes: x\ncancelled_write_bytes: 0\n"])
def test_an_io_file_that_is_not_understood_gives_none(tmp_path: Path, text: str) -> None:
    """Absent is None, never 0."""
    assert fake(tmp_path, io=text).disk_written_bytes() is None


_SAVER = """
import os, sys
print("up", flush=True)
sys.stdin.readline()
if not os.fork():
    with open(sys.argv[1], "wb") as file:
        file.write(bytes(1_000_000))
        os.fsync(file.fileno())
    while os.times().user + os.times().system < 0.2:
        pass
    os._exit(0)
os.wait()
print("saved", flush=True)
sys.stdin.readline()
"""


@linux_only
def test_a_saver_counts_with_its_parent_once_it_has_ended(tmp_path: Path) -> None:
    """A store saves in a child, whose work is the store's."""
    program = [sys.executable, "-c", _SAVER, str(tmp_path / "dump")]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        usage = ProcessUsage(process.pid)
        cpu, written = usage.cpu_seconds(), usage.disk_written_bytes()
        assert cpu is not None
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "saved\n"
        after = usage.cpu_seconds()
        assert after is not None
        assert after >= cpu + 0.1
        more = usage.disk_written_bytes()
        process.communicate("\n")
    # A file system in memory writes to no disk, and some sandboxes tell nothing.
    assert (more is None) == (written is None)
    if more is not None and written is not None:
        assert more - written in {0, *range(1_000_000, 1_200_000)}


def test_a_broken_stat_file_gives_none(tmp_path: Path) -> None:
    """A process that ends while it is read has no figures."""
    assert fake(tmp_path, stat="").cpu_seconds() is None
    assert fake(tmp_path, stat="42 (x) S 1").cpu_seconds() is None


def test_shared_pages_count_once_where_the_system_tells(tmp_path: Path) -> None:
    """PSS goes before RSS."""
    rollup = "00400000-7ffd r--p 0 [rollup]\nRss:   900 kB\nPss:   700 kB\n"
    assert fake(tmp_path, smaps_rollup=rollup, statm="10 9 8").memory_bytes() == 700 * 1024


@pytest.mark.parametrize("rollup", [None, "Rss: 900 kB\n"])
def test_resident_size_stands_in_where_shares_are_not_told(tmp_path: Path, rollup: str | None) -> None:
    """Older systems, or no right to look, leave RSS."""
    files = {"statm": "10 9 8"} if rollup is None else {"statm": "10 9 8", "smaps_rollup": rollup}
    assert fake(tmp_path, **files).memory_bytes() == 9 * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize(("platform", "unit"), [("linux", 1024), ("darwin", 1)])
def test_without_proc_this_process_knows_its_peak(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, unit: int
) -> None:
    """The peak is told in bytes by macOS and in kilobytes by others."""
    usage = ProcessUsage()
    usage._proc = tmp_path
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr("resource.getrusage", lambda _: type("Usage", (), {"ru_maxrss": 5_000}))
    assert usage.memory_bytes() == 5_000 * unit
