import pytest

from voltape.analytics.index_change import UNKNOWN, IndexChange, index_change
from voltape.model.history import DAY_S, History, Samples

NOW_S = 1_790_000_000
NOW_MS = NOW_S * 1_000 + 500
AT = "2026-09-20T14:13:20Z"


def prices(*samples: tuple[int, float]) -> Samples:
    """Prices by their age in seconds."""
    kept = History().prices
    for age, price in samples:
        kept.put(NOW_S - age, (price,))
    return kept


def test_the_change_over_a_day_is_against_the_sample_of_then() -> None:
    """The nearest one; the whole day is what is known."""
    kept = prices((DAY_S + 540, 1.0), (DAY_S, 100.0), (600, 500.0))
    assert index_change(kept, 110.0, NOW_MS) == IndexChange(0.1, 0.1, AT)


@pytest.mark.parametrize("age", [DAY_S - 600, DAY_S + 600])
def test_a_sample_may_be_ten_minutes_off(age: int) -> None:
    """On either side."""
    assert index_change(prices((age, 100.0)), 99.0, NOW_MS).day == -0.01


def test_where_less_is_known_the_oldest_sample_says_since_when() -> None:
    """There is no change over 24 hours then."""
    change = index_change(prices((7_200, 100.0), (60, 104.0)), 105.0, NOW_MS)
    assert change == IndexChange(None, 0.05, "2026-09-21T12:13:20Z")


def test_what_is_older_than_a_day_counts_for_nothing_more() -> None:
    """A price of long ago is not passed off as yesterday's."""
    assert index_change(prices((DAY_S + 601, 100.0)), 105.0, NOW_MS) == UNKNOWN


def test_what_lies_ahead_is_not_the_past() -> None:
    """A clock that was ahead left it there."""
    assert index_change(prices((-3_600, 100.0)), 105.0, NOW_MS) == UNKNOWN


def test_without_price_or_history_nothing_is_known() -> None:
    """Absent, not zero."""
    assert index_change(prices((60, 100.0)), None, NOW_MS) == UNKNOWN
    assert index_change(None, 100.0, NOW_MS) == UNKNOWN
    assert index_change(prices(), 100.0, NOW_MS) == UNKNOWN
