"""`voltape jobs`: the scheduler alone, small enough to leave its container to the jobs."""

from functools import partial
from random import Random

from voltape.config import Settings
from voltape.flow.supervise import Supervisor

from .beat import beating
from .loop import until_stopped
from .scheduling import api_url, job_scheduler, start_watch
from .store_of_jobs import jobs_store, tell_jobs

__all__ = ["run_jobs"]


async def run_jobs(settings: Settings) -> None:
    """Run jobs as they are due until stopped."""
    supervisor = Supervisor(Random())  # noqa: S311 - jitter, not a secret
    try:
        async with beating(settings.data_dir, "jobs"):
            tell = partial(tell_jobs, jobs_store(settings))
            supervisor.start("jobs", job_scheduler(settings, settings.api_url, tell).run)
            if settings.watches_alerts:
                start_watch(supervisor, settings, api_url(settings))
            await until_stopped()
    finally:
        await supervisor.close()
