"""What the page of results is made of."""

from pathlib import Path

import msgspec

from benchmarks.budgets import BUDGETS
from benchmarks.figures import figures_of
from benchmarks.report import SOAK_NAME, page_text
from benchmarks.result import write
from benchmarks.table import NO_RESULT
from tests.benchmarks.results import made_up


def test_without_a_complete_run_the_page_says_so(tmp_path: Path) -> None:
    """Rather than showing a part as the whole."""
    write(made_up(complete=False), tmp_path)
    assert page_text(tmp_path) == NO_RESULT


def test_the_long_run_in_the_browser_is_shown_with_the_newest_run(tmp_path: Path) -> None:
    """It has a file of its own, and the page says where it was taken."""
    write(made_up(), tmp_path)
    assert "soak.json" not in page_text(tmp_path)
    figures = figures_of({"soak.heap_growth": [1.25], "soak.longest_task": [140.0]}, BUDGETS)
    apart = msgspec.structs.replace(made_up(complete=False), figures=figures, notes=[], commit="fedcba9876")
    write(apart, tmp_path).rename(tmp_path / SOAK_NAME)
    text = page_text(tmp_path)
    assert "with commit `fedcba9`: [samples](../benchmarks/results/soak.json)" in text
    rows = [line for line in text.splitlines() if line.startswith("| heap grown in a long run")]
    assert any("**1.25**" in row and "met" in row for row in rows)
    rows = [line for line in text.splitlines() if line.startswith("| longest task in it")]
    assert any("**140**" in row and "**missed**" in row for row in rows)
