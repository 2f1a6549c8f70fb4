"""What the system says of a process."""

import os
import sys
import time
from pathlib import Path

import pytest

from benchmarks.accounting import cpu_seconds, disk_written, family, memory_bytes, resident_bytes, total_cpu


def test_cpu_time_of_a_process_is_its_own_clock() -> None:
    """Read from outside, as for a child, it lies between two readings from within."""
    before = time.process_time()
    used = cpu_seconds(os.getpid())
    after = time.process_time()
    assert before - 0.05 <= used <= after + 0.05


def test_roles_add_up_their_processes() -> None:
    """A role without processes uses nothing."""
    used = total_cpu({"me": [os.getpid()], "nobody": []})
    assert used["me"] > 0
    assert used["nobody"] == 0


def test_memory_shared_with_others_counts_in_part() -> None:
    """The proportional size is at most the resident one, give or take what changed in between."""
    assert 0 < memory_bytes(os.getpid()) <= resident_bytes(os.getpid()) * 1.05


def test_a_family_starts_with_the_process_itself() -> None:
    """By process id, with names."""
    assert next(iter(family(os.getpid()))) == os.getpid()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep no such account")
def test_what_is_written_to_disk_is_counted(tmp_path: Path) -> None:
    """A synced file of a megabyte adds as much, unless the directory is kept in memory."""
    before = disk_written(os.getpid())
    with (tmp_path / "file").open("wb") as file:
        file.write(bytes(1 << 20))
        file.flush()
        os.fsync(file.fileno())
    after = disk_written(os.getpid())
    assert before is not None
    assert after is not None
    assert after - before in {0, *range(1 << 20, 1 << 22)}


def test_a_process_that_is_gone_has_no_account() -> None:
    """None rather than zero."""
    assert disk_written(2**22 + 1) is None
