"""CPU and memory of the roles' processes."""

import os
import subprocess
import sys

import pytest

from voltape.clock import ManualClock
from voltape.flow.usage import ProcessUsage
from voltape.run.resources import ResourceMeter


def busy(seconds: float) -> None:
    """Use the processor for a while."""
    start = os.times()
    while os.times().user + os.times().system - start.user - start.system < seconds:
        sum(range(10_000))


def test_cpu_is_the_share_of_a_core_since_the_last_sample() -> None:
    """Half a second of work within five seconds is ten per cent."""
    clock = ManualClock()
    meter = ResourceMeter(clock, {"up": os.getpid})
    meter.read()
    busy(0.5)
    clock.advance(5)
    used = meter.read().by_role["up"].cpu_percent
    assert used is not None
    assert 9.5 <= used < 20


def test_roles_add_up() -> None:
    """CPU and memory of the system are the sums over its processes."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        clock = ManualClock()
        meter = ResourceMeter(clock, {"up": os.getpid, "valkey": lambda: other.pid})
        meter.read()
        clock.advance(5)
        sample = meter.read()
        other.communicate(b"\n")
    memory = [role.memory_bytes for role in sample.by_role.values()]
    assert set(sample.by_role) == {"up", "valkey"}
    assert all(memory)
    assert sample.memory_bytes == sum(bytes_ or 0 for bytes_ in memory)


def test_a_role_tells_its_time_and_writes_since_its_start() -> None:
    """Counters, from which any interval's use follows."""
    clock = ManualClock()
    meter = ResourceMeter(clock, {"up": os.getpid})
    first = meter.read().by_role["up"]
    busy(0.2)
    clock.advance(5)
    second = meter.read().by_role["up"]
    assert first.cpu_seconds is not None
    assert second.cpu_seconds is not None
    # The system's accounts are kept by the tick, so that two of them may differ by one each.
    assert second.cpu_seconds >= first.cpu_seconds + 0.1
    if sys.platform != "linux":
        assert second.disk_written_bytes is None


def test_what_was_written_never_grows_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system takes back what was deleted in time; a counter that fell would pass for a new process."""
    told: list[int | None] = [5_000, 3_000, None, 9_000]
    monkeypatch.setattr(ProcessUsage, "disk_written_bytes", lambda _: told.pop(0))
    clock = ManualClock()
    meter = ResourceMeter(clock, {"up": os.getpid})
    found = []
    while told:
        found.append(meter.read().by_role["up"].disk_written_bytes)
        clock.advance(5)
    assert found == [5_000, 5_000, 5_000, 9_000]


def test_samples_are_seconds_apart() -> None:
    """Asking more often costs nothing: the last sample is given again."""
    clock = ManualClock()
    meter = ResourceMeter(clock, {"up": os.getpid})
    first = meter.read()
    clock.advance(4.9)
    assert meter.read() is first
    clock.advance(0.2)
    assert meter.read() is not first


def test_a_role_without_a_process_is_left_out() -> None:
    """A store elsewhere has no process here, and its figures are absent rather than zero."""
    meter = ResourceMeter(ManualClock(), {"up": os.getpid, "valkey": lambda: None})
    assert set(meter.read().by_role) == {"up"}


def test_a_process_that_was_replaced_starts_a_new_count() -> None:
    """A restarted store's processor time is not compared with that of the one before."""
    clock = ManualClock()
    processes = [os.getpid(), os.getppid()]
    meter = ResourceMeter(clock, {"valkey": lambda: processes[0]})
    meter.read()
    processes.reverse()
    clock.advance(5)
    used = meter.read().by_role["valkey"].cpu_percent
    assert used is not None
    assert 0 <= used < 1
