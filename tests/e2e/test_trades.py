"""Trades from the exchange to clients, over outages, restarts and roles."""

import json
from pathlib import Path
from typing import Any

import pytest
import websockets

from tests.e2e.program import Program, eventually, running
from tests.e2e.shared_store import shared_store
from voltape.sim.handle import SimHandle, running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(90)]


async def tape(program: Program) -> dict[str, dict[str, Any]]:
    """Every trade that a program has, by identifier."""
    found = (await program.get("/api/v1/trades", limit=5000))["data"]
    assert len(found) == len({one["id"] for one in found})
    return {one["id"]: one for one in found}


async def has(program: Program, count: int) -> bool:
    """Whether a program has so many trades."""
    return len(await tape(program)) >= count


async def assert_whole(program: Program, sim: SimHandle) -> None:
    """A program has every trade that the exchange still tells of."""
    await eventually(lambda: _has_all(program, sim), 20, "every trade of the exchange")


async def _has_all(program: Program, sim: SimHandle) -> bool:
    ours = await tape(program)
    theirs: set[str] = set()
    for coin in ("BTC", "ETH", "SOL"):
        answer = await sim.get("/v5/market/recent-trade", category="option", baseCoin=coin, limit="1000")
        theirs |= {row["execId"] for row in answer["result"]["list"]}
    return bool(theirs) and theirs <= ours.keys()


async def test_no_trade_is_lost_or_told_twice_over_cuts_restarts_and_roles(tmp_path: Path) -> None:
    """One tape in the tracker, in a serving role apart, in a stream, and in the run after a kill."""
    async with (
        running_sim(contracts=0.05, rate=100) as sim,
        shared_store(tmp_path) as store,
    ):
        async with (
            running("up", sim, tmp_path, store_url=store.url()) as tracker,
            running("serve", None, tmp_path, store_url=store.url()) as serve,
        ):
            await eventually(lambda: has(tracker, 5), 20, "trades")
            got: list[str] = []
            url = tracker.url.replace("http:", "ws:") + "/api/v1/stream"
            async with websockets.connect(url, proxy=None) as socket:
                await socket.send(json.dumps({"op": "subscribe", "channels": ["trades.BTC"]}))
                await sim.fault("drop", duration_s=3.0)
                before = len(await tape(tracker))
                while len(await tape(tracker)) < before + 12:
                    message = json.loads(await socket.recv())
                    if message["type"] in ("snapshot", "delta"):
                        got += [one["id"] for one in message["data"]]
            assert len(got) == len(set(got)) > 0
            await assert_whole(tracker, sim)
            await assert_whole(serve, sim)
            assert (await tracker.get("/api/v1/status"))["trades"]["rejected"] == 0
            await tracker.kill()
        async with running("up", sim, tmp_path, store_url=store.url()) as again:
            await assert_whole(again, sim)
            assert set(got) <= (await tape(again)).keys()
            use = (await again.get("/api/v1/status"))["trades"]
            assert use["kept"] == len(await tape(again))
