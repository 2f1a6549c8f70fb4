"""The wait between flushes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.flow.pace import Pace

BASE = 0.25
WORK = st.floats(0, 10)


def after(work: float, times: int = 100) -> Pace:
    """A pace that has seen many flushes of the same length."""
    pace = Pace(BASE)
    for _ in range(times):
        pace.worked(work)
    return pace


@pytest.mark.parametrize("work", [0.0, 0.005, 0.0149])
def test_light_work_leaves_the_wait_alone(work: float) -> None:
    """Freshness comes first: up to six per cent of the time nothing changes."""
    pace = after(work)
    assert pace.interval == BASE
    assert not pace.stretched


def test_heavy_work_stretches_the_wait_to_keep_its_share() -> None:
    """Twice the share takes twice the wait."""
    pace = after(0.03)
    assert pace.interval == pytest.approx(0.5, rel=0.01)
    assert pace.stretched


def test_the_wait_has_a_bound() -> None:
    """However slow the machine, data is at most four waits old."""
    assert after(10.0).interval == 4 * BASE


def test_one_slow_flush_hardly_counts() -> None:
    """A hiccup of the machine is not load."""
    pace = after(0.005)
    pace.worked(0.04)
    assert not pace.stretched


def test_the_wait_comes_back_after_the_load() -> None:
    """Once flushes are short again the wait is the one that was asked for."""
    pace = after(0.1)
    for _ in range(30):
        pace.worked(0.001)
    assert pace.interval == BASE


@given(st.lists(WORK, max_size=50))
def test_the_wait_stays_within_its_bounds(work: list[float]) -> None:
    """Whatever flushes take, the wait is between one and four times what was asked for."""
    pace = Pace(BASE)
    for seconds in work:
        pace.worked(seconds)
        assert BASE <= pace.interval <= 4 * BASE


@given(st.lists(WORK, max_size=20))
def test_switched_off_the_wait_never_changes(work: list[float]) -> None:
    """The rollback of the optimisation."""
    pace = Pace(BASE, adaptive=False)
    for seconds in work:
        pace.worked(seconds)
    assert pace.interval == BASE
