"""REST polls fill what the socket has not delivered, and never overwrite newer live data."""

import asyncio

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.bybit.exchange import eventually
from tests.track.rig import BTC, ETH, Rig, values
from voltape.bybit.rest import TickerPage
from voltape.errors import VenueError, VenueRefused
from voltape.model.ticker import EMPTY_VALUES
from voltape.track.poller import fills

DOWN = VenueError("tickers", "answered 502")


@pytest.mark.parametrize(
    ("confirmed", "started", "pushed", "taken"),
    [
        (float("-inf"), 100.0, False, True),
        (float("-inf"), 100.0, True, True),
        (90.0, 100.0, False, True),
        (100.0, 100.0, False, True),
        (100.5, 100.0, False, False),
        (94.9, 100.0, True, True),
        (95.1, 100.0, True, False),
        (100.5, 100.0, True, False),
    ],
)
def test_a_poll_counts_where_nothing_newer_is_known(
    confirmed: float, started: float, pushed: bool, taken: bool
) -> None:
    """Trap 9: a polled row replaces a polled one, and a pushed one only where the socket fell silent before."""
    assert fills(confirmed, started, pushed=pushed) is taken


async def test_a_poll_fills_what_was_never_pushed() -> None:
    """Before the first push, and for the polled lane, the poll is the data."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    await rig.poller.poll("BTC")
    assert {rig.mark(symbol) for symbol in BTC} == {100.0}
    row = rig.row(BTC[0])
    assert not row.pushed
    assert row.ts_exchange == rig.venue.now_ms
    assert row.ts_received == rig.clock.wall_ms()
    assert (rig.poller.polls, rig.poller.filled) == (1, len(BTC))


async def test_a_poll_leaves_live_data_alone() -> None:
    """Trap 9: values that a healthy socket pushed are not replaced, however different the poll."""
    rig = Rig("BTC")
    await rig.settled()
    rig.venue.rows = dict.fromkeys(BTC, values(55.0))
    await rig.poller.poll("BTC")
    assert {rig.mark(symbol) for symbol in BTC} == {100.0}


async def test_data_that_arrives_during_a_poll_wins() -> None:
    """Trap 9: the row on the way is older than what was pushed meanwhile."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    plain = rig.venue.tickers

    async def slow(underlying: str) -> TickerPage:
        page = await plain(underlying)
        rig.clock.advance(0.5)
        rig.push(BTC[0], 77.0)
        rig.flush()
        return page

    rig.venue.tickers = slow  # type: ignore[method-assign]
    await rig.poller.poll("BTC")
    assert rig.mark(BTC[0]) == 77.0
    assert rig.mark(BTC[1]) == 100.0


class _Market:
    """One contract whose mark price counts up; REST shows it with a lag."""

    def __init__(self, lag: float, *, conflate: bool) -> None:
        self.rig = Rig("BTC", conflate=conflate)
        self.rig.polling = False
        self.lag = lag
        self.version = 1
        self.history = [(self.rig.clock.monotonic() - 100.0, 1)]
        self.flushed = 0
        self.gate = asyncio.Event()
        self.polls: list[asyncio.Task[None]] = []
        self.rig.venue.tickers = self._tickers  # type: ignore[method-assign]

    async def _tickers(self, underlying: str) -> TickerPage:
        seen_at = self.rig.clock.monotonic() - self.lag
        version = max(v for at, v in self.history if at <= seen_at)
        now_ms = self.rig.venue.now_ms
        await self.gate.wait()
        return TickerPage(underlying, {BTC[0]: values(float(version))}, 0, now_ms)

    async def do(self, action: str) -> None:
        """One step of a story."""
        rig = self.rig
        if action == "push":
            self.version += 1
            self.history.append((rig.clock.monotonic(), self.version))
            rig.push(BTC[0], float(self.version))
        elif action == "flush":
            rig.flush()
            self.flushed = self.version if rig.row(BTC[0]).pushed_ts else 0
        elif action == "second":
            rig.clock.advance(1.0)
            rig.keeper.look()
        elif action == "cut":
            rig.pool.disconnect()
        elif action == "connect":
            rig.pool.connect()
        elif action == "ask" and not self.polls:
            self.gate.clear()
            self.polls = [asyncio.create_task(rig.poller.poll("BTC"))]
            await asyncio.sleep(0)
        elif action == "answer" and self.polls:
            self.gate.set()
            await self.polls.pop()


ACTIONS = st.sampled_from(["push", "flush", "second", "second", "ask", "answer", "cut", "connect"])


@settings(max_examples=150)
@given(story=st.lists(ACTIONS, max_size=60), lag=st.sampled_from([0.0, 1.0, 4.0]), conflate=st.booleans())
@example(story=["ask", "push", "answer"], lag=0.0, conflate=False)
def test_no_order_of_events_lets_a_poll_bring_back_older_values(
    story: list[str], lag: float, conflate: bool
) -> None:
    """Trap 9: whatever the interleaving of pushes, flushes, cuts and slow polls, the board never goes back.

    Neither where messages wait for the flush, nor where each is on the board as soon as it comes.
    """

    async def tell() -> None:
        market = _Market(lag, conflate=conflate)
        await market.rig.universe.refresh()
        shown = 0.0
        for action in story:
            await market.do(action)
            mark = market.rig.mark(BTC[0]) or 0.0
            assert mark >= shown
            assert mark >= market.flushed
            shown = mark
        await market.do("answer")

    asyncio.run(tell())


async def test_a_poll_that_differs_asks_for_the_topic_anew() -> None:
    """Promise 3: quiet for us, moving on REST: the topic may be lost; the next poll that differs counts."""
    rig = Rig("BTC")
    await rig.settled()
    rig.polling = False
    await rig.seconds(6, *BTC[1:])
    rig.venue.rows[BTC[0]] = values(7.0)
    await rig.poller.poll("BTC")
    assert rig.pool.renewed == [f"tickers.{BTC[0]}"]
    assert rig.feed.unproven == {BTC[0]}
    assert rig.mark(BTC[0]) == 100.0
    assert rig.poller.disagreed == 1
    await rig.seconds(6, *BTC[1:])
    await rig.poller.poll("BTC")
    assert rig.mark(BTC[0]) == 7.0


async def test_a_lost_liquid_contract_is_right_again_within_a_minute() -> None:
    """Promise 3: one topic lost silently, all others busy, polls at their usual pace."""
    rig = Rig("BTC", "ETH")
    await rig.settled()
    rig.venue.rows[BTC[0]] = values(7.0)
    await rig.seconds(60, *BTC[1:], *ETH)
    assert rig.mark(BTC[0]) == 7.0
    assert f"tickers.{BTC[0]}" in rig.pool.renewed
    assert rig.stale() == set()


async def test_a_difference_while_data_flows_is_no_suspicion() -> None:
    """A poll and a push of different moments differ all the time."""
    rig = Rig("BTC")
    await rig.settled()
    rig.venue.rows = dict.fromkeys(BTC, values(7.0))
    await rig.poller.poll("BTC")
    assert rig.pool.renewed == []
    assert rig.poller.disagreed == 0


async def test_a_failed_poll_changes_nothing_and_is_tried_soon(caplog: pytest.LogCaptureFixture) -> None:
    """Promise 7: an error leaves every row; one warning per outage; the next attempt is seconds away."""
    rig = Rig("BTC")
    await rig.settled()
    before = {symbol: row.values for symbol, row in rig.board.rows.items()}
    rig.venue.failing["tickers"] = DOWN
    for _ in range(3):
        await rig.poller.poll("BTC")
    assert {symbol: row.values for symbol, row in rig.board.rows.items()} == before
    assert (rig.poller.failures, rig.poller.last_error) == (3, str(DOWN))
    assert rig.poller._due["BTC"] == rig.clock.monotonic() + 5
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1
    rig.venue.failing.clear()
    await rig.poller.poll("BTC")
    assert rig.poller.last_error is None


async def test_an_empty_answer_is_an_error() -> None:
    """Promise 7: no row at all, with success, is not news."""
    rig = Rig("BTC")
    await rig.settled()
    rig.venue.rows = {}
    await rig.poller.poll("BTC")
    assert rig.poller.last_error == "tickers: BTC: no row at all"
    assert rig.board.rows.keys() == set(BTC)


async def test_missing_rows_cost_nothing() -> None:
    """Promise 7: a partial answer fills what it has."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    rig.venue.rows = {BTC[0]: values(3.0)}
    await rig.poller.poll("BTC")
    assert rig.mark(BTC[0]) == 3.0
    assert rig.row(BTC[1]).values == EMPTY_VALUES
    assert rig.board.rows.keys() == set(BTC)


async def test_a_refusal_silences_all_polls_and_no_hurry_breaks_the_silence() -> None:
    """Trap 21: ten minutes for every underlying."""
    rig = Rig("BTC", "ETH")
    await rig.settled()
    rig.venue.failing["tickers"] = VenueRefused("tickers", "403")
    await rig.poller.poll("ETH")
    until = rig.clock.monotonic() + 600
    assert rig.poller._due == {"BTC": until, "ETH": until}
    rig.poller.hurry("BTC", 0.0)
    rig.poller.hurry("ETH", 6.0)
    assert rig.poller._due == {"BTC": until, "ETH": until}


async def test_hurrying_only_ever_brings_a_poll_forward() -> None:
    """A later wish does not delay what is due before; an unlisted coin is not polled."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    rig.poller.hurry("BTC", 0.0)
    assert rig.poller._due == {}
    rig.poller._next()
    now = rig.clock.monotonic()
    rig.poller._due["BTC"] = now + 20
    rig.poller.hurry("BTC", 6.0)
    assert rig.poller._due["BTC"] == now + 6
    rig.poller.hurry("BTC", 9.0)
    assert rig.poller._due["BTC"] == now + 6


async def test_the_loop_polls_what_is_listed_and_wakes_when_hurried() -> None:
    """Each listed underlying in turn; one that is not listed yet is left out."""
    rig = Rig("BTC", "ETH")
    rig.venue.failing["listing ETH"] = VenueError("instruments-info", "answered 502")
    await rig.universe.refresh()
    task = asyncio.create_task(rig.poller.run())
    await eventually(lambda: rig.venue.asked.count("tickers BTC") == 1)
    assert "tickers ETH" not in rig.venue.asked
    due = rig.poller._due["BTC"] - rig.clock.monotonic()
    assert 0.9 * 30 <= due <= 30
    rig.poller.hurry("BTC", 0.0)
    await eventually(lambda: rig.venue.asked.count("tickers BTC") == 2)
    task.cancel()
    await asyncio.wait([task])


async def test_the_venues_time_is_learned_from_every_answer() -> None:
    """Polls keep the venue's clock."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    rig.venue.skew_ms = 12_345
    await rig.poller.poll("BTC")
    assert rig.feed.venue_time.skew_ms == 12_345


async def test_an_answer_without_a_time_is_as_old_as_it_can_be() -> None:
    """Zero is no time: the rows have the venue's present one, and not the year 1970."""
    rig = Rig("BTC")
    await rig.settled()
    rig.pool.disconnect()
    rig.clock.advance(10)
    rig.venue.skew_ms = -rig.clock.wall_ms()
    await rig.poller.poll("BTC")
    assert {row.ts_exchange for row in rig.board.rows.values()} == {rig.clock.wall_ms()}
