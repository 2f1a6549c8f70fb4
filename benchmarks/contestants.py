"""Programs under measurement, each as real processes, from the moment that they carry every contract.

`floor` only receives. `tracker` is voltape's tracker with every contract live and a store of its own, `plain` the
same with every optimisation off, `liquid` with the default filter; `up` is everything in one process tree. `before`
is the program that voltape replaces, written for this benchmark (see `clients/before.py`).
"""

import asyncio
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import httpx
import msgspec

from voltape.model.status import Contracts, Status
from voltape.store import keys

from .accounting import family
from .bench import Exchange, Options
from .processes import NotReady, Store, Teller, ending, environment, free_port, launch, running_store

__all__ = [
    "CONTESTANTS",
    "Before",
    "Contestant",
    "Launch",
    "Tracker",
    "Up",
    "is_complete",
    "running_before",
    "running_floor",
    "running_tracker",
    "running_up",
    "starting_up",
]

_READY_WITHIN = 40.0
_POLL = 0.02
_BEFORE_SUBSCRIBES = ("200", "0.05")
"""Topics per request and pause of the program before: 10 and 0.5 s in the plan, which takes 100 s."""

_decode_status = msgspec.json.Decoder(Status).decode


class _Freshness(msgspec.Struct):
    stale: bool


class _Tickers(msgspec.Struct):
    data: list[_Freshness]


_FRESH = _Freshness(stale=False)
_decode_tickers = msgspec.json.Decoder(_Tickers).decode


class Contestant(Protocol):
    """A running program."""

    @property
    def pids(self) -> dict[str, list[int]]:
        """Its processes by role."""
        ...

    @property
    def store(self) -> Store | None:
        """The store server that the harness runs for it, if any."""
        ...

    async def received(self) -> int:
        """Data messages received so far."""
        ...

    async def status(self) -> Status | None:
        """What it says of itself; None where it says nothing."""
        ...


class Floor:
    """The receive-only client."""

    store: Store | None = None

    def __init__(self, teller: Teller) -> None:
        self._teller = teller

    @property
    def pids(self) -> dict[str, list[int]]:
        return {"floor": [self._teller.process.pid]}

    async def received(self) -> int:
        return await self._teller.asked()

    async def status(self) -> Status | None:
        return None


class Before:
    """The program before: its tracker, its API and its store.

    Attributes:
        url: of its API.
    """

    def __init__(self, teller: Teller, server: Process, url: str, store: Store) -> None:
        self.url = url
        self.store: Store | None = store
        self._teller = teller
        self._pids = {
            "before": [teller.process.pid],
            "store": [store.process.pid],
            "api": [server.pid],
        }

    @property
    def pids(self) -> dict[str, list[int]]:
        return self._pids

    async def received(self) -> int:
        return await self._teller.asked()

    async def status(self) -> Status | None:
        return None


class Tracker:
    """`voltape tracker` with a store of its own."""

    def __init__(self, name: str, process: Process, store: Store) -> None:
        self.store: Store | None = store
        self._pids = {name: [process.pid], "store": [store.process.pid]}
        self._link = store.link
        self._sizes = store.sizes

    @property
    def pids(self) -> dict[str, list[int]]:
        return self._pids

    async def received(self) -> int:
        status = await self.status()
        return 0 if status is None else _data_messages(status)

    async def status(self) -> Status | None:
        found = await self._link.ask("GET", keys.STATUS)
        return _decode_status(found) if isinstance(found, bytes) else None

    async def board_bytes(self) -> int:
        """Memory that the store uses for every chain."""
        return await self._sizes(
            [
                keys.chain(coin, expiry)
                for coin in await self._names("SMEMBERS", keys.UNDERLYINGS)
                for expiry in await self._names("HKEYS", keys.series(coin))
            ]
        )

    async def _names(self, command: str, key: str) -> list[str]:
        found = await self._link.ask(command, key)
        return sorted(name.decode() for name in found) if isinstance(found, list | set) else []  # type: ignore[union-attr]


class Up:
    """`voltape up` with the store that it embeds.

    Attributes:
        url: of its API. launched: when its process was started (monotonic). data: its data directory.
    """

    store: Store | None = None

    def __init__(self, process: Process, url: str, launched: float, data: Path) -> None:
        self.url = url
        self.launched = launched
        self.data = data
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
    """Whether all of `contracts` are listed and fresh, and all that the socket is to carry have delivered on it."""
    delivered = counts.confirmed == counts.wanted > 0
    fresh = counts.live + counts.polled == counts.listed and not counts.stale
    return delivered and fresh and counts.live >= counts.wanted and counts.listed >= contracts


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
    process = await launch(
        ["benchmarks.clients.floor", sim.ws_url, sim.rest_url, str(sim.ca_file), options.coins],
        environment(None),
    )
    async with ending(process):
        teller = Teller(process)
        topics = await teller.told()
        floor = Floor(teller)
        # Counted in frames, as it looks into none; the first of each topic follows its subscription at once.
        while await floor.received() < topics:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(_POLL)
        yield floor


@asynccontextmanager
async def running_before(exchange: Exchange, options: Options, home: Path) -> AsyncIterator[Before]:
    """The program before with its API and an append-only store, from the first message of the last topic."""
    sim, port = exchange.sim, str(free_port())
    async with running_store(home, append_only=True) as store:
        server = await launch(["benchmarks.clients.before_api", store.url, port], environment(None))
        tracker = await launch(
            [
                "benchmarks.clients.before",
                sim.ws_url,
                sim.rest_url,
                str(sim.ca_file),
                options.coins,
                store.url,
                *_BEFORE_SUBSCRIBES,
            ],
            environment(None),
            home / "before.log",
        )
        async with ending(server), ending(tracker):
            teller = Teller(tracker)
            await Teller(server).told()
            await teller.told()
            yield Before(teller, server, f"http://127.0.0.1:{port}", store)


@asynccontextmanager
async def running_tracker(
    exchange: Exchange,
    options: Options,
    home: Path,
    *,
    name: str = "tracker",
    settings: Mapping[str, object] | None = None,
) -> AsyncIterator[Tracker]:
    """The tracker and its store, from the moment that every contract is fresh.

    Args:
        exchange, options, home: see `Launch`.
        name: of its role. settings: of voltape, other than the default; every contract is live unless they say else.
    """
    async with running_store(home) as store:
        given = {"filter": "all", "underlyings": options.coins, "store_url": store.url} | dict(settings or {})
        variables = environment(exchange.sim, **given)
        process = await launch(["voltape", "tracker"], variables, home / f"{name}.log")
        async with ending(process):
            tracker = Tracker(name, process, store)
            await until_complete(tracker, exchange)
            yield tracker


@asynccontextmanager
async def starting_up(exchange: Exchange, options: Options, home: Path) -> AsyncIterator[Up]:
    """Everything in one process tree, from the start of its process; a new data directory."""
    port = free_port()
    data = home / f"data-{port}"
    settings = environment(
        exchange.sim,
        filter="all",
        underlyings=options.coins,
        http_port=port,
        data_dir=data,
        store_url="embedded",
        # A load generator is one client, and may ask as often as it likes.
        http_rate_limit=0,
    )
    launched = time.monotonic()
    process = await launch(["voltape", "up"], settings, home / "up.log")
    async with ending(process):
        up = Up(process, f"http://127.0.0.1:{port}", launched, data)
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
"""Runs a contestant: the exchange it follows, the options of the run, and a place for its files."""

CONTESTANTS: dict[str, Launch] = {
    "before": running_before,
    "plain": partial(running_tracker, name="plain", settings={"profile": "plain"}),
    "tracker": running_tracker,
    "liquid": partial(running_tracker, name="liquid", settings={"filter": "liquid"}),
    "floor": running_floor,
    "up": running_up,
}
"""Contestants by the name that their figures carry."""
