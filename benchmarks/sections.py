"""Which figures stand in which table of the page: every figure has its place, and the page shows those there are."""

from collections.abc import Iterator
from typing import NamedTuple

from .budgets import BUDGETS, COUNTS, LAYOUTS, LOADS, PACES, PROGRAMS, RATES, SWITCHES

__all__ = ["BUDGET_ROWS", "SECTIONS", "Section"]


class Section(NamedTuple):
    """A table.

    Attributes:
        title: heading. corner: head of the first column. columns: heads of the others, with their units.
        rows: for each row its label and the names of its figures, "" where there is none.
        note: what to know when reading it.
    """

    title: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    note: str = ""


BUDGET_ROWS = (
    "even.tracker.core",
    "bursts.tracker.core",
    "even.tracker.ratio",
    "full.tracker.core",
    "full.tracker.lost",
    "full.tracker.reconnects",
    "flood.tracker.core",
    "even.up.memory",
    "even.tracker.store_bytes",
    "even.board",
    "start.fresh",
    "latency.board_p95",
    "latency.client_p95",
    "latency.crowd_client_p95",
    "latency.idle_memory",
    "api.chain_p95",
    "api.chain_p99",
    "api.all_cold",
    "api.all_cached",
    "recovery.all",
    "even.up.reconnects",
    "dashboard.script",
    "browser.first_chain",
    "browser.cell_p95",
    "browser.longest_task",
    "soak.heap_growth",
    "soak.longest_task",
    "even.liquid.of_all",
    "even.liquid.missing_open_interest",
    "even.liquid.missing_volume",
    "even.tracker.of_before",
    "bursts.tracker.of_before",
    "full.tracker.of_before",
    "flood.tracker.of_before",
)
"""Figures of the design's and the plan's budgets, in their order."""

_LOAD_COLUMNS = (
    "CPU, % of a core",
    "CPU, µs per message",
    "its store, % of a core",
    "lost",
    "cut",
    "lag p50, ms",
    "lag p95, ms",
    "lag p99, ms",
    "bytes to the store per message",
    "memory, MB",
)
_LOAD_FIELDS = (
    "core",
    "message",
    "store_core",
    "lost",
    "reconnects",
    "lag_p50",
    "lag_p95",
    "lag_p99",
    "store_bytes",
    "memory",
)


def _loads() -> Iterator[Section]:
    for load, shown in LOADS.items():
        rows = tuple(
            (label, tuple(_known(f"{load}.{name}.{field}") for field in _LOAD_FIELDS))
            for name, label in PROGRAMS.items()
        )
        note = ""
        if load == "even":
            note = (
                "`liquid` gets fewer messages: what it saves is in the CPU and in the bytes, not in the cost of one. "
                "Memory of the program before includes its API."
            )
        yield Section(shown[0].upper() + shown[1:], "program", _LOAD_COLUMNS, rows, note)


def _known(name: str) -> str:
    return name if name in BUDGETS else ""


def _plain(title: str, *prefixes: str) -> Section:
    """A table with a figure a row, of those whose name starts with one of the prefixes and that have no other place."""
    rows = tuple(
        (f"{budget.what}, {budget.unit}", (name,))
        for name, budget in BUDGETS.items()
        if name.startswith(prefixes) and name not in _PLACED
    )
    return Section(title, "figure", ("measured",), rows)


def _limits() -> Section:
    rows = tuple(
        (PROGRAMS[name], (f"limit.{name}.kept", f"limit.{name}.lost_at"))
        for name in ("before", "plain", "tracker", "floor")
    )
    note = "The rate is what the exchange did send. No figure in the last column: nothing was lost at any rate tried."
    columns = ("highest rate kept, messages/s", "lost data or fell behind at, messages/s")
    return Section("Where each first loses data", "program", columns, rows, note)


def _contracts() -> Section:
    rows = tuple(
        (
            f"{int(count):,} contracts",
            tuple(
                f"contracts.{name}_{count}"
                for name in (
                    "tracker.core",
                    "tracker.message",
                    "tracker.memory",
                    "floor.core",
                    "floor.message",
                )
            ),
        )
        for count in COUNTS
    )
    columns = (
        "tracker, % of a core",
        "tracker, µs per message",
        "tracker and store, MB",
        "receive-only client, % of a core",
        "receive-only client, µs per message",
    )
    note = (
        "2,600 messages/s in all, evenly paced, whatever the number of contracts; as many connections as the "
        "exchange's limits need, 2,000 topics and 21,000 characters on one."
    )
    return Section("Cost and number of contracts", "contracts", columns, rows, note)


def _coalescing() -> Iterator[Section]:
    columns = (
        "CPU on, µs per message",
        "CPU off, µs per message",
        "p50 on, ms",
        "p50 off, ms",
        "p99 on, ms",
        "p99 off, ms",
        "added p50, ms",
        "added p99, ms",
    )
    fields = ("on", "off", "p50_on", "p50_off", "p99_on", "p99_off", "added_p50", "added_p99")
    for pace, shown in PACES.items():
        rows = tuple(
            (f"{rate:,} messages/s", tuple(f"coalescing.{pace}.{field}_{rate}" for field in fields))
            for rate in RATES
        )
        yield Section(f"Receive coalescing, {shown}", "load", columns, rows)


def _layouts() -> Section:
    fields = ("client", "server", "bytes", "change", "memory")
    rows = tuple(
        (label, tuple(f"layouts.{name}.{field}" for field in fields)) for name, label in LAYOUTS.items()
    )
    columns = (
        "writer, µs per record",
        "store, µs per record",
        "bytes per record",
        "bytes when prices and greeks change",
        "memory of all, kB",
    )
    return Section("Layouts of the store", "layout", columns, rows)


def _switches() -> Section:
    rows = tuple(
        (shown, (f"switches.{name}.even", f"switches.{name}.full")) for name, (shown, _) in SWITCHES.items()
    )
    note = "Coalescing, the largest, has tables of its own; all of them off at once is the profile `plain`."
    columns = ("at 2,600 messages/s, µs per message", "at 20,000 messages/s, µs per message")
    return Section("Single optimisations switched off", "switch", columns, rows, note)


_WIDE = (*_loads(), _limits(), _contracts(), *_coalescing(), _layouts(), _switches())
_PLACED = {name for section in _WIDE for _, names in section.rows for name in names if name}

SECTIONS: tuple[Section, ...] = (
    *_WIDE[: len(LOADS)],
    _plain("Everything in one process, and what the filter saves", "even."),
    _plain("Loads as they were, and ratios", "bursts.", "full.", "flood."),
    *_WIDE[len(LOADS) : -2],
    *_WIDE[-2:],
    _plain("Start and recovery", "start.", "recovery."),
    _plain("From the exchange to the screen", "latency."),
    _plain("API", "api."),
    _plain("Dashboard", "dashboard.", "browser.", "soak."),
)
"""Every table of the page, in order; each figure is in exactly one."""
