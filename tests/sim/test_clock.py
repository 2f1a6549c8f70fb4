"""The venue's clock."""

from voltape.sim.clock import VenueClock


class Steady:
    """A source of seconds that moves when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_follows_its_source_at_its_speed() -> None:
    """At speed 60 a second is a minute."""
    steady = Steady()
    clock = VenueClock(steady, start_ms=1_000_000, speed=60.0)
    assert clock.now_ms() == 1_000_000
    steady.now += 2
    assert clock.now_ms() == clock.at(102.0) == 1_120_000


def test_a_change_of_speed_is_no_jump_and_a_jump_no_change_of_speed() -> None:
    """Both ways in time."""
    steady = Steady()
    clock = VenueClock(steady, start_ms=0)
    steady.now += 5
    clock.run_at(10.0)
    assert clock.now_ms() == 5_000
    steady.now += 1
    assert clock.now_ms() == 15_000
    clock.advance(3600)
    assert clock.now_ms() == 3_615_000
    clock.advance(-3600)
    steady.now += 1
    assert clock.now_ms() == 25_000
