"""What letting the kernel collect bytes saves, and how long it delays messages.

The delay is that of the newest message of every contract that spoke during a measurement: the time at which the
tracker read it less the exchange's time of it, as both stand in the store. At the highest rate the exchange itself,
which shares the machine, is late by up to some hundred milliseconds; what all messages that were read in the same
tenth of a second have in common is its lateness, and is taken off.
"""

import asyncio
import time
from collections.abc import Iterable

from voltape.model.board import Board
from voltape.store.reader import restore

from .bench import Bench, Exchange
from .budgets import PACES, RATES
from .contestants import Tracker, running_tracker
from .figures import quantile
from .turns import measured
from .under_load import BURST_MS

__all__ = ["coalescing", "own_delays"]

_SETTLE = 0.6
_FLUSHED = 0.3
_MORE = 0.3
"""At 50 messages a second, a second is too short for a 99th percentile."""
_LATE_TOGETHER_MS = 100
_SHARES = {"p50": 0.50, "p99": 0.99}


async def coalescing(bench: Bench) -> None:
    """With and without, at each rate, evenly paced and in bursts."""
    for pace in PACES:
        async with bench.exchange(RATES[0], burst_ms=BURST_MS if pace == "bursts" else 0.0) as exchange:
            for kind in ("on", "off"):
                settings = {"coalesce": kind}
                async with running_tracker(exchange, bench.options, bench.home, settings=settings) as tracker:
                    for rate in RATES:
                        await _measure(bench, exchange, tracker, pace, kind, rate)
        for rate in RATES:
            for share in _SHARES:
                on, off = (
                    bench.samples[f"coalescing.{pace}.{share}_{kind}_{rate}"][-1] for kind in ("on", "off")
                )
                bench.sample(f"coalescing.{pace}.added_{share}_{rate}", on - off)


async def _measure(
    bench: Bench, exchange: Exchange, tracker: Tracker, pace: str, kind: str, rate: int
) -> None:
    await exchange.sim.set_rate(rate)
    await asyncio.sleep(_SETTLE)
    began = time.time() * 1000
    window = await measured(exchange, tracker, bench.options.short + _MORE)
    await asyncio.sleep(_FLUSHED)
    read = await _read_since(tracker, began)
    delays = sorted(
        own_delays(read) if rate == RATES[-1] else (delay - exchange.offset_ms for _, delay in read)
    )
    name = f"coalescing.{pace}"
    cost = window.per_message("tracker")
    bench.sample(f"{name}.{kind}_{rate}", cost)
    for label, share in _SHARES.items():
        bench.sample(f"{name}.{label}_{kind}_{rate}", quantile(delays, share))
    bench.detail("coalescing", pace=pace, coalesce=kind, rate=window.rate, contracts=len(delays), us=cost)
    bench.say(
        f"coalescing: {pace}, {rate}/s, {kind}: {cost:.1f} µs, p50 {quantile(delays, 0.5):.0f} ms, "
        f"p99 {quantile(delays, 0.99):.0f} ms ({len(delays)} contracts)"
    )


async def _read_since(tracker: Tracker, since_ms: float) -> list[tuple[int, int]]:
    """Time of reading and delay, ms, of the newest message of every contract that was read after `since_ms`."""
    board = Board()
    assert tracker.store is not None
    await restore(board, tracker.store.link, int(since_ms))
    return [
        (row.ts_received, row.ts_received - row.ts_exchange)
        for row in board.rows.values()
        if row.ts_received is not None and row.ts_exchange is not None and row.ts_received >= since_ms
    ]


def own_delays(read: Iterable[tuple[int, int]]) -> list[float]:
    """Delays without what the messages that were read in the same tenth of a second have in common."""
    together: dict[int, list[int]] = {}
    for moment, delay in read:
        together.setdefault(moment // _LATE_TOGETHER_MS, []).append(delay)
    return [float(delay - min(delays)) for delays in together.values() for delay in delays]
