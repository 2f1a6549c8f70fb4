"""The ladder of expiries."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from voltape.sim.expiries import DAY_MS, label, ladder, settlement_window, years_to

moments = st.integers(1_735_689_600_000, 1_924_992_000_000)


def at(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> int:
    """Epoch milliseconds of a UTC time."""
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()) * 1000


def test_the_ladder_of_a_known_day_is_the_recorded_one() -> None:
    """On Monday, 1 September 2025, the venue listed exactly these."""
    long = [
        "2SEP25",
        "3SEP25",
        "4SEP25",
        "5SEP25",
        "12SEP25",
        "19SEP25",
        "26SEP25",
        "31OCT25",
        "26DEC25",
        "27MAR26",
        "26JUN26",
    ]
    assert [label(ms) for ms in ladder(at(2025, 9, 1))] == long
    assert [label(ms) for ms in ladder(at(2025, 9, 1), long=False)] == long[:7]


def test_a_day_changes_at_eight() -> None:
    """One millisecond before 08:00 UTC today's series is listed; at 08:00 it is not."""
    eight = at(2025, 9, 1, 8)
    assert ladder(eight - 1)[0] == eight
    assert ladder(eight)[0] == eight + DAY_MS


def test_a_further_week_is_listed_on_thursday() -> None:
    """From Thursday 08:00 to Friday 08:00 there are four weekly series."""
    assert "3OCT25" not in [label(ms) for ms in ladder(at(2025, 9, 11, 7))]
    assert "3OCT25" in [label(ms) for ms in ladder(at(2025, 9, 11, 8))]
    assert "3OCT25" in [label(ms) for ms in ladder(at(2025, 9, 12, 8))]


@given(moments, st.booleans())
def test_all_expiries_are_later_at_eight_and_in_order(now_ms: int, long: bool) -> None:
    """All but the three daily series expire on a Friday."""
    rungs = ladder(now_ms, long=long)
    assert list(rungs) == sorted(set(rungs))
    assert rungs[0] > now_ms
    days = [datetime.fromtimestamp(ms / 1000, UTC) for ms in rungs]
    assert all((day.hour, day.minute) == (8, 0) for day in days)
    assert all(day.weekday() == 4 for day in days[3:])
    assert [ms - rungs[0] for ms in rungs[:3]] == [0, DAY_MS, 2 * DAY_MS]


def test_a_label_has_no_leading_zero() -> None:
    """Single-digit days are written with one digit."""
    assert label(at(2023, 1, 6, 8)) == "6JAN23"


def test_the_settlement_window_is_the_last_half_hour() -> None:
    """It opens at 07:30 and is over at 08:00."""
    eight = at(2025, 9, 1, 8)
    assert [settlement_window(eight, eight - ms) for ms in (1_800_001, 1_800_000, 1, 0)] == [
        False,
        True,
        True,
        False,
    ]


def test_time_to_expiry_is_never_nothing() -> None:
    """Even past expiry a second is left, so that nothing divides by zero."""
    assert years_to(0, 10_000) == years_to(1000, 0) > 0
