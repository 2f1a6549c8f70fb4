"""Samples of a figure, their middle and spread, and how they stand to the budget."""

from collections.abc import Collection, Mapping, Sequence
from statistics import median

import msgspec

from .budgets import Budget

__all__ = ["Figure", "figures_of", "quantile"]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured quantity.

    Attributes:
        name, what, unit: see `budgets`.
        samples: in the order they were taken.
        median, low, high: of the samples.
        budget, reach: limits at the time of the run, None where there is none.
        met: whether the median keeps within the budget; None without one, and where the run does not tell.
    """

    name: str
    what: str
    unit: str
    samples: list[float]
    median: float
    low: float
    high: float
    budget: float | None
    reach: float | None
    met: bool | None


def figures_of(
    samples: Mapping[str, Sequence[float]], budgets: Mapping[str, Budget], unjudged: Collection[str] = ()
) -> list[Figure]:
    """Figures of what was measured, in the order of `budgets`; what was not measured yields none.

    Args:
        samples: by name.
        budgets: what every name means.
        unjudged: names that get no verdict, because the load that their budget is for was not reached.

    Raises:
        KeyError: samples of a figure that nobody has described.
    """
    unknown = samples.keys() - budgets.keys()
    if unknown:
        raise KeyError(*sorted(unknown))
    return [
        _figure(name, budget, samples[name], judged=name not in unjudged)
        for name, budget in budgets.items()
        if samples.get(name)
    ]


def _figure(name: str, budget: Budget, samples: Sequence[float], *, judged: bool) -> Figure:
    middle = median(samples)
    return Figure(
        name=name,
        what=budget.what,
        unit=budget.unit,
        samples=[round(sample, 4) for sample in samples],
        median=round(middle, 4),
        low=round(min(samples), 4),
        high=round(max(samples), 4),
        budget=budget.limit,
        reach=budget.reach,
        met=middle <= budget.limit if judged and budget.limit is not None else None,
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of the sorted values lie, by nearest rank.

    Raises:
        ValueError: there are no values.
    """
    if not ordered:
        raise ValueError("no values")
    rank = -int(-share * len(ordered) // 1)
    return ordered[max(rank, 1) - 1]
