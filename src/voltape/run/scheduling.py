"""What a role starts beside its own work: the scheduler of jobs, and the watch of alerts where there are rules.

The scheduler carries nothing of what jobs need, nor the library for the store: `voltape jobs` has to leave room for the
processes that it starts.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from voltape.clock import SystemClock
from voltape.config import Settings, process_environment
from voltape.config.api_address import address_of
from voltape.flow.supervise import Supervisor
from voltape.jobs.catalogue import Job
from voltape.jobs.ledger import Ledger
from voltape.jobs.process import Ended, launch
from voltape.jobs.scheduler import Scheduler

__all__ = ["api_url", "job_ledger", "job_scheduler", "jobs_folder", "start_watch"]


def jobs_folder(settings: Settings) -> Path:
    """Where the ledger and the locks of jobs are."""
    return settings.data_dir / "jobs"


def job_ledger(settings: Settings) -> Ledger:
    """What is known of each job's runs on this machine."""
    return Ledger(jobs_folder(settings) / "ledger.json", SystemClock().wall_ms())


def job_scheduler(
    settings: Settings, api_url: str | None, tell: Callable[[bytes], Awaitable[None]]
) -> Scheduler:
    """The scheduler.

    Args:
        settings: for itself and for the runs.
        api_url: where the data API answers; None where the settings say it.
        tell: puts records into the store.
    """
    more = {} if api_url is None else {"VOLTAPE_API_URL": api_url}
    variables = process_environment(settings, **more)

    async def start(job: Job) -> Ended:
        return await launch(job, variables)

    return Scheduler(job_ledger(settings), SystemClock(), start, tell)


def start_watch(supervisor: Supervisor, settings: Settings, api_url: str) -> None:
    """Watch the alerts from now on.

    Raises:
        SettingError: a rule or a sink is wrong.
    """
    # Whoever has no rules does not carry what they need.
    from .alerting import keep_watch  # noqa: PLC0415

    supervisor.start("alerts", lambda: keep_watch(settings, api_url))


def api_url(settings: Settings) -> str:
    """Where the data API answers.

    Raises:
        SettingError: the port is 0, which says nothing about the one that was taken.
    """
    return settings.api_url or address_of(settings.http_host, settings.http_port)
