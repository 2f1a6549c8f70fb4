"""Results as Markdown."""

import msgspec
import pytest

from benchmarks.budgets import BUDGETS
from benchmarks.figures import figures_of
from benchmarks.report import PAGE, RESULTS, page_text
from benchmarks.table import BEGIN, END, placed, rendered
from tests.benchmarks.results import made_up


def test_a_budget_has_median_spread_limits_and_verdict() -> None:
    """Each figure stands beside its budget, and a miss catches the eye."""
    text = rendered(made_up(), "results/run.json")
    assert "| % of a core | 7 | 4 | **5.50** | 5 to 6 | met |" in text
    assert "| kB | 450 | 330 | **1,234** |  | **missed** |" in text


def test_every_row_of_the_budgets_is_there_though_it_was_not_measured() -> None:
    """What a run left out is named, rather than forgotten."""
    text = rendered(made_up(), "results/run.json")
    assert "| the dashboard's JavaScript, gzipped | kB | 120 | 80 |  |  | not measured |" in text


def test_a_budget_whose_load_was_not_reached_is_not_judged() -> None:
    """Less work than the budget is for is no way to keep it."""
    figures = figures_of({"full.tracker.core": [20.0]}, BUDGETS, {"full.tracker.core"})
    text = rendered(msgspec.structs.replace(made_up(), figures=figures), "run.json")
    assert "| 35 | 25 | **20** |  | not judged |" in text


def test_a_program_under_load_has_one_row() -> None:
    """Its figures stand side by side; columns that nobody has a figure for are left out."""
    text = rendered(made_up(), "results/run.json")
    assert (
        "| program | CPU, % of a core |\n|---|---:|\n| the tracker, every contract live | **5.50** (5 to 6) |"
        in text
    )


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


def test_plots_are_shown_where_their_figures_were_measured() -> None:
    """No picture is linked that was not drawn."""
    figures = figures_of({"even.tracker.message": [20.0]}, BUDGETS)
    text = rendered(msgspec.structs.replace(made_up(), figures=figures), "run.json", "images")
    assert "](images/cpu-per-message.svg)" in text
    assert "store-layouts" not in text


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
    assert placed(page, page_text(RESULTS)) == page, "run `make report`"
