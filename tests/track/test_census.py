"""Counting the board."""

import pytest

from tests.track.rig import BTC, ETH, Rig, values
from voltape.track.census import Census, Count


async def test_every_contract_is_counted_once_under_its_coin() -> None:
    """Counts and amounts add up, by coin and in all; absence counts as nothing."""
    rig = Rig("BTC", "ETH")
    rig.venue.rows = {
        BTC[0]: values(1.0, volume_24h=3.0, open_interest=5.0),
        BTC[1]: values(1.0, volume_24h=None, open_interest=None),
        ETH[0]: values(1.0, volume_24h=1.0, open_interest=5.0),
    }
    await rig.universe.refresh()
    await rig.seconds(2)
    rig.board.set_lane(rig.row(ETH[0]), "polled")
    census = Census(rig.board, rig.clock)
    counts = census.by_underlying()
    assert counts["BTC"] == Count(
        listed=6, live=2, stale=4, live_lane=6, volume=3, open_interest=5, live_volume=3, live_open_interest=5
    )
    assert counts["ETH"] == Count(listed=4, polled=1, stale=3, live_lane=3, volume=1, open_interest=5)
    total = census.total()
    assert (total.listed, total.live, total.polled, total.stale) == (10, 2, 1, 7)
    coverage = total.coverage()
    assert (coverage.volume, coverage.open_interest) == (0.75, 0.5)
    assert coverage.contracts == pytest.approx(0.9)


async def test_a_census_is_kept_for_a_moment_but_not_past_a_listing() -> None:
    """While contracts wait for data it is kept for 0.2 seconds, then for two; a listing makes it anew at once."""
    rig = Rig("BTC")
    census = Census(rig.board, rig.clock)
    assert census.by_underlying() == {}
    await rig.universe.refresh()
    assert census.total().live == 0
    assert census.total().listed == len(BTC)
    await rig.poller.poll("BTC")
    assert census.total().live == 0
    rig.clock.advance(0.2)
    assert census.total().live == len(BTC)
    for symbol in BTC:
        rig.board.set_stale(rig.row(symbol), stale=False)
    rig.clock.advance(0.2)
    assert census.total().stale == 0
    rig.board.set_stale(rig.row(BTC[0]), stale=True)
    rig.clock.advance(1.9)
    assert census.total().stale == 0
    rig.clock.advance(0.1)
    assert census.total().stale == 1
