"""Places of the figures on the page."""

from collections import Counter

from benchmarks.budgets import BUDGETS
from benchmarks.comparison import ROWS
from benchmarks.run import BENCHMARKS
from benchmarks.sections import BUDGET_ROWS, SECTIONS

PLACES = Counter(name for section in SECTIONS for _, names in section.rows for name in names if name)


def test_every_figure_has_exactly_one_place() -> None:
    """Nothing that is measured goes unseen, and nothing is shown twice; nor is there a place for what is not."""
    assert set(PLACES) == set(BUDGETS)
    assert set(PLACES.values()) == {1}


def test_a_row_has_a_cell_for_each_column() -> None:
    """Tables are rectangular."""
    uneven = [
        section.title
        for section in SECTIONS
        for _, names in section.rows
        if len(names) != len(section.columns)
    ]
    assert uneven == []


def test_every_figure_has_its_benchmark() -> None:
    """A figure's first word is the benchmark that yields it."""
    assert {name.partition(".")[0] for name in BUDGETS} == BENCHMARKS.keys()


def test_budgets_and_promises_are_of_figures_that_a_run_can_yield() -> None:
    """A renamed figure would silently leave the page."""
    assert set(BUDGET_ROWS) <= set(BUDGETS)
    assert {name for row in ROWS for name in (row.before, row.after)} <= set(BUDGETS)
