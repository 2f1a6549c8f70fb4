"""Before and after."""

import pytest

from benchmarks.budgets import BUDGETS
from benchmarks.comparison import compared
from benchmarks.figures import figures_of


def rows_of(samples: dict[str, list[float]]) -> list[str]:
    """The table of a run with these samples, without its head."""
    return list(compared({figure.name: figure for figure in figures_of(samples, BUDGETS)}))[2:]


@pytest.mark.parametrize(
    ("before", "after", "factor"), [(310.0, 15.5, "20 times"), (310.0, 0.0, "all of it"), (0.0, 0.0, "")]
)
def test_a_factor_says_how_much_less_it_is(before: float, after: float, factor: str) -> None:
    """Where nothing is left there is no factor, and where nothing was there is nothing to win."""
    (row,) = rows_of({"even.before.message": [before], "even.tracker.message": [after]})
    assert row.endswith(f"| {factor} |")


def test_what_was_measured_on_one_side_only_is_not_compared() -> None:
    """Half a comparison is none."""
    assert rows_of({"even.before.message": [310.0]}) == []
