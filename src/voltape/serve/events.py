"""The push stream as Server-Sent Events, for clients that have HTTP and nothing else.

The messages are those of the WebSocket in JSON. The `id` of an event says how far each channel was when it was sent, so
that a client that comes back with it is told what it missed, or is given snapshots where that is gone.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any
from zlib import crc32

from litestar import Litestar, Request, Response, get
from litestar.datastructures import State
from litestar.params import Parameter, SkipValidation
from litestar.response.base import ASGIResponse

from voltape.push.client import Client
from voltape.push.hub import Hub, unknown_channel
from voltape.push.limits import HubFull
from voltape.push.protocol import channel_from_name

from .asgi import Headers, Receive, Scope, Send
from .desk import Desk
from .parameters import ALLOWED
from .problem import Fault, ProblemError, bad_parameters
from .reply import header
from .stream import CUT_EXTENSION

__all__ = ["EVENTS", "EVENT_MEDIA_TYPE", "EventStream", "Positions", "events"]

EVENTS = "/api/v1/events"
EVENT_MEDIA_TYPE = "text/event-stream"

_RETRY_MS = 1000
_TRY_LATER = [(b"retry-after", b"10")]
_HEADERS: Headers = [
    (b"content-type", EVENT_MEDIA_TYPE.encode()),
    (b"cache-control", b"no-store"),
    # A proxy that collects output before it passes it on would hold up everything.
    (b"x-accel-buffering", b"no"),
]
_start_of = re.compile(rb'\{"type":"(\w+)"(?:,"channel":"([^"]*)","seq":(\d+))?').match

Sent = Request[Any, Any, State]

Channels = Annotated[str, Parameter(description=ALLOWED["channels"], min_length=1, max_length=8192)]
MaxHz = Annotated[float | None, Parameter(gt=0, le=1000, description=ALLOWED["max_hz"])]


class Positions:
    """How far each channel of one stream of events is."""

    def __init__(self, channels: Sequence[str], max_hz: float | None) -> None:
        """Know no number yet.

        Args:
            channels: names, in the order asked for.
            max_hz: as asked for.
        """
        self.seqs: dict[str, int | None] = dict.fromkeys(channels)
        # Numbers mean nothing to a stream of other channels, or at another pace.
        self._kind = f"{crc32(f'{list(self.seqs)} {max_hz}'.encode()):08x}"

    def take(self, event_id: str) -> None:
        """Take the numbers from the id of an event; an id of another stream changes nothing."""
        kind, _, rest = event_id.partition(".")
        parts = rest.split(".")
        if kind == self._kind and len(parts) == len(self.seqs) and all(map(_is_number, parts)):
            for channel, part in zip(self.seqs, parts, strict=True):
                self.seqs[channel] = int(part) if part else None

    @property
    def event_id(self) -> str:
        """They as the id of an event."""
        return ".".join((self._kind, *("" if seq is None else str(seq) for seq in self.seqs.values())))

    def event(self, frame: bytes) -> bytes:
        """A message as an event."""
        found = _start_of(frame)
        kind, channel, seq = found.groups() if found else (b"message", None, None)
        if channel is None:
            # The line of the heartbeat that says nothing keeps connections open whose client knows no heartbeats.
            comment = b":\n" if kind == b"heartbeat" else b""
            return b"%bevent: %b\ndata: %b\n\n" % (comment, kind, frame)
        self.seqs[channel.decode()] = int(seq or b"0")
        return b"event: %b\nid: %b\ndata: %b\n\n" % (kind, self.event_id.encode(), frame)


def _is_number(part: str) -> bool:
    return not part or (part.isascii() and part.isdigit() and len(part) <= 16)


class EventStream(Response[str]):
    """Sends events until either side ends it."""

    def __init__(self, hub: Hub, channels: Sequence[str], max_hz: float | None) -> None:
        super().__init__(content="", media_type=EVENT_MEDIA_TYPE)
        self._hub = hub
        self._channels = channels
        self._max_hz = max_hz

    def to_asgi_response(self, app: Litestar | None, request: Sent, **_: Any) -> ASGIResponse:  # noqa: ANN401
        """The stream as an ASGI application."""
        return self._respond  # type: ignore[return-value]

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        positions = Positions(self._channels, self._max_hz)
        positions.take(header(scope, b"last-event-id"))
        hub = self._hub
        try:
            client = hub.join("json", (scope.get("extensions") or {}).get(CUT_EXTENSION))
        except HubFull as error:
            raise ProblemError(503, str(error), headers=_TRY_LATER) from error
        for channel, seq in positions.seqs.items():
            hub.subscribe(client, channel, self._max_hz, seq)
        writing = asyncio.create_task(_write(client, positions, send))
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            hub.leave(client)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        if not writing.cancelled():
            writing.result()


async def _write(client: Client, positions: Positions, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await _send(send, b"retry: %d\n\n" % _RETRY_MS)
    while (frame := await client.next()) is not None:
        await _send(send, positions.event(frame))
    await send({"type": "http.response.body", "body": b""})


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


def _missing(hub: Hub, names: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Status and reason for each channel that cannot be followed."""
    for name in names:
        channel = channel_from_name(name)
        if channel is None:
            yield 422, unknown_channel(name)
        elif reason := hub.missing(channel):
            yield 404, reason


@get(
    EVENTS,
    sync_to_thread=False,
    summary="The push stream as Server-Sent Events",
    media_type=EVENT_MEDIA_TYPE,
)
def events(desk: SkipValidation[Desk], channels: Channels, max_hz: MaxHz = None) -> EventStream:
    """Send snapshots, deltas and heartbeats of channels, without end; `Last-Event-ID` goes on where it broke off."""
    hub = desk.hub
    names = list(dict.fromkeys(name.strip() for name in channels.split(",")))
    if len(names) > hub.limits.channels:
        raise bad_parameters([Fault("channels", f"{len(names)} given; allowed are {hub.limits.channels}")])
    faults = list(_missing(hub, names))
    if any(status == 422 for status, _ in faults):
        raise bad_parameters([Fault("channels", "; ".join(reason for _, reason in faults[:3]))])
    if faults:
        raise ProblemError(404, "; ".join(reason for _, reason in faults[:3]))
    return EventStream(hub, names, max_hz)
