"""The history of roles in processes of their own: serve has it from the store, and a killed tracker comes back with it."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import Program, eventually, running, started
from tests.e2e.shared_store import shared_store
from voltape.sim.handle import running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(120)]

KEY = "vt:{BTC}:history"
AT = "/api/v1/analytics/BTC"


async def points(program: Program, field: str) -> list[Any]:
    """Samples of a field."""
    found: list[Any] = (await program.get(f"{AT}/history", field=field))["data"]
    return found


async def test_serve_has_what_a_tracker_sampled_and_so_has_the_next_tracker(tmp_path: Path) -> None:
    """Prices, volatilities and realised volatilities; the tracker is killed, and nothing of them is lost."""
    async with (
        running_sim(contracts=0.1, rate=200) as sim,
        shared_store(tmp_path) as store,
        store.client() as client,
    ):

        async def sampled() -> bool:
            fields = [field async for field, _ in client.hscan_iter(KEY)]
            return {field[:1] for field in fields} >= {b"p", b"v"}

        async with started("tracker", sim, tmp_path, store_url=store.url(), filter="all") as tracker:
            await eventually(sampled, 40, "the store has samples of both kinds")
            async with running("serve", None, tmp_path, store_url=store.url()) as serve:
                prices, volatilities = await points(serve, "index_price"), await points(serve, "atm_iv_30d")
                assert prices[0]["value"] > 0
                assert volatilities
                (btc, *_) = (await serve.get("/api/v1/underlyings"))["data"]
                assert btc["index_change"] is not None
                assert btc["index_change_24h"] is None
                rank = (await serve.get(f"{AT}/volatility-rank"))["atm_iv_30d"]
                assert (rank["rank"], rank["look_back_days"]) == (None, 0)
                assert (await serve.get("/api/v1/status"))["history"]["volatilities"] >= 1
            await tracker.kill()
        async with running("up", sim, tmp_path, store_url=store.url()) as again:

            async def has_both() -> bool:
                return (await points(again, "index_price"))[:1] == prices[:1]

            await eventually(has_both, 10, "the next tracker knows what the former one sampled")
            assert (await points(again, "atm_iv_30d"))[0] == volatilities[0]
            assert (await again.get("/api/v1/status"))["history"]["ignored"] == 0
