"""A result as Markdown, and its place in a page."""

from collections.abc import Iterable

from .budgets import LOADS
from .figures import Figure
from .result import Result

__all__ = ["BEGIN", "END", "NO_RESULT", "number", "placed", "rendered"]

BEGIN = "<!-- results: written by `make bench` -->"
END = "<!-- end of results -->"
NO_RESULT = "No complete run is recorded yet: `make bench` makes one."

_HEADINGS = {
    **{name: load[0].upper() + load[1:] for name, load in LOADS.items()},
    "start": "Start and recovery",
    "recovery": "Start and recovery",
    "latency": "From the exchange to the screen",
    "api": "API",
    "dashboard": "Dashboard",
}
_VERDICTS = {True: "met", False: "**missed**", None: ""}


def number(value: float | None) -> str:
    """Three or so significant digits, thousands with commas; nothing for None."""
    if value is None:
        return ""
    size = abs(value)
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def rendered(result: Result, link: str) -> str:
    """The result's text between the marks of a page.

    Args:
        result: a run.
        link: where its file is, as seen from the page.
    """
    machine = result.machine
    run = (
        f"Run of {result.started_at[:10]}, commit `{result.commit[:7]}` (source `{result.source}`), "
        f"[all samples]({link})."
    )
    where = (
        f"{machine.cpu}, {machine.cores} cores, {machine.memory_mb:,} MB, {machine.system}, {machine.python}; "
        f"{result.contracts:,} contracts, seed {result.options.get('seed')}. "
        f"The run took {result.seconds:.0f} s; load of the machine before it: {machine.load}."
    )
    lines = [run, "", where]
    lines += ["", *(f"- {note}" for note in result.notes)] if result.notes else []
    heading = None
    for figure in result.figures:
        found = _HEADINGS[figure.name.partition(".")[0]]
        if found != heading:
            heading = found
            lines += ["", f"### {heading}", "", *_HEAD]
        lines.append(_row(figure))
    return "\n".join(lines)


_HEAD = (
    "| figure | unit | median | spread | samples | budget | reach for | |",
    "|---|---|---:|---:|---:|---:|---:|---|",
)


def _row(figure: Figure) -> str:
    spread = f"{number(figure.low)} to {number(figure.high)}" if len(figure.samples) > 1 else ""
    cells: Iterable[str] = (
        figure.what,
        figure.unit,
        f"**{number(figure.median)}**",
        spread,
        str(len(figure.samples)),
        number(figure.budget),
        number(figure.reach),
        _VERDICTS[figure.met],
    )
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
