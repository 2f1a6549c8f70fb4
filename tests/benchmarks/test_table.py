"""Results as Markdown."""

import msgspec
import pytest

from benchmarks.budgets import BUDGETS
from benchmarks.figures import figures_of
from benchmarks.run import BENCHMARKS, PAGE, RESULTS, page_text
from benchmarks.table import BEGIN, END, number, placed, rendered
from tests.benchmarks.results import made_up


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (0, "0"),
        (0.0, "0"),
        (7, "7"),
        (0.256, "0.26"),
        (7.04, "7.04"),
        (19.95, "19.9"),
        (1_234.5, "1,234"),
    ],
)
def test_numbers_have_as_many_digits_as_are_worth_reading(value: float | None, text: str) -> None:
    """About three, and nothing where there is no number."""
    assert number(value) == text


def test_a_row_has_median_spread_budget_and_verdict() -> None:
    """Each figure stands beside its budget, and a miss catches the eye."""
    text = rendered(made_up(), "results/run.json")
    assert "| CPU of the tracker | % of a core | **5.50** | 5 to 6 | 3 | 7 | 4 | met |" in text
    assert "| board | kB | **1,234** |  | 1 | 450 | 330 | **missed** |" in text
    assert "| start | s | **1.87** |  | 1 |  |  |  |" in text


def test_the_origin_of_the_figures_is_told() -> None:
    """Date, commit, machine, seed, the way to all samples, and the notes."""
    text = rendered(made_up(), "results/run.json")
    for part in (
        "2026-01-02",
        "`0123456`",
        "A processor, 2 cores",
        "seed 7",
        "(results/run.json)",
        "- a note",
    ):
        assert part in text


def test_text_is_placed_between_the_marks() -> None:
    """What was there goes, what stands around stays; doing it again changes nothing."""
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    new = placed(page, "new")
    assert new == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    assert placed(new, "new") == new


@pytest.mark.parametrize("page", ["", BEGIN, END, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_page_without_its_two_marks_is_left_alone(page: str) -> None:
    """Nothing is overwritten by guessing."""
    with pytest.raises(ValueError, match="marks"):
        placed(page, "new")


def test_the_page_shows_the_newest_recorded_run() -> None:
    """No figure stands in docs/benchmarks.md that is not in a result's file."""
    page = PAGE.read_text(encoding="utf-8")
    assert placed(page, page_text(RESULTS)) == page


def test_every_figure_has_its_benchmark_and_its_heading() -> None:
    """A figure's first word is the benchmark that yields it, and all of them can be shown at once."""
    assert {name.partition(".")[0] for name in BUDGETS} == BENCHMARKS.keys()
    figures = figures_of({name: [1.0] for name in BUDGETS}, BUDGETS)
    text = rendered(msgspec.structs.replace(made_up(), figures=figures), "run.json")
    assert text.count("**1**") == len(BUDGETS)
