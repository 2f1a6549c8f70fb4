"""The push stream over a WebSocket."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import cast
from urllib.parse import parse_qsl

from voltape.push.client import CLOSE_TRY_LATER, Client
from voltape.push.hub import Hub
from voltape.push.limits import HubFull
from voltape.push.protocol import Encoding

from .asgi import Receive, Scope, Send
from .problem import Fault, bad_parameters
from .reply import send_problem

__all__ = ["CUT_EXTENSION", "Cut", "Pace", "stream"]

CUT_EXTENSION = "voltape.cut"
"""Scope extension of our server: ends a connection whose client takes nothing more."""

Cut = Callable[[int, str], None]
"""Sends a close frame behind what is unsent, and drops the connection if the client does not take it."""

Pace = Callable[[], float]
"""Seconds that a client has to wait with its next request; 0 where it need not."""


async def stream(hub: Hub, pace: Pace, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one WebSocket until either side ends it."""
    given = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    faults = list(_faults(given))
    if faults:
        await send_problem(bad_parameters(faults), scope, send)
        return
    encoding = cast("Encoding", dict(given).get("encoding", "json"))
    await receive()
    await send({"type": "websocket.accept"})
    cut: Cut | None = (scope.get("extensions") or {}).get(CUT_EXTENSION)
    try:
        client = hub.join(encoding, cut)
    except HubFull as error:
        await send({"type": "websocket.close", "code": CLOSE_TRY_LATER, "reason": str(error)})
        return
    writing = asyncio.create_task(_write(client, send, said_by_cut=cut is not None))
    # Whoever ends the connection, the reader is told; a task of its own would cost each idle client two kilobytes.
    try:
        await _read(hub, client, receive, pace)
    finally:
        hub.leave(client)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    if not writing.cancelled():
        writing.result()


def _faults(given: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    """What is wrong with the parameters; the token is none of them any more."""
    for name, values in groupby(sorted(given), key=itemgetter(0)):
        found = [value for _, value in values]
        if name != "encoding":
            yield Fault(name[:64], "unknown parameter; there are encoding, token")
        elif len(found) > 1:
            yield Fault(name, "given more than once")
        elif found[0] not in ("json", "msgpack"):
            yield Fault(name, "allowed are json and msgpack")


async def _read(hub: Hub, client: Client, receive: Receive, pace: Pace) -> None:
    while True:
        message = await receive()
        if message["type"] != "websocket.receive":
            return
        text = message.get("text")
        hub.request(client, text if text is not None else message["bytes"])
        # While nobody reads, the connection takes nothing more: that slows a client down, and costs nothing.
        wait = pace()
        if wait:
            await asyncio.sleep(wait)


async def _write(client: Client, send: Send, *, said_by_cut: bool) -> None:
    kind = "text" if client.encoding == "json" else "bytes"
    while (frame := await client.next()) is not None:
        await send({"type": "websocket.send", kind: frame.decode() if kind == "text" else frame})
    if not said_by_cut:
        await send({"type": "websocket.close", "code": client.close_code})
