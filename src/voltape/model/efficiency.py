"""The efficiency of the running system, in the shape of `GET /api/v1/efficiency`."""

from typing import Literal

import msgspec

from voltape.model.figures import Figures
from voltape.model.machine_cost import HEAD_ROOM, PLAN_COSTS, HeadRoom, Load, Machine, PlanCosts
from voltape.model.status import Audit, Contracts, Coverage, Traffic, UnderlyingShare

__all__ = [
    "Baselines",
    "Cost",
    "CoverageProof",
    "Efficiency",
    "Improvement",
    "MeasuredBaseline",
    "Promise",
    "Relation",
    "RoleFigures",
    "Target",
]

Relation = Literal["below", "at least"]


class Target(msgspec.Struct, kw_only=True):
    """A key performance indicator of the plan.

    Attributes:
        metric: a field of `Figures`. unit: its unit.
        limit, relation: the figure has to be `below` the limit, or `at least` that.
        current: the figure as far as it is known.
        met: None while it cannot be told, with the `reason`.
    """

    metric: str
    limit: float
    relation: Relation
    unit: str
    current: float | None = None
    met: bool | None = None
    reason: str | None = None


class Promise(msgspec.Struct, kw_only=True):
    """What the plan promises beside its indicators.

    Attributes:
        metric: a field of `Figures`. unit: its unit.
        limit: most it may be, None where only a reduction is promised.
        reduction_percent: least reduction of the baseline, None where a limit is promised.
        current: the figure, or the reduction reached where that is promised.
        kept: None while it cannot be told, with the `reason`.
    """

    metric: str
    unit: str
    limit: float | None = None
    reduction_percent: float | None = None
    current: float | None = None
    kept: bool | None = None
    reason: str | None = None


class MeasuredBaseline(msgspec.Struct, frozen=True, kw_only=True):
    """What the system before used in our own benchmark.

    Attributes:
        figures: medians of the run.
        result: name of its file. measured_at: ISO 8601 UTC. commit: of the benchmark.
        machine: what it ran on, in words.
        contracts: listed by the simulated exchange.
        note: what a reader has to know, such as a load that was not kept up with.
    """

    figures: Figures
    result: str
    measured_at: str
    commit: str
    machine: str
    contracts: int
    note: str = ""


class Baselines(msgspec.Struct, kw_only=True):
    """What the present is compared with; `measured` is None until a benchmark has measured it, in `source`."""

    plan: Figures
    measured: Figures | None = None
    source: MeasuredBaseline | None = None


class Improvement(msgspec.Struct):
    """Per cent by which each figure is below that of a baseline; None where that cannot be told."""

    plan: dict[str, float | None]
    measured: dict[str, float | None]


class RoleFigures(msgspec.Struct):
    """What one role takes."""

    cpu_percent: float | None = None
    memory_mb: float | None = None
    disk_mb_hour: float | None = None


class CoverageProof(msgspec.Struct, kw_only=True):
    """Completeness: counts and live shares, over all and by underlying; see the status for the fields."""

    contracts: Contracts
    shares: Coverage
    seen_within_s: float
    underlyings: list[UnderlyingShare]


class Cost(msgspec.Struct, kw_only=True):
    """The smallest machine that holds the load.

    Attributes:
        load: busiest minute and largest memory of the window; None with a `reason` while that is not known.
        machine: for that load. measured_machine, plan_machine: for the baselines by the same rule.
        head_room: the rule.
        plan: what the plan says of machines and money; no other prices are known here.
    """

    load: Load | None = None
    machine: Machine | None = None
    measured_machine: Machine | None = None
    plan_machine: Machine | None = None
    head_room: HeadRoom = HEAD_ROOM
    plan: PlanCosts = PLAN_COSTS
    reason: str | None = None


class Efficiency(msgspec.Struct, kw_only=True):
    """Everything of `GET /api/v1/efficiency`.

    Attributes:
        version, profile, exchange, uptime_s: as in the status. ts: when this was made, epoch ms.
        window_s, since_at: what averages are over; None before the first sample.
        current: present figures.
        unknown: why a figure is absent, or cannot be judged yet, by name.
        notes: what else has to be known about a figure, by name.
        roles: figures by role. traffic: bytes by peer since start.
        optimisations: each switch and its setting.
    """

    version: str
    profile: str
    exchange: str
    uptime_s: float
    ts: int
    window_s: float
    since_at: str | None
    baseline: Baselines
    current: Figures
    improvement: Improvement
    targets: list[Target]
    promises: list[Promise]
    unknown: dict[str, str]
    notes: dict[str, str]
    roles: dict[str, RoleFigures]
    traffic: dict[str, Traffic]
    audits: dict[str, Audit]
    coverage: CoverageProof
    cost: Cost
    optimisations: dict[str, str]
