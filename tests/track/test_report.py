"""The tracker's state in the shape of the status."""

import pytest

from tests.track.rig import BTC, ETH, Rig, values
from voltape.errors import VenueError
from voltape.model.status import GapCounts, Status, Traffic
from voltape.track.census import Census
from voltape.track.lanes import LanePolicy
from voltape.track.report import tracker_status


def report(rig: Rig) -> Status:
    """The status as of now."""
    return tracker_status(
        rig.feed,
        rig.keeper,
        Census(rig.feed),
        rig.poller,
        rig.universe,
        rig.venue,
        version="1",
        profile="optimized",
        exchange="here",
        uptime=12.3456,
    )


async def test_an_empty_board_reports_zeros_and_absence() -> None:
    """Absent is not zero: shares of nothing and lags of nothing are null."""
    status = report(Rig("BTC"))
    assert (status.version, status.profile, status.uptime_s) == ("1", "optimized", 12.346)
    assert (status.contracts.listed, status.contracts.live, status.contracts.stale) == (0, 0, 0)
    assert status.coverage.volume is None
    assert status.coverage.contracts is None
    assert status.lag_ms.p50 is None
    assert not status.health.ready


async def test_contracts_are_counted_by_lane_and_only_with_data() -> None:
    """`live` and `polled` count contracts whose data has arrived."""
    policy = LanePolicy(live_all=False, min_volume=lambda _: 10.0, min_open_interest=lambda _: 10.0)
    rig = Rig("BTC", "ETH", policy=policy)
    rig.venue.rows = {
        BTC[0]: values(1.0, volume_24h=30.0, open_interest=40.0),
        BTC[1]: values(1.0, volume_24h=9.0, open_interest=0.0),
        ETH[0]: values(1.0, volume_24h=1.0, open_interest=10.0),
    }
    await rig.universe.refresh()
    await rig.seconds(3, BTC[0])
    status = report(rig)
    contracts = status.contracts
    assert (contracts.listed, contracts.wanted) == (len(BTC) + len(ETH), 1)
    assert (contracts.live, contracts.polled) == (1, 2)
    assert (contracts.acknowledged, contracts.confirmed) == (1, 1)
    assert contracts.stale == len(BTC) + len(ETH) - 3
    assert status.coverage.volume == pytest.approx(0.75)
    assert status.coverage.open_interest == pytest.approx(0.8)
    assert status.coverage.contracts == pytest.approx(0.1)
    btc, eth = status.underlyings
    assert (btc.underlying, btc.coverage.open_interest, eth.coverage.open_interest) == ("BTC", 1.0, 0.0)
    assert btc.last_data_age_s is not None
    assert eth.last_data_age_s is None


async def test_a_connection_shows_its_state_and_the_age_of_its_data() -> None:
    """Live while data flows, mute when it does not, gone between two connections."""
    rig = Rig("BTC")
    await rig.settled()
    (live,) = report(rig).connections
    assert (live.id, live.state, live.topics, live.confirmed) == ("c1", "live", len(BTC), len(BTC))
    assert live.last_data_age_s == 0.0
    assert live.health > 0.0
    rig.polling = False
    await rig.seconds(30)
    (mute,) = report(rig).connections
    assert (mute.state, mute.last_data_age_s, mute.health) == ("mute", 30.0, 0.0)
    rig.pool.disconnect()
    (gone,) = report(rig).connections
    assert (gone.state, gone.confirmed, gone.health) == ("connecting", 0, 0.0)


async def test_a_connection_shows_what_its_health_is_made_of() -> None:
    """Lag, round trip, errors and bytes of the present connection and of those before it."""
    rig = Rig("BTC")
    await rig.settled()
    connection = rig.pool.link.connection
    assert connection is not None
    (plain,) = report(rig).connections
    assert (plain.lag_ms, plain.round_trip_ms, plain.errors) == (None, None, 0)
    now = rig.clock.monotonic()
    connection.lag.sample(rig.clock.wall_ms() - 40, rig.clock.wall_ms(), now)
    connection.session.round_trip = 0.0125
    connection.received, connection.sent, connection.rejected, connection.unusable = 7_000, 90, 2, 3
    connection.session.failures = 1
    (shown,) = report(rig).connections
    assert (shown.lag_ms, shown.round_trip_ms, shown.errors, shown.bytes) == (40.0, 12.5, 6, 7_000)
    rig.pool.disconnect()
    status = report(rig)
    (gone,) = status.connections
    assert (gone.lag_ms, gone.round_trip_ms, gone.errors, gone.bytes) == (None, None, 6, 7_000)
    assert (status.traffic["exchange socket"].sent, status.traffic["exchange socket"].received) == (90, 7_000)


async def test_reconnects_are_shown_with_their_causes_and_whose_fault_they_were() -> None:
    """Totals, the last hour, and what was refused and asked for again."""
    rig = Rig("BTC")
    now = rig.clock.monotonic()
    rig.pool.endings.ended("slow_reader", now - 4_000)
    rig.pool.endings.ended("cut", now - 10)
    rig.pool.endings.refused("over_limit", now - 5)
    rig.pool.succession.rotations, rig.pool.succession.replacements = 4, 1
    await rig.settled()
    session = rig.pool.link.session
    assert session is not None
    session.failures, session.retries = 2, 5
    reconnects = report(rig).reconnects
    assert (reconnects.total, reconnects.last_hour) == (2, 1)
    assert reconnects.causes == {"slow_reader": 1, "cut": 1, "over_limit": 1}
    assert reconnects.causes_last_hour == {"cut": 1, "over_limit": 1}
    assert (reconnects.self_inflicted, reconnects.self_inflicted_last_hour) == (2, 1)
    assert (reconnects.rotations, reconnects.replacements) == (4, 1)
    assert (reconnects.failed_topics, reconnects.retried_topics) == (2, 5)


async def test_counters_and_lags_add_up() -> None:
    """Trap 10: duplicates and late messages are counted as such, not as updates."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    now = rig.venue.now_ms
    rig.push(BTC[0], 1.0, ts=now - 40)
    rig.flush()
    rig.push(BTC[0], 1.0, ts=now - 90)
    rig.flush()
    rig.intake.take(b"{", 0)
    rig.intake.take(b'{"topic":"tickers.BTC-1JAN27-1-C","ts":1,"type":"snapshot"}', 0)
    status = report(rig)
    messages = status.messages
    assert (messages.decoded, messages.out_of_order, messages.rejected, messages.unknown) == (2, 1, 1, 1)
    assert (status.lag_ms.p50, status.lag_ms.p99) == (40.0, 90.0)


async def test_coverage_is_proved_by_underlying_and_expiry() -> None:
    """Listed, wanted, acknowledged, confirmed and seen; shares, ages and thresholds in force."""
    policy = LanePolicy(live_all=False, min_volume=lambda _: 10.0, min_open_interest=lambda _: 8.0)
    rig = Rig("BTC", "ETH", policy=policy)
    rig.venue.rows = {
        BTC[0]: values(1.0, volume_24h=30.0, open_interest=40.0),
        BTC[1]: values(1.0, volume_24h=10.0, open_interest=0.0),
    }
    await rig.universe.refresh()
    await rig.seconds(3, BTC[0])
    status = report(rig)
    btc, eth = status.underlyings
    assert (btc.wanted, btc.acknowledged, btc.confirmed, btc.seen) == (1, 1, 1, 2)
    assert (btc.min_volume, btc.min_open_interest) == (10.0, 8.0)
    assert (sum(btc.ages.live), sum(btc.ages.polled)) == (1, 1)
    (expiry,) = btc.expiries
    assert (expiry.expiry, expiry.listed, expiry.wanted, expiry.seen) == ("2026-12-25", len(BTC), 1, 2)
    assert (expiry.live, expiry.polled, expiry.stale) == (1, 1, len(BTC) - 2)
    assert (expiry.volume, expiry.open_interest) == (0.75, 1.0)
    assert (eth.seen, eth.expiries[0].volume) == (0, None)
    assert status.seen_within_s == 60.0


async def test_polls_lists_gaps_and_traffic_are_counted() -> None:
    """Every counter that has an owner is told."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    await rig.poller.poll("BTC")
    rig.venue.failing["tickers"] = VenueError("tickers", "answered 502")
    await rig.poller.poll("BTC")
    rig.venue.bytes_received = 4_000
    for n in range(1_001):
        rig.gaps.begin(f"connection c{n}", n, "cut", 0)
    status = report(rig)
    polls = status.polls
    assert (polls.polls, polls.failures, polls.filled) == (1, 1, len(BTC))
    assert (polls.disagreed, polls.rejected, polls.refreshes, polls.refresh_failures) == (0, 0, 1, 0)
    assert status.traffic["exchange rest"] == Traffic(sent=0, received=4_000)
    assert status.traffic.keys() == {"exchange socket", "exchange rest"}
    assert status.gap_counts == GapCounts(recorded=1_001, open=1_001, forgotten=1)


async def test_the_latest_gaps_are_shown_newest_first() -> None:
    """Not all of a long ledger, but the newest."""
    rig = Rig("BTC")
    for n in range(250):
        rig.gaps.begin(f"connection c{n}", n, "cut", 0)
    gaps = report(rig).gaps
    assert len(gaps) == 200
    assert gaps[0].scope == "connection c249"


async def test_a_stalled_underlying_is_shown_as_such() -> None:
    """The status names the coin whose data is missing."""
    rig = Rig("BTC", "ETH")
    await rig.settled()
    rig.venue.rows |= dict.fromkeys(ETH, values(101.0))
    await rig.seconds(10, *BTC)
    btc, eth = report(rig).underlyings
    assert (btc.stalled, eth.stalled) == (False, True)
    assert eth.last_data_age_s == pytest.approx(10.0)
