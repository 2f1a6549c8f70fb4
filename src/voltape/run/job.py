"""One run of one job, and what it is handed; nothing of the tracker is loaded for it."""

import logging

from voltape.bybit.rest import RestClient
from voltape.clock import SystemClock
from voltape.config import Settings, proxy_of_process
from voltape.errors import StoreError
from voltape.jobs.place import Place
from voltape.jobs.process import only_one
from voltape.jobs.work import work
from voltape.model.job import Outcome
from voltape.store import keys
from voltape.store.address import Address
from voltape.tls import client_context

from .scheduling import api_url, job_ledger, jobs_folder
from .store_of_jobs import jobs_store

__all__ = ["api_url", "jobs_store", "run_job", "tell_jobs", "tell_store"]

_log = logging.getLogger(__name__)


async def run_job(settings: Settings, name: str) -> Outcome:
    """Run one job here and now.

    Raises:
        AlreadyRunning: somebody is at it.
    """
    with only_one(jobs_folder(settings), name):
        return await work(name, _place(settings))


async def tell_jobs(settings: Settings) -> None:
    """Put the ledger of this machine into the store."""
    await tell_store(jobs_store(settings), job_ledger(settings).text())


async def tell_store(store: Address, records: bytes) -> None:
    """Put records of jobs where `serve` and `tracker` find them; a store that is away is told of at another time."""
    try:
        link = await store.connect()
        try:
            await link.ask("SET", keys.JOBS, records, "EX", keys.IDLE_TTL_S)
        finally:
            await link.close()
    except StoreError as error:
        _log.debug("the records of jobs are not in the store: %s", error)


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
