"""One run of one job, and what it is handed; nothing of the tracker is loaded for it."""

from typing import TYPE_CHECKING

from voltape.clock import SystemClock
from voltape.config import Settings, proxy_of_process
from voltape.jobs.place import Place
from voltape.jobs.process import only_one
from voltape.jobs.work import work
from voltape.model.job import Outcome
from voltape.tls import client_context

if TYPE_CHECKING:
    from voltape.bybit.rest import RestClient

from .scheduling import api_url, jobs_folder
from .store_of_jobs import jobs_store

__all__ = ["api_url", "jobs_store", "run_job"]


async def run_job(settings: Settings, name: str) -> Outcome:
    """Run one job here and now.

    Raises:
        AlreadyRunning: somebody is at it.
    """
    with only_one(jobs_folder(settings), name):
        return await work(name, _place(settings))


def _place(settings: Settings) -> Place:
    def exchange() -> "RestClient":
        from voltape.bybit.rest import RestClient  # noqa: PLC0415 - some jobs do without the exchange

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
