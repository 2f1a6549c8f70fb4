from hypothesis import given
from hypothesis import strategies as st

from voltape.alerts.rule import Direction, Move
from voltape.alerts.window import BUCKETS, Bucket, moved

MINUTE_MS = 60_000
UP = Move(MINUTE_MS, "up", relative=False)
COUNT = Move(MINUTE_MS, "up", relative=False, counts=True)

STEPS = st.lists(st.tuples(st.integers(0, 5_000), st.floats(1, 1e6)), min_size=1, max_size=150)
DIRECTIONS: st.SearchStrategy[Direction] = st.sampled_from(["up", "down", "either"])


def test_the_first_value_has_not_moved() -> None:
    """Nothing is known of before, which is not the same as no change."""
    assert moved([], 100.0, 0, UP) is None


def test_a_move_is_from_the_lowest_or_highest_value_within_the_time() -> None:
    """As a share of that where it is asked for."""
    steps = ((0, 100.0), (10, 80.0), (20, 120.0))
    directions: dict[Direction, float] = {"up": 30.0, "down": 10.0, "either": 30.0}
    for direction, expected in directions.items():
        for relative in (False, True):
            move = Move(MINUTE_MS, direction, relative)
            buckets: list[Bucket] = []
            for second, value in steps:
                moved(buckets, value, second * 1000, move)
            base = {"up": 80, "down": 120, "either": 80}[direction] if relative else 1
            assert moved(buckets, 110.0, 30_000, move) == expected / base


def test_what_was_before_the_time_does_not_count() -> None:
    """It has fallen out."""
    buckets: list[Bucket] = []
    moved(buckets, 10.0, 0, UP)
    moved(buckets, 100.0, 50_000, UP)
    assert moved(buckets, 101.0, 61_000, UP) == 1.0


def test_a_share_of_nothing_is_absent() -> None:
    """Volume that rises from zero has no relative change."""
    buckets = [Bucket(0, 0.0, 0.0, 0.0)]
    assert moved(buckets, 5.0, 1000, Move(MINUTE_MS, "up", relative=True)) is None


@given(STEPS, DIRECTIONS)
def test_a_move_is_never_negative_nor_larger_than_what_there_was(
    steps: list[tuple[int, float]], direction: Direction
) -> None:
    """And the memory for it is bounded, whatever the pace."""
    move, buckets, now, seen = Move(MINUTE_MS, direction, relative=False), list[Bucket](), 0, list[float]()
    for wait, value in steps:
        now += wait
        change = moved(buckets, value, now, move)
        seen.append(value)
        assert change is None or 0 <= change <= max(seen) - min(seen)
        assert len(buckets) <= BUCKETS + 2


def test_a_counter_counts_from_nothing_and_over_its_restart() -> None:
    """What it has when it is first seen is news, and so is what it has after it began anew."""
    buckets: list[Bucket] = []
    assert moved(buckets, 3.0, 0, COUNT) == 3.0
    assert moved(buckets, 3.0, 30_000, COUNT) == 3.0
    assert moved(buckets, 3.0, 90_000, COUNT) == 0.0
    assert moved(buckets, 5.0, 100_000, COUNT) == 2.0
    assert moved(buckets, 1.0, 110_000, COUNT) == 1.0


def test_a_counter_that_was_not_read_for_long_counts_from_its_last_value() -> None:
    """So that nothing that happened meanwhile is missed, and nothing is told twice."""
    buckets: list[Bucket] = []
    moved(buckets, 3.0, 0, COUNT)
    moved(buckets, 3.0, 90_000, COUNT)
    assert moved(buckets, 4.0, 9_000_000, COUNT) == 1.0
    assert moved(buckets, 4.0, 9_090_000, COUNT) == 0.0
