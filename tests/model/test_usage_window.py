import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.statuses import NOW_MS, at_work, with_roles
from voltape.model.status import RoleUse
from voltape.model.usage_window import SAMPLE_S, Growth, UsageWindow


def watched(*seconds: float) -> UsageWindow:
    """A window with samples at these seconds of a system at an even load."""
    window = UsageWindow()
    for second in seconds:
        window.add(second, NOW_MS + round(1000 * second), at_work(second))
    return window


def cpu_window(*used: float) -> UsageWindow:
    """A window with samples ten seconds apart of a role that has used so many seconds of CPU."""
    window = UsageWindow()
    for number, seconds in enumerate(used):
        roles = with_roles(up=RoleUse(cpu_seconds=seconds))
        window.add(10.0 * number, NOW_MS, at_work(number, resources=roles))
    return window


def test_nothing_is_known_before_the_first_sample() -> None:
    """Neither growth nor peaks."""
    window = UsageWindow()
    assert (window.seconds, window.since_ts) == (0.0, None)
    assert window.grown("cpu") == {}
    assert window.busiest_cpu() is None
    assert window.largest_memory() is None


def test_growth_is_that_between_the_first_and_the_last_sample() -> None:
    """By role and by peer, with the time it took."""
    window = watched(0, 10, 20, 60)
    assert window.seconds == 60
    assert window.since_ts == NOW_MS
    cpu = window.grown("cpu")
    assert cpu["up"].per(100) == pytest.approx(9)
    assert cpu["valkey"].per(100) == pytest.approx(1)
    assert window.grown("messages")[""] == Growth(60_000, 60)
    assert window.grown("received")["exchange socket"].amount == 30_000_000
    assert window.grown("disk")["up"].per(1) == pytest.approx(1000)


def test_one_sample_is_no_rate() -> None:
    """Nothing was watched yet."""
    assert watched(0).grown("cpu") == {}
    assert Growth(0, 0).per(1) is None


def test_samples_come_no_faster_than_their_pace() -> None:
    """However often the status is looked at."""
    window = watched(0, 1, 5, 9)
    assert window.seconds == 0
    assert not window.is_due(9.0)
    assert window.is_due(SAMPLE_S)


def test_only_the_last_minutes_count() -> None:
    """Older samples fall out."""
    window = watched(*range(0, 2000, 10))
    assert window.seconds == 600
    assert window.since_ts == NOW_MS + 1_390_000


def test_a_gap_in_watching_leaves_the_newest_sample() -> None:
    """After an hour without a look, the old ones say nothing of now."""
    window = watched(0, 10, 3600)
    assert window.seconds == 0
    assert window.since_ts == NOW_MS + 3_600_000


def test_a_restarted_process_begins_at_zero() -> None:
    """What it has used since is counted, and no growth is negative."""
    assert cpu_window(50, 51, 0.5, 1.5).grown("cpu")["up"] == Growth(2.5, 30)


def test_a_role_that_came_later_is_judged_by_its_own_time() -> None:
    """Its counter before it was seen is none of the growth."""
    window = UsageWindow()
    window.add(0, NOW_MS, at_work(0, resources=with_roles(tracker=RoleUse(cpu_seconds=1.0))))
    for number in (1, 2):
        roles = with_roles(tracker=RoleUse(cpu_seconds=1.0), serve=RoleUse(cpu_seconds=7.0 + number))
        window.add(10.0 * number, NOW_MS, at_work(number, resources=roles))
    assert window.grown("cpu")["serve"] == Growth(1.0, 10.0)


def test_a_status_that_stands_still_is_no_idle_system() -> None:
    """A tracker that no longer tells is not counted as one that does nothing."""
    window = watched(0, 10)
    for second in (20, 30, 40):
        window.add(second, NOW_MS, at_work(10))
    assert window.seconds == 10


def test_the_busiest_minute_is_found() -> None:
    """Neither the average over ten minutes nor the peak of a second."""
    idle, busy = [0.1] * 12, [3.0] * 6
    used = [0.0]
    for part in [*idle, *busy, *idle]:
        used.append(used[-1] + part)
    assert cpu_window(*used).busiest_cpu() == pytest.approx(30)
    assert cpu_window(0, 5, 10).busiest_cpu() is None


def test_the_largest_memory_is_kept() -> None:
    """While its sample is in the window."""
    window = UsageWindow()
    for number, size in enumerate((50, 90, None, 60)):
        resources = msgspec.structs.replace(with_roles(), memory_bytes=size)
        window.add(10.0 * number, NOW_MS, at_work(number, resources=resources))
    assert window.largest_memory() == 90


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=40))
def test_growth_is_never_negative(used: list[float]) -> None:
    """Whatever restarts there were."""
    growth = cpu_window(*used).grown("cpu")["up"]
    assert growth.amount >= 0
    assert growth.seconds == pytest.approx(10 * (len(used) - 1))
