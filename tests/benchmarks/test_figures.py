"""Middle, spread and verdict of what was measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.budgets import Budget
from benchmarks.figures import figures_of, quantile

BUDGETS = {
    "first": Budget("what is first", "ms", 10, 5),
    "second": Budget("what is second", "ms"),
}


def test_a_figure_has_the_median_and_both_ends_of_its_samples() -> None:
    """The order of the samples is kept; an even number of them has a middle between two."""
    (figure,) = figures_of({"first": [9.0, 1.0, 4.0, 2.0]}, BUDGETS)
    assert figure.samples == [9.0, 1.0, 4.0, 2.0]
    assert (figure.median, figure.low, figure.high) == (3.0, 1.0, 9.0)


@pytest.mark.parametrize(("samples", "met"), [([10.0], True), ([10.01], False), ([9.0, 30.0, 9.5], True)])
def test_a_budget_is_met_by_a_median_up_to_it(samples: list[float], met: bool) -> None:
    """The limit itself is allowed, and one bad sample of three is not a miss."""
    (figure,) = figures_of({"first": samples}, BUDGETS)
    assert figure.met is met


def test_a_figure_without_a_budget_has_no_verdict() -> None:
    """Nothing is called met that nobody has asked for."""
    (figure,) = figures_of({"second": [1.0]}, BUDGETS)
    assert figure.met is None


def test_a_load_that_was_not_reached_yields_no_verdict() -> None:
    """A tracker that got less than its budget is for has not kept within it."""
    (figure,) = figures_of({"first": [1.0]}, BUDGETS, {"first"})
    assert figure.met is None
    assert figure.budget == 10


def test_what_was_not_measured_is_no_figure() -> None:
    """The table never shows a figure without samples; the order is that of the budgets."""
    assert figures_of({"first": []}, BUDGETS) == []
    names = [figure.name for figure in figures_of({"second": [1.0], "first": [1.0]}, BUDGETS)]
    assert names == ["first", "second"]


def test_samples_that_nobody_has_described_are_an_error() -> None:
    """A misspelt figure would otherwise vanish from every table."""
    with pytest.raises(KeyError, match="third"):
        figures_of({"third": [1.0]}, BUDGETS)


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.25, 1), (0.5, 2), (0.51, 3), (0.95, 4), (1.0, 4)])
def test_a_quantile_is_one_of_the_values(share: float, value: int) -> None:
    """By nearest rank, so that no value is made up between two."""
    assert quantile([1, 2, 3, 4], share) == value


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 1))
def test_at_least_the_share_lies_at_or_below_a_quantile(values: list[float], share: float) -> None:
    """The definition of a quantile, for any values."""
    ordered = sorted(values)
    found = quantile(ordered, share)
    assert sum(value <= found for value in ordered) >= share * len(ordered) - 1e-6


def test_nothing_has_no_quantile() -> None:
    """An empty measurement is an error, not a zero."""
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)
