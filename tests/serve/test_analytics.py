import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from tests.analytics.markets import START_MS, simulated
from tests.push.boards import NOW_MS, decoded, make_board
from tests.serve.serving import API, Site, serving, subscribe
from voltape.serve.analytics import ANALYTICS_ROUTES

BOARD = simulated("BTC", "ETH").board
DATES = [series.expiry for series in BOARD.expiries("BTC")]
PARTS = sorted(path.rpartition("/")[2] for route in ANALYTICS_ROUTES for path in route.paths)
BY_EXPIRY = ("gamma-exposure", "max-pain", "open-interest", "skew")


@asynccontextmanager
async def market() -> AsyncIterator[Site]:
    """The simulated market, served at its own time."""
    async with serving(BOARD) as site:
        site.clock.step_wall((START_MS - NOW_MS) / 1000)
        yield site


def path_of(part: str, coin: str = "BTC", date: str = DATES[3]) -> str:
    """Where a part is."""
    return f"/analytics/{coin}/{part}" + (f"?expiry={date}" if part == "smile" else "")


def test_every_part_has_a_route() -> None:
    """Those of the contract, and three more."""
    assert PARTS == [
        "checks",
        "gamma-exposure",
        "max-pain",
        "net-greeks",
        "open-interest",
        "skew",
        "smile",
        "summary",
        "surface",
        "term-structure",
        "volatility-index",
    ]


@pytest.mark.parametrize("part", PARTS)
async def test_every_answer_says_of_what_and_of_when_it_is(part: str) -> None:
    """Underlying in the board's spelling, moment, spot index."""
    async with market() as site:
        answer = await site.json(path_of(part, "btc"))
        assert (answer["underlying"], answer["ts"]) == ("BTC", START_MS)
        assert answer["index_price"] > 0


@pytest.mark.parametrize("part", PARTS)
async def test_within_a_second_an_answer_is_given_again(part: str) -> None:
    """With its tag; after that it is made anew."""
    async with market() as site:
        first = await site.get(path_of(part))
        site.clock.advance(0.9)
        again = await site.get(path_of(part), if_none_match=first.headers["etag"])
        assert again.status_code == 304
        assert site.app.desk.analytics.readings == 1
        site.clock.advance(5.0)
        assert (await site.json(path_of(part)))["ts"] == START_MS + 5900


@pytest.mark.parametrize("part", PARTS)
async def test_an_unknown_underlying_is_a_404_with_the_nearest_names(part: str) -> None:
    """As everywhere."""
    async with market() as site:
        problem = await site.problem(path_of(part, "BTX"), 404)
        assert "near it are BTC" in problem["detail"]


@pytest.mark.parametrize("part", [*BY_EXPIRY, "smile"])
async def test_an_expiry_may_be_spelt_either_way_and_must_exist(part: str) -> None:
    """404 with near matches, 422 for what is no date."""
    async with market() as site:
        year, month, day = DATES[0].split("-")
        short = f"{int(day)}{['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'][int(month) - 1]}{year[2:]}"
        path = f"/analytics/BTC/{part}?expiry="
        assert await site.json(path + short) == await site.json(path + DATES[0])
        assert "BTC expiry" in (await site.problem(path + "2031-01-01", 404))["detail"]
        assert (await site.problem(path + "tomorrow", 422))["errors"][0]["name"] == "expiry"


async def test_the_smile_needs_an_expiry() -> None:
    """Which the problem names, as it names a parameter that is none."""
    async with market() as site:
        assert (await site.problem("/analytics/BTC/smile", 422))["errors"][0]["name"] == "expiry"
        problem = await site.problem("/analytics/BTC/surface?strike=1", 422)
        assert problem["errors"] == [{"name": "strike", "reason": "unknown parameter; this takes none"}]


async def test_a_smile_has_its_strikes_and_its_curve() -> None:
    """Points by strike, and what was fitted to them."""
    async with market() as site:
        smile = await site.json(path_of("smile"))
        strikes = [point["strike"] for point in smile["points"]]
        assert strikes == sorted(strikes)
        assert len(strikes) > 10
        assert smile["expiry"] == smile["curve"]["expiry"] == DATES[3]
        assert smile["curve"]["rmse"] < 1.0


async def test_a_series_without_data_has_no_smile_yet() -> None:
    """404 says why; the other parts have absent figures."""
    async with serving(make_board(filled=False)) as site:
        problem = await site.problem("/analytics/BTC/smile?expiry=2026-12-25", 404)
        assert problem["detail"] == "BTC 2026-12-25 has no data to compute from"
        summary = await site.json("/analytics/BTC/summary")
        assert summary["volatility_index"] is None
        assert summary["index_price"] is None


@pytest.mark.parametrize("part", BY_EXPIRY)
async def test_one_expiry_can_be_asked_for(part: str) -> None:
    """Its entry is the one among all."""
    async with market() as site:
        whole = await site.json(f"/analytics/BTC/{part}")
        one = await site.json(f"/analytics/BTC/{part}?expiry={DATES[2]}")
        name = "data" if "data" in whole else "expiries"
        assert [entry["expiry"] for entry in whole[name]] == DATES
        assert one[name] == [whole[name][2]]


async def test_open_interest_adds_up_to_that_of_the_underlying() -> None:
    """The same sums as in the list of underlyings, and the same ratios."""
    async with market() as site:
        found = await site.json("/analytics/BTC/open-interest")
        (btc, _) = (await site.json("/underlyings"))["data"]
        for name in ("open_interest", "volume_24h"):
            assert found[name] == pytest.approx(btc[name])
        for name in ("put_call_ratio_open_interest", "put_call_ratio_volume"):
            assert found[name] == pytest.approx(btc[name], abs=1e-6)


async def test_gamma_exposure_states_what_it_assumes_and_follows_its_formula() -> None:
    """Recomputed from the tickers of the same board."""
    async with market() as site:
        found = await site.json("/analytics/BTC/gamma-exposure")
        tickers = (await site.json("/tickers?underlying=BTC&limit=5000"))["data"]
        expected = sum(
            (1 if one["kind"] == "call" else -1) * (one["gamma"] or 0) * one["open_interest"]
            for one in tickers
        )
        assert found["net"] == pytest.approx(expected * found["index_price"] ** 2 * 0.01)
        assert found["convention"]["assumption"] == "dealers are long all calls and short all puts"
        assert (found["convention"]["calls"], found["convention"]["puts"]) == (1, -1)
        assert sum(one["net"] for one in found["strikes"]) == pytest.approx(found["net"])


async def test_the_routes_are_in_the_openapi_document() -> None:
    """With typed answers and the problems they may be."""
    async with serving() as site:
        document = (await site.http.get("/openapi.json")).json()
        for part in PARTS:
            operation = document["paths"][f"{API}/analytics/{{underlying}}/{part}"]["get"]
            assert {"200", "404", "422"} <= set(operation["responses"])
            assert operation["description"]
            assert "$ref" in operation["responses"]["200"]["content"]["application/json"]["schema"]


async def received(socket: ClientConnection) -> dict[str, Any]:
    """The next message that belongs to a channel."""
    while True:
        frame = await socket.recv()
        message = decoded(frame if isinstance(frame, bytes) else frame.encode())
        if "channel" in message:
            return message


async def test_the_channel_starts_with_a_snapshot_and_goes_on_with_whole_objects() -> None:
    """The object is the summary; numbers follow each other."""
    async with market() as site, site.stream() as socket:
        analytics = site.app.desk.analytics
        await subscribe(socket, "analytics.BTC")
        running = asyncio.create_task(analytics.run())
        snapshot = await received(socket)
        assert snapshot["type"] == "snapshot"
        assert snapshot["data"] == await site.json("/analytics/BTC/summary")
        site.clock.advance(1.0)
        await analytics.renew()
        delta = await received(socket)
        assert (delta["type"], delta["seq"]) == ("delta", snapshot["seq"] + 1)
        assert delta["data"].keys() == snapshot["data"].keys()
        assert delta["data"]["ts"] == START_MS + 1000
        assert "removed" not in delta
        running.cancel()


async def test_a_channel_of_an_unknown_underlying_is_refused() -> None:
    """As those of contracts are."""
    async with market() as site, site.stream() as socket:
        await subscribe(socket, "analytics.BTX", "analytics.")
        unknown, malformed = [await received(socket) for _ in range(2)]
        assert unknown["detail"] == "no contracts on 'BTX' are listed; there are BTC, ETH"
        assert "analytics.COIN" in malformed["detail"]
