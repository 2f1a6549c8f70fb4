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
