from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.judged import MEASURED, judged
from tests.model.statuses import NOW_MS, at_work, with_roles
from voltape.model.efficiency import Efficiency
from voltape.model.figures import COMPARED, METRICS, Figures
from voltape.model.machine_cost import Load, Machine
from voltape.model.optimization_metrics import (
    PLAN,
    PROMISES,
    TARGETS,
    OptimizationMetrics,
    efficiency_of,
)
from voltape.model.readings import Reading
from voltape.model.status import Audit, Reconnects, RoleUse
from voltape.model.usage_window import UsageWindow


def verdicts(found: Efficiency) -> dict[str, bool | None]:
    """Whether each target is met."""
    return {target.metric: target.met for target in found.targets}


def all_known(**values: float) -> dict[str, Reading]:
    """Readings of these figures, the others absent."""
    return {name: Reading(values.get(name)) for name in Figures.__struct_fields__}


def test_an_improvement_is_the_share_of_the_baseline_that_is_saved() -> None:
    """Per cent, negative where more is used than before."""
    metrics = OptimizationMetrics(Figures(cpu_percent=100, memory_mb=50, disk_mb_hour=0))
    found = metrics.calculate_improvement(all_known(cpu_percent=15, memory_mb=75, disk_mb_hour=1))
    assert set(found) == set(COMPARED)
    assert (found["cpu_percent"], found["memory_mb"]) == (85, -50)
    assert found["disk_mb_hour"] is None
    assert found["network_gb"] is None


def test_what_is_known_in_part_is_no_improvement() -> None:
    """A lower bound could only flatter."""
    metrics = OptimizationMetrics(Figures(cpu_percent=100))
    found = metrics.calculate_improvement(
        {**all_known(), "cpu_percent": Reading(1, "in part", lower_bound=True)}
    )
    assert found["cpu_percent"] is None


@given(st.floats(0.001, 1e9), st.floats(0, 1e9))
def test_an_improvement_is_never_more_than_all(before: float, now: float) -> None:
    """100 % is nothing left."""
    found = OptimizationMetrics(Figures(cpu_percent=before)).calculate_improvement(all_known(cpu_percent=now))
    assert found["cpu_percent"] is not None
    assert found["cpu_percent"] <= 100


def test_the_plan_is_quoted_and_not_filled_up() -> None:
    """What it does not say stays absent; its bytes without a time are compared with nothing."""
    found = judged()
    assert msgspec.to_builtins(found.baseline.plan)["network_gb"] == 4.8
    assert PLAN.disk_mb_hour is None
    assert found.improvement.plan["cpu_percent"] == pytest.approx(90.3)
    assert found.improvement.plan["network_gb"] is None
    assert "4.8" in found.notes["network_gb"]


def test_without_a_measured_baseline_nothing_is_compared_with_one() -> None:
    """Absent, not zero."""
    found = judged(measured=None)
    assert (found.baseline.measured, found.baseline.source) == (None, None)
    assert set(found.improvement.measured.values()) == {None}
    assert found.cost.measured_machine is None


def test_with_a_measured_baseline_every_figure_of_both_is_compared() -> None:
    """By the names of the figures."""
    found = judged()
    assert found.baseline.measured == MEASURED.figures
    compared = {name: value for name, value in found.improvement.measured.items() if value is not None}
    assert compared == {
        "cpu_percent": 90,
        "memory_mb": -16.7,
        "reconnections_hour": 99.2,
        "response_time_ms": 99,
        "cpu_ms_message": 90,
        "disk_mb_hour": 90,
        "network_mb_hour": 50,
    }


def test_every_target_is_met_by_a_system_that_keeps_within_all() -> None:
    """True, and without a reason."""
    found = judged()
    assert set(verdicts(found).values()) == {True}
    assert {target.reason for target in found.targets} == {None}
    assert found.unknown == {}


@pytest.mark.parametrize(
    ("changes", "metric"),
    [
        ({"reconnects": Reconnects(last_hour=5)}, "reconnections_hour"),
        ({"audits": {"exchange": Audit(100_000, 99_999)}}, "accuracy_percent"),
        (
            {
                "resources": with_roles(
                    up=RoleUse(None, 90_000_000, 1.0), valkey=RoleUse(None, 10_000_000, 1.0)
                )
            },
            "memory_mb",
        ),
    ],
)
def test_a_target_is_missed_at_its_limit(changes: dict[str, Any], metric: str) -> None:
    """Below means below, and all means all."""
    found = judged(**changes)
    assert [name for name, met in verdicts(found).items() if met is False] == [metric]


def test_a_young_system_is_not_judged_by_what_takes_time() -> None:
    """None with the reason, which is also among what is unknown."""
    found = judged(20, uptime_s=20.0, audits={})
    assert verdicts(found) == {
        "cpu_percent": None,
        "memory_mb": True,
        "reconnections_hour": None,
        "response_time_ms": True,
        "accuracy_percent": None,
    }
    reasons = {target.metric: target.reason for target in found.targets if target.reason}
    assert reasons.items() <= found.unknown.items()
    assert set(reasons) == {"cpu_percent", "reconnections_hour", "accuracy_percent"}


def test_a_miss_is_known_before_a_hit() -> None:
    """Five reconnects in a minute are five in the hour, and a wrong value stays wrong."""
    found = judged(10, uptime_s=60.0, reconnects=Reconnects(last_hour=5), audits={"store": Audit(10, 9)})
    assert verdicts(found)["reconnections_hour"] is False
    assert verdicts(found)["accuracy_percent"] is False


def test_a_busy_start_misses_nothing() -> None:
    """An average over seconds is no bound of the average over minutes."""
    roles = [with_roles(up=RoleUse(None, 1, cpu), valkey=RoleUse(None, 1, 0.0)) for cpu in (0.0, 9.0)]
    window = UsageWindow()
    for number, resources in enumerate(roles):
        window.add(10.0 * number, NOW_MS, at_work(number, resources=resources))
    found = efficiency_of(at_work(10, resources=roles[1]), window, NOW_MS + 10_000, None)
    assert found.current.cpu_percent == 90
    assert verdicts(found)["cpu_percent"] is None


def test_promises_are_kept_up_to_their_end() -> None:
    """A figure at the end of the plan's range keeps it, a reduction is judged against what was measured."""
    found = {one.metric: one for one in judged().promises}
    assert [
        found[name].kept for name in ("cpu_percent", "memory_mb", "response_time_ms", "store_memory_mb")
    ] == [True] * 4
    assert (found["disk_mb_hour"].current, found["disk_mb_hour"].kept) == (90, True)
    assert found["network_mb_hour"].kept is None
    assert "equal load" in str(found["network_mb_hour"].reason)


def test_a_reduction_without_a_measured_baseline_is_unknown() -> None:
    """The plan gives no figure for what is written to disk."""
    promise = next(one for one in judged(measured=None).promises if one.metric == "disk_mb_hour")
    assert (promise.kept, promise.reason) == (None, "no baseline was measured")


def test_roles_are_shown_apart() -> None:
    """With the same units as the whole."""
    roles = judged().roles
    assert roles["up"].cpu_percent == pytest.approx(9)
    assert roles["valkey"].memory_mb == 10
    assert roles["up"].disk_mb_hour == pytest.approx(3.6)
    assert judged(0).roles["up"].cpu_percent is None


def test_the_machine_is_that_of_the_busiest_minute() -> None:
    """The baselines are measured by the same rule."""
    cost = judged().cost
    assert cost.load == Load(10, 70)
    assert cost.machine == Machine(0.25, 256)
    assert cost.measured_machine == Machine(2, 2048)
    assert cost.plan_machine == Machine(4, 4096)


def test_no_machine_is_named_for_a_load_that_is_not_known() -> None:
    """Nor for a part of one."""
    cost = judged(20).cost
    assert (cost.load, cost.machine) == (None, None)
    assert cost.reason == "watched for 20 s of the 60 s that it takes"
    huge = with_roles(up=RoleUse(None, 10**12, 1.0), valkey=RoleUse(None, 1, 1.0))
    assert judged(resources=huge).cost.reason == "larger than every size that is known here"


def test_the_rest_of_the_status_is_passed_on() -> None:
    """Coverage, audits, traffic and switches."""
    found = judged()
    status = at_work(100)
    assert found.coverage.contracts == status.contracts
    assert found.coverage.shares == status.coverage
    assert found.audits == status.audits
    assert found.traffic == status.traffic
    assert found.optimisations == status.optimisations
    assert (found.window_s, found.since_at) == (100, "2026-09-21T14:13:20Z")


def test_targets_and_promises_are_figures() -> None:
    """So that units and labels are found."""
    names = {metric.name for metric in METRICS}
    assert {target[0] for target in TARGETS} | {promise[0] for promise in PROMISES} <= names
