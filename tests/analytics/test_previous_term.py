import pytest

from voltape.analytics.previous_term import TOLERANCE_S, previous_term
from voltape.model.history import DAY_S, History, Samples

NOW_S = 1_790_000_000
ROW = (50.0, 0.45, None, 0.46, 0.47, 0.48, 0.49)


def sampled(*ages: int) -> Samples:
    """The same sample at these ages, s."""
    kept = History().volatilities
    for age in ages:
        kept.put(NOW_S - age, ROW)
    return kept


def test_it_is_the_sample_nearest_to_a_day_ago() -> None:
    """With its own time, and absent where a tenor was."""
    found = previous_term(sampled(DAY_S + 4_000, DAY_S - 400, 60), NOW_S * 1_000)
    assert found is not None
    assert found.ts == (NOW_S - DAY_S + 400) * 1_000
    assert [(one.days, one.atm_iv) for one in found.tenors] == [
        (7.0, 0.45),
        (14.0, None),
        (30.0, 0.46),
        (60.0, 0.47),
        (90.0, 0.48),
        (180.0, 0.49),
    ]


@pytest.mark.parametrize("ages", [(), (60,), (DAY_S + TOLERANCE_S + 1,)])
def test_where_nothing_was_sampled_about_then_there_is_none(ages: tuple[int, ...]) -> None:
    """Neither today's nor that of the day before it stands in."""
    assert previous_term(sampled(*ages), NOW_S * 1_000) is None
