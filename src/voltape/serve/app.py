"""The web application: gate, kept answers, REST interface, push stream and dashboard behind one ASGI callable."""

import logging
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec

from voltape import __version__
from voltape.clock import Clock, SystemClock
from voltape.model.board import Board
from voltape.model.status import Status
from voltape.push.hub import Hub

from .asgi import Headers, Message, Receive, Scope, Send
from .cache import Answer
from .dashboard import STATIC_DIR, Dashboard
from .desk import Desk
from .gate import Gate, safety_headers
from .interface import make_interface
from .problem import FAULT, ProblemError
from .reference import reference_page
from .reply import request_key, send_answer, send_problem
from .routes import API
from .stream import stream

__all__ = ["ServeOptions", "WebApp", "make_app"]

_log = logging.getLogger(__name__)

_STREAM = f"{API}/stream"
_HEALTH = frozenset(("/healthz", "/readyz"))
_PROGRAM_PATHS = _HEALTH | {"/metrics", "/openapi.json", "/docs"}
_READING = ("GET", "HEAD")
_PAGE_HEADERS = safety_headers(page=True)
_PROGRAM_HEADERS = safety_headers(page=False)
_STARTS = ("http.response.start", "websocket.http.response.start")


class ServeOptions(msgspec.Struct, frozen=True):
    """What the web application needs of the settings.

    Attributes:
        api_token: wanted as Bearer for everything but health and the dashboard's files; None for no token.
        cache: whether answers are kept as long as they are exact.
        cache_bytes: room for kept answers.
        static_dir: the dashboard's files.
    """

    api_token: str | None = None
    cache: bool = True
    cache_bytes: int = 4_194_304
    static_dir: Path = STATIC_DIR


def make_app(
    board: Board,
    hub: Hub,
    status: Callable[[], Status],
    options: ServeOptions,
    clock: Clock | None = None,
) -> "WebApp":
    """Assemble the web application.

    Args:
        board: what is served; read only.
        hub: the push stream over the same board.
        status: the present status; `cache` is filled in here.
        options: see there.
        clock: the system's unless given.
    """
    cache_bytes = options.cache_bytes if options.cache else 0
    desk = Desk(board, hub, clock or SystemClock(), status, cache_bytes)
    return WebApp(desk, options)


class WebApp:
    """ASGI application for HTTP and WebSocket; lifespan events are none of its business.

    Attributes:
        desk: where answers are made.
        gate: what requests must pass.
        responses: answers by HTTP status since start.
    """

    def __init__(self, desk: Desk, options: ServeOptions) -> None:
        self.desk = desk
        self.responses: Counter[int] = Counter()
        self.gate = Gate(options.api_token)
        self._interface = make_interface(desk, __version__)
        self._dashboard = Dashboard(options.static_dir)
        self._documents: dict[str, Answer] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or serve one WebSocket."""
        if scope["type"] == "websocket":
            await self._serve(scope, self._counted(receive), _Way(self, send, scope))
        elif scope["type"] == "http":
            began = self.desk.clock.monotonic()
            way = _Way(self, send, scope)
            try:
                await self._serve(scope, receive, way)
            except Exception:
                # A route's own faults are answered where it is called; this was an answer made again without it.
                _log.exception("%s %s failed", scope["method"], scope["path"])
                if way.begun:
                    raise
                await send_problem(ProblemError(500, FAULT), scope, way)
            finally:
                self.desk.meter.take(self.desk.clock.monotonic() - began, failed=way.status >= 500)

    async def _serve(self, scope: Scope, receive: Receive, way: "_Way") -> None:
        path = scope["path"]
        try:
            self.gate.check(scope, wants_token=_is_for_programs(path) and path not in _HEALTH)
            await self._route(scope, receive, way)
        except ProblemError as error:
            extra = [(b"www-authenticate", b"Bearer")] if error.status == 401 else []
            await send_problem(error, scope, way, extra)

    def _counted(self, receive: Receive) -> Receive:
        async def take() -> Message:
            message = await receive()
            self.desk.meter.received += len(message.get("text") or message.get("bytes") or b"")
            return message

        return take

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if scope["type"] == "websocket":
            if path != _STREAM:
                raise ProblemError(404, f"the stream is at {_STREAM}")
            await stream(self.desk.hub, scope, receive, send)
            return
        kept = self._kept(scope)
        if kept is not None:
            await send_answer(kept, self.desk.forms, scope, send)
            return
        if scope["method"] == "HEAD":
            # The server leaves the body out; it looks at its own scope, which stays as it is.
            scope = {**scope, "method": "GET"}
        await self._interface(cast("Any", scope), cast("Any", receive), cast("Any", send))

    def _kept(self, scope: Scope) -> Answer | None:
        """The answer to a request that needs no route; None for the rest.

        Raises:
            ProblemError: 404, 405 or 426.
        """
        path, method = scope["path"], scope["method"]
        if path == _STREAM:
            raise ProblemError(426, "this is a WebSocket")
        if path.startswith("/api/"):
            return self.desk.known(request_key(path, scope["query_string"])) if method in _READING else None
        if path in _PROGRAM_PATHS and path not in ("/openapi.json", "/docs"):
            return None
        if method not in _READING:
            raise ProblemError(405, f"{path[:200]!r} can only be read")
        return self._document(path) if path in _PROGRAM_PATHS else self._dashboard.answer(path)

    def _document(self, path: str) -> Answer:
        if path not in self._documents:
            document = self._interface.openapi_schema.to_schema()
            page = reference_page(document)
            self._documents["/docs"] = Answer(page, "text/html; charset=utf-8")
            self._documents["/openapi.json"] = Answer(msgspec.json.encode(document))
        return self._documents[path]

    async def close(self) -> None:
        """Close every stream with 1001 and take no more."""
        await self.desk.hub.close()
        self.desk.forms.close()


class _Way:
    """An answer's way to its client: adds the headers of safety, and counts.

    Attributes:
        status: of the answer, 500 while there is none. begun: whether it can no longer be another one.
    """

    __slots__ = ("_app", "_headers", "_is_bodiless", "_send", "begun", "status")

    def __init__(self, app: WebApp, send: Send, scope: Scope) -> None:
        path = scope["path"]
        is_page = path == "/docs" or not _is_for_programs(path)
        self.status = 500
        self.begun = False
        self._app = app
        self._send = send
        self._headers: Headers = _PAGE_HEADERS if is_page else _PROGRAM_HEADERS
        self._is_bodiless = scope.get("method") == "HEAD"

    async def __call__(self, message: Message) -> None:
        kind = message["type"]
        if kind in _STARTS:
            message["headers"] = [*message["headers"], *self._headers]
            self.status = message["status"]
            self.begun = True
            self._app.responses[self.status] += 1
        elif kind == "websocket.send":
            self._app.desk.meter.sent += len(message.get("text") or message.get("bytes") or b"")
        elif not self._is_bodiless:
            self._app.desk.meter.sent += len(message.get("body", b""))
        await self._send(message)


def _is_for_programs(path: str) -> bool:
    return path in _PROGRAM_PATHS or path.startswith("/api/") or path == "/api"
