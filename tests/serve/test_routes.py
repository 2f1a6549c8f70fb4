from typing import Any

import msgspec
import pytest

from tests.push.boards import EXPIRIES, NOW_MS, SYMBOLS, change, list_contract, make_board, values
from tests.serve.serving import API, make_gap, serving
from voltape.model.board import Board
from voltape.model.status import CacheUse, Health, Status
from voltape.model.ticker import Ticker

CALL = "BTC-25DEC26-100000-C-USDT"


async def test_health_is_answered_whatever_the_data() -> None:
    """A process that lives says so."""
    async with serving(Board()) as site:
        site.status[0].health = Health(ready=False, reasons=["no data yet"])
        assert (await site.http.get("/healthz")).status_code == 200


async def test_readiness_follows_the_data() -> None:
    """503 with the reasons before, 200 while data flows, with what is bridged."""
    async with serving() as site:
        site.status[0].health = Health(ready=False, reasons=["no contract has data", "no connection"])
        answer = await site.http.get("/readyz")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] == "no contract has data; no connection"
        site.status[0].health = Health(ready=True, degraded=["store lost"])
        answer = await site.http.get("/readyz")
        assert answer.status_code == 200
        assert answer.json() == {"status": "ready", "degraded": ["store lost"]}


async def test_the_status_has_the_latest_gaps_and_the_cache_of_this_role() -> None:
    """The rest is passed on as it is."""
    async with serving() as site:
        await site.json("/underlyings")
        await site.json("/underlyings")
        status = await site.json("/status")
        assert msgspec.convert(status, Status).contracts.listed == 24
        cache = msgspec.convert(status["cache"], CacheUse)
        assert (cache.hits, cache.misses, cache.hit_rate, cache.bytes > 0) == (1, 1, 0.5, True)
        assert [gap["scope"] for gap in status["gaps"]] == [f"connection c{n}" for n in range(29, 9, -1)]


async def test_gaps_come_newest_first_up_to_the_limit() -> None:
    """All that are recorded, unless fewer are asked for."""
    async with serving() as site:
        gaps = await site.json("/gaps")
        assert gaps["count"] == 30
        assert gaps["data"][0]["ts_started"] == make_gap(29).ts_started
        assert gaps["data"][0]["ended_at"] is None
        assert (await site.json("/gaps?limit=2"))["count"] == 2


async def test_underlyings_are_summed_up() -> None:
    """One object each, in alphabetical order."""
    async with serving() as site:
        answer = await site.json("/underlyings")
        assert answer["count"] == 2
        btc, eth = answer["data"]
        assert (btc["underlying"], eth["underlying"]) == ("BTC", "ETH")
        assert (btc["contracts"], btc["expiries"], btc["next_expiry"]) == (24, 2, "2026-12-25")


async def test_expiries_come_in_date_order() -> None:
    """Whatever order they were listed in, and whatever the case of the coin."""
    async with serving(make_board([CALL, "BTC-27NOV26-1-C", "BTC-4DEC26-1-C"])) as site:
        answer = await site.json("/expiries?underlying=btc")
        assert [one["expiry"] for one in answer["data"]] == ["2026-11-27", "2026-12-04", "2026-12-25"]
        assert answer["data"][0]["expiry_at"] == "2026-11-27T08:00:00Z"


async def test_strikes_come_in_numeric_order() -> None:
    """Each once, as numbers."""
    async with serving() as site:
        answer = await site.json("/strikes?underlying=BTC&expiry=2026-12-25")
        assert answer == {"count": 3, "data": [0.5, 2000.0, 100000.0]}
        assert await site.json("/strikes?underlying=BTC&expiry=25DEC26") == answer


async def test_a_chain_pairs_calls_and_puts_by_strike() -> None:
    """USDT unless asked otherwise; a side that is not listed is null."""
    async with serving() as site:
        site.board.remove("BTC-25DEC26-2000-P-USDT")
        site.board.commit()
        chain = await site.json("/chains/BTC/2026-12-25")
        assert (chain["underlying"], chain["expiry"], chain["settle"]) == ("BTC", "2026-12-25", "USDT")
        assert chain["version"] == site.board.series["BTC", "2026-12-25"].version
        assert [row["strike"] for row in chain["rows"]] == [0.5, 2000.0, 100000.0]
        assert chain["rows"][1]["put"] is None
        assert chain["rows"][2]["call"]["symbol"] == CALL
        usdc = await site.json("/chains/BTC/25DEC26?settle=USDC")
        assert usdc["rows"][2]["put"]["symbol"] == "BTC-25DEC26-100000-P"


async def test_one_ticker_is_complete_and_absent_values_are_null() -> None:
    """Every field of the contract, in its order."""
    async with serving() as site:
        change(site.board, CALL, bid_price=None, delta=0.0)
        answer = await site.get(f"/tickers/{CALL}")
        found = answer.json()
        assert list(found) == list(Ticker.__struct_fields__)
        assert found["bid_price"] is None
        assert found["delta"] == 0.0
        assert found["days_to_expiry"] == pytest.approx((found_ms(found) - NOW_MS) / 86_400_000, abs=0.001)


def found_ms(ticker: dict[str, Any]) -> int:
    """Instant of expiry of the contracts of 25 December 2026."""
    assert ticker["expiry_at"] == "2026-12-25T08:00:00Z"
    return 1_798_185_600_000


async def test_a_contract_without_data_is_there_with_nulls() -> None:
    """Listed, stale, and never zero."""
    async with serving(make_board([CALL], filled=False)) as site:
        found = await site.json(f"/tickers/{CALL}")
        assert found["ts_received"] is None
        assert found["stale"] is True
        assert found["volume_24h"] is None


async def test_a_chain_in_a_coin_it_does_not_settle_in_is_404() -> None:
    """And says which coins there are."""
    async with serving(make_board([CALL])) as site:
        problem = await site.problem("/chains/BTC/2026-12-25?settle=USDC", 404)
        assert "USDT" in problem["detail"]


async def test_an_unknown_parameter_is_told_which_ones_there_are() -> None:
    """So that a typing error is found at once."""
    async with serving() as site:
        problem = await site.problem("/expiries?underlying=BTC&underlyng=ETH", 422)
        assert problem["errors"] == [
            {"name": "underlyng", "reason": "unknown parameter; there are underlying"}
        ]


async def test_a_wrong_method_is_refused_with_the_right_ones() -> None:
    """405 names what is allowed."""
    async with serving() as site:
        answer = await site.http.post(f"{API}/tickers")
        assert answer.status_code == 405
        assert answer.headers["content-type"] == "application/problem+json"
        assert "GET" in answer.headers["allow"]


async def test_head_has_the_headers_of_get_and_no_body() -> None:
    """For answers that are kept and for new ones."""
    async with serving() as site:
        for _ in range(2):
            answer = await site.http.head(f"{API}/underlyings")
            assert answer.status_code == 200
            assert answer.content == b""
            assert int(answer.headers["content-length"]) > 100
            assert answer.headers["etag"]


async def test_tickers_come_in_pages_that_say_how_many_there_are() -> None:
    """All contracts by default, in order of underlying, expiry, strike."""
    async with serving() as site:
        answer = await site.json("/tickers")
        assert (answer["count"], answer["total"], answer["next_cursor"]) == (48, 48, None)
        order = [(one["underlying"], one["expiry"], one["strike"]) for one in answer["data"]]
        assert order == sorted(order)
        first = await site.json("/tickers?limit=5")
        assert (first["count"], first["total"]) == (5, 48)
        assert first["data"] == answer["data"][:5]


async def test_fields_narrow_tickers_down_in_the_order_of_the_contract() -> None:
    """Exactly the fields asked for."""
    async with serving() as site:
        answer = await site.json("/tickers?fields=mark_iv,symbol, strike&limit=1")
        assert list(answer["data"][0]) == ["symbol", "strike", "mark_iv"]


async def test_named_symbols_are_found_whatever_their_case() -> None:
    """A watch list in one request."""
    async with serving() as site:
        answer = await site.json(f"/tickers?symbols={CALL.lower()},ETH-26MAR27-0.5-P&fields=symbol")
        assert [one["symbol"] for one in answer["data"]] == [CALL, "ETH-26MAR27-0.5-P"]


async def test_pages_hold_every_contract_once_while_the_market_moves() -> None:
    """Sorted by a value that changes between any two pages."""
    async with serving() as site:
        seen: list[str] = []
        cursor = ""
        for number in range(100):
            answer = await site.json(f"/tickers?sort=-volume_24h&limit=7&fields=symbol{cursor}")
            seen += [one["symbol"] for one in answer["data"]]
            if answer["next_cursor"] is None:
                break
            cursor = f"&cursor={answer['next_cursor']}"
            for offset, symbol in enumerate(SYMBOLS):
                change(site.board, symbol, volume_24h=float((offset * 31 + number * 17) % 48))
        assert len(seen) == len(set(seen)) == 48


async def test_a_cursor_belongs_to_its_filters() -> None:
    """With others it is refused."""
    async with serving() as site:
        cursor = (await site.json("/tickers?limit=5"))["next_cursor"]
        await site.json(f"/tickers?limit=9&cursor={cursor}")
        problem = await site.problem(f"/tickers?limit=5&kind=put&cursor={cursor}", 422)
        assert "other filters" in problem["errors"][0]["reason"]


async def test_an_answer_is_never_older_than_the_board() -> None:
    """It is kept exactly until something it shows changes."""
    async with serving() as site:
        path = "/chains/BTC/2026-12-25"
        first = await site.get(path)
        again = await site.get(path)
        assert again.content == first.content
        assert site.app.desk.cache.hits == 1
        change(site.board, "BTC-26MAR27-100000-C-USDT", bid_price=77.0)
        await site.get(path)
        assert site.app.desk.cache.hits == 2
        change(site.board, CALL, bid_price=77.0)
        newest = await site.get(path)
        assert newest.json()["rows"][2]["call"]["bid_price"] == 77.0
        assert newest.headers["etag"] != first.headers["etag"]
        list_contract(site.board, "BTC-25DEC26-1-C-USDT")
        site.board.commit()
        assert len((await site.get(path)).json()["rows"]) == 4
        for row in [*site.board.series["BTC", "2026-12-25"].rows]:
            site.board.remove(row)
        site.board.commit()
        assert (await site.get(path)).status_code == 404


async def test_days_to_expiry_keep_up_with_the_time_although_nothing_else_moves() -> None:
    """Kept answers do not outlive a minute."""
    async with serving() as site:
        first = await site.json(f"/tickers/{CALL}")
        site.clock.advance(86_400)
        later = await site.json(f"/tickers/{CALL}")
        assert first["days_to_expiry"] - later["days_to_expiry"] == pytest.approx(1.0)


async def test_freshness_filters_are_answered_anew_each_time() -> None:
    """They depend on the time alone."""
    async with serving(make_board([CALL])) as site:
        path = "/tickers?updated_within=10"
        assert (await site.json(path))["count"] == 1
        site.clock.advance(11)
        assert (await site.json(path))["count"] == 0


@pytest.mark.parametrize(
    "path",
    ["/gaps", "/underlyings", "/expiries?underlying=BTC", "/strikes?underlying=BTC&expiry=25DEC26",
     "/chains/BTC/2026-12-25", "/tickers", f"/tickers/{CALL}"],
)  # fmt: skip
async def test_every_data_answer_has_a_tag_that_saves_sending_it_again(path: str) -> None:
    """304 without a body while the client has the newest."""
    async with serving() as site:
        first = await site.get(path)
        tag = first.headers["etag"]
        assert tag.startswith('"')
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            answer = await site.get(path, if_none_match=known)
            assert answer.status_code == 304
            assert answer.content == b""
            assert answer.headers["etag"] == tag
        assert (await site.get(path, if_none_match='"other"')).status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_long_answers_are_compressed_on_request(coding: str) -> None:
    """The forms have different tags, either of which means the client has it; short ones stay plain."""
    async with serving() as site:
        plain = await site.get("/tickers")
        packed = await site.get("/tickers", accept_encoding=f"{coding}, br;q=0.5")
        assert packed.headers["content-encoding"] == coding
        assert int(packed.headers["content-length"]) < len(plain.content) / 3
        assert packed.content == plain.content
        assert packed.headers["etag"] != plain.headers["etag"]
        assert packed.headers["vary"] == "accept, accept-encoding"
        known = packed.headers["etag"]
        assert (await site.get("/tickers", if_none_match=known)).status_code == 304
        assert "content-encoding" not in (await site.get("/gaps?limit=1", accept_encoding=coding)).headers
        refused = await site.get("/tickers", accept_encoding=f"{coding};q=0")
        assert "content-encoding" not in refused.headers


async def test_an_empty_board_answers_with_empty_lists() -> None:
    """Before the first listing nothing is an error that is none."""
    async with serving(Board()) as site:
        assert await site.json("/underlyings") == {"count": 0, "data": []}
        answer = await site.json("/tickers")
        assert answer == {"count": 0, "total": 0, "next_cursor": None, "data": []}
        problem = await site.problem("/expiries?underlying=BTC", 404)
        assert "none at all yet" in problem["detail"]


async def test_what_an_expiry_is_called_does_not_matter() -> None:
    """Both spellings are the same filter."""
    async with serving() as site:
        iso = await site.json("/tickers?expiry=2027-03-26&underlying=eth")
        venue = await site.json(f"/tickers?expiry={EXPIRIES[1]}&underlying=ETH")
        assert iso["data"] == venue["data"]
        assert iso["count"] == 12


async def test_values_that_json_cannot_hold_do_not_occur() -> None:
    """Large and small numbers come back as they were."""
    async with serving(make_board([CALL])) as site:
        row = site.board.rows[CALL]
        site.board.push(row, values(1e300, gamma=1.423e-05, delta=-0.0), NOW_MS, 2, NOW_MS)
        site.board.commit()
        found = await site.json(f"/tickers/{CALL}")
        assert found["bid_price"] == 1e300
        assert found["gamma"] == 1.423e-05
