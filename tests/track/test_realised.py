"""Questions for realised volatility, on a clock that moves when it is told to."""

import logging
from random import Random

import pytest

from tests.track.rig import Rig
from voltape.bybit.rest import RestClient
from voltape.errors import VenueError, VenueRefused
from voltape.model.history import TENORS, Histories, Realised
from voltape.track.realised import RealisedKeeper

HOUR = 3_600
NONE_OF = ("ETH", 180)
"""A window that the venue does not have."""


class PaperRest(RestClient):
    """A venue that knows every window but one.

    Attributes:
        asked: windows so far. error: what every question ends in. late_ms: how old its values are.
    """

    def __init__(self, rig: Rig) -> None:
        self.asked: list[tuple[str, int]] = []
        self.error: VenueError | None = None
        self.refused_until = float("-inf")
        self.late_ms = 0
        self._rig = rig

    async def realised_volatility(self, underlying: str, days: int) -> Realised | None:
        self.asked.append((underlying, days))
        if self.error is not None:
            raise self.error
        if (underlying, days) == NONE_OF:
            raise VenueError("historical-volatility", "retCode 10001")
        return Realised(days / 1_000, self._rig.clock.wall_ms() - self.late_ms)


class Bench:
    """A keeper for two underlyings."""

    def __init__(self) -> None:
        self.rig = Rig("BTC", "ETH")
        self.rest = PaperRest(self.rig)
        self.histories = Histories()
        self.keeper = RealisedKeeper(self.rig.feed, self.rest, self.histories, Random(1))

    async def listed(self) -> "Bench":
        """Have the contracts listed."""
        await self.rig.universe.refresh()
        return self

    async def pass_time(self, seconds: int) -> None:
        """Let the keeper look every two seconds."""
        for _ in range(seconds // 2):
            window = self.keeper.next()
            if window is not None:
                await self.keeper.ask(*window)
            self.rig.clock.advance(2.0)

    def known(self, coin: str) -> dict[int, float]:
        """Values by days."""
        return {days: found.value for days, found in self.histories.of(coin).realised.items()}


async def test_every_window_is_known_soon_after_the_start() -> None:
    """One question after the other; a window that the venue does not have stays absent."""
    bench = await Bench().listed()
    await bench.pass_time(30)
    assert bench.known("BTC") == {days: days / 1_000 for days in TENORS}
    assert bench.known("ETH") == {days: days / 1_000 for days in TENORS if days != 180}
    assert len(bench.rest.asked) == len(set(bench.rest.asked)) == 12


async def test_each_window_is_asked_for_about_once_an_hour_and_they_spread() -> None:
    """No more than a few questions in any five minutes of a later hour."""
    bench = await Bench().listed()
    await bench.pass_time(4 * HOUR)
    bench.rest.asked.clear()
    counts = []
    for _ in range(48):
        before = len(bench.rest.asked)
        await bench.pass_time(300)
        counts.append(len(bench.rest.asked) - before)
    for window in {(coin, days) for coin in ("BTC", "ETH") for days in TENORS} - {NONE_OF}:
        assert 3 <= bench.rest.asked.count(window) <= 5
    assert max(counts) <= 7


async def test_a_failed_window_is_asked_ever_less_often_and_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Down to once an hour; its failure does not hide that everything fails later."""
    bench = await Bench().listed()
    with caplog.at_level(logging.WARNING):
        await bench.pass_time(10 * HOUR)
        assert 10 <= bench.rest.asked.count(NONE_OF) <= 17
        assert bench.keeper.failures == bench.rest.asked.count(NONE_OF)
        assert len(caplog.records) == 1
        bench.rest.error = VenueError("historical-volatility", "timeout")
        await bench.pass_time(2 * HOUR)
        assert len(caplog.records) == 2
        bench.rest.error = None
        await bench.pass_time(2 * HOUR)
        bench.rest.error = VenueError("historical-volatility", "timeout")
        await bench.pass_time(2 * HOUR)
        assert len(caplog.records) == 3
    assert len(bench.known("BTC")) == 6, "what was known stays, with its time"


async def test_a_refusal_is_heeded() -> None:
    """Nothing is asked until it is over."""
    bench = await Bench().listed()
    bench.rest.error = VenueRefused("historical-volatility", "403")
    bench.rest.refused_until = bench.rig.clock.monotonic() + 600
    await bench.pass_time(596)
    assert bench.rest.asked == []
    bench.rest.error = None
    await bench.pass_time(60)
    assert len(bench.known("BTC")) == 6


async def test_what_an_earlier_run_learnt_is_not_asked_again_at_once() -> None:
    """But when it is an hour old."""
    bench = await Bench().listed()
    now_ms = bench.rig.clock.wall_ms()
    for days in TENORS:
        bench.histories.put_realised("BTC", days, Realised(0.5, now_ms - 1_800_000))
    await bench.pass_time(1_700)
    assert {coin for coin, _ in bench.rest.asked} == {"ETH"}
    await bench.pass_time(300)
    assert [coin for coin, _ in bench.rest.asked].count("BTC") == 6


async def test_a_value_of_the_future_is_not_taken() -> None:
    """It would stand in the way of all that come."""
    bench = await Bench().listed()
    bench.rest.late_ms = -3_600_000
    await bench.pass_time(60)
    assert bench.known("BTC") == {}


async def test_an_underlying_that_left_is_asked_for_no_more() -> None:
    """And at once when it comes back, unless it is still known."""
    bench = await Bench().listed()
    await bench.pass_time(60)
    bench.rig.feed.remove([symbol for symbol in bench.rig.board.rows if symbol.startswith("ETH")])
    bench.rest.asked.clear()
    await bench.pass_time(3 * HOUR)
    assert {coin for coin, _ in bench.rest.asked} == {"BTC"}
