"""The running program proves its own accuracy, and finds and mends what somebody spoils."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from valkey.asyncio import Valkey

from tests.e2e.comparison import assert_equal_to_truth, embedded_store, stored, until_fresh
from tests.e2e.program import Program, eventually, running
from voltape.sim.handle import running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(90)]


async def test_accuracy_is_one_under_load_and_a_spoilt_store_is_found_and_mended(tmp_path: Path) -> None:
    """2,600 messages a second; then the store's records of a coin are overwritten behind our back."""
    async with (
        running_sim(rate=2_600, tls=False) as sim,
        running(
            "up", sim, tmp_path, filter="all", audit_interval=0.5, poll_interval=2, log_format="json"
        ) as program,
    ):
        await until_fresh(program)
        await eventually(lambda: _compared(program, 100), 20, "both audits have compared a lot")
        status = await program.get("/api/v1/status")
        assert {
            name: (audit["accuracy"], audit["latest_wrong"]) for name, audit in status["audits"].items()
        } == {
            "store": (1.0, None),
            "exchange": (1.0, None),
        }

        assert await sim.freeze()
        async with embedded_store(tmp_path) as store:
            await _spoil(store)
            await eventually(lambda: _wrong(program), 10, "the difference is found")
            await eventually(lambda: _mended(program), 10, "the store is mended")
            await sim.resume()
            await assert_equal_to_truth(sim, program, store=stored(store))
        assert [line for line in program.records("error") if "differs from the board" in line["message"]]


async def _audits(program: Program) -> dict[str, Any]:
    audits: dict[str, Any] = (await program.get("/api/v1/status"))["audits"]
    return audits


async def _compared(program: Program, contracts: int) -> bool:
    audits = await _audits(program)
    return len(audits) == 2 and all(audit["compared"] >= contracts for audit in audits.values())


async def _spoil(store: Valkey) -> None:
    """Give every contract of each series the record of one of them: all valid, nearly all wrong."""
    ask: Callable[..., Awaitable[Any]] = store.execute_command
    for date in await ask("HKEYS", "vt:{BTC}:series"):
        chain = f"vt:{{BTC}}:chain:{date.decode()}"
        members = await ask("HKEYS", chain)
        record = await ask("HGET", chain, members[0])
        await ask("HSET", chain, *(part for member in members for part in (member, record)))


async def _wrong(program: Program) -> bool:
    status = await program.get("/api/v1/status")
    audit = status["audits"]["store"]
    named = str(audit["latest_wrong"]).startswith("BTC-")
    told = any(text.startswith("store: differs") for text in status["health"]["degraded"])
    return named and told and audit["accuracy"] < 1.0


async def _mended(program: Program) -> bool:
    status = await program.get("/api/v1/status")
    return not any(text.startswith("store: differs") for text in status["health"]["degraded"])
