"""How the cost grows with the number of contracts, at the same number of messages."""

import asyncio
from functools import partial

from .accounting import memory_bytes
from .bench import Bench, Exchange
from .budgets import COUNTS
from .contestants import Launch, running_floor, running_tracker
from .turns import measured
from .under_load import RATE

__all__ = ["contracts"]

_POOL = {"ws_max_connections": 60, "ws_topics_per_connection": 2_000, "ws_args_chars_per_connection": 21_000}
"""As much as the exchange documents for a connection, and enough of them for 20,000 contracts."""

_CONTESTANTS: dict[str, Launch] = {
    "tracker": partial(running_tracker, settings=_POOL),
    "floor": running_floor,
}


async def contracts(bench: Bench) -> None:
    """The tracker and the receive-only client beside each other, for each number of contracts."""
    for count, scale in COUNTS.items():
        async with bench.exchange(RATE, scale=scale) as exchange:
            for name in _CONTESTANTS:
                await _measure(bench, exchange, name, count)


async def _measure(bench: Bench, exchange: Exchange, name: str, count: str) -> None:
    options = bench.options
    async with _CONTESTANTS[name](exchange, options, bench.home) as contestant:
        await asyncio.sleep(options.warm_up)
        links = len(await exchange.sim.connections(open_only=True))
        for _ in range(options.windows):
            window = await measured(exchange, contestant, options.short)
            bench.sample(f"contracts.{name}.core_{count}", window.core(name))
            bench.sample(f"contracts.{name}.message_{count}", window.per_message(name))
        memory = sum(memory_bytes(pid) for pids in contestant.pids.values() for pid in pids)
        if name == "tracker":
            bench.sample(f"contracts.tracker.memory_{count}", memory / 1e6)
        cost = bench.samples[f"contracts.{name}.message_{count}"][-1]
        bench.detail("contracts", contestant=name, contracts=exchange.contracts, connections=links)
        bench.say(f"contracts: {name}, {exchange.contracts}: {cost:.1f} µs per message, {links} connections")
