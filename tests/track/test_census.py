"""Counting the board."""

import pytest

from tests.track.rig import BTC, ETH, Rig, values
from voltape.bybit.messages import AckTopics, Command
from voltape.bybit.topics import ticker_topic
from voltape.clock import ManualClock
from voltape.track.census import Census


async def test_every_contract_is_counted_once_under_its_coin() -> None:
    """Counts and amounts add up, by coin, by expiry and in all; absence counts as nothing."""
    rig = Rig("BTC", "ETH")
    rig.venue.rows = {
        BTC[0]: values(1.0, volume_24h=3.0, open_interest=5.0),
        BTC[1]: values(1.0, volume_24h=None, open_interest=None),
        ETH[0]: values(1.0, volume_24h=1.0, open_interest=5.0),
    }
    await rig.universe.refresh()
    await rig.seconds(2)
    rig.board.set_lane(rig.row(ETH[0]), "polled")
    census = Census(rig.feed)
    btc, eth = (census.by_underlying()[coin].contracts() for coin in ("BTC", "ETH"))
    assert (btc.listed, btc.live, btc.polled, btc.stale, btc.wanted) == (6, 2, 0, 4, 6)
    assert (eth.listed, eth.live, eth.polled, eth.stale, eth.wanted) == (4, 0, 1, 3, 4)
    (expiry,) = census.expiries("BTC")
    assert (expiry.expiry, expiry.listed, expiry.live, expiry.seen) == ("2026-12-25", 6, 2, 2)
    assert census.expiries("SOL") == []
    total = census.total()
    assert (total.listed, total.live.with_data, total.polled.with_data, total.stale) == (10, 2, 1, 7)
    coverage = total.coverage()
    assert (coverage.volume, coverage.open_interest) == (0.75, 0.5)
    assert coverage.contracts == pytest.approx(0.9)


async def test_what_the_socket_knows_is_counted_by_topic() -> None:
    """An acknowledged topic is not confirmed, and a confirmed one is acknowledged whatever was said."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    session = rig.pool.link.session
    assert session is not None
    rig.clock.advance(1.0)
    while session.unsent:
        session.texts(rig.clock.monotonic())
        rig.clock.advance(1.0)
    told = AckTopics(successTopics=[ticker_topic(symbol) for symbol in BTC[:2]])
    session.command(Command(success=True, data=told), rig.clock.monotonic())
    session.heard(ticker_topic(BTC[2]))
    session.heard(ticker_topic(ETH[0]))
    (expiry,) = Census(rig.feed).expiries("BTC")
    assert (expiry.wanted, expiry.acknowledged, expiry.confirmed) == (len(BTC), 3, 1)
    rig.pool.disconnect()
    (expiry,) = Census(rig.feed).expiries("BTC")
    assert (expiry.wanted, expiry.acknowledged, expiry.confirmed) == (len(BTC), 0, 0)


async def test_topics_without_room_are_wanted_and_nothing_more() -> None:
    """What no connection may carry is still part of what should be live."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    del rig.pool.link.topics[ticker_topic(BTC[0])]
    assert Census(rig.feed).total().wanted == len(BTC) - 1
    rig.feed.left_out = {BTC[0]}
    assert Census(rig.feed).total().wanted == len(BTC)


async def test_quiet_contracts_on_a_healthy_connection_are_fresh_and_not_seen() -> None:
    """That a connection is well is no word of the venue about each contract."""
    rig = Rig("BTC")
    await rig.settled()
    rig.polling = False
    await rig.seconds(61, BTC[0])
    assert rig.row(BTC[1]).confirmed == rig.clock.monotonic()
    total = Census(rig.feed).total()
    assert (total.stale, total.seen) == (0, 1)
    assert total.live.ages == [1, 0, 0, 0, 0, 5, 0]


async def test_a_poll_is_a_word_of_the_venue() -> None:
    """A quiet contract of either lane is seen as long as polls show it."""
    rig = Rig("BTC", interval=30.0)
    await rig.settled()
    await rig.seconds(90, BTC[0])
    total = Census(rig.feed).total()
    assert total.seen == len(BTC)
    assert sum(total.live.ages[:4]) == len(BTC)


async def test_a_census_is_kept_for_a_moment_but_not_past_a_listing() -> None:
    """While contracts wait for data it is kept for 0.2 seconds, then for two; a listing makes it anew at once."""
    rig = Rig("BTC")
    census = Census(rig.feed)
    assert census.by_underlying() == {}
    await rig.universe.refresh()
    assert census.total().live.with_data == 0
    assert census.total().listed == len(BTC)
    await rig.poller.poll("BTC")
    assert census.total().live.with_data == 0
    rig.clock.advance(0.2)
    assert census.total().live.with_data == len(BTC)
    for symbol in BTC:
        rig.board.set_stale(rig.row(symbol), stale=False)
    rig.clock.advance(0.2)
    assert census.total().stale == 0
    rig.board.set_stale(rig.row(BTC[0]), stale=True)
    rig.clock.advance(1.9)
    assert census.total().stale == 0
    rig.clock.advance(0.1)
    assert census.total().stale == 1


async def test_a_census_is_taken_soon_after_topics_were_confirmed_or_lost() -> None:
    """What was settled a moment ago need not be so now."""
    rig = Rig("BTC")
    await rig.settled()
    census = Census(rig.feed)
    assert census.total().confirmed == len(BTC)
    rig.pool.disconnect()
    rig.clock.advance(0.1)
    assert census.total().confirmed == len(BTC)
    rig.clock.advance(0.11)
    assert census.total().confirmed == 0


class _SlowClock(ManualClock):
    """A clock on which every look takes a while."""

    def monotonic(self) -> float:
        self.advance(0.05)
        return super().monotonic()


async def test_a_census_that_takes_long_is_kept_longer() -> None:
    """Counting a huge board takes a hundredth of the time at most."""
    rig = Rig("BTC")
    rig.feed.clock = _SlowClock()
    census = Census(rig.feed)
    await rig.universe.refresh()
    assert census.total().stale == len(BTC)
    rig.board.set_stale(rig.row(BTC[0]), stale=False)
    assert isinstance(rig.feed.clock, ManualClock)
    rig.feed.clock.advance(4.0)
    assert census.total().stale == len(BTC)
    rig.feed.clock.advance(1.0)
    assert census.total().stale == len(BTC) - 1
