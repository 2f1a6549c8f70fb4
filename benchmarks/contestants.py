"""Programs under measurement, each as real processes: the floor, the tracker, and everything together."""

import asyncio
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import httpx
import msgspec

from voltape.errors import StoreError
from voltape.model.status import Contracts, Status
from voltape.sim.handle import SimHandle
from voltape.store import keys
from voltape.store.address import address_from_url
from voltape.store.link import Link
from voltape.store.server import find_binary

from .accounting import family
from .bench import Exchange, Options

__all__ = [
    "CONTESTANTS",
    "Contestant",
    "NotReady",
    "Tracker",
    "Up",
    "is_complete",
    "running_up",
    "starting_up",
]

_READY_WITHIN = 30.0
_STOP_WITHIN = 6.0
_POLL = 0.02
_decode_status = msgspec.json.Decoder(Status).decode


class _Freshness(msgspec.Struct):
    stale: bool


class _Tickers(msgspec.Struct):
    data: list[_Freshness]


_FRESH = _Freshness(stale=False)
_decode_tickers = msgspec.json.Decoder(_Tickers).decode


class NotReady(RuntimeError):
    """A contestant did not start, or did not come to carry every contract."""


class Contestant(Protocol):
    """A running program."""

    @property
    def pids(self) -> dict[str, list[int]]:
        """Its processes by role."""
        ...

    async def received(self) -> int:
        """Data messages received so far."""
        ...

    async def status(self) -> Status | None:
        """What it says of itself; None where it says nothing."""
        ...


class Floor:
    """The receive-only client."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @property
    def pids(self) -> dict[str, list[int]]:
        return {"floor": [self._process.pid]}

    async def received(self) -> int:
        self._process.send_signal(signal.SIGUSR1)
        return await self.told()

    async def told(self) -> int:
        """The next number that it says."""
        assert self._process.stdout is not None
        async with asyncio.timeout(_READY_WITHIN):
            line = await self._process.stdout.readline()
        if not line:
            raise NotReady("the receive-only client ended")
        return int(line)

    async def status(self) -> Status | None:
        return None


class Tracker:
    """`voltape tracker` with a store of its own."""

    def __init__(self, process: Process, store: Process, link: Link) -> None:
        self._process = process
        self._store = store
        self._link = link

    @property
    def pids(self) -> dict[str, list[int]]:
        return {"tracker": [self._process.pid], "store": [self._store.pid]}

    async def received(self) -> int:
        status = await self.status()
        return 0 if status is None else _data_messages(status)

    async def status(self) -> Status | None:
        found = await self._link.ask("GET", keys.STATUS)
        return _decode_status(found) if isinstance(found, bytes) else None

    async def board_bytes(self) -> int:
        """Memory that the store uses for every chain."""
        commands = [
            ("MEMORY", "USAGE", keys.chain(coin, expiry), "SAMPLES", 0)
            for coin in await self._names("SMEMBERS", keys.UNDERLYINGS)
            for expiry in await self._names("HKEYS", keys.series(coin))
        ]
        sizes = await self._link.exchange(commands)
        return sum(size for size in sizes if isinstance(size, int))

    async def _names(self, command: str, key: str) -> list[str]:
        found = await self._link.ask(command, key)
        return sorted(name.decode() for name in found) if isinstance(found, list | set) else []  # type: ignore[union-attr]


class Up:
    """`voltape up` with the store that it embeds.

    Attributes:
        url: of its API. launched: when its process was started (monotonic).
    """

    def __init__(self, process: Process, url: str, launched: float) -> None:
        self.url = url
        self.launched = launched
        self._process = process
        self._client = httpx.AsyncClient(base_url=url, timeout=10, trust_env=False)

    @property
    def pids(self) -> dict[str, list[int]]:
        roles: dict[str, list[int]] = {}
        for pid, name in family(self._process.pid).items():
            role = "up" if pid == self._process.pid else "store" if "server" in name else "store's guard"
            roles.setdefault(role, []).append(pid)
        return roles

    async def received(self) -> int:
        status = await self.status()
        return 0 if status is None else _data_messages(status)

    async def status(self) -> Status | None:
        try:
            return _decode_status((await self._client.get("/api/v1/status")).content)
        except (httpx.TransportError, msgspec.DecodeError):
            return None

    async def fresh(self) -> int:
        """Contracts that the API gives and calls fresh at this moment; what the status counts is seconds old."""
        try:
            answer = await self._client.get(
                "/api/v1/tickers", params={"limit": 5000, "fields": "symbol,stale"}
            )
            return _decode_tickers(answer.content).data.count(_FRESH)
        except (httpx.TransportError, msgspec.DecodeError):
            return 0

    async def close(self) -> None:
        """Close the connection to its API."""
        await self._client.aclose()


def _data_messages(status: Status) -> int:
    return sum(connection.messages for connection in status.connections)


def is_complete(counts: Contracts, contracts: int) -> bool:
    """Whether all of `contracts` are listed, have delivered on their connection, and are not stale."""
    fresh = counts.confirmed == counts.listed == counts.live and not counts.stale
    return fresh and counts.listed >= contracts


async def until_complete(contestant: Contestant, exchange: Exchange) -> None:
    """Wait until a contestant carries every contract."""
    deadline = time.monotonic() + _READY_WITHIN
    while True:
        status = await contestant.status()
        counts = Contracts() if status is None else status.contracts
        if is_complete(counts, exchange.contracts):
            return
        if time.monotonic() > deadline:
            raise NotReady(f"{exchange.contracts} contracts were wanted, but: {counts}")
        await asyncio.sleep(_POLL)


@asynccontextmanager
async def running_floor(exchange: Exchange, options: Options, _home: Path) -> AsyncIterator[Contestant]:
    """The receive-only client, from the moment that each topic has delivered."""
    sim = exchange.sim
    process = await _launch(
        ["benchmarks.clients.floor", sim.ws_url, sim.rest_url, str(sim.ca_file), options.coins],
        _environment(None),
    )
    async with _ending(process):
        floor = Floor(process)
        topics = await floor.told()
        # Counted in frames, as it looks into none; the first of each topic follows its subscription at once.
        while await floor.received() < topics:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(_POLL)
        yield floor


@asynccontextmanager
async def running_tracker(exchange: Exchange, options: Options, home: Path) -> AsyncIterator[Contestant]:
    """The tracker and its store, from the moment that every contract is fresh."""
    port = _free_port()
    command = [
        find_binary().path,
        "--port",
        port,
        "--bind",
        "127.0.0.1",
        "--dir",
        home,
        "--save",
        "",
        "--hz",
        "5",
    ]
    store = await asyncio.create_subprocess_exec(*map(str, command), stdout=DEVNULL, stderr=DEVNULL)
    url = f"valkey://127.0.0.1:{port}"
    async with _ending(store):
        link = await _connected(url)
        settings = _environment(exchange.sim, filter="all", underlyings=options.coins, store_url=url)
        process = await _launch(["voltape", "tracker"], settings, home / "tracker.log")
        async with _ending(process):
            tracker = Tracker(process, store, link)
            await until_complete(tracker, exchange)
            yield tracker
        await link.close()


@asynccontextmanager
async def starting_up(exchange: Exchange, options: Options, home: Path) -> AsyncIterator[Up]:
    """Everything in one process tree, from the start of its process; a new data directory."""
    port = _free_port()
    data = home / f"data-{port}"
    settings = _environment(
        exchange.sim,
        filter="all",
        underlyings=options.coins,
        http_port=port,
        data_dir=data,
        store_url="embedded",
    )
    launched = time.monotonic()
    process = await _launch(["voltape", "up"], settings, home / "up.log")
    async with _ending(process):
        up = Up(process, f"http://127.0.0.1:{port}", launched)
        try:
            yield up
        finally:
            await up.close()


@asynccontextmanager
async def running_up(exchange: Exchange, options: Options, home: Path) -> AsyncIterator[Up]:
    """Everything in one process tree, from the moment that every contract is fresh."""
    async with starting_up(exchange, options, home) as up:
        await until_complete(up, exchange)
        yield up


Launch = Callable[[Exchange, Options, Path], AbstractAsyncContextManager[Contestant]]

CONTESTANTS: dict[str, Launch] = {"floor": running_floor, "tracker": running_tracker, "up": running_up}
"""Contestants by the name that their figures carry."""


def _environment(sim: SimHandle | None, **settings: object) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VOLTAPE_")}
    if sim is not None:
        kept |= {
            "VOLTAPE_WS_URL": sim.ws_url,
            "VOLTAPE_REST_URL": sim.rest_url,
            "VOLTAPE_CA_FILE": str(sim.ca_file),
        }
    return kept | {f"VOLTAPE_{name.upper()}": str(value) for name, value in settings.items()}


async def _launch(words: list[str], environment: dict[str, str], log: Path | None = None) -> Process:
    with (log or Path(os.devnull)).open("ab") as errors:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *words,
            env=environment,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=errors if log else None,
        )


@asynccontextmanager
async def _ending(process: Process) -> AsyncIterator[None]:
    """End the process with the block, by force if it does not end by itself."""
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(_STOP_WITHIN):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


async def _connected(url: str) -> Link:
    deadline = time.monotonic() + _READY_WITHIN
    while True:
        try:
            return await address_from_url(url).connect()
        except StoreError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(_POLL)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
