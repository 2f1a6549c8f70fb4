"""The whole tracker against the simulated exchange."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from tests.bybit.exchange import MORNING, Exchange, SkippingClock, eventually, running_exchange
from tests.trust import TRUST
from voltape.bybit.plan import Limits
from voltape.bybit.pool import PoolOptions
from voltape.bybit.session import SessionOptions
from voltape.bybit.topics import ticker_topic
from voltape.model.board import Board
from voltape.model.history import Histories
from voltape.model.instrument import instrument_from_symbol
from voltape.model.status import Health
from voltape.model.tape import Tapes
from voltape.model.ticker import EMPTY_VALUES
from voltape.sim.ticker import WS_FIELDS
from voltape.track import health as health_module
from voltape.track import poller as poller_module
from voltape.track import tracker as tracker_module
from voltape.track.lanes import LanePolicy
from voltape.track.tracker import Tracker, TrackerOptions

TWO = ("BTC", "SOL")
_MARK = WS_FIELDS.index("markPrice")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look ten times as often, so that a test takes a tenth of the time."""
    monkeypatch.setattr(tracker_module, "_LOOK_EVERY", 0.1)


class Tracked(Tracker):
    """A tracker with its clock at hand."""

    def __init__(
        self,
        exchange: Exchange,
        board: Board,
        *,
        coalesce: bool = True,
        tapes: Tapes | None = None,
        histories: Histories | None = None,
        **options: Any,
    ) -> None:
        self.clock = SkippingClock()
        self.clock.step_wall((exchange.venue.clock.now_ms() - self.clock.wall_ms()) / 1000)
        self.exchange = exchange
        pool = PoolOptions(
            exchange.ws_url,
            limits=Limits(topics=40),
            session=SessionOptions(chunk_delay=0.01, first_data_within=2.0),
            reconnect_delay=0.05,
            longest_delay=0.2,
            coalesce=coalesce,
        )
        chosen: dict[str, Any] = {
            "underlyings": ("BTC",),
            "poll_interval": 1.0,
            "flush_interval": 0.05,
            **options,
        }
        super().__init__(
            board,
            TrackerOptions(pool=pool, rest_url=exchange.rest_url, verify=lambda: TRUST, **chosen),
            self.clock,
            Random(1),
            tapes=tapes,
            histories=histories,
        )

    def complete(self) -> bool:
        """Ready, everything that trades is on the board, live and fresh."""
        rows = self.board.rows
        return (
            self.health.ready
            and rows.keys() == self.exchange.venue.market.contracts.keys()
            and all(row.pushed and not row.stale for row in rows.values())
        )

    def follows(self, exchange: Exchange) -> bool:
        """Whether the board holds exactly what was last sent."""
        tickers = exchange.venue.feed.tickers
        return rows_of(self) == {
            name: (ticker.ts_ms, float(ticker.contract.values[_MARK]))
            for name, ticker in tickers.items()
            if ticker.sent
        }


def rows_of(tracker: Tracker) -> dict[str, tuple[int, float | None]]:
    """Time and mark price of every row."""
    return {symbol: (row.pushed_ts, row.values[9]) for symbol, row in tracker.board.rows.items()}


@asynccontextmanager
async def tracking(exchange: Exchange, board: Board | None = None, **options: Any) -> AsyncIterator[Tracked]:
    """A tracker that runs while the block lasts."""
    tracker = Tracked(exchange, Board() if board is None else board, **options)
    tracker.start()
    try:
        yield tracker
    finally:
        await tracker.close()


async def test_from_start_to_every_contract_live() -> None:
    """Promise 1: coverage is complete within seconds, without a rule of the venue broken."""
    async with running_exchange() as exchange, tracking(exchange) as tracker:
        assert not tracker.health.ready
        await eventually(tracker.complete, within=4.0)
        status = tracker.status()
        count = len(exchange.venue.market.contracts)
        assert (status.contracts.listed, status.contracts.wanted) == (count, count)
        assert (status.contracts.live, status.contracts.stale) == (count, 0)
        assert status.coverage.volume == status.coverage.open_interest == 1.0
        assert status.health.ready
        assert {connection.state for connection in status.connections} == {"live"}
        assert (status.reconnects.total, status.gaps) == (0, [])
        assert exchange.rules_broken() == []


async def test_the_board_equals_what_the_venue_sent_under_all_that_is_bad() -> None:
    """Promise 6: garbage, duplicates and late copies in the stream; then the board is exactly the last true state."""
    async with running_exchange(rate=1_500.0) as exchange, tracking(exchange) as tracker:
        await eventually(tracker.complete)
        exchange.fault("garbage", rate=100)
        exchange.fault("duplicate", probability=0.2)
        exchange.fault("reorder", probability=0.2)
        await eventually(lambda: tracker.status().messages.rejected > 100)
        exchange.heal()
        counts = {name: ticker.count for name, ticker in exchange.venue.feed.tickers.items()}
        await eventually(
            lambda: all(exchange.venue.feed.tickers[name].count > n for name, n in counts.items())
        )
        exchange.venue.feed.frozen = True
        await eventually(lambda: tracker.follows(exchange))
        assert tracker.status().reconnects.total == 0


async def test_the_plain_profile_shows_the_same() -> None:
    """Decoding at arrival, without collecting bytes, gives the same board."""
    async with (
        running_exchange() as exchange,
        tracking(exchange, conflate=False, coalesce=False, profile="plain") as tracker,
    ):
        await eventually(tracker.complete)
        exchange.venue.feed.frozen = True
        await eventually(lambda: tracker.follows(exchange))
        assert tracker.status().profile == "plain"


async def test_a_full_batch_is_flushed_before_the_interval_is_over() -> None:
    """A burst does not wait for the clock."""
    async with (
        running_exchange() as exchange,
        tracking(exchange, flush_interval=30.0, batch_size=5) as tracker,
    ):
        await eventually(tracker.complete)


async def test_expiry_and_new_series_at_eight_roll_on_the_open_connections() -> None:
    """Promise 7: the clock jumps to 07:59:58; the day's series goes, the new one comes, nothing reconnects."""
    eight = int(datetime(2026, 3, 28, 8, tzinfo=UTC).timestamp() * 1000)
    async with (
        running_exchange(underlyings=TWO, start_ms=eight - 5 * 3_600_000) as exchange,
        tracking(exchange, underlyings=TWO) as tracker,
    ):
        await eventually(tracker.complete)
        sockets = {link.id for link in exchange.links()}
        before = set(tracker.board.rows)
        expiring = {symbol for symbol in before if "-28MAR26-" in symbol}
        assert expiring
        exchange.jump((eight - exchange.venue.clock.now_ms()) / 1000 - 2)
        await eventually(lambda: not expiring & set(exchange.venue.market.contracts))
        await eventually(tracker.complete)
        new = set(tracker.board.rows) - before
        assert {symbol for symbol in new if "-31MAR26-" in symbol}
        await eventually(lambda: exchange.carried().keys() == set(exchange.topics()))
        assert not expiring & set(tracker.board.rows)
        assert sockets <= {link.id for link in exchange.links()}
        assert tracker.status().reconnects.total == 0
        assert tracker.status().gaps == []
        assert exchange.rules_broken() == []


async def test_a_contract_listed_intraday_is_live_soon_without_a_reconnect() -> None:
    """Promise 1, trap 14: found by the next poll, subscribed on an open connection."""
    async with running_exchange() as exchange, tracking(exchange) as tracker:
        await eventually(tracker.complete)
        before = set(tracker.board.rows)
        sockets = [link.id for link in exchange.links()]
        exchange.list_more("BTC")
        await eventually(lambda: len(tracker.board.rows) == len(before) + 2 and tracker.complete())
        assert [link.id for link in exchange.links()] == sockets
        assert tracker.status().reconnects.total == 0


async def test_an_outage_of_all_sockets_is_over_soon_and_on_record() -> None:
    """Promise 2, trap 19: every connection has a gap with a beginning and an end; then all is live again."""
    async with running_exchange() as exchange, tracking(exchange) as tracker:
        await eventually(tracker.complete)
        cut_at = tracker.clock.wall_ms()
        exchange.fault("drop")
        await eventually(lambda: tracker.status().reconnects.total == len(exchange.links()) > 0)
        await eventually(lambda: tracker.complete() and not tracker.gaps.open)
        gaps = tracker.recent_gaps()
        assert {gap.scope for gap in gaps} == {f"connection {c.id}" for c in tracker.status().connections}
        for gap in gaps:
            assert gap.ts_ended is not None
            assert cut_at - 1_500 <= gap.ts_started <= gap.ts_ended <= tracker.clock.wall_ms()
        assert exchange.rules_broken() == []


async def test_an_outage_of_everything_makes_all_stale_and_not_ready() -> None:
    """Promise 2: sockets cut and refused, REST down: 15 s later all is stale; after it all is fresh by itself."""
    async with running_exchange() as exchange, tracking(exchange) as tracker:
        await eventually(tracker.complete)
        exchange.fault("rest_error")
        exchange.fault("refuse", status=502)
        exchange.fault("drop")
        await eventually(lambda: not tracker.health.ready)
        assert not any(row.stale for row in tracker.board.rows.values())
        tracker.clock.skip(15.5)
        await eventually(lambda: all(row.stale for row in tracker.board.rows.values()), within=2.0)
        assert tracker.health.reasons == ["no connection to the exchange carries data"]
        exchange.heal()
        await eventually(tracker.complete)


async def test_polls_stand_in_while_the_sockets_are_refused() -> None:
    """No socket from the start: the board is complete and fresh from REST, and says that it is not live."""
    async with running_exchange() as exchange:
        exchange.fault("refuse", status=502)
        async with tracking(exchange) as tracker:
            await eventually(lambda: tracker.board.rows and tracker.status().contracts.stale == 0)
            assert not tracker.health.ready
            assert all(row.has_data and not row.pushed for row in tracker.board.rows.values())
            exchange.heal()
            await eventually(tracker.complete)


async def test_a_muted_coin_is_found_bridged_and_recovered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Promise 3, trap 12: SOL falls silent, BTC goes on: SOL's rows follow the polls until its data is back."""
    monkeypatch.setattr(health_module, "_SHORTEST_SILENCE", 1.3)
    monkeypatch.setattr(health_module, "_BRIDGE_POLL", 0.5)
    monkeypatch.setattr(poller_module, "_MARGIN", 1.0)
    monkeypatch.setattr(poller_module, "_MARGIN_MS", 1_000)
    async with (
        running_exchange(underlyings=TWO, rate=1_500.0) as exchange,
        tracking(exchange, underlyings=TWO, poll_interval=30.0) as tracker,
    ):
        await eventually(tracker.complete)
        await eventually(lambda: tracker._health.pulses["SOL"].rate > 50)
        exchange.fault("mute", underlying="SOL")
        await eventually(lambda: share(tracker, "SOL").stalled)
        assert not share(tracker, "BTC").stalled
        assert tracker.health.reasons == ["stalled: no data of SOL"]
        sol = [row for symbol, row in tracker.board.rows.items() if symbol.startswith("SOL")]
        await eventually(lambda: not any(row.pushed for row in sol))
        exchange.heal()
        await eventually(tracker.complete)
        assert [gap.scope for gap in tracker.recent_gaps()] == ["underlying SOL"]
        assert tracker.gaps.open == []


def share(tracker: Tracker, coin: str) -> Any:
    """The status of one coin."""
    return next(entry for entry in tracker.status().underlyings if entry.underlying == coin)


async def test_topics_lost_without_a_word_are_found_by_the_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Promise 3: a few topics stop for good while everything else goes on; REST shows it, the socket is asked."""
    monkeypatch.setattr(poller_module, "_MARGIN", 1.0)
    monkeypatch.setattr(poller_module, "_MARGIN_MS", 1_000)
    async with running_exchange(rate=1_500.0) as exchange, tracking(exchange, poll_interval=0.5) as tracker:
        await eventually(tracker.complete)
        exchange.fault("lost_topics", topics=3)
        assert exchange.delivering() != set(exchange.topics())
        await eventually(lambda: exchange.delivering() == set(exchange.topics()))
        await eventually(tracker.complete)
        assert tracker.status().reconnects.total == 0


async def test_an_unreachable_exchange_is_waited_for() -> None:
    """REST down at the start: not ready, with the reason; everything by itself once it is back."""
    async with running_exchange() as exchange:
        exchange.fault("rest_error", status=502)
        async with tracking(exchange) as tracker:
            await eventually(lambda: "502" in "".join(tracker.health.reasons))
            assert tracker.board.rows == {}
            exchange.heal()
            await eventually(tracker.complete)


async def test_a_ban_of_rest_leaves_the_live_data_alone() -> None:
    """Trap 21: after one 403 there is no further request, and the feed goes on."""
    async with running_exchange() as exchange, tracking(exchange, poll_interval=0.1) as tracker:
        await eventually(tracker.complete)
        exchange.fault("rest_403")
        await eventually(lambda: "403" in "".join(tracker.health.degraded))
        banned = exchange.venue.faults.report()[0]["hits"]
        assert banned == 1
        before = tracker.status().messages.received
        await eventually(lambda: tracker.status().messages.received > before + 400)
        assert exchange.venue.faults.report()[0]["hits"] == banned
        assert tracker.complete()


async def test_every_coin_of_the_venue_is_found() -> None:
    """Trap 3: without names everything that the venue lists is tracked."""
    async with (
        running_exchange(underlyings=("SOL", "XRP")) as exchange,
        tracking(exchange, underlyings=()) as tracker,
    ):
        await eventually(tracker.complete)
        assert tracker.board.underlyings() == ["SOL", "XRP"]


async def test_a_coin_whose_rest_fails_holds_up_no_other() -> None:
    """Underlyings fail apart, visibly."""
    async with running_exchange(underlyings=TWO) as exchange:
        exchange.fault("rest_error", base_coin="BTC")
        async with tracking(exchange, underlyings=TWO) as tracker:
            await eventually(lambda: tracker.health.ready)
            assert tracker.board.underlyings() == ["SOL"]
            assert "no contract list of BTC yet" in tracker.health.degraded
            exchange.heal()
            await eventually(tracker.complete)


@pytest.mark.parametrize("mode", ["empty", "missing_rows"])
async def test_lists_that_are_not_whole_delete_nothing(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Promise 7: partial lists again and again, good tickers: not one contract leaves."""
    async with running_exchange() as exchange, tracking(exchange, poll_interval=0.1) as tracker:
        await eventually(tracker.complete)
        monkeypatch.setattr("voltape.track.universe._REFRESH", 0.05)
        exchange.fault("rest_partial", mode=mode, path="instruments-info")
        tracker._universe.hurry()
        await eventually(lambda: exchange.venue.faults.report()[0]["hits"] > 2)
        assert tracker.complete()


async def test_a_restored_board_is_subscribed_before_any_list_is_read() -> None:
    """REST is down at the restart: what the store kept is stale, and live by the socket at once."""
    async with running_exchange() as exchange:
        board = Board()
        for contract in exchange.venue.market.contracts.values():
            instrument = instrument_from_symbol(contract.symbol, settle=contract.settle)
            assert instrument is not None
            board.restore(
                board.add(instrument), EMPTY_VALUES, MORNING - 60_000, MORNING - 60_000, pushed=True
            )
        exchange.fault("rest_error")
        async with tracking(exchange, board) as tracker:
            assert all(row.stale for row in board.rows.values())
            assert not tracker.health.ready
            await eventually(lambda: not any(row.stale for row in board.rows.values()))
            await eventually(
                lambda: tracker.health == Health(ready=True, degraded=["no contract list of BTC yet"])
            )
            assert all(row.pushed_ts > MORNING - 1_000 for row in board.rows.values())
            exchange.heal()
            await eventually(tracker.complete)


async def test_two_lanes_leave_no_contract_out() -> None:
    """Live what is liquid, polled the rest: every contract has data, none is stale, only the live are carried."""
    policy = LanePolicy(live_all=False, min_volume=lambda _: 1.0, min_open_interest=lambda _: 50.0)
    async with running_exchange(scale=0.1) as exchange, tracking(exchange, lanes=policy) as tracker:
        await eventually(lambda: tracker.health.ready and tracker.status().contracts.stale == 0)
        live = {symbol for symbol, row in tracker.board.rows.items() if row.lane == "live"}
        assert 0 < len(live) < len(tracker.board.rows)
        await eventually(lambda: exchange.carried().keys() == set(map(ticker_topic, live)))
        status = tracker.status()
        assert status.contracts.live + status.contracts.polled == len(tracker.board.rows)
        assert status.coverage.volume is not None
        assert 0.5 < status.coverage.volume < 1.0 or status.coverage.volume == 1.0


@pytest.mark.parametrize("step", [3_600.0, -3_600.0])
async def test_a_step_of_our_wall_clock_disturbs_nothing(step: float) -> None:
    """Promise 8: one hour forward or back: nothing stale, no reconnect, no gap, no topic asked for again."""
    async with running_exchange() as exchange, tracking(exchange, poll_interval=0.3) as tracker:
        await eventually(tracker.complete)
        exchange.asked.clear()
        tracker.clock.step_wall(step)
        before = tracker.status().messages.received
        await eventually(lambda: tracker.status().messages.received > before + 400)
        assert tracker.complete()
        assert tracker.gaps.opened == 0
        assert [op for _, op, _ in exchange.asked if op != "ping"] == []


async def test_closing_ends_everything_and_can_be_repeated() -> None:
    """After close no socket, no task, and what had arrived is on the board."""
    async with running_exchange() as exchange, tracking(exchange) as tracker:
        await eventually(tracker.complete)
        await tracker.close()
        await tracker.close()
        await eventually(lambda: not exchange.links())
        names = {task.get_name() for task in asyncio.all_tasks()}
        assert not names & {"universe", "poller", "flush", "health"}
        assert tracker.board.commit() is None


@pytest.mark.parametrize(
    ("kind", "params", "rejects"),
    [
        ("fragments", {"pieces": 5}, False),
        ("wrong_time", {"mode": "future", "probability": 0.5}, True),
        ("wrong_time", {"mode": "future", "offset_s": 1e9}, True),
        ("wrong_time", {"mode": "past", "probability": 0.5}, False),
        ("wrong_time", {"mode": "stuck"}, False),
        ("linear_answers", {}, False),
        ("ack_twice", {}, False),
    ],
)
async def test_odd_frames_and_times_are_survived(kind: str, params: dict[str, Any], rejects: bool) -> None:
    """A message from the future is counted and never taken; nothing of it keeps true ones out, or costs a connection."""
    async with running_exchange(rate=1_500.0) as exchange, tracking(exchange) as tracker:
        await eventually(tracker.complete)
        before = tracker.status().messages.received
        exchange.fault(kind, **params)
        await eventually(lambda: tracker.status().messages.received > before + 1_500)
        assert (tracker.status().messages.rejected > 0) == rejects
        exchange.heal()
        counts = {name: ticker.count for name, ticker in exchange.venue.feed.tickers.items()}
        await eventually(
            lambda: all(exchange.venue.feed.tickers[name].count > n for name, n in counts.items())
        )
        exchange.venue.feed.frozen = True
        await eventually(lambda: tracker.follows(exchange))
        assert tracker.status().reconnects.total == 0


@pytest.mark.parametrize("kind", ["fragments", "linear_answers", "ack_twice"])
async def test_a_start_with_odd_frames_and_answers_is_complete(kind: str) -> None:
    """Data confirms a topic, in whatever frames it comes and whatever its acknowledgement looks like."""
    async with running_exchange() as exchange:
        exchange.fault(kind)
        async with tracking(exchange) as tracker:
            await eventually(tracker.complete)
            await eventually(lambda: tracker.status().health.ready)
            assert tracker.status().reconnects.total == 0


async def test_maintenance_is_survived() -> None:
    """Everything is away at once and comes back: the connections do, too, and the board is right again."""
    async with running_exchange() as exchange, tracking(exchange) as tracker:
        await eventually(tracker.complete)
        exchange.fault("maintenance", outage_s=1.0)
        await eventually(lambda: tracker.status().reconnects.total > 0)
        await eventually(lambda: {one.state for one in tracker.status().connections} == {"live"})
        exchange.heal()
        exchange.venue.feed.frozen = True
        await eventually(lambda: tracker.follows(exchange))
