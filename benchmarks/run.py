"""Take the measurements and record them: `python -m benchmarks.run --help`."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from .asking import api
from .bench import Bench, Options
from .browsing import browser, soak
from .budgets import BUDGETS
from .coalescing import coalescing
from .figures import figures_of
from .layouts import layouts
from .limits import limit
from .processes import NotReady
from .provenance import Machine, commit_of, library_versions, source_digest, this_machine
from .report import RESULTS, ROOT, write_report
from .result import Result, write
from .scaling import contracts
from .script_size import dashboard
from .starting import recovery, start
from .streaming import latency
from .switches import switches
from .table import rendered
from .under_load import bursts, even, flood, full

__all__ = ["BENCHMARKS", "ON_REQUEST", "chosen", "main"]

BENCHMARKS: dict[str, Callable[[Bench], Awaitable[None]]] = {
    "even": even,
    "bursts": bursts,
    "full": full,
    "flood": flood,
    "start": start,
    "recovery": recovery,
    "latency": latency,
    "api": api,
    "dashboard": dashboard,
    "browser": browser,
    "soak": soak,
    "limit": limit,
    "contracts": contracts,
    "coalescing": coalescing,
    "layouts": layouts,
    "switches": switches,
}
"""Benchmarks by the name of `--only`, in the order in which they run."""

ON_REQUEST = frozenset({"soak"})
"""Those that are too long for a complete run, and are run where they are named."""

_FULL = Options()
_QUICK = Options(
    rounds=1, windows=1, window=1.5, listen=1.5, warm_up=1.0, repeats=1, starts=1, cuts=1, soak=15.0
)


@click.command()
@click.option("--quick", is_flag=True, help="Shorter runs: to try the harness, not to quote from.")
@click.option(
    "--only", type=click.Choice([*BENCHMARKS]), multiple=True, help="One benchmark; may be repeated."
)
@click.option(
    "--soak", type=click.FloatRange(min=1), help="Length of the benchmark soak, s; 600 unless given."
)
@click.option("--seed", type=int, default=_FULL.seed, show_default=True, help="Seed of the simulated market.")
@click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    default=RESULTS,
    help="Where the run's file goes; benchmarks/results unless given.",
)
def main(*, quick: bool, only: Sequence[str], soak: float | None, seed: int, results: Path) -> None:
    """Measure voltape through real processes against the simulated exchange, over TLS.

    Each run is recorded in a file of its own. A complete run at full length is also rendered as
    `make report` does.
    """
    options = msgspec.structs.replace(_QUICK if quick else _FULL, seed=seed)
    if soak is not None:
        options = msgspec.structs.replace(options, soak=soak)
    names = chosen(only)
    complete = not quick and BENCHMARKS.keys() - names <= ON_REQUEST
    machine = this_machine()
    began, started_at = time.monotonic(), datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="voltape-bench-") as home:
        bench = Bench(options, Path(home))
        asyncio.run(_measure(bench, names))
    seconds = time.monotonic() - began
    result = _result(bench, machine, started_at, seconds, complete=complete)
    path = write(result, results)
    click.echo(rendered(result, path.name))
    if complete and results == RESULTS:
        write_report()
    bench.say(f"recorded in {path.name}")


def chosen(only: Sequence[str]) -> list[str]:
    """Benchmarks to run, in their order: those that are named, else all but those that have to be."""
    return [name for name in BENCHMARKS if (name in only if only else name not in ON_REQUEST)]


async def _measure(bench: Bench, names: Sequence[str]) -> None:
    for name in names:
        try:
            await BENCHMARKS[name](bench)
        except NotReady as error:
            # A program that did not come up costs this benchmark's time, not that of all before it.
            bench.say(f"{name}: {error}; once more")
            bench.forget(name)
            await BENCHMARKS[name](bench)


def _result(
    bench: Bench, machine: Machine, started_at: datetime, seconds: float, *, complete: bool
) -> Result:
    return Result(
        started_at=started_at.isoformat(timespec="seconds"),
        seconds=round(seconds, 1),
        complete=complete,
        commit=commit_of(ROOT),
        source=source_digest(ROOT / "src" / "voltape"),
        machine=machine,
        libraries=library_versions(),
        options=msgspec.to_builtins(bench.options),
        contracts=bench.contracts,
        figures=figures_of(bench.samples, BUDGETS, bench.unjudged),
        notes=bench.notes,
        details=msgspec.to_builtins(bench.details),
    )


if __name__ == "__main__":
    main()
