"""The serving half of a role: push hub, API and dashboard over a board."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import click

from voltape import __version__
from voltape.clock import Clock
from voltape.config import Settings
from voltape.flow.supervise import Supervisor
from voltape.model.board import Board
from voltape.model.status import Status
from voltape.push.hub import Hub
from voltape.serve.app import ServeOptions, make_app
from voltape.serve.server import HttpServer

from .parts import random_source

__all__ = ["announce_when_ready", "serving"]

_READY_CHECK = 0.05


@asynccontextmanager
async def serving(
    settings: Settings,
    board: Board,
    clock: Clock,
    status: Callable[[], Status],
) -> AsyncIterator[HttpServer]:
    """Serve `board` over HTTP until the block ends.

    Raises:
        VoltapeError: the address cannot be listened on.
    """
    hub = Hub(board, clock, version=__version__, status=status)
    options = ServeOptions(api_token=settings.api_token, cache=settings.cache)
    supervisor = Supervisor(random_source())
    async with HttpServer(
        make_app(board, hub, status, options, clock), settings.http_host, settings.http_port
    ) as server:
        supervisor.start("push hub", hub.run)
        try:
            yield server
        finally:
            await supervisor.close()


async def announce_when_ready(url: str, status: Callable[[], Status]) -> None:
    """Say once on standard output that data flows, then return."""
    # Readiness is a judgement over many parts at the time of asking; none of them tells when it changes.
    while not status().health.ready:  # noqa: ASYNC110
        await asyncio.sleep(_READY_CHECK)
    click.echo(f"ready {url}")
    # What is alive now lives as long as the process: later collections need not look at it again.
    gc.collect()
    gc.freeze()
