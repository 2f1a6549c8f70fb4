"""A real server over a small board, and clients for it."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect

from tests.push.boards import NOW_MS, make_board
from tests.trust import TRUST
from voltape.clock import ManualClock
from voltape.model.board import Board
from voltape.model.history import Histories
from voltape.model.status import (
    CacheUse,
    ConnectionStatus,
    Contracts,
    Coverage,
    Gap,
    Health,
    LagMs,
    Messages,
    Reconnects,
    Resources,
    RoleUse,
    Status,
    StoreStatus,
)
from voltape.model.tape import Tapes
from voltape.push.hub import Hub
from voltape.push.limits import HubLimits
from voltape.serve.app import ServeOptions, WebApp, make_app
from voltape.serve.server import HttpServer

__all__ = ["API", "Site", "make_gap", "make_status", "serving", "subscribe"]

API = "/api/v1"


def make_gap(number: int) -> Gap:
    """A gap; later numbers start later."""
    return Gap(f"connection c{number}", "2026-09-26T12:00:00Z", NOW_MS + number, "reset by peer", 5)


def make_status() -> Status:
    """A status with something in every part of it."""
    return Status(
        version="1.2.3",
        uptime_s=12.5,
        profile="optimized",
        contracts=Contracts(listed=24, live=20, polled=4, stale=1),
        coverage=Coverage(0.9, None, 0.5),
        connections=[ConnectionStatus("c1", "live", 600, 18_000, 5000, 12.0, 0.1, 1.0)],
        messages=Messages(received=5000, decoded=4000, conflated=1000),
        reconnects=Reconnects(total=3, last_hour=1, causes={"reset": 3}),
        gaps=[make_gap(number) for number in range(30)],
        lag_ms=LagMs(20.0, 80.0, None),
        store=StoreStatus(kind="embedded", connected=True, memory_bytes=7_000_000, bytes_written=123),
        cache=CacheUse(),
        resources=Resources(3.5, 60_000_000, {"up": RoleUse(3.5, 60_000_000)}),
        health=Health(ready=True),
    )


@dataclass
class Site:
    """A served board, and the ways to it."""

    board: Board
    clock: ManualClock
    hub: Hub
    app: WebApp
    server: HttpServer
    http: httpx.AsyncClient
    status: list[Status]

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask for a path of the interface, without compression unless a header says otherwise."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.get(API + path, headers={"accept-encoding": "identity", **named})

    async def json(self, path: str) -> dict[str, Any]:
        """The object of a 200 answer."""
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        found = answer.json()
        assert isinstance(found, dict)
        return found

    async def problem(self, path: str, status: int) -> dict[str, Any]:
        """The object of a problem, which has the members of RFC 9457."""
        answer = await self.get(path)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert isinstance(problem, dict)
        assert {"type", "title", "status", "detail"} <= set(problem)
        assert problem["status"] == status
        return problem

    def stream(self, query: str = "", receive_bytes: int | None = None, **headers: str) -> connect:
        """A WebSocket to the push stream, to be entered; `receive_bytes` bounds what its kernel takes unread."""
        url = httpx.URL(self.server.url)
        sock = socket.socket()
        if receive_bytes is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        sock.connect((url.host, url.port))
        return connect(
            f"ws://{url.host}:{url.port}{API}/stream{query}",
            sock=sock,
            max_size=None,
            compression=None,
            additional_headers={name.replace("_", "-"): value for name, value in headers.items()},
        )


async def subscribe(socket: ClientConnection, *channels: str) -> None:
    """Send a request for channels."""
    await socket.send(msgspec.json.encode({"op": "subscribe", "channels": channels}).decode())


@asynccontextmanager
async def serving(
    board: Board | None = None,
    *,
    token: str | None = None,
    limits: HubLimits | None = None,
    static_dir: Path | None = None,
    host: str = "127.0.0.1",
    tapes: Tapes | None = None,
    histories: Histories | None = None,
    rate_limit: float = 0.0,
    cors_origins: tuple[str, ...] = (),
) -> AsyncIterator[Site]:
    """Serve a board on a free port."""
    shown = make_board() if board is None else board
    clock = ManualClock(NOW_MS)
    status = [make_status()]
    hub = Hub(shown, clock, version="1.2.3", status=lambda: status[0], limits=limits, trades=tapes)
    options = ServeOptions(api_token=token, rate_limit=rate_limit, cors_origins=cors_origins)
    if static_dir is not None:
        options = msgspec.structs.replace(options, static_dir=static_dir)
    app = make_app(shown, hub, lambda: status[0], options, clock, tapes=tapes, histories=histories)
    async with (
        HttpServer(app, host, 0) as server,
        httpx.AsyncClient(base_url=server.url, verify=TRUST, timeout=30) as http,
    ):
        yield Site(shown, clock, hub, app, server, http, status)
