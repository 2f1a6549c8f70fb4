"""Every field of every contract, from the exchange to the API and the store, through outages."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from valkey.asyncio import Valkey

from tests.e2e.program import Program, children, eventually, running
from tests.e2e.truth import State, differences, of_api, of_simulator, of_store
from voltape.sim.handle import SimHandle, running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(150)]

RATE = 2_600
SECONDS = 20
CAUGHT_UP_WITHIN = 5.0


async def api_state(program: Program) -> State:
    """All contracts by the API."""
    answer = await program.get("/api/v1/tickers", limit=5000)
    assert answer["total"] == len(answer["data"])
    return of_api(answer["data"])


async def received(program: Program) -> int:
    """Messages that have arrived so far."""
    return int((await program.get("/api/v1/status"))["messages"]["received"])


async def all_fresh(program: Program) -> bool:
    """Whether every contract has delivered on its connection and none is stale."""
    contracts = (await program.get("/api/v1/status"))["contracts"]
    return bool(contracts["listed"] and contracts["confirmed"] == contracts["listed"] and not contracts["stale"])


async def assert_equal_to_truth(program: Program, sim: SimHandle, store: "Valkey[bytes]") -> int:
    """Freeze the exchange, and compare all three; returns the number of contracts."""
    assert await sim.freeze()
    truth = of_simulator(await sim.truth())
    found: dict[str, list[str]] = {}

    async def equal() -> bool:
        found["api"] = differences(await api_state(program), truth)
        found["store"] = differences(await of_store(store), truth)
        return not found["api"] and not found["store"]

    try:
        await eventually(equal, CAUGHT_UP_WITHIN, "API and store equal to the truth")
    except AssertionError:
        counts = {name: len(lines) for name, lines in found.items()}
        pytest.fail(f"{counts} differences, first: {found['api'][:5]} {found['store'][:5]}")
    await sim.resume()
    return len(truth)


@pytest.mark.parametrize("layout", ["packed", "hash"])
async def test_every_field_of_every_contract_equals_the_truth_through_outages(tmp_path: Path, layout: str) -> None:
    """Promises 4 and 5: 2,600 messages a second over TLS, connections cut twice, the store killed once."""
    seconds = SECONDS if layout == "packed" else SECONDS // 4
    async with (
        running_sim(tls=True, rate=RATE) as sim,
        running("up", sim, tmp_path, filter="all", store_layout=layout) as program,
    ):
        await eventually(lambda: all_fresh(program), 10, "every contract fresh")
        before = await received(program)
        await eventually(lambda: _has(program, before + int(RATE * seconds * 0.9)), seconds * 2, f"{seconds} s of data")
        async with _store_of(tmp_path) as store:
            contracts = await assert_equal_to_truth(program, sim, store)
        assert contracts > 1_900

        await _cut_all(sim, program)
        valkey = next(pid for pid, line in children(program.process.pid).items() if "valkey-server" in line.split()[0])
        os.kill(valkey, signal.SIGKILL)
        await _cut_all(sim, program)
        await eventually(lambda: _store_back(program), 5, "the store back")
        await eventually(lambda: all_fresh(program), 15, "every contract fresh again")
        async with _store_of(tmp_path) as store:
            assert await assert_equal_to_truth(program, sim, store) == contracts

        status = await program.get("/api/v1/status")
        assert status["messages"]["rejected"] == 0
        assert status["reconnects"]["total"] == 8
        assert {gap["scope"] for gap in (await program.get("/api/v1/gaps"))["data"]} >= {"connection c1"}
        assert await sim.violations() == []


async def _has(program: Program, messages: int) -> bool:
    return await received(program) >= messages


async def _store_back(program: Program) -> bool:
    status = await program.get("/api/v1/status")
    return bool(status["store"]["connected"] and status["store"]["pending"] < status["contracts"]["listed"])


async def _cut_all(sim: SimHandle, program: Program) -> None:
    """Cut every connection and wait until all of them carry data again."""
    total = (await program.get("/api/v1/status"))["reconnects"]["total"]
    lines = await sim.connections(open_only=True)
    assert lines
    await sim.fault("drop")

    async def back() -> bool:
        status: dict[str, Any] = await program.get("/api/v1/status")
        links = status["connections"]
        return status["reconnects"]["total"] == total + len(lines) and all(
            link["topics"] == link["confirmed"] for link in links
        )

    await eventually(back, 15, "all connections back after a cut")


def _store_of(home: Path) -> "Valkey[bytes]":
    return Valkey(unix_socket_path=str(next((home / "data" / "store").glob("*.sock"))))
