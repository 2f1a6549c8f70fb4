"""HTTP requests and responses of the venue's one port, and the WebSocket handshake's answer."""

from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha1
from http import HTTPStatus
from urllib.parse import parse_qsl

import httptools

from voltape.sim.wire import compact

__all__ = ["Request", "RequestReader", "Response", "json_response", "switching"]

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MAX_BODY = 1_000_000


@dataclass(slots=True)
class Request:
    """One request; query values are percent-decoded once, header names are lower case."""

    method: str = "GET"
    path: str = "/"
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    keep_alive: bool = True

    @property
    def upgrades(self) -> bool:
        """Whether the client asks for a WebSocket."""
        return self.headers.get("upgrade", "").lower() == "websocket" and "sec-websocket-key" in self.headers


@dataclass(slots=True)
class Response:
    """One response, its body ready to send."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"

    def encode(self, *, keep_alive: bool) -> bytes:
        """Status line, headers and body."""
        lines = (
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            f"Connection: {'keep-alive' if keep_alive else 'close'}",
        )
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


def json_response(value: object, status: int = 200) -> Response:
    """A response with this value as compact JSON."""
    return Response(status=status, body=compact(value))


def switching(request: Request) -> bytes:
    """The answer that turns the connection into a WebSocket; no extension is ever accepted."""
    digest = sha1(request.headers["sec-websocket-key"].encode() + _GUID, usedforsecurity=False).digest()
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + b64encode(digest) + b"\r\n\r\n"
    )


class RequestReader:
    """Turns received bytes into requests.

    After an upgrade request `upgraded` is true and no further byte is parsed; whatever followed the
    request is lost, since a client may not send before the handshake is answered.
    """

    def __init__(self) -> None:
        self.upgraded = False
        self._parser = httptools.HttpRequestParser(self)
        self._request = Request()
        self._done: list[Request] = []

    def feed(self, data: bytes) -> list[Request]:
        """Requests completed by these bytes; raises `ValueError` on bytes that are no HTTP."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.upgraded = True
        except httptools.HttpParserError as error:
            raise ValueError("bytes are no HTTP request") from error
        done, self._done = self._done, []
        return done

    def on_url(self, url: bytes) -> None:
        """Parser callback: the request target."""
        path, _, query = url.decode("latin-1").partition("?")
        self._request.path = path
        self._request.query = dict(parse_qsl(query, keep_blank_values=True))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Parser callback: one header."""
        self._request.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """Parser callback: a piece of the body."""
        if len(self._request.body) + len(body) > _MAX_BODY:
            raise ValueError("request body too large")
        self._request.body += body

    def on_message_complete(self) -> None:
        """Parser callback: the request is whole."""
        request, self._request = self._request, Request()
        request.method = self._parser.get_method().decode("latin-1")
        request.keep_alive = self._parser.should_keep_alive()
        self._done.append(request)
