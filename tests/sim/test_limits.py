"""Counted limits."""

from voltape.sim.limits import BanningLimit, WindowLimit


def test_a_window_forgets_old_events_and_does_not_count_refused_ones() -> None:
    """Two per ten seconds."""
    limit = WindowLimit(2, 10.0)
    assert [limit.allows(t) for t in (0.0, 1.0, 2.0, 9.9, 10.0, 10.5, 11.0)] == [
        True,
        True,
        False,
        False,
        True,
        False,
        True,
    ]


def test_a_ban_outlasts_the_window() -> None:
    """Once exceeded, everything is refused for the ban's time."""
    limit = BanningLimit(1, 1.0, 60.0)
    assert [limit.allows(t) for t in (0.0, 0.5, 30.0, 60.4, 60.5)] == [True, False, False, False, True]
