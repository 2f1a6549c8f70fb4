"""Listening: one port for WebSocket, REST and control, with TLS or without."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiofastnet

from voltape.sim.options import SimOptions
from voltape.sim.peer import Peer
from voltape.sim.venue import Venue

__all__ = ["serving"]


@asynccontextmanager
async def serving(
    options: SimOptions,
    *,
    host: str,
    port: int,
    context: ssl.SSLContext | None,
    on_failure: Callable[[], None],
) -> AsyncIterator[tuple[Venue, int]]:
    """Run a venue; gives it and the port it listens on, and stops it on leaving.

    `on_failure` is called if its feed breaks down.
    """
    loop = asyncio.get_running_loop()
    venue = Venue(options, loop)
    server = await aiofastnet.create_server(loop, lambda: Peer(venue), host, port, ssl=context, backlog=512)
    venue.start(on_failure)
    try:
        yield venue, int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await venue.stop()
