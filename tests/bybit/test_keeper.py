"""Changing connections before they fail, and telling of those that did, against the simulated exchange."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from random import Random
from time import sleep

import httpx
import msgspec
import pytest

from tests.bybit.exchange import Exchange, Recorder, SkippingClock, eventually, intake_for, running_exchange
from tests.bybit.recording import RecordingSink, missed
from voltape.bybit import causes as causes_module
from voltape.bybit import keeper as keeper_module
from voltape.bybit.causes import SELF_INFLICTED
from voltape.bybit.link import Link as Place
from voltape.bybit.plan import Limits
from voltape.bybit.pool import Pool, PoolOptions
from voltape.bybit.session import Session, SessionOptions
from voltape.bybit.succession import SuccessionOptions
from voltape.bybit.topics import ticker_topic
from voltape.clock import SystemClock
from voltape.sim.handle import SimHandle, running_sim
from voltape.sim.link import Link
from voltape.sim.topics import TickerTopic
from voltape.tls import client_context

QUICK = SessionOptions(chunk_size=10, chunk_delay=0.01, first_data_within=2.0)
NARROW = Limits(topics=20, chars=20_000, connections=3)
NEVER = SuccessionOptions(replace_below=0.0, rotate_after=0.0)
SOON = SuccessionOptions(
    replace_below=0.0,
    rotate_after=1.5,
    settled_after=0.2,
    patience=0.2,
    pause=0.1,
    retry_pause=0.3,
    overlap=1.0,
    longest_overlap=4.0,
)


class Kept:
    """A pool with three connections, and what it reports."""

    def __init__(self, exchange: Exchange, succession: SuccessionOptions, session: SessionOptions) -> None:
        self.exchange = exchange
        self.topics = exchange.topics()[:60]
        _, intake = intake_for(self.topics)
        self.sink = RecordingSink(intake)
        self.clock = SkippingClock()
        self.seen = Recorder()
        self.most_open = 0
        options = PoolOptions(
            exchange.ws_url,
            limits=NARROW,
            session=session,
            succession=succession,
            reconnect_delay=0.02,
            longest_delay=0.2,
            coalesce=False,
        )
        self.pool = Pool(options, self.sink, self.seen, self.clock, Random(1))

    def complete(self) -> bool:
        """Whether every topic delivers on its connection."""
        self.settle()
        carried = {
            topic for link in self.pool.links if link.session is not None for topic in link.session.confirmed
        }
        return carried == set(self.topics)

    def settle(self) -> None:
        """What the tracker does every second, here whenever asked."""
        self.pool.settle()
        self.most_open = max(self.most_open, len(self.exchange.links()))


@asynccontextmanager
async def keeping(
    exchange: Exchange, succession: SuccessionOptions = SOON, session: SessionOptions = QUICK
) -> AsyncIterator[Kept]:
    """A pool that carries everything, and is closed at the end of the block."""
    kept = Kept(exchange, succession, session)
    kept.pool.want(kept.topics)
    try:
        await eventually(kept.complete)
        exchange.keep(kept.topics)
        yield kept
    finally:
        await kept.pool.close()


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voltape.bybit.pool._LOOK_EVERY", 0.05)


async def _until(kept: Kept, condition: Callable[[], object], within: float = 8.0) -> None:
    """Wait as `eventually` does, and settle the pool meanwhile."""

    def settled() -> object:
        kept.settle()
        return condition()

    await eventually(settled, within)


async def test_old_connections_are_rotated_one_at_a_time_and_nothing_is_without_subscription() -> None:
    """Make before break: each connection is changed, no topic is ever bare, one connection more at most is open."""
    async with running_exchange(scale=0.06) as exchange, keeping(exchange) as kept:
        first = {link.id for link in exchange.links()}
        await _until(kept, lambda: kept.pool.succession.rotations >= 3)
        await _until(kept, lambda: not first & {link.id for link in exchange.links()})
        assert exchange.bare == set()
        assert exchange.doubled == 2
        assert kept.most_open == 4
        assert kept.seen.lost == []
        assert kept.pool.endings.total == 0
        assert [link.id for link in kept.pool.links] == ["c1", "c2", "c3"]
        assert exchange.rules_broken() == []
        await eventually(kept.complete)


async def test_a_connection_that_lags_behind_the_others_is_replaced() -> None:
    """Its messages come 3 s late while its siblings' do not; the new connection's are in time."""
    options = msgspec.structs.replace(SOON, replace_below=0.5, rotate_after=0.0)
    async with running_exchange(scale=0.06, rate=600.0) as exchange, keeping(exchange, options) as kept:
        slow = exchange.links()[1].id
        await _until(kept, lambda: all(link.lag_ms is not None for link in kept.pool.links))
        exchange.fault("delay", connection=slow, delay_s=3.0)
        await _until(kept, lambda: kept.pool.succession.replacements == 1, within=15.0)
        await eventually(lambda: slow not in {link.id for link in exchange.links()})
        assert exchange.bare == set()
        assert kept.seen.lost == []
        assert (kept.pool.endings.total, kept.pool.succession.rotations) == (0, 0)
        await eventually(kept.complete)


async def test_a_sick_exchange_is_not_stormed() -> None:
    """No pongs on any connection: one replacement, which is no better, and then a long wait."""
    options = msgspec.structs.replace(SOON, replace_below=0.5, rotate_after=0.0)
    session = msgspec.structs.replace(QUICK, ping_interval=0.5)
    async with running_exchange(scale=0.06) as exchange, keeping(exchange, options, session) as kept:
        exchange.fault("deaf")
        await _until(kept, lambda: kept.pool.succession.replacements == 1)
        opened = len(exchange.venue.all_links())
        end = kept.clock.monotonic() + 3.0
        await _until(kept, lambda: kept.clock.monotonic() > end)
        assert kept.pool.succession.replacements == 1
        assert len(exchange.venue.all_links()) == opened
        assert kept.seen.lost == []


async def test_a_successor_that_brings_nothing_is_given_up_and_the_old_one_stays() -> None:
    """New connections are mute: nothing is lost by having tried, and the next try waits longer."""
    async with running_exchange(scale=0.06) as exchange, keeping(exchange) as kept:
        present = {link.id for link in exchange.links()}
        _mute_newcomers(exchange)
        session = msgspec.structs.replace(QUICK, first_data_within=0.4)
        kept.pool._keeper._options = msgspec.structs.replace(kept.pool._keeper._options, session=session)
        await _until(kept, lambda: len(exchange.venue.all_links()) >= len(present) + 2)
        await _until(kept, lambda: {link.id for link in exchange.links()} == present)
        assert kept.pool.succession.rotations == 0
        assert kept.pool.endings.total == 0
        assert kept.seen.lost == []
        assert exchange.bare == set()
        assert kept.complete()


async def test_a_refused_successor_leaves_the_old_connection_alone() -> None:
    """A rotation whose handshake fails is tried again later, ever more seldom."""
    async with running_exchange(scale=0.06) as exchange, keeping(exchange) as kept:
        present = {link.id for link in exchange.links()}
        exchange.fault("refuse", status=502)
        await _until(kept, lambda: exchange.venue.faults.report()[0]["hits"] >= 2)
        assert {link.id for link in exchange.links()} == present
        assert kept.seen.lost == []
        exchange.heal()
        await _until(kept, lambda: kept.pool.succession.rotations >= 1)


async def test_an_error_of_ours_in_a_change_leaves_the_old_connection_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug is logged with its traceback, the change is given up, and a later one is made."""
    async with running_exchange(scale=0.06) as exchange, keeping(exchange) as kept:
        present = {link.id for link in exchange.links()}
        failures = iter([True])

        def breaking(options: SessionOptions, topics: tuple[str, ...], now: float) -> Session:
            if next(failures, False):
                raise RuntimeError("planted")
            return Session(options, topics, now)

        monkeypatch.setattr(keeper_module, "Session", breaking)
        await _until(kept, lambda: any(record.exc_info for record in caplog.records))
        assert {link.id for link in exchange.links()} == present
        await _until(kept, lambda: kept.pool.succession.rotations >= 1)
        assert kept.seen.lost == []


async def test_contracts_that_never_speak_move_with_the_rest() -> None:
    """Some topics say nothing: once the new connection brings as much as the old one, they move without that."""
    async with running_exchange(scale=0.06, rate=600.0) as exchange, keeping(exchange) as kept:
        present = {link.id for link in exchange.links()}
        quiet = [topic for link in kept.pool.links for topic in list(link.topics)[:4]]
        _silence(exchange, quiet)
        await _until(kept, lambda: kept.pool.succession.rotations >= 3, within=15.0)
        await eventually(lambda: not present & {link.id for link in exchange.links()})
        assert kept.pool.endings.total == 0
        # What is silent is unsubscribed for a moment when it is asked for again.
        assert exchange.bare <= set(quiet)


async def test_a_cut_in_the_middle_of_a_change_is_bridged_by_the_successor() -> None:
    """The old connection is cut while the new one carries its topics already: that one goes on."""
    options = msgspec.structs.replace(SOON, overlap=30.0, longest_overlap=60.0)
    async with running_exchange(scale=0.06) as exchange, keeping(exchange, options) as kept:
        old = {link.id for link in exchange.links()}
        _mute_newcomers(exchange, topics=2)
        await _until(kept, lambda: any(link.successor is not None for link in kept.pool.links))
        link = next(link for link in kept.pool.links if link.successor is not None)
        await _until(kept, lambda: link.silent_successor() == 2)
        assert link.connection is not None
        successor = link.successor
        serving = next(
            one
            for one in exchange.links()
            if one.id in old and one.session.topics.keys() >= link.topics.keys()
        )
        exchange.fault("drop", connection=serving.id)
        await _until(kept, lambda: kept.seen.lost)
        assert link.connection is successor
        assert kept.pool.endings.total == 1
        await _until(kept, lambda: kept.seen.back == [link.id])
        exchange.heal()
        await eventually(kept.complete)


async def test_topics_that_come_and_go_during_a_change_end_up_right() -> None:
    """What is wanted changes while two connections carry the same: both follow."""
    options = msgspec.structs.replace(SOON, overlap=30.0, longest_overlap=60.0)
    async with running_exchange(scale=0.06) as exchange, keeping(exchange, options) as kept:
        _mute_newcomers(exchange, topics=1)
        await _until(kept, lambda: any(link.successor is not None for link in kept.pool.links))
        link = next(link for link in kept.pool.links if link.successor is not None)
        gone = list(link.topics)[:3]
        kept.topics = [topic for topic in kept.topics if topic not in gone]
        exchange.keep(kept.topics)
        kept.pool.want(kept.topics)
        exchange.heal()
        await _until(kept, lambda: kept.pool.succession.rotations >= 1)
        await eventually(lambda: kept.complete() and set(exchange.carried()) == set(kept.topics))
        assert exchange.bare == set()


async def test_closing_in_the_middle_of_a_change_leaves_nothing() -> None:
    """Both connections and both tasks end."""
    options = msgspec.structs.replace(SOON, overlap=30.0, longest_overlap=60.0)
    async with running_exchange(scale=0.06) as exchange:
        async with keeping(exchange, options) as kept:
            _mute_newcomers(exchange, topics=1)
            await _until(kept, lambda: any(link.successor is not None for link in kept.pool.links))
        await eventually(lambda: not exchange.links())
        assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("connection")]


async def test_an_incident_is_one_line_at_its_begin_and_one_at_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """All connections are cut at once: one line says so, one says for how long."""
    caplog.set_level(logging.INFO, logger="voltape.bybit")
    async with running_exchange(scale=0.06) as exchange, keeping(exchange, NEVER) as kept:
        exchange.fault("drop")
        await _until(kept, lambda: len(kept.seen.lost) == 3)
        await _until(kept, lambda: len(kept.seen.back) == 3)
        lines = [record.getMessage() for record in caplog.records if record.name.startswith("voltape")]
        assert len(lines) == 2
        assert "trying again" in lines[0]
        assert "again after" in lines[1]
        assert all(name in lines[1] for name in ("c1", "c2", "c3"))


async def test_a_missing_ping_of_ours_is_our_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exchange cuts who does not ping; the count says so."""
    monkeypatch.setattr(causes_module, "_UNPINGED", 0.3)
    session = msgspec.structs.replace(QUICK, ping_interval=20.0)
    async with (
        running_exchange(scale=0.06, ping_timeout=0.4) as exchange,
        keeping(exchange, NEVER, session) as kept,
    ):
        await _until(kept, lambda: kept.pool.endings.total >= 3)
        assert set(kept.pool.endings.causes) == {"no_ping"}
        assert "ping" in kept.seen.lost[0][1]
        assert {str(row["rule"]) for row in exchange.venue.violations} == {"no ping"}


async def test_a_limit_that_was_hit_is_counted_once_in_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """A 403 after having been connected is a rule that we broke; before that it may be a blocked region."""
    monkeypatch.setattr(keeper_module, "_REFUSED_FIRST", 0.02)
    monkeypatch.setattr(keeper_module, "_REFUSED_LONGEST", 0.02)
    async with running_exchange(scale=0.06) as exchange:
        exchange.fault("refuse", status=403)
        kept = Kept(exchange, NEVER, QUICK)
        kept.pool.want(kept.topics)
        await _until(kept, lambda: exchange.venue.faults.report()[0]["hits"] >= 6)
        assert kept.pool.endings.causes == {}
        exchange.heal()
        await eventually(kept.complete)
        exchange.fault("refuse", status=403)
        exchange.fault("drop")
        await _until(kept, lambda: kept.pool.endings.causes["over_limit"] == 3)
        await asyncio.sleep(0.1)
        assert kept.pool.endings.causes == {"cut": 3, "over_limit": 3}
        assert kept.pool.endings.total == 3
        await kept.pool.close()


async def test_connections_are_never_made_faster_than_the_exchange_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Trap 20: over the limit within the window an attempt waits for its turn."""
    monkeypatch.setattr(keeper_module, "_MOST_CONNECTS", 5)
    monkeypatch.setattr(keeper_module, "_CONNECT_WINDOW", 1.0)
    async with running_exchange(scale=0.06) as exchange, keeping(exchange, NEVER) as kept:
        exchange.fault("drop")
        await _until(kept, lambda: len(kept.seen.back) == 3)
        await eventually(kept.complete)
        opened = sorted(link.opened_at for link in exchange.venue.all_links())
        assert len(opened) == 6
        assert opened[5] - opened[0] >= 950


async def test_a_fresh_connection_that_goes_mute_is_noticed_by_what_its_topics_bring_elsewhere() -> None:
    """It answers the subscriptions and then says nothing: found after the first-data time, not after a minute."""
    session = msgspec.structs.replace(QUICK, first_data_within=1.0)
    async with (
        running_exchange(scale=0.06, rate=900.0) as exchange,
        keeping(exchange, NEVER, session) as kept,
    ):
        await _until(kept, lambda: all(link.session and link.session.rate > 50 for link in kept.pool.links))
        victim = kept.pool.links[0]
        _answer_only(exchange, newcomer=_newest(exchange) + 1)
        exchange.fault("drop", connection=_carrier(exchange, victim))
        await _until(kept, lambda: kept.seen.back == [victim.id])
        began = kept.clock.monotonic()
        await _until(kept, lambda: kept.pool.endings.causes["mute"] == 1, within=10.0)
        assert kept.clock.monotonic() - began < 4.0
        await eventually(kept.complete)


def _answer_only(exchange: Exchange, newcomer: int) -> None:
    """Have one connection get the first message of each subscription and nothing after it."""
    feed = exchange.venue.feed
    send = feed._send

    def greeting(ticker: TickerTopic, links: Iterable[Link], moment: float) -> None:
        heard = links is not ticker.subscribers
        send(ticker, [link for link in links if heard or link.id != newcomer], moment)

    feed._send = greeting  # type: ignore[method-assign]


def _silence(exchange: Exchange, topics: list[str]) -> None:
    """Have some topics say nothing any more, on any connection."""
    send = exchange.venue.feed._send

    def others(ticker: TickerTopic, links: Iterable[Link], moment: float) -> None:
        if ticker.body.topic not in topics:
            send(ticker, links, moment)

    exchange.venue.feed._send = others  # type: ignore[method-assign]


def _newest(exchange: Exchange) -> int:
    """Number of the latest connection."""
    return max(link.id for link in exchange.venue.all_links())


def _mute_newcomers(exchange: Exchange, **what: int) -> None:
    """Take data away from connections that are yet to come."""
    first = _newest(exchange) + 1
    for number in range(first, first + 8):
        exchange.fault("mute", connection=number, **what)


def _carrier(exchange: Exchange, link: Place) -> int:
    """Number of the connection that serves a link."""
    return next(one.id for one in exchange.links() if one.session.topics.keys() == link.topics.keys())


async def _counts(sim: SimHandle, topics: list[str]) -> dict[str, int]:
    truth = await sim.truth()
    return {topic: truth[topic.partition(".")[2]]["count"] for topic in topics}


async def _drained(pool: Pool) -> None:
    """Wait until the messages of a frozen exchange have all come."""
    before = -1
    while before != pool.counts.frames:
        before = pool.counts.frames
        await asyncio.sleep(0.2)


@asynccontextmanager
async def _carrying(
    sim: SimHandle, succession: SuccessionOptions
) -> AsyncIterator[tuple[Pool, RecordingSink, Recorder, list[str]]]:
    """A pool over TLS that carries everything the simulator has, settled often, with every message remembered."""
    truth = await sim.truth()
    topics = [ticker_topic(symbol) for symbol in truth]
    _, intake = intake_for(topics)
    sink, seen = RecordingSink(intake), Recorder()
    limits = Limits(topics=-(-len(topics) // 3), connections=3)
    options = PoolOptions(
        sim.ws_url, limits=limits, session=QUICK, succession=succession, reconnect_delay=0.02
    )
    pool = Pool(options, sink, seen, SystemClock(), Random(1), lambda: client_context(sim.ca_file))

    async def settle() -> None:
        while True:
            pool.settle()
            for _ in range(4):
                await pool.read()
                await asyncio.sleep(0.025)

    pool.want(topics)
    settling = asyncio.create_task(settle())
    try:
        await eventually(lambda: sink.seen.keys() >= set(topics))
        yield pool, sink, seen, topics
    finally:
        settling.cancel()
        await pool.close()


@pytest.mark.parametrize("reason", ["old", "sick"])
async def test_not_one_message_is_missed_while_connections_are_changed(reason: str) -> None:
    """Over TLS, with reads coalesced: every message that the exchange sent has come, whoever brought it."""
    options = SOON if reason == "old" else msgspec.structs.replace(SOON, replace_below=0.5, rotate_after=0.0)
    async with (
        running_sim(tls=True, contracts=0.05, rate=900, seed=4) as sim,
        _carrying(sim, options) as (pool, sink, seen, topics),
    ):
        await eventually(lambda: all(link.lag_ms is not None for link in pool.links))
        await sim.freeze()
        await _drained(pool)
        before = await _counts(sim, topics)
        sink.forget()
        await sim.resume()
        if reason == "sick":
            slow = (await sim.connections(open_only=True))[0]["id"]
            await sim.fault("delay", connection=slow, delay_s=3.0)
        done = pool.succession
        await eventually(lambda: done.rotations >= 4 or done.replacements >= 1, within=20.0)
        await sim.freeze()
        await _drained(pool)
        assert missed(sink, before, await _counts(sim, topics)) == {}
        assert seen.lost == []
        assert pool.endings.total == 0
        assert sum(pool.endings.causes[cause] for cause in SELF_INFLICTED) == 0
        assert await sim.violations() == []


async def test_a_cut_after_we_did_not_read_is_our_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our event loop stands still while the exchange hangs up: the count blames us, not the exchange."""
    monkeypatch.setattr(causes_module, "_STALLED", 0.8)
    async with (
        running_sim(contracts=0.05, rate=300, seed=4) as sim,
        _carrying(sim, NEVER) as (pool, _, seen, _),
    ):
        await sim.fault("drop", count=1)
        await eventually(lambda: pool.endings.causes["cut"] == 1)
        present = (await sim.connections(open_only=True))[0]["id"]
        _stand_still(sim, {"kind": "drop", "connection": present}, 1.2)
        await eventually(lambda: pool.endings.total == 2)
        assert pool.endings.causes == {"cut": 1, "slow_reader": 1}
        assert "not read" in seen.lost[-1][1]


def _stand_still(sim: SimHandle, fault: dict[str, object], seconds: float) -> None:
    """Start a fault and hold the event loop, so that the exchange acts on somebody who does not look."""
    httpx.post(f"{sim.rest_url}/sim/fault", json=fault, trust_env=False).raise_for_status()
    sleep(seconds)
