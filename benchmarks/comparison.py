"""Before and after: what the plan said and promised, and what the program before and voltape were measured at."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .figures import Figure
from .wording import number

__all__ = ["ROWS", "Row", "compared"]


class Row(NamedTuple):
    """One promise: the plan's figure before and after, and the names of the two measured ones."""

    what: str
    unit: str
    said: str
    promised: str
    before: str
    after: str


ROWS = (
    Row(
        "CPU at 2,600 messages/s", "% of a core", "103", "15 to 25", "even.before.system_core", "even.up.core"
    ),
    Row(
        "CPU of the tracker per message, evenly paced",
        "µs",
        "",
        "1/20",
        "even.before.message",
        "even.tracker.message",
    ),
    Row("… in 100 ms bursts", "µs", "", "1/20", "bursts.before.message", "bursts.tracker.message"),
    Row("… at 20,000 messages/s", "µs", "", "1/20", "full.before.message", "full.tracker.message"),
    Row(
        "… at 20,000 messages/s in bursts",
        "µs",
        "",
        "1/20",
        "flood.before.message",
        "flood.tracker.message",
    ),
    Row("memory of everything", "MB", "244", "80 to 120", "even.before.memory", "even.up.memory"),
    Row("network: from the exchange", "kB/s", "4.8 GB", "1.2 GB", "even.before.wire", "even.liquid.wire"),
    Row(
        "network: to the store per message",
        "bytes",
        "",
        "25 % less",
        "even.before.store_bytes",
        "even.tracker.store_bytes",
    ),
    Row("disk writes", "kB/s", "", "60 % less", "even.before.disk", "even.up.disk"),
    Row(
        "memory of the store",
        "kB",
        "13 MB",
        "8 MB",
        "even.before.store_memory",
        "even.tracker.store_memory",
    ),
    Row("… of all contracts in it", "kB", "", "40 % less", "layouts.long.memory", "layouts.packed.memory"),
    Row(
        "connections lost in a turn",
        "",
        "50 an hour",
        "< 5 an hour",
        "even.before.reconnects",
        "even.up.reconnects",
    ),
    Row(
        "connections lost in a turn at 20,000 messages/s",
        "",
        "",
        "",
        "full.before.reconnects",
        "full.tracker.reconnects",
    ),
    Row("API, one chain, p95", "ms", "500", "50", "api.before_p95", "api.chain_p95"),
    Row("messages lost in a turn", "", "", "none", "even.before.lost", "even.up.lost"),
    Row(
        "messages lost in a turn at 20,000 messages/s",
        "",
        "",
        "none",
        "full.before.lost",
        "full.tracker.lost",
    ),
)
"""Promises in the plan's order."""


def compared(figures: Mapping[str, Figure]) -> Iterator[str]:
    """The table's lines; none where nothing of it was measured."""
    rows = [row for row in ROWS if row.before in figures and row.after in figures]
    if not rows:
        return
    yield "| | unit | the plan: before | the plan: after | before, measured | voltape, measured | factor |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for row in rows:
        before, after = figures[row.before].median, figures[row.after].median
        cells = (
            row.what,
            row.unit,
            row.said,
            row.promised,
            number(before),
            f"**{number(after)}**",
            _factor(before, after),
        )
        yield f"| {' | '.join(cells)} |"


def _factor(before: float, after: float) -> str:
    if after > 0:
        return f"{number(round(before / after, 1))} times"
    return "" if before <= 0 else "all of it"
