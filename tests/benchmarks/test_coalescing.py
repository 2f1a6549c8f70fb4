"""Delay of messages."""

from benchmarks.coalescing import own_delays


def test_lateness_that_messages_share_is_not_their_delay() -> None:
    """An exchange that is 400 ms late delays all of them; what one waits longer than another is its own."""
    assert own_delays([(1_000, 400), (1_010, 412), (1_099, 405)]) == [0.0, 12.0, 5.0]


def test_lateness_may_change_from_one_tenth_of_a_second_to_the_next() -> None:
    """Each has its own."""
    assert sorted(own_delays([(1_000, 400), (1_050, 410), (1_150, 30), (1_160, 35)])) == [0.0, 0.0, 5.0, 10.0]
