"""The whole program while its connections are changed for new ones."""

import asyncio
from pathlib import Path

import pytest

from tests.e2e.comparison import all_fresh, assert_equal_to_truth
from tests.e2e.program import eventually, running
from voltape.sim.handle import running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(150)]

RATE = 1_500
ROTATIONS = 2


async def test_nobody_notices_a_rotation(tmp_path: Path) -> None:
    """Over TLS, every contract live: nothing is stale for a moment, no gap, no reconnect, and the truth at the end."""
    async with (
        running_sim(tls=True, rate=RATE) as sim,
        running("up", sim, tmp_path, filter="all", ws_rotate_after=5) as program,
    ):
        await eventually(lambda: all_fresh(program), 10, "every contract fresh")
        wanted = (await program.get("/api/v1/status"))["contracts"]["wanted"]
        most_open = 0
        status = await program.get("/api/v1/status")
        while status["reconnects"]["rotations"] < ROTATIONS:
            status = await program.get("/api/v1/status")
            most_open = max(most_open, len(await sim.connections(open_only=True)))
            assert status["health"] == {"ready": True, "reasons": [], "degraded": []}
            assert (status["contracts"]["stale"], status["contracts"]["live"]) == (0, wanted)
            await asyncio.sleep(0.25)
        assert most_open == len(status["connections"]) + 1
        await assert_equal_to_truth(sim, program)
        status = await program.get("/api/v1/status")
        assert (status["reconnects"]["total"], status["reconnects"]["self_inflicted"]) == (0, 0)
        assert (await program.get("/api/v1/gaps"))["data"] == []
        assert await sim.violations() == []
