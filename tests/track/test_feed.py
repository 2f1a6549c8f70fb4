"""What the tracker's services share."""

import pytest

from tests.track.rig import BTC, ETH, Rig, values
from voltape.bybit.intake import Intake
from voltape.bybit.topics import ticker_topic
from voltape.clock import ManualClock
from voltape.model.board import Board
from voltape.track.feed import Feed
from voltape.track.gaps import GapLedger
from voltape.track.lanes import LanePolicy


def test_a_feed_without_a_pool_is_a_mistake_of_ours() -> None:
    """Services start after the pool is attached."""
    board = Board()
    feed = Feed(board, Intake(board), ManualClock(), LanePolicy(), GapLedger())
    with pytest.raises(RuntimeError):
        feed.replan()


async def test_what_is_listed_is_expected_and_what_left_is_not() -> None:
    """Board and intake list the same contracts."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    assert rig.intake.latest.slots.keys() == set(map(ticker_topic, BTC))
    rig.feed.unproven.add(BTC[0])
    rig.feed.remove(BTC[:2])
    assert rig.board.rows.keys() == set(BTC[2:])
    assert rig.intake.latest.slots.keys() == set(map(ticker_topic, BTC[2:]))
    assert rig.feed.unproven == set()


async def test_the_nearest_expiries_are_wanted_first() -> None:
    """The order of wanting is that of expiry, so that what matters most is subscribed first."""
    rig = Rig("BTC")
    rig.venue.listed["BTC"] = [
        "BTC-25DEC26-90000-C-USDT",
        "BTC-27NOV26-90000-C-USDT",
        "BTC-1JAN27-90000-C-USDT",
    ]
    await rig.universe.refresh()
    assert [topic.split("-")[1] for topic in rig.pool.plans[-1]] == ["27NOV26", "25DEC26", "1JAN27"]


async def test_contracts_past_their_expiry_are_never_wanted() -> None:
    """Trap 13: at the moment of expiry a contract leaves the plan, even before it leaves the board."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    expiry_ms = rig.row(BTC[0]).instrument.expiry_ms
    rig.venue.skew_ms = expiry_ms - rig.clock.wall_ms()
    rig.feed.venue_time.observe(rig.venue.now_ms)
    rig.feed.replan()
    assert rig.wanted() == set()


async def test_lanes_follow_the_policy() -> None:
    """With a filter only what is liquid is wanted; the rest is polled, and nothing is missing."""
    policy = LanePolicy(live_all=False, min_volume=lambda _: 10.0, min_open_interest=lambda _: 10.0)
    rig = Rig("BTC", "ETH", policy=policy)
    rig.venue.rows[BTC[0]] = values(1.0, volume_24h=11.0)
    rig.venue.rows[ETH[1]] = values(1.0, open_interest=11.0)
    await rig.universe.refresh()
    await rig.seconds(3, BTC[0], ETH[1])
    assert rig.wanted() == {BTC[0], ETH[1]}
    assert {symbol for symbol, row in rig.board.rows.items() if row.lane == "live"} == {BTC[0], ETH[1]}
    await rig.seconds(200, BTC[0], ETH[1])
    assert rig.stale() == set()
    assert rig.keeper.health.ready


async def test_topics_that_find_no_room_are_polled() -> None:
    """What the pool leaves out is in the polled lane."""
    rig = Rig("BTC")
    rig.pool.left_out = [ticker_topic(BTC[3])]
    await rig.universe.refresh()
    assert {symbol for symbol, row in rig.board.rows.items() if row.lane == "polled"} == {BTC[3]}
    rig.board.commit()
    rig.feed.replan()
    assert rig.board.commit() is None
    await rig.seconds(3, *BTC[:3])
    assert "1 contracts are polled for want of connections" in rig.keeper.health.degraded


async def test_a_flush_confirms_what_the_venue_spoke_of() -> None:
    """Data proves a row, also one that was doubted; a rejected message casts doubt once, not for ever."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    rig.feed.unproven |= set(BTC[:2])
    rig.push(BTC[0], 5.0)
    rig.intake.suspects.add(BTC[2])
    rows = rig.feed.flush()
    assert [row.instrument.symbol for row in rows] == [BTC[0]]
    assert rig.row(BTC[0]).confirmed == rig.clock.monotonic()
    assert rig.feed.unproven == {BTC[1], BTC[2]}
    rig.push(BTC[2], 5.0)
    rig.feed.flush()
    assert rig.feed.unproven == {BTC[1]}


async def test_renewing_names_topics() -> None:
    """Symbols in, topics out."""
    rig = Rig("BTC")
    rig.feed.renew(BTC[:1])
    assert rig.pool.renewed == [ticker_topic(BTC[0])]
