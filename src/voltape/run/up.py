"""`voltape up`: store, tracker, API and dashboard in one process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from voltape.config import Settings
from voltape.flow.backoff import Backoff
from voltape.flow.supervise import Supervisor
from voltape.store.embedded import EmbeddedStore

from .beat import beating
from .keeping import keeping
from .loop import until_stopped
from .parts import random_source, store_address
from .scheduling import job_scheduler, start_watch
from .serving import announce_when_ready, serving
from .store_of_jobs import tell_jobs

__all__ = ["run_up"]

_RESTART_DELAYS = (0.1, 5.0)


async def run_up(settings: Settings) -> None:
    """Run everything until stopped, then stop intake, flush and close."""
    async with (
        beating(settings.data_dir, "up"),
        _store(settings) as (url, kind),
        keeping(settings, "up", url, kind) as kept,
        serving(
            settings, kept.board, kept.clock, kept.status, kept.watch, kept, kept.tapes, kept.histories
        ) as server,
    ):
        # An address that is taken is told before anybody is called.
        kept.start()
        await announce_when_ready(server.url, kept.status, freeze=settings.gc_tuning)
        async with _upkeep(settings, server.url, url):
            await until_stopped()


@asynccontextmanager
async def _upkeep(settings: Settings, api_url: str, store_url: str) -> AsyncIterator[None]:
    supervisor = Supervisor(random_source())
    store = store_address(settings, store_url)
    if settings.jobs:
        tell = partial(tell_jobs, store)
        supervisor.start("jobs", job_scheduler(settings, api_url, tell).run)
    if settings.watches_alerts:
        start_watch(supervisor, settings, api_url)
    try:
        yield
    finally:
        await supervisor.close()


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[tuple[str, str | None]]:
    if settings.store_url != "embedded":
        yield settings.store_url, None
        return
    backoff = Backoff(*_RESTART_DELAYS, random_source())
    async with EmbeddedStore(settings.data_dir, backoff) as store:
        yield store.url, "embedded"
