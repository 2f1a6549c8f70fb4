"""What clients look at becomes live, on the connections that are open, and is polled again afterwards."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import websockets

from tests.e2e.program import Program, eventually, free_port, ready_url, running, started
from tests.e2e.shared_store import shared_store
from voltape.sim.handle import running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(90)]

POLL = 1.0
DWELL = 2.0
LIVE_WITHIN = 2.0
SLACK = 2.0
"""Seconds that a busy machine may add to a promise."""
SELECTIVE = {
    "filter_min_volume": 1e9,
    "filter_min_oi": 1e9,
    "filter_moneyness": 0,
    "filter_nearest_expiries": 1,
    "filter_atm_strikes": 1,
    "filter_dwell": DWELL,
    "poll_interval": POLL,
}
"""Live is what is at the money of the nearest expiry, and nothing for its liquidity."""


async def rows_of(program: Program, expiry: str) -> list[dict[str, Any]]:
    """All rows of one BTC chain."""
    answer = await program.get("/api/v1/tickers", underlying="BTC", expiry=expiry, limit=5000)
    rows: list[dict[str, Any]] = answer["data"]
    assert rows
    return rows


async def all_in(program: Program, expiry: str, lane: str) -> bool:
    """Whether the whole chain is in a lane, with fresh data."""
    return all(row["lane"] == lane and not row["stale"] for row in await rows_of(program, expiry))


async def all_wanted(program: Program, expiry: str) -> bool:
    """Whether the socket is to carry a whole BTC chain, by the status."""
    shares = (await program.get("/api/v1/status"))["underlyings"]
    btc = next(share for share in shares if share["underlying"] == "BTC")
    chain = next(one for one in btc["expiries"] if one["expiry"] == expiry)
    return bool(chain["wanted"] == chain["listed"])


async def last_expiry(program: Program) -> str:
    """The date of the BTC chain that expires last, and that nothing makes live by itself."""
    found = (await program.get("/api/v1/expiries", underlying="BTC"))["data"]
    return str(found[-1]["expiry"])


@asynccontextmanager
async def watching(program: Program, expiry: str) -> AsyncIterator[None]:
    """A client that follows a BTC chain and reads what it is sent."""
    url = program.url.replace("http:", "ws:") + "/api/v1/stream"
    async with websockets.connect(url, proxy=None) as socket:
        await socket.send(json.dumps({"op": "subscribe", "channels": [f"chain.BTC.{expiry}"]}))
        reading = asyncio.create_task(_read(socket))
        try:
            yield
        finally:
            reading.cancel()


async def _read(socket: Any) -> None:
    async for _ in socket:
        pass


async def assert_polled_and_young(program: Program, expiry: str) -> None:
    """For two poll intervals the chain is kept by polls: fresh, complete, and never older than one interval."""
    until = time.monotonic() + 2 * POLL
    while time.monotonic() < until:
        for row in await rows_of(program, expiry):
            assert (row["lane"], row["stale"]) == ("polled", False)
            assert time.time() * 1000 - row["ts_received"] <= (POLL + SLACK) * 1000
        await asyncio.sleep(0.2)


async def test_a_chain_is_live_while_somebody_looks_at_it(tmp_path: Path) -> None:
    """In one process: live within two seconds, polled after the dwell time, and no connection made anew."""
    async with (
        running_sim(contracts=0.1, rate=400) as sim,
        running("up", sim, tmp_path, **SELECTIVE) as program,
    ):
        expiry = await last_expiry(program)
        await eventually(lambda: all_in(program, expiry, "polled"), 20, "the chain is polled at first")
        before = await program.get("/api/v1/status")
        assert before["contracts"]["live"] > 0
        async with watching(program, expiry):
            await eventually(
                lambda: all_in(program, expiry, "live"), LIVE_WITHIN + SLACK, "the watched chain is live"
            )
            during = await program.get("/api/v1/status")
            # Others may leave the live lane meanwhile, so the count of all of them tells nothing.
            await eventually(lambda: all_wanted(program, expiry), SLACK, "the status tells of it")
            await asyncio.sleep(DWELL + POLL)
            assert await all_in(program, expiry, "live")
            known = {row["symbol"]: row["ts_exchange"] for row in await rows_of(program, expiry)}
        await eventually(
            lambda: all_in(program, expiry, "polled"), DWELL + POLL + SLACK, "the chain is polled again"
        )
        left = await rows_of(program, expiry)
        assert all(row["ts_exchange"] >= known[row["symbol"]] for row in left)
        # A poll replaces pushed values only where it began some seconds after them.
        await asyncio.sleep(5.0 + POLL)
        await assert_polled_and_young(program, expiry)
        after = await program.get("/api/v1/status")
        assert [link["id"] for link in after["connections"]] == [link["id"] for link in before["connections"]]
        assert after["connections"][0]["age_s"] > during["connections"][0]["age_s"]
        assert after["reconnects"]["total"] == 0
        assert after["gaps"] == before["gaps"]


async def test_what_clients_of_a_role_apart_look_at_is_live(tmp_path: Path) -> None:
    """The serving role tells the tracker by way of the store, and takes it back when its client leaves."""
    async with (
        running_sim(contracts=0.1, rate=400) as sim,
        shared_store(tmp_path) as store,
        started("serve", None, tmp_path, store_url=store.url(), http_port=free_port()) as serve,
        started("tracker", sim, tmp_path, store_url=store.url(), **SELECTIVE),
    ):
        await ready_url(serve.process, serve.log)
        expiry = await last_expiry(serve)
        await eventually(lambda: all_in(serve, expiry, "polled"), 20, "the chain is polled at first")
        async with watching(serve, expiry):
            await eventually(
                lambda: all_in(serve, expiry, "live"), LIVE_WITHIN + SLACK, "the watched chain is live"
            )
        await eventually(
            lambda: all_in(serve, expiry, "polled"), DWELL + POLL + SLACK, "the chain is polled again"
        )
        assert (await serve.get("/api/v1/status"))["reconnects"]["total"] == 0
