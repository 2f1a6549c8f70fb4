"""The web application: gate, kept answers, REST interface, push stream and dashboard behind one ASGI callable."""

import logging
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from math import ceil
from pathlib import Path
from typing import Any, cast

import msgspec
from litestar import Litestar

from voltape import __version__
from voltape.clock import Clock, SystemClock
from voltape.model.board import Board
from voltape.model.control import ControlPort
from voltape.model.history import Histories
from voltape.model.status import Status
from voltape.model.tape import Tapes
from voltape.push.hub import Hub

from .asgi import Headers, Message, Receive, Scope, Send
from .cache import Answer
from .cors import Cors
from .dashboard import STATIC_DIR, Dashboard
from .desk import Desk
from .events import EVENTS
from .formats import format_accepted
from .gate import Gate, safety_headers
from .interface import make_interface
from .methods import Methods
from .openapi import completed
from .problem import FAULT, ProblemError
from .rate_limit import RateLimit, client_name
from .reference import reference_page
from .reply import BODILESS, header, request_key, send_answer, send_nothing, send_problem
from .request_id import RequestIds, request_id
from .routes import API, TICKERS
from .stream import stream

__all__ = ["ServeOptions", "WebApp", "make_app"]

_log = logging.getLogger(__name__)

_STREAM = f"{API}/stream"
_HEALTH = frozenset(("/healthz", "/readyz"))
_PROGRAM_PATHS = _HEALTH | {"/metrics", "/openapi.json", "/docs"}
_READING = ("GET", "HEAD")
_ONLY_READING = [(b"allow", b"GET, HEAD")]
_ONLY_GET = [(b"allow", b"GET")]
_UPGRADE = [(b"upgrade", b"websocket"), (b"connection", b"upgrade")]
_PAGE_HEADERS = safety_headers(page=True)
_PROGRAM_HEADERS = safety_headers(page=False)
_slashes = re.compile("/{2,}")
_STARTS = ("http.response.start", "websocket.http.response.start")


class ServeOptions(msgspec.Struct, frozen=True):
    """What the web application needs of the settings.

    Attributes:
        api_token: wanted as Bearer for everything but health and the dashboard's files; None for no token.
        cache: whether answers are kept as long as they are exact.
        cache_bytes: room for kept answers.
        static_dir: the dashboard's files.
        rate_limit: requests per second that each client may make; 0 for no limit.
        cors_origins: sites whose pages may read the interface in a browser.
    """

    api_token: str | None = None
    cache: bool = True
    cache_bytes: int = 4_194_304
    static_dir: Path = STATIC_DIR
    rate_limit: float = 0.0
    cors_origins: tuple[str, ...] = ()


def make_app(
    board: Board,
    hub: Hub,
    status: Callable[[], Status],
    options: ServeOptions,
    clock: Clock | None = None,
    control: ControlPort | None = None,
    tapes: Tapes | None = None,
    histories: Histories | None = None,
) -> "WebApp":
    """Assemble the web application.

    Args:
        board: what is served; read only.
        hub: the push stream over the same board.
        status: the present status; `cache` is filled in here.
        options: see there.
        clock: the system's unless given.
        control: the way to the tracker for who decides what is tracked, None without one.
        tapes: trades, None where they are not kept.
        histories: what the board's levels were, None for none.
    """
    cache_bytes = options.cache_bytes if options.cache else 0
    writable = options.api_token is not None
    clock = clock or SystemClock()
    desk = Desk(board, hub, clock, status, cache_bytes, control, tapes, histories, writable=writable)
    return WebApp(desk, options)


class WebApp:
    """ASGI application for HTTP and WebSocket; lifespan events are none of its business.

    Attributes:
        desk: where answers are made.
        gate: what requests must pass.
        limit: how many of them a client may make.
        responses: answers by HTTP status since start.
    """

    def __init__(self, desk: Desk, options: ServeOptions) -> None:
        self.desk = desk
        self.responses: Counter[int] = Counter()
        self.cors = Cors(options.cors_origins)
        self.gate = Gate(options.api_token, self.cors)
        self.limit = RateLimit(options.rate_limit)
        self._ids = RequestIds(secrets.token_hex(4))
        self._has_token = options.api_token is not None
        self._interface = make_interface(desk, __version__)
        self._methods = Methods(_methods(self._interface))
        # A browser sends no token with what it fetches by itself.
        self._dashboard = Dashboard(options.static_dir, hints=options.api_token is None)
        self._documents: dict[str, Answer] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or serve one WebSocket."""
        if scope["type"] != "lifespan":
            scope["path"] = _plain(scope["path"])
        if scope["type"] == "websocket":
            self._ids.give(scope)
            await self._serve(scope, self._counted(receive), _Way(self, send, scope))
        elif scope["type"] == "http":
            self._ids.give(scope)
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
                # A stream has no end that could be timed.
                if scope["path"] != EVENTS or way.status != 200:
                    self.desk.meter.take(self.desk.clock.monotonic() - began, failed=way.status >= 500)

    async def _serve(self, scope: Scope, receive: Receive, way: "_Way") -> None:
        try:
            if scope["path"] not in _HEALTH:
                self._take_token(_client_of(scope))
            allowed = self.cors.preflight(scope)
            if allowed is None:
                self._admit(scope)
                await self._route(scope, receive, way)
            else:
                await send_nothing(allowed, way)
        except ProblemError as error:
            await send_problem(error, scope, way)

    def _admit(self, scope: Scope) -> None:
        """Let a request pass that may.

        Raises:
            ProblemError: see `Gate.check`; 429.
        """
        path = scope["path"]
        wants_token = _is_for_programs(path) and path not in _HEALTH
        self.gate.check(scope, wants_token=wants_token)
        if wants_token and self._has_token:
            # Whoever has the token may be many clients, which together count as one, too.
            self._take_token("")

    def _take_token(self, client: str) -> None:
        wait = self.limit.wait(client, self.desk.clock.monotonic())
        if wait:
            self.desk.meter.limited += 1
            detail = f"too many requests; the next one will do in {wait:.2g} s"
            raise ProblemError(429, detail, headers=[(b"retry-after", b"%d" % ceil(wait))])

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
            client = _client_of(scope)
            await stream(self.desk.hub, lambda: self._pace(client), scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and _is_for_programs(path):
            await self._tell_methods(path, send)
            return
        kept = self._kept(scope)
        if kept is not None:
            await send_answer(kept, self.desk.forms, scope, send)
            return
        if scope["method"] == "HEAD":
            if path == EVENTS:
                raise ProblemError(405, "this has no end, so there is nothing but GET", headers=_ONLY_GET)
            # The server leaves the body out; it looks at its own scope, which stays as it is.
            scope = {**scope, "method": "GET", BODILESS: True}
        await self._interface(cast("Any", scope), cast("Any", receive), cast("Any", send))

    async def _tell_methods(self, path: str, send: Send) -> None:
        methods = self._methods.of(path)
        if not methods:
            raise ProblemError(404, f"nothing is served at {path[:200]!r}")
        await send_nothing([(b"allow", methods.encode())], send)

    def _pace(self, client: str) -> float:
        return self.limit.wait(client, self.desk.clock.monotonic())

    def _kept(self, scope: Scope) -> Answer | None:
        """The answer to a request that needs no route; None for the rest.

        Raises:
            ProblemError: 404, 405 or 426.
        """
        path, method = scope["path"], scope["method"]
        if path == _STREAM:
            raise ProblemError(426, "this is a WebSocket", headers=_UPGRADE)
        if path.startswith("/api/"):
            if method not in _READING or (
                path == TICKERS and format_accepted(header(scope, b"accept")) != "json"
            ):
                return None
            return self.desk.known(request_key(path, scope["query_string"]))
        if path in _PROGRAM_PATHS and path not in ("/openapi.json", "/docs"):
            return None
        if method not in _READING:
            raise ProblemError(405, f"{path[:200]!r} can only be read", headers=_ONLY_READING)
        return self._document(path) if path in _PROGRAM_PATHS else self._dashboard.answer(path)

    def _document(self, path: str) -> Answer:
        if path not in self._documents:
            # Plain data first: examples are made of it.
            plain = msgspec.to_builtins(self._interface.openapi_schema.to_schema())
            document = completed(plain, wants_token=self._has_token)
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
        self._headers: Headers = [
            *(_PAGE_HEADERS if is_page else _PROGRAM_HEADERS),
            (b"x-request-id", request_id(scope).encode()),
            *app.cors.headers(scope),
        ]
        self._is_bodiless = scope.get("method") == "HEAD"

    async def __call__(self, message: Message) -> None:
        kind = message["type"]
        if kind in _STARTS:
            message["headers"] = [*message["headers"], *self._headers]
            self.status = message["status"]
            self.begun = True
            self._app.responses[self.status] += 1
        elif kind == "websocket.accept":
            message["headers"] = [*message.get("headers", ()), *self._headers]
        elif kind == "websocket.send":
            self._app.desk.meter.sent += len(message.get("text") or message.get("bytes") or b"")
        elif not self._is_bodiless:
            self._app.desk.meter.sent += len(message.get("body", b""))
        await self._send(message)


def _methods(interface: Litestar) -> Iterator[tuple[str, set[str]]]:
    for path in (*_PROGRAM_PATHS, _STREAM):
        yield path, {"GET", "HEAD"}
    for route in interface.routes:
        methods = {method.upper() for method in route.methods}
        yield route.path, methods if route.path == EVENTS or "GET" not in methods else {*methods, "HEAD"}


def _client_of(scope: Scope) -> str:
    address = scope.get("client")
    return client_name(address[0]) if address else "local"


def _plain(path: str) -> str:
    """A path of the interface without the slashes that its routes pass over, so that everybody judges the same."""
    if not path.startswith("/api/") or ("//" not in path and not path.endswith("/")):
        return path
    return _slashes.sub("/", path).rstrip("/")


def _is_for_programs(path: str) -> bool:
    return path in _PROGRAM_PATHS or path.startswith("/api/") or path == "/api"
