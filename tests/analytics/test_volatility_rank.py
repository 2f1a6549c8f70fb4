import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.analytics.volatility_rank import LONGEST_DAYS, daily_values, volatility_rank
from voltape.model.history import DAY_S, HOUR_S, VOLATILITY_FIELDS, History, Samples

MIDNIGHT = 20_700
"""Number of a day."""
NOW_MS = (MIDNIGHT * DAY_S + 10 * HOUR_S) * 1_000
MONTH = VOLATILITY_FIELDS.index("atm_iv_30d")

figures = st.floats(0.01, 5.0)


def month(*samples: tuple[int, float | None]) -> Samples:
    """30-day ATM IVs by their hour, counted from the last midnight."""
    kept = History().volatilities
    for hour, value in samples:
        row: list[float | None] = [50.0] * len(VOLATILITY_FIELDS)
        row[MONTH] = value
        kept.put(MIDNIGHT * DAY_S + hour * HOUR_S, row)
    return kept


def test_a_daily_value_is_the_last_known_one_of_a_day_that_is_over() -> None:
    """Today is not over; an hour without the figure is passed over; a day without it does not count."""
    kept = month((-72, None), (-48, 0.3), (-25, 0.4), (-24, 0.5), (-2, 0.6), (-1, None), (0, 0.9), (9, 0.8))
    assert daily_values(kept, "atm_iv_30d", NOW_MS) == {MIDNIGHT - 2: 0.4, MIDNIGHT - 1: 0.6}


def test_no_more_than_a_year_counts() -> None:
    """Of the 366 days that are kept."""
    kept = month(*((-24 * day, 0.5) for day in range(366, 0, -1)))
    assert len(daily_values(kept, "atm_iv_30d", NOW_MS)) == LONGEST_DAYS


def test_the_rank_lies_between_low_and_high() -> None:
    """By the formulas of the module."""
    rank = volatility_rank({MIDNIGHT - 3: 0.4, MIDNIGHT - 2: 0.6, MIDNIGHT - 1: 0.5}, 0.45)
    assert (rank.now, rank.low, rank.high) == (0.45, 0.4, 0.6)
    assert rank.rank == 0.25
    assert rank.percentile == pytest.approx(1 / 3, abs=1e-6)
    assert (rank.look_back_days, rank.since_at, rank.reason) == (3, "2026-09-01T00:00:00Z", None)


@pytest.mark.parametrize(("now", "rank", "percentile"), [(0.1, 0.0, 0.0), (0.9, 1.0, 1.0)])
def test_beyond_the_past_is_the_end_of_the_range(now: float, rank: float, percentile: float) -> None:
    """Low and high include now."""
    found = volatility_rank({1: 0.4, 2: 0.6}, now)
    assert (found.rank, found.percentile) == (rank, percentile)
    assert now in {found.low, found.high}


@pytest.mark.parametrize("days", [{}, {1: 0.5}])
def test_with_fewer_than_two_days_there_is_no_rank(days: dict[int, float]) -> None:
    """Null, with the reason and the days that there are."""
    found = volatility_rank(days, 0.5)
    assert (found.low, found.high, found.rank, found.percentile) == (None, None, None, None)
    assert found.reason == "fewer than 2 days of history"
    assert found.look_back_days == len(days)
    assert (found.since_at is None) == (not days)


def test_a_flat_history_has_no_rank() -> None:
    """Nothing can be divided by a range of zero; no day was below now."""
    found = volatility_rank({1: 0.5, 2: 0.5}, 0.5)
    assert (found.rank, found.percentile, found.reason) == (None, 0.0, "flat history")
    assert (found.low, found.high) == (0.5, 0.5)


def test_without_a_value_now_there_is_no_rank() -> None:
    """However much history there is."""
    found = volatility_rank({1: 0.5, 2: 0.6}, None)
    assert (found.now, found.rank, found.percentile, found.reason) == (None, None, None, "no value now")
    assert found.look_back_days == 2


@given(st.lists(figures, min_size=2, max_size=40), figures)
def test_rank_and_percentile_are_shares(values: list[float], now: float) -> None:
    """Whatever the figures."""
    found = volatility_rank(dict(enumerate(values)), now)
    assert found.rank is None or 0.0 <= found.rank <= 1.0
    assert found.percentile is not None
    assert 0.0 <= found.percentile <= 1.0
    assert (found.rank is None) == (min([*values, now]) == max([*values, now]))
