"""Writes the parts of pages that are made from something else: the map of the code and the first figures.

Run by `make pages`. Such a part stands between two marks in its page; a test fails while one is out of date.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

from benchmarks.budgets import LOADS
from benchmarks.result import Result, newest_complete
from benchmarks.wording import number

__all__ = ["PARTS", "renewed"]

SOURCE = Path("src/voltape")
RESULTS = Path("benchmarks/results")

FIRST_FIGURES = (
    "even.before.core",
    "even.tracker.core",
    "even.liquid.core",
    "even.floor.core",
    "full.tracker.core",
    "full.floor.core",
    "full.tracker.lost",
    "full.before.lost",
    "even.up.memory",
    "even.board",
    "start.fresh",
    "recovery.all",
    "latency.client_p95",
    "api.chain_p95",
    "api.before_p95",
    "dashboard.script",
)
"""What a reader of the first page wants to know, by the names of the benchmarks."""

NO_FIGURES = "[docs/benchmarks.md](docs/benchmarks.md) says what is measured and how. `make bench` takes the measurements."


def said(path: Path) -> str:
    """Return the first sentence of a module's text about itself."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0].rstrip(".")


def code_map(root: Path) -> Iterator[str]:
    """Yield the lines that name every module under `root`, package by package."""
    modules = [path for path in sorted(root.rglob("*.py")) if path.name not in {"__init__.py", "__main__.py"}]
    folders = sorted(modules, key=lambda path: path.parent)
    for folder, inside in groupby(folders, key=lambda path: path.parent):
        name = folder.relative_to(root).as_posix()
        yield f"**{name}**: {said(folder / '__init__.py')}." if name != "." else "**The package itself**"
        yield ""
        yield from (f"- `{path.relative_to(root).as_posix()}`: {said(path)}" for path in inside)
        yield ""


def first_figures(results: Path) -> Iterator[str]:
    """Yield the lines of the table of first figures, from the newest complete run."""
    newest = newest_complete(results)
    if newest is None:
        yield NO_FIGURES
        return
    path, result = newest
    yield from ("| measured | median | |", "|---|---:|---|", *rows(result), "")
    yield (
        f"From [{path.name}](benchmarks/results/{path.name}), on {result.machine.cpu}, {result.machine.cores} cores, "
        f"{result.machine.python}. [docs/benchmarks.md](docs/benchmarks.md) has all figures, their spread and their "
        "budgets, and says how they are taken."
    )


def rows(result: Result) -> Iterator[str]:
    """Yield one row for each first figure that the run has."""
    measured = {figure.name: figure for figure in result.figures}
    for name in FIRST_FIGURES:
        figure = measured.get(name)
        if figure is not None:
            load = LOADS.get(name.partition(".")[0])
            what = figure.what if load is None else f"{figure.what}; {load}"
            yield f"| {what} | {number(figure.median)} | {figure.unit} |"


PARTS: dict[tuple[str, str], Callable[[], str]] = {
    ("CONTRIBUTING.md", "map"): lambda: "\n".join(code_map(SOURCE)).strip(),
    ("README.md", "figures"): lambda: "\n".join(first_figures(RESULTS)).strip(),
}
"""What makes each part, by page and mark."""


def renewed(page: str, mark: str, part: str) -> str:
    """Return the page with `part` between its marks.

    Raises:
        ValueError: the page does not have both marks, once each, in order.
    """
    pattern = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)", re.DOTALL)
    result, times = pattern.subn(lambda match: f"{match[1]}{part}\n{match[2]}", page)
    if times != 1:
        message = f"the page needs the marks of {mark!r} once each, in order"
        raise ValueError(message)
    return result


def main() -> int:
    """Write every part anew and return the exit code."""
    for (name, mark), make in PARTS.items():
        path = Path(name)
        path.write_text(renewed(path.read_text(encoding="utf-8"), mark, make()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
