"""Connections of the HTTP server, bounded in what a client may send and in how long it may take.

The server's own protocol classes collect a request's head whatever its size, wait for its end for ever, and cannot end
a connection whose client takes nothing more.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto.events import CloseConnection

from .problem import PROBLEM_MEDIA_TYPE, ProblemError, problem_bytes
from .stream import CUT_EXTENSION

__all__ = ["HEAD_S", "MAX_HEAD_BYTES", "HttpConnection", "WebSocketConnection"]

MAX_HEAD_BYTES = 65_536
"""Longest head of a request: its line and its headers."""

HEAD_S = 10.0
"""s within which a request's head has to be complete."""

_CUT_S = 5.0
_FIELD_EXTRA = 4


class _Refused(Exception):
    """Ends the parsing of a request that is answered already."""


class HttpConnection(HttpToolsProtocol):
    """A connection that carries requests."""

    _unfinished = 0
    _is_in_head = True
    _refusal: ProblemError | None = None
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - as the class above has it
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_in_head:
            self._unfinished += len(data)
        super().data_received(data)
        # The parser tells of a field when it is complete, which it may never be.
        if self._is_in_head and self._unfinished > MAX_HEAD_BYTES:
            self._refuse(_head_too_large())

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)["extensions"] = {CUT_EXTENSION: self._cut}
        if self._late is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        self._is_in_head = False
        size = len(self.url) + sum(len(name) + len(value) + _FIELD_EXTRA for name, value in self.headers)
        if size > MAX_HEAD_BYTES:
            self._refusal = _head_too_large()
            raise _Refused
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_in_head = True
        self._unfinished = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._refusal or ProblemError(400, "this is no HTTP/1.1 request"))

    def _await_head(self) -> None:
        self._late = self.loop.call_later(HEAD_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        self._refuse(ProblemError(408, f"no complete request came within {HEAD_S:g} s"))

    def _refuse(self, error: ProblemError) -> None:
        """Answer without the application, and end the connection."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        body = problem_bytes(error)
        head = (
            f"content-type: {PROBLEM_MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
            "cache-control: no-store\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[error.status] + head.encode() + body)
        self.transport.close()

    def _cut(self, _code: int, _reason: str) -> None:
        """Let an answer that has no end come to one; drop the connection if its client does not take it."""
        cycle = self.cycle

        def drop() -> None:
            if not cycle.response_complete:
                self.transport.abort()

        self.loop.call_later(_CUT_S, drop)


def _head_too_large() -> ProblemError:
    return ProblemError(431, f"request line and headers are longer than {MAX_HEAD_BYTES} bytes")


class WebSocketConnection(WSProtocol):
    """A WebSocket that can be ended although its client takes nothing more."""

    async def run_asgi(self) -> None:
        cast("dict[str, Any]", self.scope["extensions"])[CUT_EXTENSION] = self._cut
        await super().run_asgi()

    async def send(self, message: Any) -> None:  # noqa: ANN401 - the server's type of it is its own secret
        await self.writable.wait()
        if self.close_sent and message["type"] == "websocket.send":
            # The application cannot know yet that the connection was ended below it.
            raise ClientDisconnected
        await super().send(message)

    def _cut(self, code: int, reason: str) -> None:
        if self.close_sent or self.disconnected or not self.handshake_complete:
            return
        self.close_sent = True
        self.stop_keepalive()
        self.transport.write(self.conn.send(CloseConnection(code=code, reason=reason)))
        self.close_timer = self.loop.call_later(_CUT_S, self.transport.abort)
