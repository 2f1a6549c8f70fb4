"""Trades of the simulated exchange on the tapes: each once, none lost, and nothing of the tickers disturbed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from tests.bybit.exchange import Exchange, eventually, running_exchange
from tests.track.rig import Rig
from tests.track.test_tracker import Tracked
from voltape.bybit.rest import RestClient
from voltape.bybit.topics import trade_topic
from voltape.bybit.trades import TradeIntake, TradePage
from voltape.clock import ManualClock
from voltape.errors import VenueError, VenueRefused
from voltape.model.board import Board
from voltape.model.tape import Tapes
from voltape.model.trade import Trade
from voltape.track import tracker as tracker_module
from voltape.track import trades as trades_module
from voltape.track.lanes import LanePolicy
from voltape.track.trades import TradeKeeper

TOPIC = trade_topic("BTC")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look ten times as often, so that a test takes a tenth of the time."""
    monkeypatch.setattr(tracker_module, "_LOOK_EVERY", 0.1)
    monkeypatch.setattr(trades_module, "_TICK", 0.05)
    monkeypatch.setattr(trades_module, "_SETTLED", 0.3)


class Taping(Tracked):
    """A tracker with tapes, and what its listeners were told."""

    def __init__(self, exchange: Exchange, **options: Any) -> None:
        self.tapes = Tapes()
        self.told: list[Trade] = []
        self.tapes.listen(lambda _, trades: self.told.extend(trades))
        super().__init__(exchange, Board(), tapes=self.tapes, **options)

    def use(self) -> dict[str, int]:
        """Counters of trades."""
        use = self.status().trades
        return {name: getattr(use, name) for name in use.__struct_fields__}

    def has_everything(self) -> bool:
        """Whether the tapes hold exactly the trades that the venue knows of."""
        return {trade.id for trade in self.tapes.newest_first()} == traded(self.exchange)


def traded(exchange: Exchange) -> set[str]:
    """Identifiers of all trades so far."""
    return {row["execId"] for rows in exchange.venue._rest._trades.values() for row in rows}


@asynccontextmanager
async def taping(exchange: Exchange, **options: Any) -> AsyncIterator[Taping]:
    """A tracker with tapes that runs while the block lasts."""
    tracker = Taping(exchange, **options)
    tracker.start()
    try:
        yield tracker
    finally:
        await tracker.close()


async def test_trades_come_by_the_socket_with_all_that_the_venue_tells() -> None:
    """One topic per underlying brings them; contracts are still counted by their own topics alone."""
    async with running_exchange() as exchange, taping(exchange) as tracker:
        await eventually(tracker.complete)
        await eventually(lambda: tracker.use()["received"] >= 2)
        status = tracker.status()
        count = len(exchange.venue.market.contracts)
        assert (status.contracts.wanted, status.contracts.confirmed) == (count, count)
        assert sum(connection.topics for connection in status.connections) == count + 1
        assert {connection.state for connection in status.connections} == {"live"}
        exchange.venue.feed.frozen = True
        await eventually(tracker.has_everything)
        newest = next(tracker.tapes.newest_first())
        assert newest.underlying == "BTC"
        assert newest.symbol in tracker.board.rows
        assert newest.notional == pytest.approx(newest.size * (newest.index_price or 0))
        assert None not in (newest.iv, newest.mark_iv, newest.mark_price, newest.sequence)
        assert 0 <= newest.ts_received - newest.ts_exchange < 5_000
        assert exchange.rules_broken() == []


async def test_nothing_is_lost_over_a_cut_and_nothing_counted_twice() -> None:
    """What was traded without a connection is asked of REST; what is sent twice is known."""
    async with running_exchange() as exchange, taping(exchange) as tracker:
        await eventually(tracker.complete)
        await eventually(lambda: tracker.use()["received"] >= 1)
        before = len(traded(exchange))
        exchange.fault("drop", duration_s=3.0)
        await eventually(lambda: len(traded(exchange)) >= before + 2)
        exchange.heal()
        exchange.fault("duplicate")
        await eventually(lambda: tracker.use()["duplicates"] >= 1)
        exchange.venue.feed.frozen = True
        await eventually(tracker.has_everything)
        assert len(tracker.told) == len({trade.key for trade in tracker.told}) == len(tracker.tapes)
        use = tracker.use()
        assert use["backfilled"] >= 2
        assert (use["missed"], use["rejected"]) == (0, 0)
        assert not [gap for gap in tracker.recent_gaps() if gap.scope.startswith("trades")]


async def test_lost_requests_and_refusals_are_made_up_for() -> None:
    """Whatever the acknowledgements say, every trade arrives."""
    async with running_exchange() as exchange:
        exchange.fault("ack_missing")
        async with taping(exchange) as tracker:
            await eventually(lambda: tracker.use()["received"] >= 1)
            exchange.venue.feed.frozen = True
            await eventually(tracker.has_everything)
            assert tracker.use()["rejected"] == 0


async def test_an_underlying_in_which_nobody_trades_disturbs_nothing() -> None:
    """No topic is asked for again, no connection is worse for it."""
    async with running_exchange() as exchange, taping(exchange) as tracker:
        exchange.venue.market._trader._rng = _Never()
        await eventually(tracker.complete)
        await asyncio.sleep(2.5)
        status = tracker.status()
        assert status.reconnects.retried_topics == 0
        assert {(one.state, one.health > 0.6) for one in status.connections} == {("live", True)}
        assert status.health.ready
        assert exchange.rules_broken() == []


class _Never(Random):
    """Chance by which nothing happens."""

    def random(self) -> float:
        return 0.999999


async def test_where_no_contract_is_live_trades_are_all_the_same() -> None:
    """A connection with trades alone is neither mute nor missed."""
    nothing = LanePolicy(
        live_all=False, min_volume=lambda _: 1e12, min_open_interest=lambda _: 1e12, watched=False
    )
    async with (
        running_exchange() as exchange,
        taping(exchange, lanes=nothing, stale_after=1.0) as tracker,
    ):
        await eventually(lambda: tracker.health.ready)
        await eventually(lambda: tracker.use()["received"] >= 1)
        await asyncio.sleep(2.5)
        status = tracker.status()
        assert [(one.topics, one.state) for one in status.connections] == [(1, "live")]
        assert (status.reconnects.total, status.contracts.wanted) == (0, 0)
        assert status.health.ready
        assert not [word for word in status.health.degraded if "connection" in word]
        for link in exchange.links():
            link.abort("test")
        await eventually(lambda: tracker.status().reconnects.total == 1)
        await eventually(lambda: tracker.status().gap_counts.open == 0)


class PaperTrades(RestClient):
    """REST with the trades that a test wrote."""

    def __init__(self, clock: ManualClock) -> None:
        self.refused_until = float("-inf")
        self.clock = clock
        self.trades: list[Trade] = []
        self.asked: list[int] = []
        self.error: VenueError | None = None

    async def recent_trades(self, underlying: str, limit: int) -> TradePage:
        self.asked.append(limit)
        if self.error is not None:
            raise self.error
        page = self.trades[-limit:]
        return TradePage(underlying, page, len(page), [], self.clock.wall_ms())


class Bench:
    """A keeper over paper: what REST tells, what the socket carries and when it is looked at is up to the test."""

    def __init__(self) -> None:
        self.rig = Rig("BTC")
        self.tapes = Tapes()
        self.intake = TradeIntake(self.tapes, self.rig.board.rows)
        self.rig.intake.trades = self.intake
        self.rest = PaperTrades(self.rig.clock)
        self.keeper = TradeKeeper(self.rig.feed, self.rest, self.intake, Random(1))

    async def listed(self) -> "Bench":
        """Have the contracts listed and the topic acknowledged."""
        await self.rig.universe.refresh()
        self.acknowledge()
        return self

    def acknowledge(self) -> None:
        """Answer the subscription."""
        session = self.rig.pool.link.session
        assert session is not None
        session._next_request = 0.0
        session.texts(self.rig.clock.monotonic())
        session.heard(TOPIC)

    def traded(self, number: int, *, pushed: bool = False) -> None:
        """Have a trade take place now, and perhaps come by the socket."""
        now = self.rig.venue.now_ms
        symbol = next(iter(self.rig.board.rows))
        self.rest.trades.append(Trade(f"id-{number}", symbol, "BTC", now, now, "buy", 1.0, 1.0))
        if pushed:
            wire = {"i": f"id-{number}", "s": symbol, "T": now, "S": "Buy", "p": "1", "v": "1"}
            self.intake.take(
                self.intake.topics[TOPIC], json.dumps([wire]).encode(), self.rig.clock.wall_ms(), now
            )

    async def pass_time(self, seconds: int) -> None:
        """Let the keeper look every second and ask where it wants to."""
        for _ in range(seconds):
            self.rig.clock.advance(1.0)
            self.keeper.look()
            if self.keeper._watches["BTC"].due <= self.rig.clock.monotonic() >= self.rest.refused_until:
                await self.keeper.ask("BTC")
            self.tapes.commit()

    def trade_gaps(self) -> list[tuple[str, int, int | None]]:
        """Scope, start and end of the holes in tapes."""
        gaps = self.rig.gaps.recent()
        return [(gap.scope, gap.ts_started, gap.ts_ended) for gap in gaps if gap.scope.startswith("trades")]


async def test_the_first_page_fills_an_empty_tape() -> None:
    """A thousand trades from before, as soon as the socket brings what follows; then every few minutes a short page."""
    bench = await Bench().listed()
    for number in range(1_500):
        bench.traded(number)
        bench.rig.clock.advance(0.5)
    await bench.pass_time(5)
    assert (bench.rest.asked, len(bench.tapes)) == ([200, 1_000], 1_000)
    await bench.pass_time(400)
    assert bench.rest.asked == [200, 1_000, 200]
    assert (bench.keeper.missed, bench.trade_gaps()) == (0, [])


async def test_every_new_connection_is_followed_by_a_question() -> None:
    """What took place between the two is told then."""
    bench = await Bench().listed()
    await bench.pass_time(5)
    asked = len(bench.rest.asked)
    bench.rig.pool.disconnect()
    await bench.pass_time(3)
    bench.traded(1)
    assert len(bench.rest.asked) == asked
    bench.rig.pool.connect()
    bench.acknowledge()
    await bench.pass_time(5)
    assert len(bench.rest.asked) == asked + 1
    assert [one.id for one in bench.tapes.newest_first()] == ["id-1"]
    assert bench.keeper.missed == 0


async def test_what_even_a_long_page_does_not_reach_is_a_gap() -> None:
    """From the last moment the tape was whole to the oldest trade that REST still tells of."""
    bench = await Bench().listed()
    bench.traded(0)
    await bench.pass_time(5)
    whole_until = bench.keeper._watches["BTC"].whole_until
    bench.rig.pool.disconnect()
    for number in range(1, 3_000):
        bench.traded(number)
        bench.rig.clock.advance(0.1)
    bench.rig.pool.connect()
    bench.acknowledge()
    await bench.pass_time(5)
    oldest = bench.rest.trades[-1_000].ts_exchange
    assert bench.trade_gaps() == [("trades BTC", whole_until, oldest)]
    assert len(bench.tapes) == 1_001


async def test_a_topic_that_brings_nothing_is_asked_for_anew() -> None:
    """REST knows of trades and the socket of none; where it knows of some, the topic is well."""
    bench = await Bench().listed()
    await bench.pass_time(100)
    bench.traded(1)
    await bench.pass_time(300)
    assert bench.keeper.missed == 1
    assert bench.rig.pool.renewed == [TOPIC]
    await bench.pass_time(20)
    bench.traded(2)
    bench.traded(3, pushed=True)
    await bench.pass_time(400)
    assert bench.keeper.missed == 2
    assert bench.rig.pool.renewed == [TOPIC]
    assert len(bench.tapes) == 3


@pytest.mark.parametrize("skew_ms", [-3_600_000, 3_600_000])
async def test_a_wrong_clock_of_ours_neither_hides_a_lost_topic_nor_loses_a_sound_one(skew_ms: int) -> None:
    """Whether the socket brought trades meanwhile is told by the venue's times of these."""
    bench = Bench()
    bench.rig.venue.skew_ms = skew_ms
    await bench.listed()
    await bench.pass_time(100)
    bench.traded(1)
    await bench.pass_time(5)
    bench.traded(2, pushed=True)
    await bench.pass_time(300)
    assert (bench.keeper.missed, bench.rig.pool.renewed) == (1, [])
    bench.traded(3)
    await bench.pass_time(400)
    assert (bench.keeper.missed, bench.rig.pool.renewed) == (2, [TOPIC])


async def test_a_failed_question_is_asked_again_ever_later() -> None:
    """And a refusal is heeded by everybody."""
    bench = await Bench().listed()
    bench.rest.error = VenueError("trades", "timeout")
    await bench.pass_time(60)
    assert 3 <= len(bench.rest.asked) == bench.keeper.failures <= 5
    bench.rest.error = VenueRefused("trades", "403")
    bench.rest.refused_until = bench.rig.clock.monotonic() + 600
    asked = len(bench.rest.asked)
    await bench.pass_time(500)
    assert len(bench.rest.asked) == asked
    bench.rest.error = None
    await bench.pass_time(200)
    assert bench.keeper.checks >= 1


async def test_an_underlying_that_no_connection_carries_is_asked_for_more_often() -> None:
    """REST stands in for the socket."""
    bench = await Bench().listed()
    bench.rig.pool.disconnect()
    await bench.pass_time(200)
    assert 6 <= bench.keeper.checks <= 8


async def test_a_tape_leaves_with_its_underlying_only() -> None:
    """An underlying that is wanted keeps its trades though all of its contracts expire (trap 22)."""
    bench = await Bench().listed()
    bench.traded(1, pushed=True)
    await bench.pass_time(3)
    bench.rig.feed.remove(list(bench.rig.board.rows))
    bench.rig.feed.replan()
    await bench.pass_time(3)
    assert len(bench.tapes) == 1
    bench.rig.feed.wanted_underlyings = []
    bench.keeper.look()
    assert len(bench.tapes) == 0


async def test_one_contract_less_leaves_the_topic_alone() -> None:
    """The topic is the underlying's, not the contract's (trap 22)."""
    bench = await Bench().listed()
    bench.rig.feed.remove(list(bench.rig.board.rows)[:1])
    bench.rig.feed.replan()
    assert TOPIC in bench.rig.pool.link.topics
    session = bench.rig.pool.link.session
    assert session is not None
    assert TOPIC in session.confirmed


async def test_a_restored_tape_is_whole_up_to_its_newest_trade() -> None:
    """So the first question reaches back to there, or a gap says that it does not."""
    bench = Bench()
    now = bench.rig.clock.wall_ms()
    bench.tapes.restore([Trade("id-0", "BTC-25DEC26-90000-C-USDT", "BTC", now, now, "sell", 1.0, 1.0)])
    bench.keeper.resume()
    bench.rig.clock.advance(3_600.0)
    await bench.listed()
    for number in range(1, 1_001):
        bench.traded(number)
    await bench.pass_time(4)
    assert bench.trade_gaps() == [("trades BTC", now, bench.rest.trades[0].ts_exchange)]
