"""Figures of the services in their containers, and their table."""

from collections.abc import Iterator, Mapping

from .budgets import Budget
from .figures import Figure
from .result import Result
from .wording import number

__all__ = ["FIGURES", "RESULT_NAME", "SERVICES", "rendered_services"]

RESULT_NAME = "containers.json"
"""The latest run; one file, as it is written after a change of image or limits and not with every bench."""

SERVICES = {"valkey": (128, 50), "tracker": (128, 50), "serve": (128, 50), "jobs": (64, 25)}
"""Services of deploy/compose.yaml with their limits: memory in MiB, CPU in % of a core."""

_MIB = 1.048576

_OF_ONE = {
    "memory": ("memory in use", "MB"),
    "peak": ("most memory, file pages included", "MB"),
    "cpu": ("CPU", "% of a core"),
    "throttled": ("held back by the CPU limit", "% of the time"),
    "killed": ("killed for want of memory", "times"),
}


def _budget(name: str, field: str, memory: int, cpu: int) -> float | None:
    if (name, field) == ("jobs", "throttled"):
        # Jobs may wait; that they do not take more than their share is what the limit is for.
        return None
    return {
        "memory": memory * _MIB,
        "peak": memory * _MIB,
        "cpu": float(cpu),
        "throttled": 1.0,
        "killed": 0.0,
    }[field]


FIGURES: dict[str, Budget] = {
    **{
        f"{name}.{field}": Budget(f"{name}: {what}", unit, _budget(name, field, *limits))
        for name, limits in SERVICES.items()
        for field, (what, unit) in _OF_ONE.items()
    },
    "rate": Budget("messages that the tracker received", "1/s"),
    "lag": Budget("exchange to tracker, p95", "ms", 400, 250),
    "stale": Budget("stale contracts", "contracts", 0, 0),
    "reconnects": Budget("connections lost", "connections", 0, 0),
    "gaps": Budget("gaps recorded", "gaps", 0, 0),
    "jobs_failed": Budget("jobs that failed, each run once beside the scheduler", "jobs", 0, 0),
    "alert_rules": Budget("rules of alerts that the jobs service watched, of every kind", "rules"),
    "alerts_taken": Budget("messages of alerts that a webhook took", "messages"),
    "alerts_failed": Budget("messages of alerts that did not get through", "messages", 0, 0),
    "accuracy.store": Budget("sampled contracts that differed from the store", "%", 0, 0),
    "accuracy.exchange": Budget("sampled contracts that differed from REST", "%", 0, 0),
}
"""What a run in containers yields, by name."""


def rendered_services(result: Result, link: str) -> str:
    """The result as Markdown: a table of the services, and what came of the data."""
    figures = {figure.name: figure for figure in result.figures}
    return "\n".join([*_origin(result, link), "", *_services(figures), "", *_data(figures)])


def _origin(result: Result, link: str) -> Iterator[str]:
    options = result.options
    yield (
        f"Run of {result.started_at[:10]}, commit `{result.commit[:7]}`, [all samples]({link}): the services of "
        f"`deploy/compose.yaml` with their limits, {options['seconds'] / 60:.0f} minutes at {options['rate']:,.0f} "
        f"messages/s with all {result.contracts:,} contracts live, while chains are asked for 20 times a second."
    )


def _services(figures: Mapping[str, Figure]) -> Iterator[str]:
    heads = (f"{what}, {unit}" for what, unit in _OF_ONE.values())
    yield f"| service | limits | {' | '.join(heads)} |"
    yield f"|---|---|{'---:|' * len(_OF_ONE)}"
    for name, (memory, cpu) in SERVICES.items():
        cells = [_cell(figures.get(f"{name}.{field}")) for field in _OF_ONE]
        yield f"| {name} | {memory} MiB, {cpu} % of a core | {' | '.join(cells)} |"


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return ""
    spread = f" (to {number(figure.high)})" if figure.high != figure.median else ""
    missed = (
        f" missed: {number(figure.budget)}"
        if figure.budget is not None and figure.high > figure.budget
        else ""
    )
    return f"**{number(figure.median)}**{spread}{missed}"


def _data(figures: Mapping[str, Figure]) -> Iterator[str]:
    yield "| of the data | unit | measured | at most |"
    yield "|---|---|---:|---:|"
    for name, budget in FIGURES.items():
        if name.partition(".")[0] in SERVICES or name not in figures:
            continue
        yield f"| {budget.what} | {budget.unit} | {_cell(figures[name])} | {number(budget.limit)} |"
