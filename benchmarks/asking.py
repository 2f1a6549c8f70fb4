"""Latency of the API while the market is tracked."""

import asyncio
from typing import Any

import httpx
import msgspec

from .bench import Bench
from .contestants import running_before, running_up
from .figures import quantile
from .program import lines_of
from .under_load import RATE
from .wrk import wrk

__all__ = ["api"]

_REQUESTS = 200.0
_REQUESTS_BEFORE = 2.0
_SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
_PAIRS = 12
_APART = 0.31
_ALL = "/api/v1/tickers?limit=5000"


async def api(bench: Bench) -> None:
    """200 requests per second for chains, and now and then all contracts at once."""
    async with (
        bench.exchange(RATE) as exchange,
        running_up(exchange, bench.options, bench.home) as up,
        httpx.AsyncClient(base_url=up.url, timeout=10, trust_env=False) as client,
    ):
        chains = await _chains(client)
        sizes = {path: len((await client.get(path)).content) for path in chains}
        largest = max(sizes, key=lambda path: sizes[path])
        bench.detail("api", chains=len(chains), bytes=sum(sizes.values()), largest=sizes[largest])
        await asyncio.sleep(bench.options.warm_up)
        await _ask(bench, up.url, "chain", chains)
        await _ask(bench, up.url, "largest", [largest])
        await _ask_for_all(bench, up.url)
        await wrk(bench, up.url + largest)
    await _ask_before(bench)


async def _ask_before(bench: Bench) -> None:
    """The program before, at as many requests per second as it can answer."""
    options = bench.options
    async with (
        bench.exchange(RATE) as exchange,
        running_before(exchange, options, bench.home) as before,
    ):
        symbols = await exchange.sim.truth()
        chains = sorted({tuple(symbol.split("-")[:2]) for symbol in symbols})
        paths = [f"/chain/{coin}/{expiry}" for coin, expiry in chains]
        words = [before.url, str(_REQUESTS_BEFORE), str(3 * options.listen)]
        async for line in lines_of("benchmarks.clients.requester", *words, given=msgspec.json.encode(paths)):
            ordered = sorted(msgspec.json.decode(line)["ms"])
            for label in ("p50", "p95"):
                bench.sample(f"api.before_{label}", quantile(ordered, _SHARES[label]))
            bench.say(f"api: before: p95 {quantile(ordered, 0.95):.0f} ms ({len(ordered)} answers)")


async def _chains(client: httpx.AsyncClient) -> list[str]:
    paths = []
    for entry in await _data(client, "/api/v1/underlyings"):
        coin = entry["underlying"]
        expiries = await _data(client, f"/api/v1/expiries?underlying={coin}")
        paths += [f"/api/v1/chains/{coin}/{found['expiry']}" for found in expiries]
    return paths


async def _data(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await client.get(path)
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def _ask(bench: Bench, url: str, name: str, paths: list[str]) -> None:
    words = [url, str(_REQUESTS), str(bench.options.listen)]
    for _ in range(bench.options.repeats):
        async for line in lines_of("benchmarks.clients.requester", *words, given=msgspec.json.encode(paths)):
            answer = msgspec.json.decode(line)
            ordered = sorted(answer["ms"])
            found = {label: quantile(ordered, share) for label, share in _SHARES.items()}
            for label, value in found.items():
                bench.sample(f"api.{name}_{label}", value)
            bench.sample("api.failed", answer["failed"])
            shown = ", ".join(f"{label} {value:.2f}" for label, value in found.items())
            bench.say(f"api: {name}: {shown} ms ({len(ordered)} answers, {answer['failed']} failed)")


async def _ask_for_all(bench: Bench, url: str) -> None:
    """Every contract at once, while the board moves and while it has not."""
    words = [url, _ALL, str(_PAIRS), str(_APART)]
    async for line in lines_of("benchmarks.clients.pair_asker", *words):
        answer = msgspec.json.decode(line)
        for name in ("cold", "cached"):
            for milliseconds in answer[name]:
                bench.sample(f"api.all_{name}", milliseconds)
        bench.sample("api.failed", answer["failed"])
        found = ", ".join(f"{name} {quantile(sorted(answer[name]), 0.5):.2f}" for name in ("cold", "cached"))
        bench.say(
            f"api: all contracts: median {found} ms ({answer['bytes']} bytes, {answer['failed']} failed)"
        )
