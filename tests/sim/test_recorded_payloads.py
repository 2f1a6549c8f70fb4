"""The simulator's payloads have the shapes of the venue's.

Shape means: the keys, the types, and for text whether it is a decimal number, a time in milliseconds
or words. The venue's own recordings are compared where they lie beside the checkout; hand-written
messages of the same shape are compared always.
"""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.sim.client import START_MS, LocalSim, SimClient, local_sim

FIXTURES = Path(__file__).parents[1] / "data/bybit/sim"
RECORDED = Path(__file__).parents[3] / "shared/data/recorded"
DECIMAL = re.compile(r"-?(0|[1-9]\d*)(\.\d{1,10})?")
MILLISECONDS = re.compile(r"1[67]\d{11}|18[0-4]\d{10}")

Shape = Any


def shape(value: object) -> Shape:
    """Keys and kinds of a JSON value; a list has the shape of its items, which must agree."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        kinds = {json.dumps(shape(item), sort_keys=True) for item in value}
        assert len(kinds) <= 1, f"a list of different things: {kinds}"
        return [json.loads(kind) for kind in kinds]
    if isinstance(value, str):
        return "ms" if MILLISECONDS.fullmatch(value) else "decimal" if DECIMAL.fullmatch(value) else "text"
    return type(value).__name__


def written(name: str) -> Any:
    """A hand-written payload."""
    return json.loads((FIXTURES / name).read_text())


def recorded_rest(name: str) -> Any:
    """A recorded REST answer; skips the test where there are none."""
    path = RECORDED / name
    if not path.exists():
        pytest.skip("no recordings beside the checkout")
    return json.loads(path.read_text())


def recorded_socket(prefix: str) -> list[Any]:
    """Recorded socket messages that contain some text; skips the test where there are none."""
    path = RECORDED / "ws_option_messages.jsonl"
    if not path.exists():
        pytest.skip("no recordings beside the checkout")
    found = [json.loads(line) for line in path.read_text().splitlines() if prefix in line]
    assert found
    return found


@pytest.fixture
async def sim() -> AsyncIterator[LocalSim]:
    """A small venue with two coins, a minute before the day's expiry."""
    start = START_MS + 23 * 3_600_000 - 60_000
    async with local_sim(
        underlyings=("ETH", "XRP"), scale=0.1, rate=20_000.0, start_ms=start, speed=20.0
    ) as running:
        yield running


async def messages(client: SimClient, kind: str, count: int) -> list[Any]:
    """So many messages of one kind of topic."""
    found: list[Any] = []
    while len(found) < count:
        found.append(await client.until(lambda m: str(m.get("topic", "")).startswith(kind)))
    return found


async def tickers(sim: LocalSim) -> list[Any]:
    """One message of every contract."""
    async with sim.client() as client:
        await client.subscribe([f"tickers.{symbol}" for symbol in sim.symbols])
        return await messages(client, "tickers.", 3 * len(sim.symbols))


async def test_tickers_have_the_written_shapes(sim: LocalSim) -> None:
    """Every message of every contract has one of two shapes and orders of keys."""
    known = [written("socket_ticker.json"), written("socket_ticker_older.json")]
    orders = {tuple(message) for message in known}
    for message in await tickers(sim):
        assert shape(message) == shape(known[0]) == shape(known[1])
        assert tuple(message) in orders
        assert list(message["data"]) == list(known[0]["data"])
        assert re.fullmatch(rf"{re.escape(message['topic'])}-\d{{11}}-{message['ts']}", message["id"])


async def test_tickers_have_the_recorded_shape(sim: LocalSim) -> None:
    """As the venue sent them, in the same order of fields."""
    recorded = recorded_socket('"topic":"tickers.')
    mine = await tickers(sim)
    for message in recorded:
        assert shape(message) == shape(mine[0])
        assert list(message["data"]) == list(mine[0]["data"])


async def test_trades_have_the_written_and_the_recorded_shape(sim: LocalSim) -> None:
    """The recordings are older than some fields, so theirs are a part of ours."""
    async with sim.client() as client:
        await client.subscribe(["publicTrade.ETH", "publicTrade.XRP"])
        mine = (await messages(client, "publicTrade.", 3))[0]
    assert shape(mine) == shape(written("socket_trades.json"))
    assert list(mine["data"][0]) == list(written("socket_trades.json")["data"][0])
    for message in recorded_socket('"topic":"publicTrade.'):
        assert list(message) == list(mine)
        assert shape(message["data"])[0].items() <= shape(mine["data"])[0].items()


async def test_books_have_the_written_and_the_recorded_shape(sim: LocalSim) -> None:
    """The newest recording, which has `seq` and `cts`."""
    busy = max(sim.venue.market.contracts.values(), key=lambda c: c.liquidity).symbol
    async with sim.client() as client:
        await client.subscribe([f"orderbook.25.{busy}"])
        (mine,) = await messages(client, "orderbook.", 1)
    assert shape(mine) == shape(written("socket_book.json"))
    assert list(mine) == list(written("socket_book.json"))
    newest = [m for m in recorded_socket('"topic":"orderbook.25') if "cts" in m]
    assert [shape(m) for m in newest] == [shape(mine)]


async def test_answers_have_the_written_and_the_recorded_shape(sim: LocalSim) -> None:
    """Acknowledgement, refusal and pong, with the order of their keys."""
    async with sim.client() as client:
        ack = await client.subscribe(["kline.1.X", "orderbook.1.X"])
        await client.send(op="ping")
        pong = await client.until(lambda m: "op" in m)
        refusal = await client.subscribe([f"tickers.{i}" for i in range(2001)])
    for mine, name in (
        (ack, "socket_ack.json"),
        (pong, "socket_pong.json"),
        (refusal, "socket_refusal.json"),
    ):
        assert list(mine) == list(written(name))
        assert set(shape(mine)) == set(shape(written(name)))
    assert shape(ack) == shape(written("socket_ack.json"))
    assert shape(pong) == shape(written("socket_pong.json"))
    assert re.fullmatch(r"[0-9a-v]{20}-[0-9a-z]{5}", ack["conn_id"])
    for message in recorded_socket("COMMAND_RESP"):
        assert shape(message) == shape(ack)
    for message in recorded_socket('"pong"'):
        assert shape(message) == shape(pong)


REST = {
    "rest_tickers.json": ("/v5/market/tickers", {"category": "option", "baseCoin": "ETH"}),
    "rest_instruments.json": (
        "/v5/market/instruments-info",
        {"category": "option", "baseCoin": "XRP", "limit": "7"},
    ),
    "rest_base_coins.json": ("/v5/market/option-base-coins", {}),
    "rest_delivery_price.json": (
        "/v5/market/delivery-price",
        {"category": "option", "baseCoin": "ETH", "settleCoin": "USDT"},
    ),
    "rest_time.json": ("/v5/market/time", {}),
    "rest_historical_volatility.json": (
        "/v5/market/historical-volatility",
        {"category": "option", "baseCoin": "ETH", "period": "30"},
    ),
}


def rows_of(answer: Any) -> list[Any]:
    """Rows of a REST answer; the one of realised volatility is wrapped otherwise."""
    result = answer["result"]
    return list(result if isinstance(result, list) else result.get("list", []))


@pytest.mark.parametrize("name", REST)
async def test_rest_answers_have_the_written_shapes(sim: LocalSim, name: str) -> None:
    """Envelope, rows and the order of their keys."""
    path, query = REST[name]
    await sim.post("/sim/clock", advance_s=120)
    mine, known = await sim.get(path, **query), written(name)
    assert shape(mine) == shape(known)
    assert list(mine) == list(known)
    for row, first in zip(rows_of(mine), 1000 * rows_of(known)[:1], strict=False):
        assert list(row) == list(first)


@pytest.mark.parametrize(
    ("recording", "name"),
    [
        ("rest_docs_tickers_option.json", "rest_tickers.json"),
        ("rest_instruments_2026-09.json", "rest_instruments.json"),
        ("rest_docs_delivery-price_option.json", "rest_delivery_price.json"),
    ],
)
async def test_rest_answers_have_the_recorded_shapes(sim: LocalSim, recording: str, name: str) -> None:
    """Rows as the venue sent or documented them."""
    theirs = recorded_rest(recording)
    await sim.post("/sim/clock", advance_s=120)
    path, query = REST[name]
    mine = await sim.get(path, **query)
    assert shape(mine["result"]["list"]) == shape(theirs["result"]["list"])
    assert [list(row) for row in theirs["result"]["list"]][:1] == [list(mine["result"]["list"][0])]
    assert set(mine) == {name for name in theirs if not name.startswith("_")}
