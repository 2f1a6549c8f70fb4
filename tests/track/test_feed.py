"""What the tracker's services share."""

from collections.abc import Iterable

import pytest

from tests.track.rig import BTC, ETH, Rig, values
from voltape.bybit.intake import Intake
from voltape.bybit.topics import ticker_topic
from voltape.clock import ManualClock
from voltape.model.board import Board
from voltape.model.row import Row
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
    for _ in range(2):
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


async def test_a_replan_that_changes_nothing_asks_nothing_of_the_pool() -> None:
    """Most replans find the lanes as they were; what was added or removed is planned in any case."""
    policy = LanePolicy(live_all=False, min_volume=lambda _: 10.0, min_open_interest=lambda _: 10.0)
    rig = Rig("BTC", policy=policy)
    rig.venue.rows[BTC[0]] = values(1.0, volume_24h=11.0)
    await rig.universe.refresh()
    await rig.seconds(3, BTC[0])
    wanted, plans = len(rig.pool.plans), rig.feed.plans
    rig.feed.replan()
    rig.feed.replan("BTC")
    assert (len(rig.pool.plans), rig.feed.plans) == (wanted, plans)
    rig.feed.remove(BTC[5:])
    rig.feed.replan()
    assert len(rig.pool.plans) == wanted + 1


class CrampedPool:
    """Room for so many topics, those that came first stay."""

    def __init__(self, rig: Rig, room: int) -> None:
        self._rig = rig
        self._room = room
        self._carried: list[str] = []
        self._want = rig.pool.want
        rig.pool.want = self.want  # type: ignore[method-assign]

    def want(self, topics: Iterable[str]) -> None:
        """Keep what is carried, fill up, leave out the rest."""
        wanted = list(topics)
        kept = [topic for topic in self._carried if topic in wanted]
        new = [topic for topic in wanted if topic not in kept]
        room = self._room - len(kept)
        self._carried = kept + new[:room]
        self._rig.pool.left_out = new[room:]
        self._want(self._carried)


async def test_what_must_be_live_takes_the_room_of_what_is_merely_liquid() -> None:
    """Where connections are short, a client's contract displaces a liquid one, and both rows say so."""
    policy = LanePolicy(live_all=False, min_volume=lambda _: 10.0, min_open_interest=lambda _: 10.0)
    rig = Rig("BTC", policy=policy)
    CrampedPool(rig, room=3)
    for symbol in BTC[:4]:
        rig.venue.rows[symbol] = values(1.0, volume_24h=11.0)
    await rig.universe.refresh()
    await rig.seconds(2, *BTC[:3])
    liquid = rig.wanted()
    assert len(liquid) == 3
    assert liquid < set(BTC[:4])
    rig.feed.lanes.watched.tell("here", [f"ticker.{BTC[5]}"])
    rig.feed.replan()
    assert len(rig.wanted()) == 3
    assert BTC[5] in rig.wanted()
    assert rig.wanted() - {BTC[5]} < liquid
    rig.keeper.look()
    assert "2 contracts are polled for want of connections" in rig.keeper.health.degraded
    assert {symbol for symbol, row in rig.board.rows.items() if row.lane == "live"} == rig.wanted()


async def test_more_that_must_be_live_than_there_is_room_takes_all_of_it() -> None:
    """Nothing that is merely liquid keeps a place that a watched contract does without."""
    policy = LanePolicy(live_all=False, min_volume=lambda _: 10.0, min_open_interest=lambda _: 10.0)
    rig = Rig("BTC", "ETH", policy=policy)
    CrampedPool(rig, room=3)
    for symbol in BTC[:3]:
        rig.venue.rows[symbol] = values(1.0, volume_24h=11.0)
    await rig.universe.refresh()
    await rig.seconds(2, *BTC[:3])
    assert rig.wanted() == {*BTC[:3]}
    rig.feed.lanes.watched.tell("here", ["tickers.ETH"])
    rig.feed.replan()
    assert len(rig.wanted()) == 3
    assert rig.wanted() < {*ETH}
    assert {symbol for symbol, row in rig.board.rows.items() if row.lane == "live"} == rig.wanted()


async def test_a_contract_that_leaves_the_live_lane_is_kept_by_the_polls() -> None:
    """It keeps its newest values, is never stale, and the next poll brings newer ones."""
    policy = LanePolicy(live_all=False, min_volume=lambda _: 10.0, min_open_interest=lambda _: 10.0)
    rig = Rig("BTC", policy=policy)
    rig.venue.rows[BTC[0]] = values(1.0, volume_24h=11.0)
    rig.venue.rows[BTC[1]] = values(1.0, volume_24h=11.0)
    await rig.universe.refresh()
    await rig.seconds(10, BTC[0], BTC[1])
    row = rig.row(BTC[0])
    assert (row.lane, row.pushed) == ("live", True)
    rig.board.push(row, values(7.0, volume_24h=0.0), row.pushed_ts + 1, 1, rig.clock.wall_ms())
    rig.venue.rows[BTC[0]] = values(8.0, volume_24h=0.0)
    rig.feed.replan()
    assert (row.lane, row.values, row.stale) == ("polled", values(7.0, volume_24h=0.0), False)
    assert BTC[0] not in rig.wanted()
    pushed_at = row.ts_exchange
    assert pushed_at is not None
    for _ in range(40):
        await rig.seconds(1, BTC[1])
        assert not row.stale
    assert row.values == values(8.0, volume_24h=0.0)
    assert row.ts_exchange is not None
    assert row.ts_exchange > pushed_at
    for _ in range(60):
        await rig.seconds(1, BTC[1])
        assert rig.venue.now_ms - row.ts_exchange <= 31_000


@pytest.mark.parametrize("conflate", [True, False])
async def test_a_contract_that_spoke_and_then_left_is_not_heard_of_again(conflate: bool) -> None:
    """Without conflation it is on the board already; after its end no change of it may reach the store."""
    rig = Rig("BTC", conflate=conflate)
    await rig.settled()
    row = rig.row(BTC[0])
    rig.board.set_stale(row, True)
    rig.board.commit()
    changed: list[Row] = []
    rig.board.listen(lambda batch: changed.extend(change.row for change in batch.changes))
    rig.push(BTC[0], 105.0)
    rig.feed.remove([BTC[0]])
    assert row not in rig.feed.flush()
    rig.board.commit()
    assert row not in changed


@pytest.mark.parametrize("conflate", [True, False])
async def test_what_comes_after_the_venue_set_its_clock_back_is_not_taken_for_old(conflate: bool) -> None:
    """Else the board would stand still, and pass for fresh, until the venue's clock is where it was."""
    rig = Rig("BTC", conflate=conflate)
    await rig.settled()
    rig.venue.skew_ms = -3_600_000
    for _ in range(2):
        rig.feed.venue_time.observe(rig.venue.now_ms)
    rig.flush()
    for mark in (101.0, 102.0):
        rig.clock.advance(1)
        rig.push(BTC[0], mark)
        assert rig.feed.flush() == [rig.row(BTC[0])]
        assert (rig.mark(BTC[0]), rig.row(BTC[0]).ts_exchange) == (mark, rig.venue.now_ms)
    rig.push(BTC[0], 99.0, ts=rig.venue.now_ms - 1)
    assert rig.feed.flush() == []
