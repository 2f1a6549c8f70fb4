"""One accepted TCP connection: HTTP requests first, WebSocket frames after an upgrade."""

import asyncio
from collections.abc import Coroutine
from struct import pack
from typing import Any, Protocol

from wsproto.frame_protocol import FrameProtocol, Opcode, ParseFailed

from voltape.sim.http import Request, RequestReader, Response, switching
from voltape.sim.link import Link
from voltape.sim.wire import CLOSE, PONG, framed

__all__ = ["Desk", "Peer"]

_MAX_TEXT = 4 * 1024 * 1024
_STALL_BYTES = 64 * 1024
_NO_STATUS, _TOO_BIG, _PROTOCOL_ERROR = 1005, 1009, 1002


class Desk(Protocol):
    """Whoever answers what a connection brings."""

    def handle(self, request: Request) -> Response | Coroutine[Any, Any, Response]:
        """Answer an HTTP request, at once or later."""

    def admit(self, request: Request, transport: asyncio.Transport) -> Link | Response:
        """Open a WebSocket or say why not."""

    def hear(self, link: Link, text: bytes) -> None:
        """A text message has come."""

    def lost(self, link: Link, cause: str) -> None:
        """The WebSocket is gone."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine that the desk owns."""

    def arrived(self, peer: "Peer") -> None:
        """A TCP connection is open."""

    def left(self, peer: "Peer") -> None:
        """A TCP connection is gone."""

    def now(self) -> float:
        """Seconds that never step."""


class Peer(asyncio.Protocol):
    """Bytes in, bytes out; decisions are the desk's."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._reader = RequestReader()
        self._frames: FrameProtocol | None = None
        self._text = bytearray()
        self.transport: asyncio.Transport | None = None
        self.link: Link | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self._desk.arrived(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._desk.left(self)
        if self.link is not None:
            self._desk.lost(self.link, "client went away" if exc is None else f"broken: {type(exc).__name__}")

    def data_received(self, data: bytes) -> None:
        if self._frames is not None:
            self._receive_frames(data)
            return
        try:
            requests = self._reader.feed(data)
        except ValueError:
            self._answer(Response(400, b"bad request", "text/plain"), keep_alive=False)
            return
        for request in requests:
            self._take(request)

    def pause_writing(self) -> None:
        if self.link is not None:
            self.link.blocked_since = self._desk.now()

    def resume_writing(self) -> None:
        if self.link is not None:
            self.link.blocked_since = None

    def _take(self, request: Request) -> None:
        if request.upgrades:
            self._upgrade(request)
            return
        answer = self._desk.handle(request)
        if isinstance(answer, Response):
            self._answer(answer, keep_alive=request.keep_alive)
        else:
            self._desk.spawn(self._answer_later(answer, keep_alive=request.keep_alive))

    async def _answer_later(self, answer: Coroutine[Any, Any, Response], *, keep_alive: bool) -> None:
        self._answer(await answer, keep_alive=keep_alive)

    def _answer(self, response: Response, *, keep_alive: bool) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        self.transport.write(response.encode(keep_alive=keep_alive))
        if not keep_alive:
            self.transport.close()

    def _upgrade(self, request: Request) -> None:
        if self.transport is None:
            return
        admitted = self._desk.admit(request, self.transport)
        if isinstance(admitted, Response):
            self._answer(admitted, keep_alive=False)
            return
        self.link = admitted
        self._frames = FrameProtocol(client=False, extensions=[])
        self.transport.set_write_buffer_limits(high=_STALL_BYTES)
        self.transport.write(switching(request))

    def _receive_frames(self, data: bytes) -> None:
        frames, link = self._frames, self.link
        if frames is None or link is None or link.half_open:
            return
        try:
            frames.receive_bytes(data)
            for frame in frames.received_frames():
                self._take_frame(link, frame.opcode, frame.payload, ends=frame.message_finished)
        except ParseFailed:
            link.violate("malformed frame")
            self._close(link, _PROTOCOL_ERROR, "malformed frame")

    def _take_frame(self, link: Link, opcode: Opcode, payload: object, *, ends: bool) -> None:
        body = _raw(payload)
        if opcode is Opcode.PING:
            link.reply(framed(body, PONG))
        elif opcode is Opcode.CLOSE:
            link.cause = link.cause or "closed by client"
            link.reply(framed(body, CLOSE))
            link.transport.close()
        elif opcode in {Opcode.TEXT, Opcode.CONTINUATION}:
            self._take_text(link, body, ends=ends)
        elif opcode is Opcode.BINARY:
            link.violate("binary frame")

    def _take_text(self, link: Link, body: bytes, *, ends: bool) -> None:
        self._text += body
        if len(self._text) > _MAX_TEXT:
            self._text.clear()
            link.violate("message too long")
            self._close(link, _TOO_BIG, "message too long")
        elif ends:
            text = bytes(self._text)
            self._text.clear()
            self._desk.hear(link, text)

    def _close(self, link: Link, code: int, cause: str) -> None:
        link.cause = link.cause or cause
        link.reply(framed(pack("!H", code), CLOSE))
        link.transport.close()


def _raw(payload: object) -> bytes:
    """The bytes of a frame, whatever the parser has made of them."""
    if isinstance(payload, str):
        return payload.encode()
    if isinstance(payload, tuple):
        return b"" if payload[0] == _NO_STATUS else pack("!H", int(payload[0]))
    return bytes(payload) if isinstance(payload, bytes | bytearray) else b""
