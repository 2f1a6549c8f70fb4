"""Choosing lanes anew between the polls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.bybit.exchange import eventually
from tests.track.rig import BTC, ETH, Rig
from voltape.track import replanner as replanner_module
from voltape.track.lanes import LanePolicy
from voltape.track.replanner import Replanner

NOTHING_LIQUID = LanePolicy(live_all=False, min_volume=lambda _: 1e9, min_open_interest=lambda _: 1e9)
CHAIN = "chain.BTC.2026-12-25"


@asynccontextmanager
async def replanning(rig: Rig) -> AsyncIterator[Replanner]:
    """A replanner that runs while the block lasts."""
    await rig.universe.refresh()
    replanner = Replanner(rig.feed)
    task = asyncio.create_task(replanner.run())
    await asyncio.sleep(0)
    try:
        yield replanner
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_what_a_client_begins_to_watch_is_wanted_at_once() -> None:
    """No poll has to come first, and what is no longer watched leaves in the same way."""
    rig = Rig("BTC", "ETH", policy=NOTHING_LIQUID)
    async with replanning(rig) as replanner:
        assert rig.wanted() == set()
        replanner.watch("here", [CHAIN])
        await eventually(lambda: rig.wanted() == set(BTC))
        replanner.watch("elsewhere", [f"ticker.{ETH[0]}"])
        await eventually(lambda: rig.wanted() == {*BTC, ETH[0]})
        replanner.watch("here", [])
        await eventually(lambda: rig.wanted() == {ETH[0]})
        assert rig.row(ETH[0]).lane == "live"
        assert rig.row(BTC[0]).lane == "polled"


async def test_lanes_follow_the_market_without_any_news(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that has moved, or a time that is over, is noticed even where polls are rare."""
    monkeypatch.setattr(replanner_module, "_EVERY", 0.01)
    rig = Rig("BTC", policy=NOTHING_LIQUID)
    async with replanning(rig):
        rig.feed.lanes.watched.tell("here", [CHAIN])
        await eventually(lambda: rig.wanted() == set(BTC))


async def test_what_nobody_heeds_is_no_news() -> None:
    """Where everything is live, watching changes nothing."""
    rig = Rig("BTC")
    async with replanning(rig) as replanner:
        plans = len(rig.pool.plans)
        replanner.watch("here", [CHAIN])
        assert not replanner._changed.is_set()
        assert len(rig.pool.plans) == plans


async def test_the_same_again_is_no_news() -> None:
    """A second client of the same channel does not wake anybody."""
    rig = Rig("BTC", policy=NOTHING_LIQUID)
    async with replanning(rig) as replanner:
        replanner.watch("here", [CHAIN])
        await eventually(lambda: rig.wanted() == set(BTC))
        replanner.watch("elsewhere", [CHAIN])
        assert not replanner._changed.is_set()
