"""Schedules and records of jobs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.model.job import DAY_MS, JobRecord, Schedule

NOW = 1_795_373_272_547
DISTANCES = st.sampled_from([300, 3600, 4 * 3600, 86_400])


@given(DISTANCES, st.floats(0, 0.99), st.integers(0, 2**45))
def test_instants_lie_at_their_distance_around_now(every: int, part: float, now: int) -> None:
    """One is not after now and the next one is, and each is so far from a midnight of UTC as it should be."""
    schedule = Schedule(every, int(every * part) // 60 * 60)
    latest, following = schedule.latest(now), schedule.following(now)
    assert latest <= now < following
    assert following - latest == every * 1000
    assert (latest - schedule.offset_s * 1000) % (every * 1000) == 0
    assert DAY_MS % (following - latest) == 0


@pytest.mark.parametrize(
    ("schedule", "text"),
    [(Schedule(86_400, 8 * 3600 + 300), "daily at 08:05 UTC"), (Schedule(3600, 2400), "every 60 min")],
)
def test_a_schedule_is_told_in_words(schedule: Schedule, text: str) -> None:
    """As people say it."""
    assert str(schedule) == text


def test_a_job_that_never_ran_waits_for_its_first_instant() -> None:
    """A new installation does not begin with everything at once."""
    schedule = Schedule(3600)
    record = JobRecord("audit", ts_since=NOW)
    assert not record.due(schedule, NOW)
    first = schedule.following(NOW)
    assert not record.due(schedule, first - 1)
    assert record.due(schedule, first)
    assert not record.missed(schedule, first)


def test_a_run_is_due_once_per_instant() -> None:
    """However late it was."""
    schedule = Schedule(3600)
    instant = schedule.following(NOW)
    record = JobRecord("audit", ts_since=NOW, ts_started=instant + 1_000)
    assert not record.due(schedule, instant + 3_599_999)
    assert record.due(schedule, instant + 3_600_000)


def test_missed_runs_are_known_as_such() -> None:
    """Not the one that is merely due."""
    schedule = Schedule(3600)
    instant = schedule.following(NOW)
    record = JobRecord("audit", ts_since=NOW, ts_started=instant)
    assert not record.missed(schedule, instant + 3_600_000)
    assert record.missed(schedule, instant + 3 * 3_600_000)


def test_a_clock_that_goes_back_repeats_nothing() -> None:
    """What has run for an instant has run for it."""
    schedule = Schedule(86_400)
    instant = schedule.following(NOW)
    record = JobRecord("report", ts_since=NOW, ts_started=instant + 5_000)
    assert not record.due(schedule, instant - 7_200_000)
    assert not record.due(schedule, instant + 60_000)
