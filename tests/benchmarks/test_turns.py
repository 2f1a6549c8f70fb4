"""Arithmetic of a measurement."""

import pytest

from benchmarks.turns import Window

WINDOW = Window(seconds=2.0, sent=5_000, cpu={"tracker": 0.1, "store": 0.02, "sim": 0.8})


def test_a_share_of_a_core_is_cpu_time_over_time() -> None:
    """One role, several, and with none named all but the exchange."""
    assert WINDOW.core("tracker") == pytest.approx(5.0)
    assert WINDOW.core("tracker", "store") == pytest.approx(6.0)
    assert WINDOW.core() == pytest.approx(6.0)


def test_cost_per_message_is_in_milliseconds_per_thousand() -> None:
    """0.1 s for 5,000 messages are 20 µs each."""
    assert WINDOW.per_message("tracker") == pytest.approx(20.0)


def test_the_rate_is_what_was_sent() -> None:
    """Messages per second, by the exchange's own count."""
    assert WINDOW.rate == 2_500.0


def test_a_contestant_that_falls_behind_is_charged_for_what_it_got_through() -> None:
    """Half of the messages at the same CPU time cost twice as much each."""
    behind = Window(seconds=2.0, sent=5_000, cpu=WINDOW.cpu, received=2_500)
    assert behind.per_message("tracker") == pytest.approx(40.0)
    assert behind.rate == 2_500.0
