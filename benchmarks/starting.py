"""How long it takes from nothing, and from all connections cut, to every contract."""

import asyncio
import time

from .bench import Bench, Exchange
from .contestants import NotReady, Up, running_up
from .under_load import RATE

__all__ = ["recovery", "start"]

_POLL = 0.02
_RECOVERS_WITHIN = 60.0
_BETWEEN_CUTS = 12.0
"""Longer than a connection must carry data before a cut counts as its first."""


async def start(bench: Bench) -> None:
    """From the start of the process to every contract fresh, with an empty store."""
    async with bench.exchange(RATE) as exchange:
        for _ in range(bench.options.starts):
            async with running_up(exchange, bench.options, bench.home) as up:
                seconds = time.monotonic() - up.launched
            bench.sample("start.fresh", seconds)
            bench.say(f"start: {seconds:.2f} s")


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
