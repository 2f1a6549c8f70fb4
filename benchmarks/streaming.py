"""Age of values where they can be used: on the board, and at a client of the push stream."""

import asyncio
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec

from .accounting import memory_bytes
from .bench import Bench
from .contestants import running_up
from .figures import quantile
from .program import lines_of
from .under_load import RATE

__all__ = ["latency"]

_ACTIVE = 100
_IDLE = 1000
_SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
_decode = msgspec.json.Decoder(dict[str, list[float]]).decode


async def latency(bench: Bench) -> None:
    """One client follows every underlying; each change of a contract that it sees is a value.

    Then a hundred others follow what many would, the longest chain; at last a thousand follow nothing.
    """
    options = bench.options
    async with bench.exchange(RATE) as exchange, running_up(exchange, options, bench.home) as up:
        url = up.url.replace("http:", "ws:") + "/api/v1/stream"
        await _listen(bench, url, exchange.offset_ms)
        async with _crowd(url, _ACTIVE, await _longest_chain(up.url)):
            await _listen(bench, url, exchange.offset_ms, "crowd_")
        before = memory_bytes(up.pids["up"][0])
        async with _crowd(url, _IDLE, ""):
            await asyncio.sleep(options.listen)
            grown = (memory_bytes(up.pids["up"][0]) - before) / 1e6
        bench.sample("latency.idle_memory", grown)
        bench.say(f"latency: {_IDLE} idle clients cost {grown:.1f} MB")


async def _listen(bench: Bench, url: str, offset_ms: float, kind: str = "") -> None:
    options = bench.options
    words = [url, options.coins, str(options.repeats), str(options.listen)]
    async for line in lines_of("benchmarks.clients.subscriber", *words):
        ages = _decode(line)
        shown = []
        for place, found in ages.items():
            ordered = sorted(found)
            for name, share in _SHARES.items():
                bench.sample(f"latency.{kind}{place}_{name}", quantile(ordered, share) - offset_ms)
            shown.append(f"{place} p95 {quantile(ordered, 0.95) - offset_ms:.0f} ms")
        bench.detail("latency", values=len(ages["board"]), offset_ms=offset_ms)
        bench.say(f"latency: {kind}{', '.join(shown)} ({len(ages['board'])} values)")


async def _longest_chain(url: str) -> str:
    async with httpx.AsyncClient(base_url=url, timeout=10, trust_env=False) as client:
        coin = (await client.get("/api/v1/underlyings")).json()["data"][0]["underlying"]
        expiries = (await client.get("/api/v1/expiries", params={"underlying": coin})).json()["data"]
    return f"chain.{coin}.{max(expiries, key=lambda one: one['contracts'])['expiry']}"


@asynccontextmanager
async def _crowd(url: str, clients: int, channels: str) -> AsyncIterator[None]:
    """So many clients, connected."""
    words = ("-m", "benchmarks.clients.crowd", url, str(clients), channels)
    process = await create_subprocess_exec(sys.executable, *words, stdin=PIPE, stdout=PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"ready\n"
        yield
        process.stdin.close()
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
