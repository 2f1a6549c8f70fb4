"""Freshness and readiness, second by second on a manual clock."""

from math import inf

import pytest

from tests.track.rig import BTC, ETH, Rig, values
from voltape.errors import VenueError, VenueRefused
from voltape.model.status import Gap
from voltape.model.ticker import EMPTY_VALUES
from voltape.track.health import UnderlyingPulse
from voltape.track.lanes import LanePolicy

DOWN = VenueError("tickers", "answered 502")


def only(*symbols: str) -> LanePolicy:
    """Nothing is live but these contracts."""
    return LanePolicy(
        live_all=False,
        pinned=frozenset(symbols),
        min_volume=lambda _: inf,
        min_open_interest=lambda _: inf,
    )


def stalled(rig: Rig, coin: str) -> bool:
    """Whether the coin is found to be stalled."""
    return rig.keeper.pulses[coin].stalled


def gap(rig: Rig, scope: str) -> Gap | None:
    """The newest gap of a scope."""
    return next((gap for gap in rig.gaps.recent() if gap.scope == scope), None)


async def test_nothing_is_ready_before_the_first_data() -> None:
    """Readiness needs a list and data; the reasons say what is missing."""
    rig = Rig("BTC")
    assert not rig.keeper.health.ready
    rig.keeper.look()
    assert not rig.keeper.health.ready
    assert rig.keeper.health.reasons[0].startswith("exchange: no contract list yet")
    await rig.universe.refresh()
    rig.polling = False
    await rig.seconds(1)
    assert not rig.keeper.health.ready
    assert f"{len(BTC)} of {len(BTC)} contracts have no data yet" in rig.keeper.health.reasons


async def test_a_failed_list_is_the_reason_that_is_shown() -> None:
    """Unreachable: the status says why."""
    rig = Rig("BTC")
    rig.venue.failing["listing"] = VenueError("instruments-info", "answered 502")
    await rig.universe.refresh()
    rig.keeper.look()
    assert rig.keeper.health.reasons[0] == "exchange: instruments-info: answered 502"


async def test_polls_alone_do_not_make_ready_what_should_be_pushed() -> None:
    """With a pool whose connections carry nothing the feed does not flow."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    await rig.seconds(3)
    assert all(row.has_data for row in rig.board.rows.values())
    assert rig.keeper.health.reasons == ["no connection to the exchange carries data"]


async def test_ready_with_data_and_not_during_a_stall_and_ready_again_after() -> None:
    """Before, during and after a stall."""
    rig = Rig("BTC", "ETH")
    await rig.settled()
    assert (rig.keeper.health.ready, rig.keeper.health.degraded) == (True, [])
    rig.venue.rows |= dict.fromkeys(ETH, values(101.0))
    await rig.seconds(10, *BTC)
    assert (rig.keeper.health.ready, rig.keeper.health.reasons) == (False, ["stalled: no data of ETH"])
    await rig.seconds(3, *BTC, *ETH)
    assert (rig.keeper.health.ready, rig.keeper.health.reasons) == (True, [])


async def test_a_missing_underlying_degrades_and_is_named() -> None:
    """Promise 1: a miss is visible."""
    rig = Rig("BTC", "ETH")
    rig.venue.failing["listing ETH"] = VenueError("instruments-info", "answered 502")
    await rig.settled(*BTC)
    assert rig.keeper.health.ready
    assert "no contract list of ETH yet" in rig.keeper.health.degraded


async def test_a_contract_without_data_degrades() -> None:
    """Promise 1: no listed option is silently missing."""
    rig = Rig("BTC")
    del rig.venue.rows[BTC[0]]
    await rig.settled(*BTC[1:])
    assert rig.keeper.health.ready
    assert f"1 of {len(BTC)} contracts have no data yet" in rig.keeper.health.degraded
    assert rig.stale() == {BTC[0]}


async def test_failing_polls_degrade() -> None:
    """The safety net is part of the health."""
    rig = Rig("BTC")
    await rig.settled()
    rig.venue.failing["tickers"] = DOWN
    await rig.seconds(31, *BTC)
    assert rig.keeper.health.ready
    assert "polls fail: tickers: answered 502" in rig.keeper.health.degraded


async def test_quiet_contracts_are_not_stale() -> None:
    """Trap 11: silence of one contract on a healthy connection says nothing."""
    rig = Rig("BTC")
    rig.polling = False
    await rig.universe.refresh()
    await rig.seconds(2, *BTC)
    await rig.seconds(600, *BTC[:4])
    assert rig.stale() == set()
    assert rig.row(BTC[5]).ts_received == rig.clock.wall_ms() - 600_000


@pytest.mark.parametrize("cut", ["cut", "mute"])
async def test_data_older_than_fifteen_seconds_is_stale_two_seconds_later(cut: str) -> None:
    """Promise 2: all sockets gone, or connected and mute, and REST down: stale not before 15 s and by 17 s."""
    rig = Rig("BTC")
    await rig.settled()
    rig.venue.failing["tickers"] = DOWN
    if cut == "cut":
        rig.pool.disconnect()
    await rig.seconds(15)
    assert rig.stale() == set()
    await rig.seconds(2)
    assert rig.stale() == set(BTC)
    assert f"{len(BTC)} contracts are stale" in rig.keeper.health.degraded
    rig.pool.connect()
    await rig.seconds(1, *BTC)
    assert rig.stale() == set()


async def test_polls_bridge_an_outage_of_the_sockets() -> None:
    """While the socket is away each poll refreshes everything, often enough that nothing becomes stale."""
    rig = Rig("BTC")
    await rig.settled()
    rig.pool.disconnect()
    for second in range(60):
        rig.venue.rows |= dict.fromkeys(BTC, values(500.0 + second))
        await rig.seconds(1)
        assert rig.stale() == set()
    assert all((rig.mark(symbol) or 0) > 500.0 + 60 - 16 for symbol in BTC)
    assert not rig.keeper.health.ready


async def test_a_muted_underlying_is_found_within_ten_seconds() -> None:
    """Promise 3, trap 12: one coin falls silent while others go on; a poll proves that it is not the market."""
    rig = Rig("BTC", "ETH")
    await rig.settled()
    began = rig.clock.wall_ms()
    rig.venue.rows |= dict.fromkeys(ETH, values(101.0))
    await rig.seconds(10, *BTC)
    assert stalled(rig, "ETH")
    assert not stalled(rig, "BTC")
    found = gap(rig, "underlying ETH")
    assert found is not None
    assert abs(found.ts_started - began) <= 1_000
    assert found.contracts == len(ETH)
    assert found.ts_ended is None
    assert {topic.partition(".")[2] for topic in rig.pool.renewed} >= set(ETH)
    assert not {topic.partition(".")[2] for topic in rig.pool.renewed} & set(BTC)


async def test_a_muted_underlying_is_bridged_by_polls() -> None:
    """Its rows are taken from REST while the mute lasts, and its gap ends with the first data."""
    rig = Rig("BTC", "ETH")
    await rig.settled()
    for second in range(40):
        rig.venue.rows |= dict.fromkeys(ETH, values(500.0 + second))
        await rig.seconds(1, *BTC)
        assert rig.stale() == set()
    assert all((rig.mark(symbol) or 0) > 500.0 + 40 - 16 for symbol in ETH)
    await rig.seconds(2, *BTC, *ETH)
    found = gap(rig, "underlying ETH")
    assert found is not None
    assert found.ts_ended is not None
    assert abs(found.ts_ended - rig.clock.wall_ms()) <= 2_000
    assert rig.mark(ETH[0]) == 100.0


async def test_a_muted_underlying_goes_stale_where_polls_fail() -> None:
    """With REST down as well its rows are stale within 17 s of their last data; the other coin's are not."""
    rig = Rig("BTC", "ETH")
    await rig.settled()
    rig.venue.failing["tickers"] = DOWN
    await rig.seconds(10, *BTC)
    assert stalled(rig, "ETH")
    await rig.seconds(5, *BTC)
    assert rig.stale() == set()
    await rig.seconds(2, *BTC)
    assert rig.stale() == set(ETH)


async def test_a_market_that_closes_is_not_a_stall() -> None:
    """Trap 12: stock options fall silent for the weekend; a poll shows the same values, so all is well."""
    rig = Rig("BTC", "ETH")
    await rig.settled()
    for _ in range(20):
        await rig.seconds(60, *BTC)
        assert rig.keeper.health.ready
        assert not stalled(rig, "ETH")
    assert rig.stale() == set()
    assert rig.gaps.opened == 0
    assert rig.pool.renewed == []
    polls = rig.venue.asked.count("tickers ETH")
    assert polls <= 1_240 / 29 + 3


async def test_a_quiet_market_that_is_then_lost_is_found() -> None:
    """Silence that was the market's may become a lost feed: the next poll that differs shows it."""
    rig = Rig("BTC", "ETH")
    await rig.settled()
    await rig.seconds(100, *BTC)
    assert not stalled(rig, "ETH")
    rig.venue.rows[ETH[0]] = values(7.0)
    await rig.seconds(45, *BTC)
    assert stalled(rig, "ETH")
    assert rig.mark(ETH[0]) == 7.0


async def test_one_burst_of_first_values_sets_no_pace() -> None:
    """A coin that sends its snapshots and then rests, as at a weekend's start, is not called stalled."""
    rig = Rig("BTC", "ETH")
    await rig.universe.refresh()
    await rig.seconds(1, *BTC, *ETH)
    await rig.seconds(200, *BTC)
    assert rig.keeper.health.ready
    assert rig.stale() == set()
    assert rig.gaps.opened == 0


async def test_lost_topics_are_asked_for_again_ever_more_slowly() -> None:
    """A mute that lasts is not answered with a storm of requests."""
    rig = Rig("BTC", "ETH")
    await rig.settled()
    rig.venue.rows |= dict.fromkeys(ETH, values(101.0))
    await rig.seconds(600, *BTC)
    times = rig.pool.renewed.count(f"tickers.{ETH[0]}")
    assert 3 <= times <= 9


async def test_restored_rows_are_stale_until_fresh() -> None:
    """What the store kept is shown, marked; data or a poll makes each fresh by itself."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    for symbol in BTC:
        rig.board.restore(rig.row(symbol), EMPTY_VALUES, 1, 1, pushed=True)
    rig.polling = False
    await rig.seconds(5, BTC[0])
    assert rig.stale() == set(BTC[1:])
    rig.polling = True
    await rig.seconds(2, BTC[0])
    assert rig.stale() == set()


@pytest.mark.parametrize("step", [3_600.0, -3_600.0])
async def test_a_step_of_the_wall_clock_changes_nothing(step: float) -> None:
    """Promise 8: one hour forward or back: nothing stale, no gap, no topic asked for anew, ready all the time."""
    rig = Rig("BTC", "ETH")
    await rig.settled()
    rig.clock.step_wall(step)
    rig.venue.skew_ms = -round(step * 1000)
    for second in range(70):
        rig.venue.rows |= dict.fromkeys((*BTC, *ETH), values(200.0 + second))
        await rig.seconds(1, *BTC, *ETH, mark=200.0 + second)
        assert rig.stale() == set()
        assert rig.keeper.health.ready
    assert rig.gaps.opened == 0
    assert rig.pool.renewed == []
    assert rig.mark(BTC[0]) == 269.0


async def test_nobody_is_asked_during_a_ban_however_urgent() -> None:
    """Trap 21: sockets gone and rows going stale do not make us ask a venue that answered 403."""
    rig = Rig("BTC", "ETH")
    await rig.settled()
    rig.pool.disconnect()
    rig.venue.failing["tickers"] = VenueRefused("tickers", "403")
    await rig.seconds(31)
    sent = len(rig.venue.asked)
    await rig.seconds(550)
    assert len(rig.venue.asked) == sent
    assert rig.stale() == {*BTC, *ETH}
    del rig.venue.failing["tickers"]
    await rig.seconds(60)
    assert rig.stale() == set()


async def test_a_message_that_was_rejected_leads_to_a_poll() -> None:
    """Promise 6: a bad message may have hidden news, so its contract is looked up and proved again."""
    rig = Rig("BTC")
    await rig.settled()
    rig.venue.rows[BTC[0]] = values(123.0)
    bad = f'{{"topic":"tickers.{BTC[0]}","ts":{rig.venue.now_ms},"type":"snapshot","data":{{"symbol":"{BTC[0]}","markPrice":"NaN"}}}}'
    rig.intake.take(bad.encode(), rig.clock.wall_ms())
    rig.flush()
    assert rig.feed.unproven == {BTC[0]}
    await rig.seconds(14, *BTC[1:])
    assert rig.mark(BTC[0]) == 123.0
    await rig.seconds(2, *BTC)
    assert rig.feed.unproven == set()
    assert rig.mark(BTC[0]) == 100.0


async def test_a_stall_of_an_underlying_that_is_dropped_ends() -> None:
    """A gap does not stay open for a coin that nobody tracks any more."""
    rig = Rig("BTC", "ETH")
    await rig.settled()
    rig.venue.rows |= dict.fromkeys(ETH, values(101.0))
    await rig.seconds(12, *BTC)
    assert rig.gaps.open
    rig.feed.wanted_underlyings = ["BTC"]
    await rig.seconds(1, *BTC)
    assert rig.gaps.open == []
    assert "ETH" not in rig.keeper.pulses


def test_a_pulse_allows_silence_by_the_rate_before_it() -> None:
    """A busy coin is overdue within seconds, a slow one or one without history much later."""
    busy, slow, unknown = UnderlyingPulse(), UnderlyingPulse(), UnderlyingPulse()
    for second in range(1_200):
        busy.beat(50, float(second))
        busy.judge(float(second), 60.0)
        if second % 20 == 0:
            slow.beat(1, float(second))
        slow.judge(float(second), 60.0)
    assert not busy.judge(1_199.0 + 6.5, 60.0)
    assert busy.judge(1_199.0 + 6.6, 60.0)
    assert not slow.judge(1_180.0 + 59, 60.0)
    assert slow.judge(1_180.0 + 61, 60.0)
    assert not unknown.judge(10_000.0, 60.0)
    unknown.beat(5, 10_001.0)
    assert not unknown.judge(10_060.0, 60.0)
    assert unknown.judge(10_062.0, 60.0)


async def test_a_coin_without_live_contracts_cannot_stall() -> None:
    """Where the filter leaves nothing to be pushed, silence during an outage of REST says nothing for ever after."""
    rig = Rig("BTC", "ETH", policy=only(*BTC, *ETH))
    await rig.settled()
    rig.venue.failing["tickers"] = VenueError("tickers", "answered 502")
    rig.feed.lanes.pinned = frozenset(BTC)
    rig.feed.replan()
    await rig.seconds(30, *BTC)
    del rig.venue.failing["tickers"]
    await rig.seconds(30, *BTC)
    assert not rig.keeper.pulses["ETH"].stalled
    assert rig.keeper.health.ready
    assert rig.gaps.recent() == []


async def test_a_stall_ends_when_nothing_is_to_be_pushed_any_more() -> None:
    """Its gap ends at that moment, since no data will end it."""
    rig = Rig("BTC", "ETH", policy=only(*BTC, *ETH))
    await rig.settled()
    rig.venue.rows |= dict.fromkeys(ETH, values(101.0))
    await rig.seconds(20, *BTC)
    (gap,) = rig.gaps.open
    rig.feed.lanes.pinned = frozenset(BTC)
    rig.feed.replan()
    await rig.seconds(1, *BTC)
    assert rig.gaps.open == []
    assert gap.ts_ended == rig.clock.wall_ms()
    await rig.seconds(40, *BTC)
    assert rig.keeper.health.ready


async def test_a_doubt_about_a_polled_contract_ends_with_a_poll() -> None:
    """It left the live lane before the stream could prove it; nobody goes on to poll its coin every few seconds."""
    rig = Rig("BTC", policy=only(*BTC))
    await rig.settled()
    bad = f'{{"topic":"tickers.{BTC[0]}","ts":{rig.venue.now_ms},"type":"snapshot","data":{{"symbol":"{BTC[0]}","markPrice":"NaN"}}}}'
    rig.intake.take(bad.encode(), rig.clock.wall_ms())
    rig.flush()
    rig.feed.lanes.pinned = frozenset(BTC[1:])
    rig.feed.replan()
    await rig.seconds(15, *BTC[1:])
    assert rig.feed.unproven == set()
    polls = rig.poller.polls
    await rig.seconds(120, *BTC[1:])
    assert rig.poller.polls - polls <= 5


async def test_a_topic_that_has_not_been_asked_for_yet_confirms_nothing() -> None:
    """Requests are sent in chunks with pauses between them; until its turn a contract is as old as its last poll."""
    rig = Rig("BTC", policy=only(*BTC[1:]))
    await rig.settled()
    rig.polling = False
    before = rig.row(BTC[0]).confirmed
    rig.feed.lanes.pinned = frozenset(BTC)
    rig.feed.replan()
    session = rig.pool.link.session
    assert session is not None
    await rig.seconds(5, *BTC[1:])
    assert (session.unsent, rig.row(BTC[0]).lane) == (1, "live")
    assert rig.row(BTC[0]).confirmed == before
