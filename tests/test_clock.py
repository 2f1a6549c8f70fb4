"""Clocks: what the machine's and the manual one promise."""

import time

import pytest

from voltape.clock import Clock, ManualClock, SystemClock


def test_the_system_clock_tells_the_machines_times() -> None:
    """Wall time is epoch milliseconds and monotonic time counts seconds, both as the machine has them."""
    clock: Clock = SystemClock()
    before, after = time.time(), time.time() + 1
    assert before * 1000 - 1 <= clock.wall_ms() <= after * 1000
    assert 0 <= clock.monotonic() - time.monotonic() + 1 <= 1


def test_waiting_is_no_work() -> None:
    """Only what keeps the processor counts as busy."""
    clock = SystemClock()
    before = clock.busy()
    time.sleep(0.05)
    waited = clock.busy() - before
    began = time.monotonic()
    while time.monotonic() - began < 0.05:
        pass
    assert waited < 0.03
    assert clock.busy() - before > waited


def test_a_manual_clock_stands_still() -> None:
    """It tells the same time until it is moved."""
    clock = ManualClock(wall_ms=5_000, monotonic=3.0)
    assert [clock.wall_ms(), clock.wall_ms()] == [5_000, 5_000]
    assert [clock.monotonic(), clock.monotonic()] == [3.0, 3.0]


def test_advancing_moves_both_clocks() -> None:
    """Time passes on the wall and since the start alike."""
    clock = ManualClock(wall_ms=5_000, monotonic=3.0)
    clock.advance(1.5)
    assert (clock.wall_ms(), clock.monotonic()) == (6_500, 4.5)


@pytest.mark.parametrize("seconds", [3_600.0, -3_600.0])
def test_a_step_of_the_wall_clock_moves_no_deadline(seconds: float) -> None:
    """Only the wall clock steps; what is measured with the other one does not notice."""
    clock = ManualClock(wall_ms=5_000_000, monotonic=3.0)
    clock.step_wall(seconds)
    assert (clock.wall_ms(), clock.monotonic()) == (5_000_000 + seconds * 1000, 3.0)
