"""A private store, boards to write to it, and samples of what they hold."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from voltape.clock import ManualClock, SystemClock
from voltape.flow.backoff import Backoff
from voltape.model.board import Board
from voltape.model.instrument import Instrument, instrument_from_symbol
from voltape.model.row import Row
from voltape.model.ticker import VALUE_FIELDS, Values
from voltape.store import embedded
from voltape.store.address import Address
from voltape.store.embedded import EmbeddedStore
from voltape.store.layout import layout_named
from voltape.store.link import Link
from voltape.store.server import Binary, configuration, find_binary
from voltape.store.writer import StoreWriter

TODAY = datetime.now(UTC)
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def backoff(first: float = 0.01, maximum: float = 0.05) -> Backoff:
    """Short waits, the same in every run."""
    return Backoff(first, maximum, Random(7))


def instrument(strike: int = 100_000, kind: str = "C", *, days: int = 30, coin: str = "BTC") -> Instrument:
    """A contract that expires some days from now, so that the server's own clock keeps its keys."""
    on = TODAY + timedelta(days=days)
    date = f"{on.day}{MONTHS[on.month - 1]}{on.year % 100:02d}"
    found = instrument_from_symbol(f"{coin}-{date}-{strike}-{kind}-USDT", tick_size=5.0)
    assert found is not None
    return found


def values(random: Random) -> Values:
    """Values of every magnitude, some of them absent."""
    drawn: list[float | None] = []
    for _ in VALUE_FIELDS:
        absent = random.random() < 0.2
        drawn.append(
            None
            if absent
            else round(random.uniform(-1, 1) * 10 ** random.randint(-6, 6), random.randint(0, 8))
        )
    return tuple(drawn)


def push(board: Board, row: Row, drawn: Values, ts: int) -> None:
    """Give a row pushed values of venue time `ts`."""
    assert board.push(row, drawn, ts, 1, ts + 40)


def state(board: Board) -> dict[str, tuple[object, ...]]:
    """Everything of a board that the store keeps, by symbol."""
    return {
        symbol: (row.instrument, row.values, row.ts_exchange, row.ts_received, row.lane, row.stale)
        for symbol, row in board.rows.items()
    }


async def until(true: Callable[[], bool]) -> None:
    """Let other tasks go on until something is so; the test's own time limit ends the wait."""
    while not true():  # noqa: ASYNC110 - what is awaited is seen from outside only
        await asyncio.sleep(0.005)


@asynccontextmanager
async def running(service: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """A service that runs until the block ends."""
    task = asyncio.create_task(service)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def binaries() -> list[Binary]:
    """The server program of our own package, and one from PATH where there is one."""
    found = [find_binary()]
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        if path is not None and Path(path) != found[0].path:
            found.append(Binary(Path(path), 0))
    return found


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow disk is not a wrong program: servers may take long to start and to save."""
    monkeypatch.setattr(embedded, "_START_S", 20.0)
    monkeypatch.setattr(embedded, "_STOP_S", 20.0)


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that wake often, and so do in 10 ms what they are told by signal, like ending."""
    monkeypatch.setattr(embedded, "configuration", lambda *known: configuration(*known) + "hz 100\n")


@pytest.fixture(params=binaries(), ids=lambda binary: binary.path.name)
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, prompt: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[EmbeddedStore]:
    """A running private server, once for each server program that is here."""
    monkeypatch.setattr(embedded, "find_binary", lambda: request.param)
    async with EmbeddedStore(tmp_path, backoff()) as running:
        yield running


@pytest.fixture
async def link(store: EmbeddedStore) -> AsyncIterator[Link]:
    """A second client of the private server: the third party of a test."""
    opened = await store.address.connect()
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> ManualClock:
    """Time that stands still at the present, because the server compares it with its own."""
    return ManualClock(wall_ms=SystemClock().wall_ms())


@pytest.fixture
def board() -> Board:
    """A board of two underlyings and three series, with data and committed."""
    random = Random(3)
    filled = Board()
    for coin, days in (("BTC", 30), ("BTC", 60), ("SOL", 30)):
        for strike in (90_000, 100_000, 110_000):
            for kind in "CP":
                row = filled.add(instrument(strike, kind, days=days, coin=coin), "live")
                push(filled, row, values(random), 1_000)
                filled.set_stale(row, stale=False)
    filled.commit()
    return filled


@pytest.fixture
async def make_writer(clock: ManualClock) -> AsyncIterator[Callable[..., StoreWriter]]:
    """Makes writers that listen to their board and are closed at the end."""
    made: list[StoreWriter] = []

    def make(board: Board, address: Address, layout: str = "packed", **options: object) -> StoreWriter:
        writer = StoreWriter(board, clock, address.connect, layout_named(layout), backoff(), **options)  # type: ignore[arg-type]
        board.listen(writer.enqueue)
        made.append(writer)
        return writer

    yield make
    for writer in made:
        await writer.close()
