"""Jobs against a running program, its real store and the simulated exchange."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.comparison import embedded_store, until_fresh
from tests.e2e.program import launch, running
from voltape.sim.handle import SimHandle, running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(120)]


async def run(name: str, sim: SimHandle, folder: Path, **settings: object) -> tuple[int, dict[str, Any]]:
    """Run a job by its command; gives the exit code and the outcome."""
    words = ("run", name, "--json")
    process = await launch("jobs", sim, folder / "jobs.log", *words, data_dir=folder / "data", **settings)
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, json.loads(out)


async def test_every_job_finds_a_sound_system_sound_and_a_spoilt_one_not(tmp_path: Path) -> None:
    """By the command, beside the program whose data directory they share."""
    async with (
        running_sim(contracts=0.3, rate=500, tls=False) as sim,
        running("up", sim, tmp_path, filter="all", data_dir=tmp_path / "data", jobs="off") as program,
    ):
        await until_fresh(program)
        listed = (await program.get("/api/v1/status"))["contracts"]["listed"]
        assert await run("universe", sim, tmp_path) == (
            0,
            {
                "ok": True,
                "said": f"all {listed} contracts of BTC, ETH, SOL",
                "figures": {"listed": listed, "missing": 0.0, "extra": 0.0},
            },
        )
        code, outcome = await run("audit", sim, tmp_path)
        assert (code, outcome["figures"]["accuracy"]) == (0, 1.0)
        code, outcome = await run("report", sim, tmp_path, api_url=program.url)
        assert code == 0
        day = datetime.now(UTC).date()
        report = tmp_path / "data" / "reports" / f"efficiency-{day}.json"
        assert json.loads(report.read_bytes())["current"]["memory_mb"] > 0
        assert "accuracy" in report.with_suffix(".txt").read_text()

        async with embedded_store(tmp_path) as store:
            ask: Callable[..., Awaitable[Any]] = store.execute_command
            expired = '[1700000000000,"BTC-14NOV23-"]'
            await ask("HSET", "vt:{BTC}:series", "2023-11-14", expired)
            await ask(
                "HSET", "vt:{BTC}:instruments:2023-11-14", "30000-C-USDT", '[60000,30000.0,"call","USDT",5.0]'
            )
            await ask("HSET", "vt:{BTC}:chain:2023-11-14", "30000-C-USDT", "x")
            assert (await run("sweep", sim, tmp_path))[1]["figures"] == {"removed": 1.0, "kept": 0.0}
            assert not await ask("HEXISTS", "vt:{BTC}:series", "2023-11-14")
            assert not await ask("EXISTS", "vt:{BTC}:instruments:2023-11-14")
            assert not await ask("EXISTS", "vt:{BTC}:chain:2023-11-14")
        assert (await run("sweep", sim, tmp_path))[1]["said"] == "no expired contract was left"
        assert (await program.get("/api/v1/status"))["contracts"]["listed"] == listed
