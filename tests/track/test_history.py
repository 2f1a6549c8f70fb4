"""Sampling of the simulated market, on a clock that stands still."""

import asyncio
from random import Random

import pytest

from tests.analytics.markets import START_MS, Truth, simulated_anew
from tests.bybit.exchange import eventually, running_exchange
from tests.track.test_tracker import Tracked
from voltape.analytics.reading import Reading
from voltape.bybit.intake import Intake
from voltape.clock import ManualClock
from voltape.model.board import Board
from voltape.model.history import HOUR_S, VOLATILITY_FIELDS, Histories, Sample
from voltape.store.history_blocks import blocks_of
from voltape.track import history as history_module
from voltape.track import realised as realised_module
from voltape.track.feed import Feed
from voltape.track.gaps import GapLedger
from voltape.track.history import HistoryKeeper, fresh_index_price
from voltape.track.lanes import LanePolicy

START_S = START_MS // 1_000


class Bench:
    """A keeper over a simulated market, every contract of which is fresh."""

    def __init__(self) -> None:
        self.truth: Truth = simulated_anew("BTC", "ETH")
        self.board = self.truth.board
        self.set_stale(stale=False)
        self.clock = ManualClock(START_MS)
        self.feed = Feed(self.board, Intake(self.board), self.clock, LanePolicy(), GapLedger())
        self.histories = Histories()
        self.keeper = HistoryKeeper(self.feed, self.histories)

    def set_stale(self, share: float = 1.0, *, stale: bool) -> None:
        """Mark a share of each coin's contracts."""
        for number, row in enumerate(self.board.rows.values()):
            if Random(number).random() < share:
                self.board.set_stale(row, stale=stale)

    def samples(self, coin: str = "BTC") -> tuple[list[Sample], list[Sample]]:
        """Prices and volatilities so far."""
        history = self.histories.of(coin)
        return list(history.prices.between(0, 2**32 - 1)), list(history.volatilities.between(0, 2**32 - 1))


async def test_each_underlying_is_sampled_by_the_minute_and_by_the_hour() -> None:
    """With what the analytics say of the same board."""
    bench = Bench()
    for _ in range(130):
        await bench.keeper.sample()
        bench.clock.advance(60)
    for coin in ("BTC", "ETH"):
        prices, volatilities = bench.samples(coin)
        assert [sample.ts for sample in prices] == [START_S + 60 * minute for minute in range(130)]
        # It begins at 08:53.
        assert [sample.ts // HOUR_S - START_S // HOUR_S for sample in volatilities] == [0, 1, 2, 3]
        assert prices[0].values == (round(bench.truth.market.walks[coin].index, 2),)
    level = bench.truth.market.walks["BTC"].level
    first = dict(zip(VOLATILITY_FIELDS, bench.samples()[1][0].values, strict=True))
    assert None not in first.values()
    assert first["volatility_index"] == pytest.approx(100 * level, rel=0.2)
    assert first["atm_iv_30d"] == pytest.approx(level, rel=0.2)


async def test_nothing_is_sampled_of_what_is_stale() -> None:
    """An outage leaves a hole, and the hour is sampled when it is over."""
    bench = Bench()
    bench.set_stale(stale=True)
    await bench.keeper.sample()
    assert bench.samples() == ([], [])
    bench.set_stale(0.5, stale=False)
    bench.clock.advance(60)
    await bench.keeper.sample()
    assert [len(part) for part in bench.samples()] == [1, 0]
    bench.set_stale(stale=False)
    bench.clock.advance(60)
    await bench.keeper.sample()
    assert [len(part) for part in bench.samples()] == [2, 1]


async def test_an_hour_that_is_known_is_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether from before the restart or from this run."""
    bench = Bench()
    await bench.keeper.sample()

    def fail(*_: object) -> Reading:
        raise AssertionError("read again")

    monkeypatch.setattr(history_module, "read", fail)
    bench.clock.advance(60)
    await bench.keeper.sample()
    assert [len(part) for part in bench.samples()] == [2, 1]


async def test_times_are_those_of_the_venue() -> None:
    """A wrong wall clock here, and a step of it, do not matter."""
    bench = Bench()
    bench.feed.venue_time.observe(START_MS)
    bench.clock.step_wall(-86_400 * 365)
    await bench.keeper.sample()
    bench.clock.step_wall(86_400 * 3650)
    bench.clock.advance(60)
    await bench.keeper.sample()
    assert [sample.ts for sample in bench.samples()[0]] == [START_S, START_S + 60]
    assert len(bench.samples()[1]) == 1


async def test_a_clock_that_is_set_back_leaves_what_was_sampled() -> None:
    """Where the venue's time is not known yet, and ours is corrected."""
    bench = Bench()
    for _ in range(3):
        await bench.keeper.sample()
        bench.clock.advance(60)
    bench.clock.step_wall(-7_200)
    await bench.keeper.sample()
    prices, volatilities = bench.samples()
    assert [sample.ts - START_S for sample in prices] == [180 - 7_200, 0, 60, 120]
    assert [sample.ts - START_S for sample in volatilities] == [180 - 7_200, 0]


def test_the_index_price_is_the_newest_that_is_not_stale() -> None:
    """And None where there is none."""
    bench = Bench()
    rows = list(bench.board.rows_of("BTC"))
    price = fresh_index_price(rows)
    assert price is not None
    newest = rows[7]
    bench.board.poll(newest, tuple(5.0 for _ in newest.values), START_MS + 1, START_MS + 1)
    assert fresh_index_price(rows) == 5.0
    bench.board.set_stale(newest, stale=True)
    assert fresh_index_price(rows) == price
    assert fresh_index_price([]) is None


async def test_it_samples_at_whole_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Soon after each begins by the venue's clock, once its contracts are there."""
    monkeypatch.setattr(history_module, "_SETTLED_S", 0.0)
    bench = Bench()
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        bench.clock.advance(seconds)
        if len(slept) == 4:
            raise asyncio.CancelledError

    monkeypatch.setattr("voltape.track.history.asyncio.sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        await bench.keeper.run()
    assert slept == [0.0, 40.0, 60.0, 60.0]
    assert [sample.ts - START_S for sample in bench.samples()[0]] == [0, 40, 100]


async def test_a_tracker_with_a_history_fills_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples and realised volatilities of the simulated exchange, and their numbers in the status."""
    monkeypatch.setattr(history_module, "_SETTLED_S", 1.0)
    monkeypatch.setattr(history_module, "MINUTE_S", 1)
    monkeypatch.setattr(realised_module, "_SETTLED_S", 0.1)
    monkeypatch.setattr(realised_module, "_APART_S", 0.02)
    histories = Histories()
    async with running_exchange(underlyings=("BTC",)) as exchange:
        tracker = Tracked(exchange, Board(), histories=histories)
        tracker.start()
        try:
            history = histories.of("BTC")
            await eventually(lambda: len(history.realised) == 6)
            await eventually(lambda: len(history.volatilities))
            use = tracker.status().history
            assert (use.asked, use.failures) == (6, 0)
            assert use.prices >= 1
            assert blocks_of(history)
            assert exchange.rules_broken() == []
        finally:
            await tracker.close()
