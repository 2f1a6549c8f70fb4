"""The venue's clock as we know it."""

import pytest

from voltape.clock import ManualClock
from voltape.track.venue_time import VenueTime


def test_our_clock_stands_in_until_the_venue_has_answered() -> None:
    """Before the first answer there is nothing better; zero is no answer."""
    clock = ManualClock()
    time = VenueTime(clock)
    assert time.now_ms() == clock.wall_ms()
    time.observe(0)
    assert time.now_ms() == clock.wall_ms()
    assert time.skew_ms is None


def test_the_venues_time_goes_on_by_itself() -> None:
    """Between two answers time passes by the monotonic clock."""
    clock = ManualClock()
    time = VenueTime(clock)
    time.observe(clock.wall_ms() - 7_000)
    assert time.skew_ms == -7_000
    clock.advance(12.5)
    assert time.now_ms() == clock.wall_ms() - 7_000


@pytest.mark.parametrize("step", [3_600.0, -3_600.0])
def test_a_step_of_our_wall_clock_does_not_move_it(step: float) -> None:
    """Promise 8: expiries and deadlines go by the venue."""
    clock = ManualClock()
    time = VenueTime(clock)
    time.observe(1_790_000_000_000)
    clock.step_wall(step)
    clock.advance(1)
    assert time.now_ms() == 1_790_000_001_000


def test_one_answer_that_is_far_from_the_others_does_not_count() -> None:
    """A single wrong time would let every contract expire; what is a minute away is only the jitter of answers."""
    clock = ManualClock()
    time = VenueTime(clock)
    time.observe(clock.wall_ms())
    for wrong in (400 * 86_400_000, -400 * 86_400_000, 60_001):
        time.observe(clock.wall_ms() + wrong)
        assert (time.now_ms(), time.skew_ms) == (clock.wall_ms(), 0)
    time.observe(clock.wall_ms() + 60_000)
    assert time.now_ms() == clock.wall_ms() + 60_000


def test_a_clock_that_was_set_counts_with_the_next_answer() -> None:
    """Two answers that agree are the venue's time, two that do not are none."""
    clock = ManualClock()
    time = VenueTime(clock)
    time.observe(1_790_000_000_000)
    time.observe(1_790_003_600_000)
    clock.advance(30)
    time.observe(1_790_009_999_000)
    assert time.now_ms() == 1_790_000_030_000
    clock.advance(30)
    time.observe(1_790_010_029_000)
    assert time.now_ms() == 1_790_010_029_000


def test_after_this_machine_has_slept_the_first_answer_counts() -> None:
    """The monotonic clock stood still meanwhile; that the wall clock went on is reason enough to believe the venue."""
    clock = ManualClock()
    time = VenueTime(clock)
    time.observe(clock.wall_ms() - 7_000)
    clock.step_wall(36_000)
    time.observe(clock.wall_ms() - 6_900)
    assert (time.now_ms(), time.skew_ms) == (clock.wall_ms() - 6_900, -6_900)
