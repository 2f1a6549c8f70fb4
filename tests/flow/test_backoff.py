"""Delays between attempts."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from voltape.flow.backoff import Backoff


class Top(Random):
    """A generator whose every draw is as good as one."""

    def random(self) -> float:
        return 1.0


def test_delays_double_up_to_the_longest() -> None:
    """Trap 20: the step grows, and is capped."""
    backoff = Backoff(0.5, 30.0, Top(0))
    assert [backoff.next() for _ in range(8)] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert backoff.attempts == 8


def test_success_starts_over() -> None:
    """After a reset the first step comes again."""
    backoff = Backoff(0.5, 30.0, Top(0))
    for _ in range(5):
        backoff.next()
    backoff.reset()
    assert (backoff.attempts, backoff.next()) == (0, 0.5)


def test_a_first_step_above_the_longest_is_capped() -> None:
    """No delay exceeds the longest, the first one after a reset included."""
    backoff = Backoff(30.0, 5.0, Top(0))
    assert [backoff.next(), backoff.next()] == [5.0, 5.0]
    backoff.reset()
    assert backoff.next() == 5.0


@given(st.floats(0.001, 10), st.floats(0.001, 100), st.integers(0, 2**32), st.integers(1, 40))
def test_a_delay_lies_between_half_of_and_the_whole_step(
    first: float, most: float, seed: int, tries: int
) -> None:
    """Trap 20: jitter spreads every delay, and there is no end to the attempts."""
    backoff = Backoff(first, most, Random(seed))
    for attempt in range(tries):
        step = min(first * 2.0**attempt, most)
        assert step / 2 <= backoff.next() <= step


def test_two_sources_cut_at_once_do_not_come_back_at_once() -> None:
    """Trap 20: connections that share a generator draw different delays."""
    rng = Random(7)
    sources = [Backoff(0.5, 30.0, rng) for _ in range(8)]
    assert len({source.next() for source in sources}) == 8
