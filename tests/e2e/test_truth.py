"""Every field of every contract, from the exchange to the API and the store, through outages."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.comparison import all_fresh, assert_equal_to_truth, embedded_store, received, stored
from tests.e2e.program import Program, eventually, running, store_server
from voltape.sim.handle import SimHandle, running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(150)]

RATE = 2_600
SECONDS = 10


@pytest.mark.parametrize("layout", ["packed", "hash"])
async def test_every_field_of_every_contract_equals_the_truth_through_outages(
    tmp_path: Path, layout: str
) -> None:
    """Promises 4 and 5: 2,600 messages a second over TLS, connections cut twice, the store killed once."""
    seconds = SECONDS if layout == "packed" else SECONDS // 2
    async with (
        running_sim(tls=True, rate=RATE) as sim,
        running("up", sim, tmp_path, filter="all", store_layout=layout) as program,
    ):
        await eventually(lambda: all_fresh(program), 10, "every contract fresh")
        before = await received(program)
        await eventually(
            lambda: _has(program, before + int(RATE * seconds * 0.9)), seconds * 2, f"{seconds} s of data"
        )
        async with embedded_store(tmp_path) as store:
            contracts = await assert_equal_to_truth(sim, program, store=stored(store))
        assert contracts > 1_900

        await _cut_all(sim, program)
        os.kill(store_server(program.process.pid), signal.SIGKILL)
        await _cut_all(sim, program)
        await eventually(lambda: _store_back(program), 5, "the store back")
        await eventually(lambda: all_fresh(program), 15, "every contract fresh again")
        async with embedded_store(tmp_path) as store:
            assert await assert_equal_to_truth(sim, program, store=stored(store)) == contracts

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
