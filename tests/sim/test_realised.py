"""Realised volatility of the simulated venue."""

import pytest

from tests.sim.client import LocalSim, Message, local_sim
from voltape.sim.realised import HOUR_MS, LONGEST_MS, PERIODS

PATH = "/v5/market/historical-volatility"


async def asked(sim: LocalSim, **query: str) -> Message:
    """An answer."""
    return await sim.get(PATH, **({"category": "option"} | query))


async def test_without_a_span_it_is_the_latest_hour() -> None:
    """Of BTC over 7 days unless something else is asked for."""
    async with local_sim(rate=0.0, underlyings=("BTC", "SOL"), scale=0.1) as sim:
        now = sim.venue.clock.now_ms()
        (row,) = (await asked(sim))["result"]
        assert row == (await asked(sim, baseCoin="BTC", period="7"))["result"][0]
        assert 0 <= now - int(row["time"]) < HOUR_MS
        assert row["period"] == 7


async def test_a_span_is_told_by_the_hour_newest_first_and_always_the_same() -> None:
    """Up to 30 days, and nothing of the future."""
    async with local_sim(rate=0.0, underlyings=("BTC",), scale=0.1) as sim:
        now = sim.venue.clock.now_ms()
        span = {"startTime": str(now - 10 * HOUR_MS), "endTime": str(now + 5 * HOUR_MS)}
        rows = (await asked(sim, period="30", **span))["result"]
        times = [int(row["time"]) for row in rows]
        latest = now // HOUR_MS * HOUR_MS
        assert times == [latest - hour * HOUR_MS for hour in range(10)]
        assert rows == (await asked(sim, period="30", **span))["result"]
        assert len({row["value"] for row in rows}) > 1


async def test_long_windows_are_there_for_some_coins_only() -> None:
    """An empty list for the others."""
    async with local_sim(rate=0.0, underlyings=("BTC", "SOL"), scale=0.1) as sim:
        for days in PERIODS:
            assert len((await asked(sim, baseCoin="BTC", period=str(days)))["result"]) == 1
            found = (await asked(sim, baseCoin="SOL", period=str(days)))["result"]
            assert len(found) == (days <= 90)


@pytest.mark.parametrize(
    "query",
    [
        {"period": "8"},
        {"baseCoin": "DOGE"},
        {"category": "linear"},
        {"startTime": "1756713600000"},
        {"startTime": "5", "endTime": "4"},
        {"startTime": "0", "endTime": str(LONGEST_MS + 1)},
        {"startTime": "x", "endTime": "y"},
    ],
)
async def test_what_cannot_be_asked_is_10001(query: dict[str, str]) -> None:
    """In the ordinary envelope."""
    async with local_sim(rate=0.0, underlyings=("BTC",), scale=0.1) as sim:
        answer = await asked(sim, **query)
    assert (answer["retCode"], answer["result"]) == (10001, {})
