from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.analytics.markets import START_MS, simulated
from tests.push.boards import NOW_MS
from tests.serve.serving import API, Site, serving
from voltape.model.history import (
    DAY_S,
    HOUR_S,
    TENORS,
    VOLATILITY_FIELDS,
    VOLATILITY_SAMPLES,
    Histories,
    Realised,
)
from voltape.serve.history import HISTORY_ROUTES

BOARD = simulated("BTC", "ETH").board
NOW_S = START_MS // 1_000
PATHS = ("/history?field=index_price", "/volatility-rank", "/realised-volatility")


@asynccontextmanager
async def market(histories: Histories | None = None) -> AsyncIterator[Site]:
    """The simulated market, served at its own time, with this past."""
    async with serving(BOARD, histories=histories) as site:
        site.clock.step_wall((START_MS - NOW_MS) / 1000)
        yield site


def past(days: int = 5) -> Histories:
    """Some days by the hour, and a day of prices."""
    histories = Histories()
    for hour in range(1, 24 * days + 1):
        row = [40.0 + hour / 24, *([0.4 + hour / 2400] * len(TENORS))]
        histories.put_volatility("BTC", NOW_S - hour * HOUR_S, row)
    for minute in range(1, 24 * 60 + 5):
        histories.put_price("BTC", NOW_S - minute * 60, 100_000.0 + minute)
    return histories


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_says_of_what_and_of_when_it_is(path: str) -> None:
    """Also where nothing is known yet; an unknown coin is a 404."""
    async with market() as site:
        answer = await site.json(f"/analytics/btc{path}")
        assert (answer["underlying"], answer["ts"]) == ("BTC", START_MS)
        problem = await site.problem(f"/analytics/BTX{path}", 404)
        assert "near it are BTC" in problem["detail"]


async def test_prices_come_by_the_minute_oldest_first() -> None:
    """From the time that was asked for, in either spelling."""
    async with market(past()) as site:
        answer = await site.json("/analytics/BTC/history?field=index_price")
        assert (answer["field"], answer["step_s"], answer["count"]) == ("index_price", 60, 24 * 60 + 4)
        assert answer["data"][-1] == {"ts": (NOW_S - 60) * 1_000, "value": 100_001.0}
        times = [entry["ts"] for entry in answer["data"]]
        assert times == sorted(times)
        for since in (str((NOW_S - 120) * 1_000), "2025-10-09T08:51:20Z", "2025-10-09T08:51:19.001Z"):
            short = await site.json(f"/analytics/BTC/history?field=index_price&since={since}")
            assert short["data"] == answer["data"][-2:]
        none = await site.json(f"/analytics/BTC/history?field=index_price&since={(NOW_S - 60) * 1000 + 1}")
        assert (none["count"], none["data"]) == (0, [])


@pytest.mark.parametrize("field", VOLATILITY_FIELDS)
async def test_volatilities_come_by_the_hour(field: str) -> None:
    """Each of them; null where it was not known, no entry where nothing was."""
    histories = past(1)
    row: list[float | None] = [1.0] * len(VOLATILITY_FIELDS)
    row[VOLATILITY_FIELDS.index(field)] = None
    histories.put_volatility("BTC", NOW_S - 2 * HOUR_S, row)
    async with market(histories) as site:
        answer = await site.json(f"/analytics/BTC/history?field={field}")
        assert (answer["step_s"], answer["count"]) == (3_600, 24)
        assert [entry["value"] is None for entry in answer["data"]] == [False] * 22 + [True, False]
        first = 41.0 if field == "volatility_index" else 0.41
        assert answer["data"][0]["value"] == pytest.approx(first, abs=1e-4)


async def test_a_full_year_is_bounded() -> None:
    """As many entries as there is room for, and no more."""
    async with market(past(400)) as site:
        answer = await site.get("/analytics/BTC/history?field=atm_iv_30d")
        assert answer.json()["count"] == VOLATILITY_SAMPLES
        assert len(answer.content) < 400_000


async def test_a_new_sample_is_shown_within_a_second_or_a_minute() -> None:
    """Of what comes by the minute and by the hour; before that the answer is given again."""
    histories = past(1)
    async with market(histories) as site:
        for field, lasts in (("index_price", 1.0), ("volatility_index", 60.0)):
            path = f"/analytics/BTC/history?field={field}"
            before = await site.json(path)
            now = site.clock.wall_ms() // 1_000
            histories.put_price("BTC", now, lasts)
            histories.put_volatility("BTC", now, [lasts] * len(VOLATILITY_FIELDS))
            site.clock.advance(lasts - 0.1)
            assert await site.json(path) == before
            site.clock.advance(0.2)
            assert (await site.json(path))["data"][-1]["value"] == lasts != before["data"][-1]["value"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "field"),
        ("?field=delta", "field"),
        ("?field=index_price&since=soon", "since"),
        ("?field=index_price&x=1", "x"),
    ],
)
async def test_other_parameters_are_refused(query: str, name: str) -> None:
    """With their name."""
    async with market() as site:
        problem = await site.problem(f"/analytics/BTC/history{query}", 422)
        assert problem["errors"][0]["name"] == name


async def test_ranks_are_against_the_days_that_there_are() -> None:
    """Of both figures, with how many days they look back."""
    async with market(past()) as site:
        answer = await site.json("/analytics/BTC/volatility-rank")
        summary = await site.json("/analytics/BTC/summary")
        assert answer["index_price"] == summary["index_price"]
        for figure in ("volatility_index", "atm_iv_30d"):
            rank = answer[figure]
            assert rank["now"] == summary[figure]
            assert rank["look_back_days"] == 5
            assert rank["since_at"] == "2025-10-04T00:00:00Z"
            assert rank["rank"] == pytest.approx(
                (rank["now"] - rank["low"]) / (rank["high"] - rank["low"]), abs=1e-6
            )
            assert (rank["reason"], 0 <= rank["percentile"] <= 1) == (None, True)


async def test_without_history_there_is_no_rank() -> None:
    """But a reason."""
    async with market(past(0)) as site:
        for figure in ("volatility_index", "atm_iv_30d"):
            rank = (await site.json("/analytics/BTC/volatility-rank"))[figure]
            assert (rank["rank"], rank["look_back_days"], rank["since_at"]) == (None, 0, None)
            assert rank["reason"] == "fewer than 2 days of history"


async def test_realised_volatility_stands_beside_implied() -> None:
    """Every window, in vol points where both are known."""
    histories = Histories()
    histories.put_realised("BTC", 30, Realised(0.35, START_MS - 1_800_000))
    async with market(histories) as site:
        answer = await site.json("/analytics/BTC/realised-volatility")
        tenors = (await site.json("/analytics/BTC/term-structure"))["tenors"]
        assert [window["days"] for window in answer["data"]] == list(TENORS)
        assert [window["atm_iv"] for window in answer["data"]] == [tenor["atm_iv"] for tenor in tenors]
        month = answer["data"][2]
        assert (month["realised"], month["ts_realised"]) == (0.35, START_MS - 1_800_000)
        assert month["difference"] == pytest.approx(100 * (month["atm_iv"] - 0.35), abs=1e-3)
        assert answer["data"][0]["realised"] is answer["data"][0]["difference"] is None


async def test_the_term_structure_has_that_of_the_day_before() -> None:
    """The sample nearest to 24 hours ago; null without one."""
    async with market(past()) as site:
        previous = (await site.json("/analytics/BTC/term-structure"))["previous"]
        assert previous["ts"] == (NOW_S - DAY_S) * 1_000
        assert [tenor["days"] for tenor in previous["tenors"]] == list(TENORS)
        assert {tenor["atm_iv"] for tenor in previous["tenors"]} == {0.41}
        assert (await site.json("/analytics/ETH/term-structure"))["previous"] is None


async def test_underlyings_and_summary_say_how_the_index_moved() -> None:
    """Over the day where it is known, else since when."""
    histories = past()
    histories.put_price("ETH", NOW_S - HOUR_S, 4_000.0)
    async with market(histories) as site:
        btc, eth = (await site.json("/underlyings"))["data"]
        assert btc["index_change_24h"] == btc["index_change"]
        assert btc["index_change"] == pytest.approx(btc["index_price"] / 101_440 - 1, abs=1e-6)
        assert btc["index_change_since_at"] == "2025-10-08T08:53:20Z"
        assert eth["index_change_24h"] is None
        assert eth["index_change"] == pytest.approx(eth["index_price"] / 4_000 - 1, abs=1e-6)
        assert eth["index_change_since_at"] == "2025-10-09T07:53:20Z"
        summary = await site.json("/analytics/ETH/summary")
        assert summary["index_change_since_at"] == eth["index_change_since_at"]
        assert summary["index_change"] == pytest.approx(eth["index_change"], abs=1e-6)


async def test_the_routes_are_in_the_openapi_document() -> None:
    """With typed answers, the field's values and the problems they may be."""
    async with serving() as site:
        document = (await site.http.get("/openapi.json")).json()
        for route in HISTORY_ROUTES:
            (path,) = route.paths
            operation = document["paths"][path.replace(":str", "")]["get"]
            assert {"200", "404", "422"} <= set(operation["responses"])
            assert operation["description"]
            assert "$ref" in operation["responses"]["200"]["content"]["application/json"]["schema"]
        (field,) = [
            one
            for one in document["paths"][f"{API}/analytics/{{underlying}}/history"]["get"]["parameters"]
            if one["name"] == "field"
        ]
        assert field["required"]
        assert field["schema"]["enum"] == ["index_price", *VOLATILITY_FIELDS]
