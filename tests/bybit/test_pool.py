"""The connection pool against the simulated exchange."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from random import Random

import pytest

from tests.bybit.exchange import Exchange, Recorder, SkippingClock, eventually, intake_for, running_exchange
from voltape.bybit import keeper as keeper_module
from voltape.bybit import session as session_module
from voltape.bybit.plan import Limits
from voltape.bybit.pool import Pool, PoolOptions
from voltape.bybit.session import SessionOptions
from voltape.bybit.topics import trade_topic
from voltape.flow.backoff import Backoff

QUICK = SessionOptions(chunk_size=10, chunk_delay=0.01, first_data_within=2.0)
ROOMY = Limits()
NARROW = Limits(topics=20, chars=20_000, connections=8)


class Pooled:
    """A pool with what it fills and what it reports."""

    def __init__(self, exchange: Exchange, limits: Limits, session: SessionOptions, delay: float) -> None:
        self.exchange = exchange
        self.topics = exchange.topics()
        self.board, self.intake = intake_for(self.topics)
        self.clock = SkippingClock()
        self.seen = Recorder()
        options = PoolOptions(
            exchange.ws_url,
            limits=limits,
            session=session,
            reconnect_delay=delay,
            longest_delay=0.2,
            coalesce=False,
        )
        self.pool = Pool(options, self.intake, self.seen, self.clock, Random(1))

    def live(self) -> set[str]:
        """Topics that deliver on some connection."""
        sessions = [link.session for link in self.pool.links]
        return {topic for session in sessions if session is not None for topic in session.confirmed}

    def complete(self) -> bool:
        """Whether every wanted topic delivers, and nothing else is left to do."""
        self.pool.settle()
        return self.live() == self.exchange.carried().keys() and len(self.live()) == self.pool.wanted


@asynccontextmanager
async def pooling(
    exchange: Exchange, limits: Limits = ROOMY, session: SessionOptions = QUICK, *, delay: float = 0.02
) -> AsyncIterator[Pooled]:
    """A pool that is closed at the end of the block."""
    pooled = Pooled(exchange, limits, session, delay)
    try:
        yield pooled
    finally:
        await pooled.pool.close()


async def test_every_topic_is_carried_once_within_the_limits() -> None:
    """The pool opens as many connections as the limits need, and no topic is on two of them."""
    async with running_exchange() as exchange, pooling(exchange, NARROW) as pooled:
        pooled.pool.want(pooled.topics)
        await eventually(pooled.complete)
        assert len(exchange.links()) == -(-len(pooled.topics) // NARROW.topics)
        assert all(len(link.session.topics) <= NARROW.topics for link in exchange.links())
        assert exchange.doubled == 1
        assert exchange.rules_broken() == []


async def test_no_request_is_larger_than_a_chunk() -> None:
    """Trap 4: no huge request, at start or later, and each topic is asked for once."""
    async with running_exchange() as exchange, pooling(exchange) as pooled:
        pooled.pool.want(pooled.topics)
        await eventually(pooled.complete)
        sizes = [size for _, op, size in exchange.asked if op == "subscribe"]
        assert max(sizes) == QUICK.chunk_size
        assert sum(sizes) == len(pooled.topics)


@pytest.mark.parametrize("kind", ["drop", "reset", "close"])
async def test_a_new_connection_replays_everything_in_the_same_batches(kind: str) -> None:
    """Trap 4: what is wanted lives outside the connection and is asked for again just as at the start."""
    async with running_exchange() as exchange, pooling(exchange) as pooled:
        pooled.pool.want(pooled.topics)
        await eventually(pooled.complete)
        before = [(op, size) for _, op, size in exchange.asked if op != "ping"]
        exchange.asked.clear()
        exchange.fault(kind)
        await eventually(lambda: pooled.seen.lost and pooled.complete())
        assert [(op, size) for _, op, size in exchange.asked if op != "ping"] == before
        assert exchange.rules_broken() == []


async def test_all_connections_cut_at_once_are_all_back_soon() -> None:
    """Promise 2: an unannounced outage of all sockets is over when the venue is back; each has its gap."""
    async with running_exchange() as exchange, pooling(exchange, NARROW) as pooled:
        pooled.pool.want(pooled.topics)
        await eventually(pooled.complete)
        count = len(pooled.pool.links)
        exchange.fault("drop")
        await eventually(lambda: len(pooled.seen.lost) == count)
        await eventually(lambda: pooled.complete() and len(pooled.seen.back) == count, within=2.0)
        assert sorted(pooled.seen.back) == sorted(name for name, *_ in pooled.seen.lost)
        assert pooled.pool.endings.total == count
        assert pooled.pool.endings.last_hour(pooled.clock.monotonic()) == count
        assert set(pooled.pool.endings.causes) == {"cut"}


async def test_reconnects_are_spread_in_time() -> None:
    """Trap 20: connections cut together do not all come back in the same instant."""
    async with running_exchange() as exchange, pooling(exchange, NARROW, delay=0.2) as pooled:
        pooled.pool.want(pooled.topics)
        await eventually(pooled.complete)
        exchange.fault("drop")
        await eventually(lambda: len(exchange.venue.all_links()) == 2 * len(pooled.pool.links))
        opened = [link.opened_at for link in exchange.venue.all_links()[len(pooled.pool.links) :]]
        assert max(opened) - min(opened) >= 10


async def test_one_cut_connection_leaves_the_others_alone() -> None:
    """The damage of a drop is bounded by its connection."""
    async with running_exchange() as exchange, pooling(exchange, NARROW) as pooled:
        pooled.pool.want(pooled.topics)
        await eventually(pooled.complete)
        others = {link.id for link in exchange.links()[1:]}
        exchange.fault("drop", connection=exchange.links()[0].id)
        await eventually(lambda: pooled.complete() and pooled.seen.back)
        await eventually(pooled.complete)
        assert others < {link.id for link in exchange.links()}
        assert len(pooled.seen.lost) == 1


async def test_a_topic_of_trades_is_no_contract_that_a_gap_touches() -> None:
    """The number of contracts is that of tickers."""
    async with running_exchange() as exchange, pooling(exchange) as pooled:
        pooled.pool.want([*pooled.topics, trade_topic("BTC")])
        await eventually(pooled.complete)
        exchange.fault("drop")
        await eventually(lambda: pooled.seen.lost)
        assert [contracts for *_, contracts in pooled.seen.lost] == [len(pooled.topics)]


async def test_a_gap_begins_at_the_last_data_and_ends_with_the_first() -> None:
    """Trap 19: the outage is reported with the time of the last data and the contracts it touches."""
    async with running_exchange() as exchange, pooling(exchange) as pooled:
        pooled.pool.want(pooled.topics)
        await eventually(pooled.complete)
        exchange.venue.feed.frozen = True
        messages = exchange.links()[0].messages
        await eventually(lambda: pooled.pool.links[0].messages == messages)
        silent_since = pooled.clock.monotonic()
        pooled.clock.skip(3.0)
        exchange.fault("drop")
        await eventually(lambda: pooled.seen.lost)
        name, cause, last_data, contracts = pooled.seen.lost[0]
        assert last_data == pytest.approx(silent_since, abs=1.0)
        assert (name, contracts) == (pooled.pool.links[0].id, len(pooled.topics))
        assert "cut" in cause
        await eventually(exchange.carried)
        pooled.pool.settle()
        assert pooled.seen.back == []
        exchange.venue.feed.frozen = False
        await eventually(lambda: pooled.complete() and pooled.seen.back == [name])


async def test_an_outage_is_one_gap_and_one_warning_however_often_we_try(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Unreachable for long: endless attempts, a growing delay, one line in the log, one gap."""
    async with running_exchange() as exchange, pooling(exchange) as pooled:
        exchange.fault("refuse", status=502)
        pooled.pool.want(pooled.topics)
        await eventually(lambda: exchange.venue.faults.report()[0]["hits"] >= 5)
        assert len(pooled.seen.lost) == 1
        assert "502" in pooled.seen.lost[0][1]
        assert len([record for record in caplog.records if record.name.startswith("voltape")]) == 1
        exchange.heal()
        await eventually(pooled.complete)
        assert pooled.seen.back == ["c1"]


async def test_the_delay_starts_over_only_after_data_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening is no success, nor is a first message: the backoff resets after proven data only."""
    steps: list[float] = []
    draw = Backoff.next

    def drawn(self: Backoff) -> float:
        steps.append(self._step)
        return min(draw(self), 0.01)

    monkeypatch.setattr(Backoff, "next", drawn)
    async with running_exchange() as exchange, pooling(exchange) as pooled:
        pooled.pool.want(pooled.topics)
        for _ in range(3):
            await eventually(pooled.complete)
            before = len(steps)
            exchange.fault("drop")
            await eventually(partial(_longer, steps, before))
        assert steps == pytest.approx([0.02, 0.04, 0.08])
        await eventually(pooled.complete)
        pooled.clock.skip(keeper_module._PROVEN_AFTER + 1)
        count = pooled.pool.links[0].messages
        await eventually(lambda: pooled.pool.links[0].messages > count + 3)
        exchange.fault("drop")
        await eventually(lambda: len(steps) == 4)
        assert steps[-1] == pytest.approx(0.02)


def _longer(steps: list[float], before: int) -> bool:
    return len(steps) > before


async def test_a_refused_connection_waits_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 21: after a 403 the pool keeps away for a minute and longer, not for half a second."""
    steps: list[float] = []

    def drawn(self: Backoff) -> float:
        steps.append(self._step)
        return 60.0

    monkeypatch.setattr(Backoff, "next", drawn)
    async with running_exchange() as exchange, pooling(exchange) as pooled:
        exchange.fault("refuse", status=403)
        pooled.pool.want(pooled.topics)
        await eventually(lambda: steps)
        assert steps == [60.0]
        assert "403" in pooled.seen.lost[0][1]
        assert pooled.pool.links[0].state == "backoff"


async def test_a_venue_that_hangs_up_at_once_again_and_again_is_outlasted() -> None:
    """Dropped straight after the handshake, five times: the sixth connection carries everything."""
    async with running_exchange() as exchange, pooling(exchange) as pooled:
        exchange.fault("drop", duration_s=60, count=5)
        pooled.pool.want(pooled.topics)
        await eventually(pooled.complete)
        assert pooled.pool.endings.total == 5


async def test_growing_and_shrinking_never_leaves_a_topic_without_subscription() -> None:
    """Make before break: while topics move between connections each stays subscribed somewhere."""
    async with running_exchange() as exchange, pooling(exchange, NARROW) as pooled:
        few, all_of_them = pooled.topics[:15], pooled.topics
        pooled.pool.want(all_of_them)
        await eventually(pooled.complete)
        most = len(exchange.links())
        exchange.keep(few)
        pooled.pool.want(few)
        await eventually(lambda: pooled.complete() and len(exchange.links()) == 1)
        pooled.pool.want(all_of_them)
        await eventually(pooled.complete)
        assert len(exchange.links()) == most
        assert exchange.bare == set()
        assert exchange.doubled <= 2
        assert exchange.rules_broken() == []


async def test_moving_topics_are_released_only_after_their_first_data() -> None:
    """A topic that is silent on its new connection stays on the old one, for as long as that takes."""
    async with running_exchange() as exchange, pooling(exchange, NARROW) as pooled:
        pooled.pool.want(pooled.topics)
        await eventually(pooled.complete)
        kept = [topic for link in pooled.pool.links[:2] for topic in list(link.topics)[:7]]
        exchange.keep(kept)
        before = {link.id: set(link.topics) for link in pooled.pool.links}
        pooled.pool.want(kept)
        home = next(link for link in pooled.pool.links if link.topics)
        socket = next(link for link in exchange.links() if before[home.id] == link.session.topics.keys())
        exchange.fault("mute", connection=socket.id)
        await eventually(lambda: len(exchange.carried()) == len(kept) and exchange.doubled == 2)
        pooled.pool.settle()
        assert [len(link.leaving) for link in pooled.pool.links if link is not home] == [7]
        exchange.heal()
        await eventually(pooled.complete)
        assert exchange.bare == set()


async def test_a_topic_that_goes_and_comes_back_while_it_moves_is_carried_once() -> None:
    """Changing one's mind in the middle of a move ends in the plan that was wanted last."""
    async with running_exchange() as exchange, pooling(exchange, NARROW) as pooled:
        for wanted in (
            pooled.topics,
            pooled.topics[:5],
            pooled.topics,
            pooled.topics[10:30],
            pooled.topics[5:],
        ):
            pooled.pool.want(wanted)
            await asyncio.sleep(0)
        await eventually(lambda: pooled.complete() and set(exchange.carried().values()) == {1})
        assert exchange.carried().keys() == set(pooled.topics[5:])
        assert exchange.rules_broken() == []


async def test_what_is_no_longer_wanted_during_the_handshake_is_not_asked_for() -> None:
    """The connection asks for what is wanted when it opens, not for what was wanted when it was begun."""
    async with running_exchange() as exchange, pooling(exchange) as pooled:
        pooled.pool.want(pooled.topics)
        await asyncio.sleep(0)
        pooled.pool.want(pooled.topics[:7])
        await eventually(pooled.complete)
        assert sum(size for _, op, size in exchange.asked if op == "subscribe") == 7
        assert exchange.carried().keys() == set(pooled.topics[:7])


async def test_late_work_for_an_old_connection_does_not_touch_the_new_one() -> None:
    """An acknowledgement, data or end that arrives late for the old socket changes nothing on the new one."""
    async with running_exchange() as exchange, pooling(exchange) as pooled:
        pooled.pool.want(pooled.topics)
        await eventually(pooled.complete)
        old = pooled.pool.links[0].connection
        assert old is not None
        exchange.fault("drop")
        await eventually(lambda: pooled.complete() and pooled.seen.back)
        new = pooled.pool.links[0].connection
        assert new is not None
        assert new is not old
        confirmed = set(new.session.confirmed)
        old.session.unwant(pooled.topics)
        old.wake()
        old.end("late")
        asked = len([op for _, op, _ in exchange.asked if op != "ping"])
        before = new.messages
        await eventually(lambda: new.messages > before + 10)
        assert new.session.confirmed == confirmed
        assert len([op for _, op, _ in exchange.asked if op != "ping"]) == asked
        assert len(pooled.seen.lost) == 1


async def test_silently_lost_subscriptions_are_asked_for_again() -> None:
    """Trap 1: acknowledged and never delivered; the first-data deadline finds each and asks again."""
    session = SessionOptions(chunk_size=10, chunk_delay=0.01, first_data_within=0.5)
    async with running_exchange() as exchange, pooling(exchange, session=session) as pooled:
        exchange.fault("lose_subscriptions", share=0.4, duration_s=0.4)
        pooled.pool.want(pooled.topics)
        await eventually(lambda: len(exchange.carried()) == len(pooled.topics))
        assert len(exchange.delivering()) < len(pooled.topics)
        await eventually(lambda: exchange.delivering() == set(pooled.topics))
        await eventually(pooled.complete)
        assert exchange.rules_broken() == []


@pytest.mark.parametrize("kind", ["ack_missing", "ack_partial", "ack_failed"])
async def test_bad_acknowledgements_end_with_every_topic_live(kind: str) -> None:
    """Trap 1: missing, partial or failed acknowledgements only cost time."""
    session = SessionOptions(chunk_size=10, chunk_delay=0.01, first_data_within=0.5)
    async with running_exchange() as exchange, pooling(exchange, session=session) as pooled:
        exchange.fault(kind, duration_s=0.4)
        pooled.pool.want(pooled.topics)
        await eventually(pooled.complete)
        assert exchange.delivering() == set(pooled.topics)
        assert exchange.rules_broken() == []


async def test_topics_lost_later_come_back_when_renewed() -> None:
    """A topic that stops for good delivers again once somebody who noticed asks for it anew."""
    async with running_exchange() as exchange, pooling(exchange, NARROW) as pooled:
        pooled.pool.want(pooled.topics)
        await eventually(pooled.complete)
        exchange.fault("lost_topics", topics=3)
        lost = set(pooled.topics) - exchange.delivering()
        assert lost
        pooled.pool.renew(lost)
        await eventually(lambda: exchange.delivering() == set(pooled.topics))
        await eventually(pooled.complete)
        assert exchange.doubled == 1


async def test_a_mute_connection_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Promise 3: connected but mute is found by the missing data and made again."""
    monkeypatch.setattr(session_module, "_SHORTEST_SILENCE", 0.4)
    async with running_exchange(rate=1_000.0) as exchange, pooling(exchange) as pooled:
        pooled.pool.want(pooled.topics)
        await eventually(pooled.complete)
        await eventually(lambda: (session := pooled.pool.links[0].session) is not None and session.rate > 100)
        exchange.fault("mute", connection=exchange.links()[0].id)
        await eventually(lambda: pooled.complete() and pooled.seen.back)
        assert pooled.seen.lost[0][1] == "no data for too long"
        await eventually(pooled.complete)


async def test_a_venue_without_data_is_tried_ever_more_patiently() -> None:
    """No market, no messages: each connection in vain is given twice the time of the one before."""
    session = SessionOptions(first_data_within=0.05)
    async with running_exchange() as exchange, pooling(exchange, session=session) as pooled:
        exchange.fault("mute")
        pooled.pool.want(pooled.topics)
        link = pooled.pool.links[0]
        await eventually(lambda: link.patience >= 2)
        exchange.heal()
        await eventually(pooled.complete)
        exchange.fault("drop")
        await eventually(lambda: link.patience == 1)


async def test_topics_beyond_all_limits_are_left_out_and_named() -> None:
    """What no connection may carry is not asked for; the caller polls it."""
    limits = Limits(topics=20, chars=20_000, connections=2)
    async with running_exchange() as exchange, pooling(exchange, limits) as pooled:
        pooled.pool.want(pooled.topics)
        await eventually(lambda: len(pooled.live()) == 40)
        assert set(pooled.pool.left_out) == set(pooled.topics) - pooled.live()
        assert len(exchange.links()) == 2


async def test_the_venues_own_limits_are_never_reached() -> None:
    """Both argument limits at the venue's strictest reading: a full-size universe breaks neither."""
    async with running_exchange(underlyings=("BTC", "ETH"), scale=0.5, rate=2_000.0) as exchange:
        session = SessionOptions(chunk_delay=0.01)
        async with pooling(exchange, ROOMY, session) as pooled:
            pooled.pool.want(pooled.topics)
            await eventually(pooled.complete)
            assert len(pooled.topics) > 700
            exchange.fault("drop")
            await eventually(lambda: pooled.seen.lost and pooled.complete())
            for link in exchange.links():
                assert link.session.args_chars <= ROOMY.chars
                assert len(link.session.topics) <= ROOMY.topics
            assert max(size for _, _, size in exchange.asked) <= session.chunk_size
            assert exchange.rules_broken() == []


async def test_a_link_that_is_emptied_during_its_outage_ends_its_gap() -> None:
    """A gap does not stay open for a connection that nobody needs any more."""
    async with running_exchange() as exchange, pooling(exchange) as pooled:
        exchange.fault("refuse", status=502)
        pooled.pool.want(pooled.topics)
        await eventually(lambda: pooled.seen.lost)
        pooled.pool.want([])
        assert pooled.seen.back == ["c1"]
        assert pooled.pool.links == []


async def test_closing_hangs_up_everything_and_can_be_repeated() -> None:
    """After close no socket and no task is left, and an outage that lasts is not called over."""
    async with running_exchange() as exchange, pooling(exchange, NARROW) as pooled:
        pooled.pool.want(pooled.topics)
        await eventually(pooled.complete)
        exchange.fault("refuse", status=502)
        exchange.fault("drop")
        await eventually(lambda: pooled.seen.lost)
        await pooled.pool.close()
        await pooled.pool.close()
        await eventually(lambda: not exchange.links())
        assert pooled.seen.back == []
        assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("connection")]


@pytest.mark.parametrize("error", [RuntimeError("planted"), asyncio.CancelledError()])
async def test_an_error_of_ours_does_not_end_a_link(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug that surfaces in a connection is logged with its traceback, and the connection is made again.

    So is one that has been left by a cancellation of something within.
    """
    plain = session_module.Session
    failures = iter([True])

    def breaking(options: SessionOptions, topics: tuple[str, ...], now: float) -> session_module.Session:
        if next(failures, False):
            raise error
        return plain(options, topics, now)

    monkeypatch.setattr(keeper_module, "Session", breaking)
    async with running_exchange() as exchange, pooling(exchange) as pooled:
        pooled.pool.want(pooled.topics)
        await eventually(pooled.complete)
        assert any(record.exc_info for record in caplog.records)


async def test_counts_outlive_their_connections() -> None:
    """Messages and frames of a link do not start over when it is made again, nor vanish with it."""
    async with running_exchange() as exchange, pooling(exchange) as pooled:
        pooled.pool.want(pooled.topics)
        await eventually(pooled.complete)
        link = pooled.pool.links[0]
        before = link.messages
        exchange.fault("drop")
        await eventually(lambda: pooled.seen.lost and pooled.complete())
        assert link.messages >= before + len(pooled.topics)
        assert link.counts.frames >= link.messages
        frames = link.counts.frames
        pooled.pool.want([])
        assert pooled.pool.counts.frames >= frames
