"""Roles in processes of their own that meet in a store apart."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import websockets

from tests.e2e.comparison import assert_equal_to_truth, stored, until_fresh
from tests.e2e.program import Program, eventually, free_port, ready_url, running, started, unready_because
from tests.e2e.shared_store import QUOTED, SharedStore, shared_store, tls_in_front
from voltape.sim.certificate import server_context
from voltape.sim.handle import SimHandle, running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(90)]

LOST_WITHIN = 6.0
BACK_WITHIN = 5.0
SLACK = 2.0
"""Seconds that a busy machine may add to a promise."""


async def is_ready(program: Program) -> bool:
    """Whether the program says that data flows."""
    return await program.status_code("/readyz") == 200


async def all_stale(program: Program) -> bool:
    """Whether no row of the API passes for fresh."""
    return all(row["stale"] for row in (await program.get("/api/v1/tickers", limit=5000))["data"])


@asynccontextmanager
async def chain_stream(program: Program) -> AsyncIterator[tuple[str, Any]]:
    """A WebSocket client of the nearest BTC chain, as the dashboard is one; gives the channel and the socket."""
    (first, *_) = (await program.get("/api/v1/expiries", underlying="BTC"))["data"]
    channel = f"chain.BTC.{first['expiry']}"
    url = program.url.replace("http:", "ws:") + "/api/v1/stream"
    async with websockets.connect(url, proxy=None) as socket:
        await socket.send(json.dumps({"op": "subscribe", "channels": [channel]}))
        yield channel, socket


async def until_type(socket: Any, kind: str) -> dict[str, Any]:
    """The next message of a type."""
    async with asyncio.timeout(10):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message["type"] == kind:
                return message


async def test_tracker_and_serve_meet_in_a_store_apart(tmp_path: Path) -> None:
    """Serve answers as the tracker knows it, says why where it cannot, and follows the tracker's end and return."""
    port = free_port()
    async with (
        running_sim(contracts=0.1, rate=200) as sim,
        SharedStore(tmp_path) as store,
        started("serve", None, tmp_path, store_url=store.url(), http_port=port) as serve,
    ):
        await eventually(lambda: unready_because(serve, f"{store.port}"), 20, "serve waits for the store")
        await store.start()
        await eventually(lambda: unready_because(serve, "no tracker"), 20, "serve waits for a tracker")
        async with started("tracker", sim, tmp_path, store_url=store.url(), filter="all") as tracker:
            assert await ready_url(serve.process, serve.log) == serve.url
            await until_fresh(serve)
            await assert_both_equal_to_truth(sim, serve, store)
            assert (await serve.get("/api/v1/status"))["resources"]["by_role"].keys() >= {"tracker", "serve"}
            async with chain_stream(serve) as (channel, socket):
                snapshot = await until_type(socket, "snapshot")
                assert snapshot["channel"] == channel
                assert snapshot["data"]
                delta = await until_type(socket, "delta")
                assert delta["seq"] == snapshot["seq"] + 1
            await tracker.kill()
            await eventually(
                lambda: unready_because(serve, "no tracker"), LOST_WITHIN + SLACK, "the tracker's end noticed"
            )
            assert await all_stale(serve)
        async with started("tracker", sim, tmp_path, store_url=store.url(), filter="all"):
            await eventually(lambda: is_ready(serve), 20, "serve is ready again")
            await until_fresh(serve)
            await assert_both_equal_to_truth(sim, serve, store)


async def assert_both_equal_to_truth(sim: SimHandle, program: Program, store: SharedStore) -> None:
    """Compare API and store with the exchange, within what promise 4 allows after an outage of the store."""
    async with store.client() as client:
        await assert_equal_to_truth(sim, program, within=BACK_WITHIN + SLACK, store=stored(client))


async def test_serve_says_why_a_store_is_of_no_use(tmp_path: Path) -> None:
    """A store of another schema and a wrong password are named where one looks first."""
    homes = [tmp_path / "schema", tmp_path / "password"]
    for home in homes:
        home.mkdir()
    async with shared_store(tmp_path) as store, store.client() as client:
        await client.set("vt:schema", "999")
        urls = [store.url(), store.url(password="wrong")]
        async with (
            started("serve", None, homes[0], store_url=urls[0], http_port=free_port()) as one,
            started("serve", None, homes[1], store_url=urls[1], http_port=free_port()) as two,
        ):
            await eventually(lambda: unready_because(one, "schema 999"), 20, "the schema is named")
            await eventually(lambda: unready_because(two, "password is wrong"), 20, "the password is named")


async def test_a_store_behind_tls_is_verified(tmp_path: Path) -> None:
    """`valkeys://` works with the certificate that is trusted, and without it the store counts as lost."""
    ca_file = tmp_path / "ca.pem"
    context = server_context("127.0.0.1", ca_file)
    async with (
        running_sim(contracts=0.1, rate=200) as sim,
        shared_store(tmp_path) as store,
        tls_in_front(store.port, context) as port,
        store.client() as client,
    ):
        url = f"valkeys://:{QUOTED}@127.0.0.1:{port}/0"
        async with running("up", sim, tmp_path, store_url=url, filter="all", log_format="json") as program:
            await eventually(
                lambda: is_degraded(program, "store"), 10, "a store that is not trusted is not used"
            )
            assert "certificate" in warning_of(program, "store")
            assert await client.dbsize() == 0
        async with running("up", sim, tmp_path, store_url=url, filter="all", ca_file=ca_file) as program:
            await until_fresh(program)
            await assert_equal_to_truth(sim, program, store=stored(client))


async def is_degraded(program: Program, reason: str) -> bool:
    """Whether the program is ready, but says that something is missing."""
    answer = await program.answer("/readyz")
    return answer.status_code == 200 and any(reason in text for text in answer.json()["degraded"])


def warning_of(program: Program, what: str) -> str:
    """The one warning that names `what`."""
    (message,) = [
        record["message"] for record in program.records("warning", "error") if what in record["message"]
    ]
    return str(message)


async def test_a_wrong_password_is_told_and_the_board_goes_on(tmp_path: Path) -> None:
    """One clear line without the password; API and stream work from the board."""
    async with (
        running_sim(contracts=0.1, rate=200) as sim,
        shared_store(tmp_path) as store,
        running(
            "up", sim, tmp_path, store_url=store.url(password="not-this-one"), filter="all", log_format="json"
        ) as program,
    ):
        await until_fresh(program)
        await eventually(lambda: is_degraded(program, "store"), 10, "the lost store is told")
        await assert_equal_to_truth(sim, program)
        assert "password is wrong" in warning_of(program, "store")
        assert "not-this-one" not in program.log.read_text()
        async with chain_stream(program) as (_, socket):
            await until_type(socket, "delta")


async def test_a_store_that_was_away_or_emptied_is_full_again_within_seconds(tmp_path: Path) -> None:
    """Promise 4: restart, pause and FLUSHALL cost no value, and tell once each."""
    async with (
        running_sim(contracts=0.1, rate=200) as sim,
        shared_store(tmp_path) as store,
        running("up", sim, tmp_path, store_url=store.url(), filter="all", log_format="json") as program,
    ):
        await until_fresh(program)
        await store.stop()
        await eventually(lambda: failed_more_than(program, 2), 20, "several attempts to connect")
        assert await is_degraded(program, "store")
        await store.start()
        await assert_both_equal_to_truth(sim, program, store)
        with store.paused():
            await eventually(lambda: is_degraded(program, "store"), 10, "the pause noticed")
        await assert_both_equal_to_truth(sim, program, store)
        async with store.client() as client:
            await client.flushall()
        await assert_both_equal_to_truth(sim, program, store)
        status = await program.get("/api/v1/status")
        assert status["reconnects"]["total"] == 0
        assert len(program.records("warning", "error")) == 3


async def failed_more_than(program: Program, errors: int) -> bool:
    """Whether that many exchanges with the store have failed."""
    return bool((await program.get("/api/v1/status"))["store"]["errors"] > errors)
