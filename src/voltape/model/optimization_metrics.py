"""Judgement of the running system: improvement on a baseline, targets met, promises kept, machine needed.

What is not known is None with a reason and never zero, and what is known in part proves a miss at most: five
reconnects in half an hour miss the target of an hour, none in half an hour does not meet it.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from voltape.model.efficiency import (
    Baselines,
    Cost,
    CoverageProof,
    Efficiency,
    Improvement,
    MeasuredBaseline,
    Promise,
    Relation,
    RoleFigures,
    Target,
)
from voltape.model.figures import COMPARED, MEGABYTE, METRICS, Figures
from voltape.model.machine_cost import Load, Machine, smallest
from voltape.model.readings import Reading, readings
from voltape.model.status import Status
from voltape.model.usage_window import UsageWindow

__all__ = ["PLAN", "PROMISES", "TARGETS", "OptimizationMetrics", "efficiency_of"]

PLAN = Figures(
    cpu_percent=103,
    memory_mb=244,
    reconnections_hour=50,
    response_time_ms=500,
    network_gb=4.8,
    store_memory_mb=13,
)
"""What the plan says of the system before, its containers summed up."""

TARGETS: tuple[tuple[str, Relation, float], ...] = (
    ("cpu_percent", "below", 20),
    ("memory_mb", "below", 100),
    ("reconnections_hour", "below", 5),
    ("response_time_ms", "below", 100),
    ("accuracy_percent", "at least", 100),
)
"""The plan's key performance indicators."""

PROMISES: tuple[tuple[str, float | None, float | None], ...] = (
    ("cpu_percent", 25, None),
    ("memory_mb", 120, None),
    ("response_time_ms", 50, None),
    ("store_memory_mb", 8, None),
    ("network_mb_hour", None, 75),
    ("disk_mb_hour", None, 60),
)
"""The plan's other promises: a figure with its limit, or with the reduction where it states no figure by time."""

_UNITS = {metric.name: metric.unit for metric in METRICS}
_WITHOUT_TIME = "the plan gives 4.8 GB without the time it took, so that nothing can be compared with it"
_BY_MARKET = (
    "grows with the messages of the market: compare at equal load, as the benchmarks do, or by message"
)
_NOTES = {
    "response_time_ms": "the 95th percentile, against the plan's average",
    "network_gb": _WITHOUT_TIME,
    "network_mb_hour": f"payload of every peer; {_BY_MARKET}",
    "cpu_percent": f"sum of the processes; {_BY_MARKET}",
    "disk_mb_hour": "the plan promises a reduction and gives no figure",
}


class OptimizationMetrics:
    """Improvement on one baseline."""

    def __init__(self, baseline: Figures, incomparable: Collection[str] = ()) -> None:
        """Compare with `baseline`, but for its figures that are `incomparable`."""
        self.baseline = baseline
        self._incomparable = incomparable

    def calculate_improvement(self, current: Mapping[str, Reading]) -> dict[str, float | None]:
        """Per cent by which each figure is below the baseline's; negative where it is above."""
        return {name: self._improvement(name, current[name]) for name in COMPARED}

    def _improvement(self, name: str, reading: Reading) -> float | None:
        before: float | None = getattr(self.baseline, name)
        if name in self._incomparable or not before or reading.value is None or reading.why is not None:
            return None
        return round((before - reading.value) / before * 100, 1)


def efficiency_of(
    status: Status, window: UsageWindow, now_ms: int, measured: MeasuredBaseline | None
) -> Efficiency:
    """Judge the running system.

    Args:
        status: the present one.
        window: what it used over the last minutes.
        now_ms: epoch ms.
        measured: what the benchmark says of the system before; None without one.
    """
    found = readings(status, window, now_ms)
    before = None if measured is None else measured.figures
    by_measured = OptimizationMetrics(before or Figures()).calculate_improvement(found)
    since = window.since_ts
    return Efficiency(
        version=status.version,
        profile=status.profile,
        exchange=status.exchange,
        uptime_s=status.uptime_s,
        ts=now_ms,
        window_s=round(window.seconds, 1),
        since_at=None if since is None else _iso(since),
        baseline=Baselines(plan=PLAN, measured=before, source=measured),
        current=_figures(found),
        improvement=Improvement(
            plan=OptimizationMetrics(PLAN, ("network_gb",)).calculate_improvement(found),
            measured=by_measured,
        ),
        targets=[_target(name, relation, limit, found[name]) for name, relation, limit in TARGETS],
        promises=[_promise(name, limit, cut, found[name], by_measured) for name, limit, cut in PROMISES],
        unknown={name: one.why for name, one in found.items() if one.why is not None},
        notes=_NOTES,
        roles=_roles(status, window),
        traffic=status.traffic,
        audits=status.audits,
        coverage=CoverageProof(
            contracts=status.contracts,
            shares=status.coverage,
            seen_within_s=status.seen_within_s,
            underlyings=status.underlyings,
        ),
        cost=_cost(window, before, found),
        optimisations=status.optimisations,
    )


def _iso(ts: int) -> str:
    return datetime.fromtimestamp(ts / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _figures(found: Mapping[str, Reading]) -> Figures:
    return Figures(**{name: _rounded(one.value) for name, one in found.items()})


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _target(name: str, relation: Relation, limit: float, reading: Reading) -> Target:
    met = _verdict(relation, limit, reading)
    return Target(
        metric=name,
        limit=limit,
        relation=relation,
        unit=_UNITS[name],
        current=_rounded(reading.value),
        met=met,
        reason=reading.why if met is None else None,
    )


def _verdict(relation: Relation, limit: float, reading: Reading) -> bool | None:
    if reading.value is None:
        return None
    if relation == "at least":
        # A contract that was wrong stays wrong, whatever else is compared.
        return False if reading.value < limit else None if reading.why else True
    if reading.value >= limit:
        return False if reading.why is None or reading.lower_bound else None
    return True if reading.why is None else None


def _promise(
    name: str, limit: float | None, cut: float | None, reading: Reading, measured: Mapping[str, float | None]
) -> Promise:
    promise = Promise(metric=name, unit=_UNITS[name], limit=limit, reduction_percent=cut)
    if limit is not None:
        promise.current = _rounded(reading.value)
        # The plan's ranges include their ends.
        promise.kept = None if reading.value is None or reading.why else reading.value <= limit
        promise.reason = reading.why
        return promise
    promise.current = measured[name]
    if name == "network_mb_hour":
        promise.reason = _BY_MARKET
    elif promise.current is None:
        promise.reason = reading.why or "no baseline was measured"
    else:
        promise.kept = promise.current >= (cut or 0)
    return promise


def _roles(status: Status, window: UsageWindow) -> dict[str, RoleFigures]:
    cpu, disk = window.grown("cpu"), window.grown("disk")
    return {
        role: RoleFigures(
            cpu_percent=_rounded(cpu[role].per(100) if role in cpu else None),
            memory_mb=None if use.memory_bytes is None else _rounded(use.memory_bytes / MEGABYTE),
            disk_mb_hour=_rounded(disk[role].per(3600 / MEGABYTE) if role in disk else None),
        )
        for role, use in status.resources.by_role.items()
    }


def _cost(window: UsageWindow, measured: Figures | None, found: Mapping[str, Reading]) -> Cost:
    cost = Cost(measured_machine=_machine(measured), plan_machine=_machine(PLAN))
    cpu, memory = window.busiest_cpu(), window.largest_memory()
    cost.reason = found["cpu_percent"].why or found["memory_mb"].why
    if cpu is None or memory is None or cost.reason is not None:
        return cost
    cost.load = Load(round(cpu, 2), round(memory / MEGABYTE, 2))
    cost.machine = smallest(cost.load)
    if cost.machine is None:
        cost.reason = "larger than every size that is known here"
    return cost


def _machine(figures: Figures | None) -> Machine | None:
    if figures is None or figures.cpu_percent is None or figures.memory_mb is None:
        return None
    return smallest(Load(figures.cpu_percent, figures.memory_mb))
