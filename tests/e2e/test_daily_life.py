"""What happens every day at 08:00 UTC."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.comparison import api_state, assert_equal_to_truth, embedded_store, stored, until_fresh
from tests.e2e.program import eventually, running
from tests.e2e.truth import of_store
from voltape.sim.handle import running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(120)]

ROLLED_WITHIN = 60.0


def at(hour: int, minute: int, second: int) -> datetime:
    """A time of today."""
    return datetime.now(UTC).replace(hour=hour, minute=minute, second=second, microsecond=0)


async def test_expired_contracts_leave_and_new_ones_come_at_eight(tmp_path: Path) -> None:
    """Promise 7: no restart and no reconnect, in API and store alike, and nothing else changes."""
    async with (
        running_sim(contracts=0.1, rate=200, start=at(7, 59, 0).isoformat()) as sim,
        # The venue's clock jumps here, which its answers to polls tell; so that they come often.
        running("up", sim, tmp_path, filter="all", poll_interval=1) as program,
        embedded_store(tmp_path) as store,
    ):
        await until_fresh(program)
        before = set(await sim.truth())
        wait_s = at(7, 59, 58).timestamp() - (await sim.status())["now"] / 1000
        await sim.set_clock(advance_s=max(0.0, wait_s))

        async def rolled() -> bool:
            return bool(before - set(await sim.truth()))

        await eventually(rolled, 20, "the venue has rolled")
        after = set(await sim.truth())
        assert before - after
        assert after - before

        async def followed() -> bool:
            return set(await api_state(program)) == after == set(await of_store(store))

        await eventually(followed, ROLLED_WITHIN, "API and store list what the venue lists")
        await until_fresh(program)
        await assert_equal_to_truth(sim, program, polled=True, store=stored(store))
        status = await program.get("/api/v1/status")
        assert status["reconnects"]["total"] == 0
        assert status["contracts"]["listed"] == len(after)
        assert await sim.violations() == []
