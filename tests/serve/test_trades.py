"""The trade tape over HTTP."""

import msgspec
import pytest

from tests.model.trades import CALL, PUT, START, series_of_trades, trade
from tests.serve.serving import serving, subscribe
from voltape.model.tape import Tapes
from voltape.model.trade import Trade

ETH = "ETH-25DEC26-2000-C"
EXPIRED = "BTC-1JAN26-90000-P"


def filled() -> Tapes:
    """Tapes of two coins: small calls, a large put, a trade without index price, one in an expired contract."""
    tapes = Tapes()
    tapes.restore(
        [
            trade(1),
            trade(2, symbol=PUT, size=25.0, side="sell"),
            trade(3, symbol=ETH, size=3.0, index_price=4_000.0),
            trade(4, size=30.0, index_price=None),
            trade(5, symbol=EXPIRED, side="sell"),
        ]
    )
    return tapes


async def asked(query: str, tapes: Tapes | None = None) -> list[str]:
    """Identifiers of the trades that a query finds."""
    async with serving(tapes=tapes or filled()) as site:
        answer = await site.json(f"/trades{query}")
        assert answer["count"] == len(answer["data"])
        return [one["id"].removeprefix("id-") for one in answer["data"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "54321"),
        ("?underlying=BTC", "5421"),
        ("?underlying=btc", "5421"),
        ("?underlying=ETH", "3"),
        (f"?symbol={CALL}", "41"),
        (f"?symbol={CALL.lower()}&underlying=BTC", "41"),
        (f"?symbol={EXPIRED}", "5"),
        ("?min_size=3", "432"),
        ("?min_notional=12000", "5321"),
        ("?min_notional=1000000", "2"),
        ("?side=sell", "52"),
        (f"?since={START + 4}", "54"),
        ("?since=2026-09-26T12:00:00.004Z", "54"),
        ("?since=2026-09-26T12:00:00.004", "54"),
        ("?since=2026-09-26T14:00:00.004%2B02:00", "54"),
        ("?limit=2", "54"),
        ("?underlying=BTC&side=sell&min_size=1&limit=1", "2"),
        (f"?since={START + 100}", ""),
    ],
)
async def test_trades_that_pass_every_filter_come_newest_first(query: str, found: str) -> None:
    """Large ones are found by size or by worth; what has no worth passes no such filter."""
    assert "".join(await asked(query)) == found


async def test_a_trade_is_told_in_full() -> None:
    """With the names and units of the ticker; absent values are null."""
    async with serving(tapes=filled()) as site:
        answer = await site.json(f"/trades?symbol={CALL}")
        assert msgspec.convert(answer["data"], list[Trade]) == [
            trade(4, size=30.0, index_price=None),
            trade(1),
        ]
        assert answer["data"][0]["notional"] is None
        assert (answer["data"][1]["notional"], answer["data"][1]["sequence"]) == (50_000.0, None)


async def test_an_answer_is_the_same_until_the_next_trade() -> None:
    """304 for whoever has it; anew afterwards."""
    tapes = filled()
    async with serving(tapes=tapes) as site:
        first = await site.get("/trades?underlying=BTC")
        tag = first.headers["etag"]
        assert (await site.get("/trades?underlying=BTC", if_none_match=tag)).status_code == 304
        tapes.offer(trade(9))
        assert (await site.get("/trades?underlying=BTC", if_none_match=tag)).status_code == 304
        tapes.commit()
        second = await site.get("/trades?underlying=BTC", if_none_match=tag)
        assert second.status_code == 200
        assert second.json()["data"][0]["id"] == "id-9"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?limit=0&side=both&min_size=-1", {"limit", "side", "min_size"}),
        ("?min_notional=nan", {"min_notional"}),
        ("?since=yesterday", {"since"}),
        ("?since=-5", {"since"}),
        (f"?symbol={ETH}&underlying=BTC", {"symbol"}),
        ("?coin=BTC", {"coin"}),
    ],
)
async def test_parameters_that_cannot_be_used_are_named(query: str, names: set[str]) -> None:
    """422 with each of them."""
    async with serving(tapes=filled()) as site:
        problem = await site.problem(f"/trades{query}", 422)
        assert {fault["name"] for fault in problem["errors"]} == names


async def test_unknown_names_are_answered_with_near_ones() -> None:
    """An underlying that is not listed, and a contract that neither is nor was traded."""
    async with serving(tapes=filled()) as site:
        assert "BTC" in (await site.problem("/trades?underlying=BTD", 404))["detail"]
        assert "no contract" in (await site.problem("/trades?symbol=BTC-25DEC26-1-C", 404))["detail"]


async def test_without_a_tape_the_switch_is_named() -> None:
    """An empty list would say that nobody trades."""
    async with serving() as site:
        assert "VOLTAPE_TRADES" in (await site.problem("/trades", 404))["detail"]


async def test_trades_are_pushed_over_the_stream() -> None:
    """From the tape through the hub to a WebSocket."""
    tapes = Tapes()
    tapes.restore(series_of_trades(2))
    async with serving(tapes=tapes) as site, site.stream() as socket:
        await subscribe(socket, "trades.BTC")
        messages = [msgspec.json.decode(await socket.recv()) for _ in range(2)]
        assert [one["id"] for one in messages[1]["data"]] == ["id-0", "id-1"]
        tapes.offer(trade(2))
        tapes.commit()
        delta = msgspec.json.decode(await socket.recv())
        assert (delta["type"], delta["data"][0]["id"]) == ("delta", "id-2")
