"""One run of one job, and what it is handed; nothing of the tracker is loaded for it."""

from voltape.bybit.rest import RestClient
from voltape.clock import SystemClock
from voltape.config import Settings, proxy_of_process
from voltape.jobs.place import Place
from voltape.jobs.process import only_one
from voltape.jobs.work import work
from voltape.model.job import Outcome
from voltape.tls import client_context

from .scheduling import api_url, job_ledger, jobs_folder
from .store_of_jobs import jobs_store, tell_jobs

__all__ = ["api_url", "jobs_store", "run_job", "tell_ledger"]


async def run_job(settings: Settings, name: str) -> Outcome:
    """Run one job here and now.

    Raises:
        AlreadyRunning: somebody is at it.
    """
    with only_one(jobs_folder(settings), name):
        return await work(name, _place(settings))


async def tell_ledger(settings: Settings) -> None:
    """Put the ledger of this machine into the store."""
    await tell_jobs(jobs_store(settings), job_ledger(settings).text())


def _place(settings: Settings) -> Place:
    def exchange() -> RestClient:
        proxy = proxy_of_process(settings, settings.rest_url)
        return RestClient(settings.rest_url, client_context(settings.ca_file), proxy=proxy)

    return Place(
        clock=SystemClock(),
        store=jobs_store(settings),
        exchange=exchange,
        reports=settings.data_dir / "reports",
        api_url=api_url(settings),
        api_token=settings.api_token,
        ca_file=settings.ca_file,
    )
