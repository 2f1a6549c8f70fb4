"""The serving half of a role: push hub, API and dashboard over a board."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import click

from voltape import __version__
from voltape.clock import Clock
from voltape.config import Settings
from voltape.flow.supervise import Supervisor
from voltape.model.board import Board
from voltape.model.control import ControlPort
from voltape.model.history import Histories
from voltape.model.status import Status
from voltape.model.tape import Tapes
from voltape.push.hub import Hub
from voltape.serve.app import ServeOptions, make_app
from voltape.serve.server import HttpServer

from .files import allow_many_files
from .garbage import freeze_survivors, until_ready
from .parts import random_source

__all__ = ["announce_when_ready", "serving"]

_READY_CHECK = 0.05


@asynccontextmanager
async def serving(
    settings: Settings,
    board: Board,
    clock: Clock,
    status: Callable[[], Status],
    watched: Callable[[frozenset[str]], None] | None = None,
    control: ControlPort | None = None,
    tapes: Tapes | None = None,
    histories: Histories | None = None,
) -> AsyncIterator[HttpServer]:
    """Serve `board` over HTTP until the block ends.

    Args:
        settings: all settings.
        board: what to serve.
        clock: time.
        status: the present state.
        watched: told which channels clients follow, whenever that changes.
        control: the way to the tracker for who decides what is tracked.
        tapes: trades, None where they are not kept.
        histories: what the board's levels were.

    Raises:
        VoltapeError: the address cannot be listened on.
    """

    def shown() -> Status:
        return app.desk.status()

    # The push stream shows what this role adds, too.
    hub = Hub(board, clock, version=__version__, status=shown, watched=watched, trades=tapes)
    options = ServeOptions(
        api_token=settings.api_token,
        cache=settings.cache,
        rate_limit=settings.http_rate_limit,
        cors_origins=settings.http_cors_origins,
    )
    supervisor = Supervisor(random_source())
    app = make_app(board, hub, status, options, clock, control, tapes, histories)
    allow_many_files()
    async with HttpServer(app, settings.http_host, settings.http_port) as server:
        supervisor.start("push hub", hub.run)
        supervisor.start("efficiency meter", app.desk.efficiency.run)
        supervisor.start("analytics", app.desk.analytics.run)
        try:
            yield server
        finally:
            await supervisor.close()


async def announce_when_ready(url: str, status: Callable[[], Status], *, freeze: bool) -> None:
    """Say once on standard output that data flows, then return.

    Args:
        url: where the API answers.
        status: the present state.
        freeze: leave what is alive then out of garbage collection.
    """
    await until_ready(status, _READY_CHECK)
    click.echo(f"ready {url}")
    if freeze:
        freeze_survivors()
