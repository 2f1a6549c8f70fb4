"""How long it takes from nothing, and from all connections cut, to every contract."""

import asyncio
import time

from .bench import Bench, Exchange
from .contestants import Up, running_up, starting_up
from .processes import NotReady
from .under_load import RATE

__all__ = ["recovery", "start"]

_POLL = 0.02
_STARTS_WITHIN = 30.0
_RECOVERS_WITHIN = 60.0
_BETWEEN_CUTS = 12.0
"""Longer than a connection must carry data before a cut counts as its first."""


async def start(bench: Bench) -> None:
    """From the start of the process to every contract fresh, with an empty store."""
    async with bench.exchange(RATE) as exchange:
        for _ in range(bench.options.starts):
            async with starting_up(exchange, bench.options, bench.home) as up:
                delivered = await _until_delivered(exchange, up)
                fresh = await _until_fresh(exchange, up)
            bench.sample("start.delivered", delivered)
            bench.sample("start.fresh", fresh)
            bench.say(
                f"start: every topic delivers after {delivered:.2f} s, every contract fresh after {fresh:.2f} s"
            )


async def _until_delivered(exchange: Exchange, up: Up) -> float:
    """Seconds from the start until every topic has delivered."""
    while (seconds := time.monotonic() - up.launched) < _STARTS_WITHIN:
        status = await up.status()
        if status is not None and status.contracts.confirmed >= exchange.contracts:
            return time.monotonic() - up.launched
        await asyncio.sleep(_POLL)
    raise NotReady(f"not every topic delivers after {seconds:.0f} s")


async def _until_fresh(exchange: Exchange, up: Up) -> float:
    """Seconds from the start until the API gives every contract as fresh."""
    while (seconds := time.monotonic() - up.launched) < _STARTS_WITHIN:
        if await up.fresh() >= exchange.contracts:
            return time.monotonic() - up.launched
        await asyncio.sleep(_POLL)
    raise NotReady(f"not every contract is fresh after {seconds:.0f} s")


async def recovery(bench: Bench) -> None:
    """From the cut of all connections to the moment that each topic has delivered again."""
    async with bench.exchange(RATE) as exchange, running_up(exchange, bench.options, bench.home) as up:
        for _ in range(bench.options.cuts):
            await asyncio.sleep(_BETWEEN_CUTS)
            seconds, stale = await _cut(exchange, up)
            bench.sample("recovery.all", seconds)
            bench.detail("recovery", seconds=seconds, most_stale=stale)
            bench.say(f"recovery: {seconds:.2f} s, at most {stale} contracts stale")


async def _cut(exchange: Exchange, up: Up) -> tuple[float, int]:
    """Cut everything; seconds until all topics deliver, and the most contracts seen stale meanwhile."""
    before = await up.status()
    cuts = 0 if before is None else before.reconnects.total + len(before.connections)
    began = time.monotonic()
    await exchange.sim.fault("drop")
    stale = 0
    while time.monotonic() - began < _RECOVERS_WITHIN:
        status = await up.status()
        seconds = time.monotonic() - began
        if status is not None:
            stale = max(stale, status.contracts.stale)
            # Until every cut is counted, the confirmations may be those of connections that are gone.
            if status.reconnects.total >= cuts and status.contracts.confirmed == status.contracts.listed:
                return seconds, stale
        await asyncio.sleep(_POLL)
    raise NotReady(f"not every topic delivers {_RECOVERS_WITHIN:.0f} s after the cut")
