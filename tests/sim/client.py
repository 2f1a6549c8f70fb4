"""A plain WebSocket client, and a simulator in the test's own event loop."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import websockets
from websockets.asyncio.client import ClientConnection

from tests.trust import TRUST
from voltape.sim.options import SimOptions
from voltape.sim.server import serving
from voltape.sim.venue import Venue

Message = dict[str, Any]
TIMEOUT = 10.0
START_MS = 1_756_713_600_000 + 3_600_000
"""Monday, 1 September 2025, 09:00 UTC."""


class SimClient:
    """Sends what it is told, and keeps every message in order of arrival."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.messages: list[Message] = []
        self.raw: list[bytes | str] = []

    async def send(self, **request: object) -> None:
        """Send one JSON request."""
        await self.socket.send(json.dumps(request))

    async def subscribe(self, topics: Sequence[str]) -> Message:
        """Subscribe and return the acknowledgement."""
        await self.send(op="subscribe", args=list(topics))
        return await self.until(lambda m: m.get("type") == "COMMAND_RESP")

    async def next(self) -> Message:
        """The next message that is a JSON object; others are kept in `raw` only."""
        while True:
            frame = await asyncio.wait_for(self.socket.recv(decode=False), TIMEOUT)
            self.raw.append(frame)
            try:
                message = json.loads(frame)
            except ValueError:
                continue
            if isinstance(message, dict):
                self.messages.append(message)
                return message

    async def until(self, wanted: Callable[[Message], bool]) -> Message:
        """Read on to the first message that is wanted."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                message = await self.next()
                if wanted(message):
                    return message

    async def rest(self) -> None:
        """Read everything the venue sent before now: up to the answer of a ping."""
        await self.send(op="ping")
        await self.until(lambda m: m.get("op") == "pong")

    async def closed(self) -> int:
        """Read to the end and return the close code; 1006 means no close frame."""
        async with asyncio.timeout(TIMEOUT):
            try:
                while True:
                    await self.socket.recv(decode=False)
            except websockets.ConnectionClosed as end:
                return end.rcvd.code if end.rcvd else 1006

    def last(self) -> dict[str, Message]:
        """The newest ticker message of each symbol, by time."""
        newest: dict[str, Message] = {}
        for message in self.messages:
            topic = str(message.get("topic", ""))
            if topic.startswith("tickers."):
                symbol = topic.partition(".")[2]
                if symbol not in newest or message["ts"] > newest[symbol]["ts"]:
                    newest[symbol] = message
        return newest


class LocalSim:
    """A venue in this process, with its addresses and an HTTP client."""

    def __init__(self, venue: Venue, port: int, http: httpx.AsyncClient) -> None:
        self.venue = venue
        self.http = http
        self.ws_url = f"ws://127.0.0.1:{port}/v5/public/option"

    @property
    def symbols(self) -> list[str]:
        """Symbols that trade now."""
        return list(self.venue.market.contracts)

    @asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[SimClient]:
        """A connected WebSocket client."""
        connect = websockets.connect(
            self.ws_url, compression=None, max_queue=None, ping_interval=None, **options
        )
        async with connect as socket:
            yield SimClient(socket)

    async def get(self, path: str, /, **query: str) -> Message:
        """JSON of a GET."""
        answer: Message = (await self.http.get(path, params=query)).json()
        return answer

    async def post(self, path: str, /, **body: object) -> Message:
        """JSON of a POST."""
        answer: Message = (await self.http.post(path, json=body)).json()
        return answer

    async def fault(self, kind: str, /, **params: object) -> None:
        """Start a fault."""
        answer = await self.post("/sim/fault", kind=kind, **params)
        assert "fault" in answer, answer


@asynccontextmanager
async def local_sim(**changes: Any) -> AsyncIterator[LocalSim]:
    """Run a small venue (SOL at a third of its size unless told otherwise) while the block lasts.

    It pushes in small bursts, because the even pace sleeps in the loop that it shares with the test.
    """
    values: dict[str, Any] = {
        "underlyings": ("SOL",),
        "scale": 0.3,
        "rate": 400.0,
        "burst": 0.01,
        "start_ms": START_MS,
    } | changes
    failures: list[bool] = []
    options = SimOptions(**values)
    async with (
        serving(
            options, host="127.0.0.1", port=0, context=None, on_failure=lambda: failures.append(True)
        ) as (venue, port),
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=TIMEOUT, verify=TRUST
        ) as http,
    ):
        yield LocalSim(venue, port, http)
    assert not failures, "the feed failed"
