"""Composition root: puts the parts together into the roles of the command line.

Each function blocks until it is told to stop and returns the exit code.
"""

import asyncio
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from voltape.config import Settings

from .loop import run_until_stopped

if TYPE_CHECKING:
    from voltape.model.job import JobRecord, Outcome

__all__ = [
    "check_alerts",
    "demo",
    "job_records",
    "jobs",
    "list_alerts",
    "run_job",
    "serve",
    "tracker",
    "try_alerts",
    "up",
]

# ruff: noqa: PLC0415 - a role loads only what it needs, so that it does not carry another's memory

# A library offers commands of its own when it finds what they need, which costs every process 4 MB; it does without when told.
sys.modules.setdefault("httpx._main", cast("ModuleType", None))


def up(settings: Settings) -> int:
    """Everything in one process, with the store embedded or apart."""
    _check_alerts(settings)
    from .up import run_up

    return run_until_stopped(run_up, settings)


def tracker(settings: Settings) -> int:
    """The tracker alone, writing to a store apart."""
    from .tracker import run_tracker

    return run_until_stopped(run_tracker, settings)


def serve(settings: Settings) -> int:
    """API and dashboard alone, following a store apart."""
    from .serve import run_serve

    return run_until_stopped(run_serve, settings)


def jobs(settings: Settings) -> int:
    """The scheduler of jobs alone, beside a store apart."""
    _check_alerts(settings)
    from .jobs import run_jobs

    return run_until_stopped(run_jobs, settings)


def run_job(settings: Settings, name: str) -> "Outcome":
    """One run of one job, here and now."""
    from .job import run_job

    return asyncio.run(run_job(settings, name))


def job_records(settings: Settings) -> "list[JobRecord]":
    """What is known of each job's runs on this machine."""
    from .scheduling import job_ledger

    return job_ledger(settings).records


def try_alerts(settings: Settings, sink: str | None) -> list[tuple[str, str | None]]:
    """A message by every sink, or by one; for each its name and what is wrong, None where it was taken."""
    from .alert_commands import try_sinks

    return asyncio.run(try_sinks(settings, sink))


def check_alerts(settings: Settings) -> tuple[list[str], str | None]:
    """The rules with their present values as lines, and what keeps these from being known."""
    from .alert_commands import check

    return asyncio.run(check(settings))


def list_alerts(settings: Settings) -> list[str]:
    """The state of the rules as lines."""
    from .alert_commands import listing

    return listing(settings)


def _check_alerts(settings: Settings) -> None:
    """Refuse wrong rules before anything is started."""
    if settings.watches_alerts:
        from .alerting import alert_rules

        alert_rules(settings)


def demo(settings: Settings, sim_options: dict[str, Any]) -> int:
    """A simulated exchange and everything on top of it."""
    _check_alerts(settings)
    from .demo import run_demo

    return run_until_stopped(lambda settings: run_demo(settings, sim_options), settings)
