"""`voltape jobs`: the scheduler, and what can be asked of jobs by hand."""

# ruff: noqa: PLC0415 - imports wait for the command that needs them, as the package says

import os
from collections.abc import Callable
from typing import cast

import click

from .options import apart, role, started

__all__ = ["MAKERS"]


def jobs(**flags: object) -> int:
    """Run jobs as they are due; or run one now, or list their runs.

    `jobs` is the scheduler, `jobs run NAME` runs one now, `jobs list` tells of their runs.
    """
    words = cast("tuple[str, ...]", flags.pop("words"))
    as_json = bool(flags.pop("as_json"))
    match words:
        case ():
            settings = apart(started(flags))
            from voltape import run

            return run.jobs(settings)
        case ("list",):
            return _list_jobs(flags)
        case ("run", name):
            return _run_job(flags, name, as_json=as_json)
    raise click.UsageError("`jobs` takes nothing, `list`, or `run NAME`")


def _list_jobs(flags: dict[str, object]) -> int:
    from voltape.config import load_from_process

    settings = load_from_process(flags)
    from voltape import run
    from voltape.jobs.ledger import lines_of

    for line in lines_of(run.job_records(settings)):
        click.echo(line)
    return 0


def _run_job(flags: dict[str, object], name: str, *, as_json: bool) -> int:
    from voltape.jobs.catalogue import JOBS

    if name not in JOBS:
        raise click.UsageError(f"there is no job {name}; there are {', '.join(JOBS)}")
    settings = started(flags)
    import msgspec

    from voltape import run

    if as_json:
        # It runs beside a tracker, which goes first.
        os.nice(10)
    outcome = run.run_job(settings, name)
    click.echo(msgspec.json.encode(outcome).decode() if as_json else f"{name}: {outcome.said}")
    return 0 if outcome.ok else 1


JOBS_WORDS = (
    click.Argument(["words"], nargs=-1, metavar="[list | run NAME]"),
    click.Option(["--json", "as_json"], is_flag=True, help="`run`: the outcome as JSON, for programs."),
)

MAKERS: dict[str, Callable[[], click.Command]] = {"jobs": role(jobs, *JOBS_WORDS)}
"""The command."""
