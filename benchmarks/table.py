"""A result as Markdown, and its place in a page."""

from collections.abc import Iterable, Iterator, Mapping

from .budgets import BUDGETS, LOADS
from .comparison import compared
from .figures import Figure
from .pictures import PICTURES
from .result import Result
from .sections import BUDGET_ROWS, SECTIONS, Section
from .wording import number

__all__ = ["BEGIN", "END", "NO_RESULT", "placed", "rendered"]

BEGIN = "<!-- results: written by `make report` -->"
END = "<!-- end of results -->"
NO_RESULT = "No complete run is recorded yet: `make bench` makes one."

_VERDICTS = {True: "met", False: "**missed**", None: "not judged"}


def rendered(result: Result, link: str, pictures: str | None = None) -> str:
    """The result's text between the marks of a page.

    Args:
        result: a run.
        link: where its file is, as seen from the page.
        pictures: folder of its plots, as seen from the page; None for a text without them.
    """
    figures = {figure.name: figure for figure in result.figures}
    lines = [*_origin(result, link)]
    lines += ["", "### Budgets", "", *_budgets(figures)] if figures.keys() & set(BUDGET_ROWS) else []
    comparison = list(compared(figures))
    if comparison:
        lines += ["", "### Before and after", "", *comparison]
    if pictures is not None:
        for picture in PICTURES:
            if picture.drawn(figures):
                lines += ["", f"![{picture.text}]({pictures}/{picture.name}.svg)"]
    for section in SECTIONS:
        lines += _table(section, figures)
    return "\n".join(lines)


def _origin(result: Result, link: str) -> Iterator[str]:
    machine = result.machine
    yield (
        f"Run of {result.started_at[:10]}, commit `{result.commit[:7]}` (source `{result.source}`), "
        f"[all samples]({link})."
    )
    yield ""
    yield (
        f"{machine.cpu}, {machine.cores} cores, {machine.memory_mb:,} MB, {machine.system}, {machine.python}; "
        f"{result.contracts:,} contracts, seed {result.options.get('seed')}. "
        f"The run took {result.seconds:.0f} s; load of the machine before it: {machine.load}."
    )
    if result.notes:
        yield ""
        yield from (f"- {note}" for note in result.notes)


def _budgets(figures: Mapping[str, Figure]) -> Iterator[str]:
    yield "| budget | unit | at most | reach for | measured | spread | |"
    yield "|---|---|---:|---:|---:|---:|---|"
    for name in BUDGET_ROWS:
        budget, figure = BUDGETS[name], figures.get(name)
        load = LOADS.get(name.partition(".")[0])
        cells = [
            budget.what if load is None else f"{budget.what}; {load}",
            budget.unit,
            number(budget.limit),
            number(budget.reach),
        ]
        if figure is None:
            cells += ["", "", "not measured"]
        elif budget.limit is None:
            cells += [f"**{number(figure.median)}**", _spread(figure), ""]
        else:
            cells += [f"**{number(figure.median)}**", _spread(figure), _VERDICTS[figure.met]]
        yield _row(cells)


def _table(section: Section, figures: Mapping[str, Figure]) -> Iterator[str]:
    rows = [row for row in section.rows if any(name in figures for name in row[1])]
    if not rows:
        return
    used = [i for i in range(len(section.columns)) if any(row[1][i] in figures for row in rows)]
    yield from ("", f"### {section.title}", "")
    if section.note:
        yield from (section.note, "")
    yield _row([section.corner, *(section.columns[i] for i in used)])
    yield f"|---|{'---:|' * len(used)}"
    for label, names in rows:
        yield _row([label, *(_cell(figures.get(names[i])) for i in used)])


def _cell(figure: Figure | None) -> str:
    """Median and spread, and a word where it misses its budget."""
    if figure is None:
        return ""
    spread = _spread(figure)
    text = f"**{number(figure.median)}**" + (f" ({spread})" if spread else "")
    return f"{text} missed: {number(figure.budget)}" if figure.met is False else text


def _spread(figure: Figure) -> str:
    low, high = number(figure.low), number(figure.high)
    return f"{low} to {high}" if low != high else ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def placed(page: str, text: str) -> str:
    """The page with `text` between the marks instead of what was there.

    Raises:
        ValueError: the page does not have both marks once, in order.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in after or END in before:
        raise ValueError("the page needs the two marks, once each, in order")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"
