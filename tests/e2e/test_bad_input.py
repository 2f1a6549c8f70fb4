"""What users, machines and the exchange may get wrong, and how voltape says so."""

import asyncio
import os
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.e2e.comparison import (
    assert_equal_to_truth,
    embedded_store,
    received,
    stored,
    until_fresh,
)
from tests.e2e.program import (
    Program,
    eventually,
    free_port,
    ready_url,
    refused,
    running,
    started,
    unready_because,
)
from tests.e2e.shared_store import shared_store
from voltape.sim.handle import running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(60)]

PROVEN_WITHIN = 12.0
"""Seconds within which a poll shows again what two bad messages in a row had hidden."""
RATE = 2_600
SECONDS = 3


@pytest.mark.parametrize(
    ("role", "words", "name"),
    [
        ("up", ["--flush-interval", "0"], "--flush-interval=0"),
        ("tracker", ["--store-url", "http://127.0.0.1"], "--store-url=http://127.0.0.1"),
        ("demo", ["--ws-topics-per-connection", "2001"], "--ws-topics-per-connection=2001"),
    ],
)
async def test_a_setting_out_of_range_is_one_line(
    tmp_path: Path, role: str, words: list[str], name: str
) -> None:
    """Exit code 2 with the setting, the value and what is allowed."""
    code, text = await refused(role, tmp_path, *words)
    assert code == 2
    assert re.fullmatch(rf"voltape: {re.escape(name)}: allowed is .+\n", text)


async def test_an_occupied_port_is_one_line(tmp_path: Path) -> None:
    """Nothing was started in vain that would have to be told of."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, text = await refused("up", tmp_path, data_dir=tmp_path / "data", http_port=port)
    assert code == 2
    assert re.fullmatch(rf"voltape: VOLTAPE_HTTP_PORT={port}: .+in use\n", text)


async def test_a_demo_without_its_exchange_is_one_line(tmp_path: Path) -> None:
    """What keeps the simulator from starting is passed on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, text = await refused("demo", tmp_path, "--sim-port", str(port), data_dir=tmp_path / "data")
    assert code == 1
    assert re.fullmatch(rf"voltape: simulator did not start .*127\.0\.0\.1:{port}.*in use\n", text)


async def test_a_data_directory_below_a_file_is_one_line(tmp_path: Path) -> None:
    """The directory and the reason are named."""
    (tmp_path / "file").write_text("mine")
    code, text = await refused("up", tmp_path, data_dir=tmp_path / "file" / "data", http_port=0)
    assert code == 1
    assert re.fullmatch(r"voltape: store .*/file/data/store: .*not a directory; .+\n", text, re.IGNORECASE)


async def test_a_data_directory_of_somebody_else_is_one_line(tmp_path: Path) -> None:
    """A user is not let in; root would be, but leaves alone what is another's."""
    data = tmp_path / "data"
    if os.getuid() == 0:
        (data / "store").mkdir(parents=True)
        os.chown(data / "store", 65_534, 65_534)
        reason = "it belongs to another user"
    else:
        data = Path("/voltape-of-root")
        reason = "the directory cannot be used: (Permission denied|Read-only file system); .+"
    code, text = await refused("up", tmp_path, data_dir=data, http_port=0)
    assert code == 1
    assert re.fullmatch(rf"voltape: store {data}/store: {reason}\n", text)


@pytest.mark.parametrize("role", ["up", "tracker"])
async def test_a_store_of_another_schema_is_one_line_and_stays_as_it_is(tmp_path: Path, role: str) -> None:
    """Exit code 1; not a key is changed, added or removed."""
    async with shared_store(tmp_path) as store, store.client() as client:
        await client.set("vt:schema", "999")
        await client.set("vt:{BTC}:series", "of another type")
        await client.set("mine", "untouched")
        before = {key: await client.dump(key) for key in await client.keys()}
        code, text = await refused(
            role, tmp_path, store_url=store.url(), http_port=0, data_dir=tmp_path / "data"
        )
        assert code == 1
        assert re.fullmatch(r"voltape: store valkey://127\.0\.0\.1:\d+/0: it holds schema 999, .+\n", text)
        assert {key: await client.dump(key) for key in await client.keys()} == before


@asynccontextmanager
async def hanging_up(port: int) -> AsyncIterator[asyncio.Queue[None]]:
    """Take connections on `port` and close them at once; each one is put into the queue."""
    calls: asyncio.Queue[None] = asyncio.Queue()

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.put_nowait(None)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", port)
    try:
        yield calls
    finally:
        server.close()
        await server.wait_closed()


async def calls_reach(calls: asyncio.Queue[None], number: int) -> None:
    """Wait for a number of connections."""
    async with asyncio.timeout(30):
        for _ in range(number):
            await calls.get()


async def test_an_exchange_out_of_reach_is_told_once_and_awaited(tmp_path: Path) -> None:
    """The process stays, says what it misses, shows the dashboard, and recovers by itself."""
    port = free_port()
    urls = {"ws_url": f"ws://127.0.0.1:{port}/v5/public/option", "rest_url": f"http://127.0.0.1:{port}"}
    async with started(
        "up", None, tmp_path, filter="all", log_format="json", http_port=free_port(), **urls
    ) as program:
        await eventually(lambda: unready_because(program, "exchange"), 20, "not ready, and why")
        assert await program.status_code("/healthz") == 200
        page = await program.answer("/")
        assert page.status_code == 200
        assert "<script" in page.text
        async with hanging_up(port) as calls:
            await calls_reach(calls, 1)
        assert warned_by(program) == {"voltape.track.outage": 1}
        async with running_sim(contracts=0.1, rate=200, port=port) as sim:
            assert await ready_url(program.process, program.log) == program.url
            await until_fresh(program)
            await assert_equal_to_truth(sim, program)
        await eventually(lambda: unready_because(program, "exchange"), 20, "the outage noticed")
        async with hanging_up(port) as calls:
            await calls_reach(calls, 2)
        told = warned_by(program)
        assert told.pop("voltape.bybit.keeper") == 1
        assert told.pop("voltape.track.outage") <= 2, "REST was away twice, and each time is told once"
        assert not told


def warned_by(program: Program) -> Counter[str]:
    """How many warnings there are in the log, by the part that wrote them."""
    return Counter(record["logger"] for record in program.records("warning", "error"))


async def test_a_certificate_that_is_not_trusted_is_told(tmp_path: Path) -> None:
    """Verification is never switched off; the process stays and names the certificate."""
    async with running_sim(tls=True, contracts=0.1, rate=200) as sim:
        trusting = sim.ca_file
        sim.ca_file = None
        async with started("up", sim, tmp_path, log_format="json", http_port=free_port()) as program:
            await eventually(lambda: unready_because(program, "certificate"), 20, "the certificate named")
            assert await program.status_code("/healthz") == 200
            (line,) = program.records("warning", "error")
            assert "certificate" in line["message"]
        assert await sim.connections() == []
        sim.ca_file = trusting


async def test_an_unknown_symbol_is_answered_with_its_neighbours(tmp_path: Path) -> None:
    """A problem document of status 404 that names near matches; other unknown names likewise."""
    async with running_sim(contracts=0.1, rate=200) as sim, running("up", sim, tmp_path) as program:
        known = [row["symbol"] for row in (await program.get("/api/v1/tickers", underlying="BTC"))["data"]]
        assert known
        mistaken = known[0].replace("-USDT", "-USTD")
        for path, near in [
            (f"/api/v1/tickers/{mistaken}", known[0]),
            ("/api/v1/chains/BTX/2026-12-25", "BTC"),
            ("/api/v1/expiries?underlying=ETC", "ETH"),
        ]:
            answer = await program.answer(path)
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == 404
            assert near in answer.json()["detail"]


async def test_hostile_messages_cost_nothing(tmp_path: Path) -> None:
    """Promise 6: beside 2,600 good messages a second, every kind of bad one; none is taken, no good one is lost."""
    async with (
        running_sim(contracts=0.3, rate=RATE) as sim,
        running("up", sim, tmp_path, filter="all", log_format="json") as program,
    ):
        await until_fresh(program)
        await sim.fault("garbage", rate=200)
        await sim.fault("duplicate", probability=0.3)
        await sim.fault("reorder", probability=0.3)
        before = await received(program)
        await eventually(lambda: has_received(program, before + RATE * SECONDS), 30, f"{SECONDS} s of data")
        await sim.clear_faults()
        async with embedded_store(tmp_path) as store:
            await assert_equal_to_truth(sim, program, within=PROVEN_WITHIN, polled=True, store=stored(store))
        status = await program.get("/api/v1/status")
        assert status["messages"]["rejected"] > 100
        assert status["messages"]["unknown"] > 0
        assert status["messages"]["duplicates"] + status["messages"]["out_of_order"] > 100
        assert status["reconnects"]["total"] == 0
        log = program.records()
        assert log
        assert not [record for record in log if record["level"] == "error" or "exception" in record]
        assert "Traceback" not in program.log.read_text()


async def has_received(program: Program, messages: int) -> bool:
    """Whether that many messages have arrived."""
    return await received(program) >= messages
