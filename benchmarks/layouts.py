"""Layouts of the store beside each other: CPU of both sides, bytes and memory, for the same tickers.

Our own two layouts are written as the product writes them. The third has a hash per contract with the fields' long
names and a life given with each write, through redis-py in batches of 100, which is how the program before stored.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

import redis

from voltape.model.board import Board
from voltape.model.instrument import Instrument
from voltape.model.row import Change
from voltape.model.ticker import VALUE_FIELDS, Values
from voltape.store.layout import Layout, layout_named

from .accounting import cpu_seconds
from .bench import Bench
from .budgets import LAYOUTS
from .codec import COUNT, SEED, ticker
from .processes import Store, running_store

__all__ = ["layouts", "long_record"]

_EXPIRIES = 12
_COINS = ("BTC", "ETH", "SOL")
_ROUNDS = 3
_BATCH = 100
_LIFE_S = 86_400
_MOVING = {
    "bid_price",
    "ask_price",
    "bid_iv",
    "ask_iv",
    "mark_price",
    "mark_iv",
    "delta",
    "gamma",
    "vega",
    "theta",
}
_MOVING |= {"underlying_price", "index_price", "bid_size", "ask_size"}

Write = Callable[[Sequence[Change]], Awaitable[int]]
"""Stores changed rows and returns the bytes that went to the store."""


async def layouts(bench: Bench) -> None:
    """Every layout on a server of its own."""
    for name, shown in LAYOUTS.items():
        async with running_store(bench.home) as store:
            await _measure(bench, name, store)
        memory, size = (bench.samples[f"layouts.{name}.{what}"][-1] for what in ("memory", "bytes"))
        bench.say(f"layouts: {shown}: {size:.0f} bytes, {memory:.0f} kB")


async def _measure(bench: Bench, name: str, store: Store) -> None:
    write = _writer(name, store)
    empty = await store.memory()
    market = _Market()
    # The first write makes keys, opens connections and fills caches.
    await write(market.filled())
    bench.sample(f"layouts.{name}.memory", (await store.memory() - empty) / 1e3)
    for _ in range(_ROUNDS):
        changes = market.filled()
        served, worked = cpu_seconds(store.process.pid), time.process_time()
        size = await write(changes)
        worked, served = time.process_time() - worked, cpu_seconds(store.process.pid) - served
        bench.sample(f"layouts.{name}.client", 1e6 * worked / len(changes))
        bench.sample(f"layouts.{name}.server", 1e6 * served / len(changes))
        bench.sample(f"layouts.{name}.bytes", size / len(changes))
        changes = market.moved()
        bench.sample(f"layouts.{name}.change", await write(changes) / len(changes))


def _writer(name: str, store: Store) -> Write:
    if name == "long":
        client = redis.Redis.from_url(store.url.replace("valkey://", "redis://"))
        return partial(_write_long, client, store)
    return partial(_write_ours, layout_named(name), store)


async def _write_ours(layout: Layout, store: Store, changes: Sequence[Change]) -> int:
    before = store.link.sent
    await store.link.exchange(layout.write(changes))
    return store.link.sent - before


async def _write_long(client: "redis.Redis", store: Store, changes: Sequence[Change]) -> int:
    before = await store.bytes_in()
    # A thread of its own, whose CPU time counts as this process's all the same.
    await asyncio.to_thread(_send_long, client, changes)
    return await store.bytes_in() - before


def _send_long(client: "redis.Redis", changes: Sequence[Change]) -> None:
    for start in range(0, len(changes), _BATCH):
        pipeline = client.pipeline(transaction=False)
        for change in changes[start : start + _BATCH]:
            key = f"option:{change.row.instrument.symbol}"
            pipeline.hset(key, mapping=long_record(change))  # type: ignore[arg-type] # keys of one type
            pipeline.expire(key, _LIFE_S)
        pipeline.execute()


def long_record(change: Change) -> dict[str, str]:
    """Every field of a contract by its long name, whatever changed; what is absent is stored as nothing."""
    row = change.row
    values = {
        name: "" if value is None else repr(value)
        for name, value in zip(VALUE_FIELDS, row.values, strict=True)
    }
    return values | {"ts_exchange": str(row.ts_exchange), "ts_received": str(row.ts_received)}


class _Market:
    """A board of made-up tickers that change from write to write."""

    def __init__(self) -> None:
        self._random = Random(SEED)
        self._ts = int(time.time() * 1000)
        self._board = Board()
        first = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=1)
        for number in range(COUNT):
            expiry = first + timedelta(days=7 * (number // len(_COINS) % _EXPIRIES))
            self._board.add(_contract(_COINS[number % len(_COINS)], expiry, number), lane="live")
        self._board.commit()

    def filled(self) -> list[Change]:
        """Every contract with new values in every field."""
        return self._push(lambda _: ticker(self._random))

    def moved(self) -> list[Change]:
        """Every contract with new prices, sizes, IVs and greeks; its totals stay."""
        return self._push(self._moved)

    def _moved(self, values: Values) -> Values:
        new = ticker(self._random)
        mixed = [
            after if name in _MOVING and before is not None and after is not None else before
            for name, before, after in zip(VALUE_FIELDS, values, new, strict=True)
        ]
        return tuple(mixed)

    def _push(self, values_of: Callable[[Values], Values]) -> list[Change]:
        self._ts += 1_000
        for row in self._board.rows.values():
            self._board.push(row, values_of(row.values), self._ts, 0, self._ts + 40)
            self._board.set_stale(row, False)
        batch = self._board.commit()
        assert batch is not None
        return batch.changes


def _contract(coin: str, expiry: datetime, number: int) -> Instrument:
    strike = 1_000 + 500 * (number // (2 * len(_COINS) * _EXPIRIES))
    kind, letter = (("call", "C"), ("put", "P"))[number // (len(_COINS) * _EXPIRIES) % 2]
    return Instrument(
        symbol=f"{coin}-{expiry:%d%b%y}-{strike}-{letter}-USDT".upper(),
        underlying=coin,
        settle="USDT",
        expiry=f"{expiry:%Y-%m-%d}",
        expiry_ms=int(expiry.timestamp() * 1000),
        strike=float(strike),
        kind=kind,  # type: ignore[arg-type]
    )
