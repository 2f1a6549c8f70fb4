import ast
from pathlib import Path

import pytest

from benchmarks.budgets import BUDGETS
from benchmarks.figures import figures_of
from benchmarks.provenance import Machine
from benchmarks.result import Result, write
from tools.pages import FIRST_FIGURES, NO_FIGURES, PARTS, code_map, first_figures, renewed

from .pages import ROOT, section

SOURCE = ROOT / "src/voltape"


@pytest.mark.parametrize(("page", "mark"), PARTS)
def test_what_is_made_from_something_else_is_up_to_date(
    page: str, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The map follows the modules, the figures the newest complete run: `make pages` writes both."""
    monkeypatch.chdir(ROOT)
    text = Path(page).read_text(encoding="utf-8")
    assert renewed(text, mark, PARTS[page, mark]()) == text, "run `make pages`"


def test_the_map_names_every_module_and_no_other() -> None:
    """A stranger finds the home of any behaviour on one page."""
    modules = {path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py")}
    named = {line.split("`")[1] for line in code_map(SOURCE) if line.startswith("- ")}
    assert named == {name for name in modules if not name.endswith(("__init__.py", "__main__.py"))}


def test_every_module_says_what_it_is() -> None:
    """A module without a text about itself would have an empty line on the map."""
    paths = [path for path in SOURCE.rglob("*.py") if path.name != "__main__.py"]
    silent = [
        path.name for path in paths if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_a_part_goes_between_its_marks_only() -> None:
    """Everything else of the page stays."""
    page = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n<!-- y -->\n<!-- /y -->\n"
    assert (
        renewed(page, "x", r"new \1") == "a\n<!-- x -->\nnew \\1\n<!-- /x -->\nb\n<!-- y -->\n<!-- /y -->\n"
    )


@pytest.mark.parametrize(
    "page", ["", "<!-- /x -->\n<!-- x -->\n", "<!-- x -->\n<!-- /x -->\n<!-- x -->\n<!-- /x -->\n"]
)
def test_a_page_without_its_marks_is_refused(page: str) -> None:
    """A part never lands in the wrong place."""
    with pytest.raises(ValueError, match="marks of 'x'"):
        renewed(page, "x", "new")


def run_of(samples: dict[str, list[float]], *, complete: bool = True) -> Result:
    """A run that measured these."""
    return Result(
        started_at="2026-11-22T12:00:00+00:00",
        seconds=300,
        complete=complete,
        commit="0123456789",
        source="feed",
        machine=Machine("Some CPU", 2, 4096, "Linux", "CPython 3.11.7", 0.1),
        libraries={},
        options={},
        contracts=2000,
        figures=figures_of(samples, BUDGETS),
    )


def test_the_first_figures_are_medians_of_the_newest_complete_run(tmp_path: Path) -> None:
    """Each is in the table with its load and unit, and the run is linked."""
    path = write(run_of({"even.tracker.core": [3.0, 9.0, 4.0], "start.fresh": [2.0]}), tmp_path)
    text = "\n".join(first_figures(tmp_path))
    assert (
        "| CPU of the tracker, every contract live; 2,600 messages/s, evenly paced | 4 | % of a core |"
        in text
    )
    assert "| process start to every contract fresh | 2 | s |" in text
    assert f"(benchmarks/results/{path.name})" in text


def test_without_a_complete_run_there_are_no_figures(tmp_path: Path) -> None:
    """A short look is not quoted."""
    write(run_of({"start.fresh": [2.0]}, complete=False), tmp_path)
    assert list(first_figures(tmp_path)) == [NO_FIGURES]


def test_the_first_figures_are_ones_that_a_run_can_yield() -> None:
    """A renamed benchmark would silently leave the page."""
    assert set(FIRST_FIGURES) <= set(BUDGETS)


def test_the_commands_are_those_of_the_makefile() -> None:
    """Each target of the Makefile is in the table of commands, and nothing else is."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = next(line for line in makefile.splitlines() if line.startswith(".PHONY:"))
    table = section(ROOT / "CONTRIBUTING.md", "## Set up")
    named = {
        line.split("`")[1].removeprefix("make ") for line in table.splitlines() if line.startswith("| `make ")
    }
    assert named == set(phony.split()[1:]) - {"help"}
