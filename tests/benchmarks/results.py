"""A made-up result for tests of what is done with results."""

from benchmarks.budgets import Budget
from benchmarks.figures import figures_of
from benchmarks.provenance import Machine
from benchmarks.result import Result

MACHINE = Machine(
    cpu="A processor", cores=2, memory_mb=4_096, system="Linux 6.1 x86_64", python="CPython 3.11.7", load=0.1
)
BUDGETS = {
    "even.tracker.core": Budget("CPU of the tracker", "% of a core", 7, 4),
    "even.board": Budget("board", "kB", 450, 330),
    "start.fresh": Budget("start", "s"),
}


def made_up(started_at: str = "2026-01-02T03:04:05+00:00", *, complete: bool = True) -> Result:
    """A run with three figures: one that meets its budget, one that does not, one without any."""
    samples = {"even.tracker.core": [5.0, 6.0, 5.5], "even.board": [1_234.5], "start.fresh": [1.87]}
    return Result(
        started_at=started_at,
        seconds=12.3,
        complete=complete,
        commit="0123456789abcdef",
        source="feedface",
        machine=MACHINE,
        libraries={"picows": "2.3"},
        options={"seed": 7},
        contracts=2_012,
        figures=figures_of(samples, BUDGETS),
        notes=["a note"],
    )
