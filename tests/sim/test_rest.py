"""REST endpoints of the simulated venue."""

from urllib.parse import unquote

import pytest

from tests.sim.client import LocalSim, Message, local_sim

INSTRUMENTS = "/v5/market/instruments-info"


async def walked(sim: LocalSim, **query: str) -> list[Message]:
    """All rows of all pages; cursors are put into the address unchanged."""
    rows: list[Message] = []
    cursor = ""
    while True:
        parts = [f"{name}={value}" for name, value in ({"category": "option"} | query).items()]
        answer = (await sim.http.get(f"{INSTRUMENTS}?{'&'.join([*parts, f'cursor={cursor}'])}")).json()
        assert answer["retCode"] == 0, answer
        rows += answer["result"]["list"]
        cursor = answer["result"]["nextPageCursor"]
        if not cursor:
            return rows
        assert "%3D" in cursor


async def test_pages_hold_every_contract_once() -> None:
    """With the default limit, a small one, and for all coins at once."""
    async with local_sim(rate=0.0, underlyings=("BTC", "SOL"), scale=0.8) as sim:
        sol = [s for s in sim.symbols if s.startswith("SOL")]
        assert [r["symbol"] for r in await walked(sim, baseCoin="SOL", limit="37")] == sol
        everything = await walked(sim, baseCoin="All")
        assert sorted(r["symbol"] for r in everything) == sorted(sim.symbols)
        first = (await sim.get(INSTRUMENTS, category="option", baseCoin="All"))["result"]["list"]
        assert len(first) == 500


async def test_no_coin_means_btc() -> None:
    """It looks complete, but is one coin only."""
    async with local_sim(rate=0.0, underlyings=("BTC", "SOL"), scale=0.1) as sim:
        rows = await walked(sim)
        assert {row["baseCoin"] for row in rows} == {"BTC"}


async def test_all_coins_can_be_switched_off() -> None:
    """Then `All` is a coin without contracts, and the list of coins does not exist."""
    async with local_sim(rate=0.0, base_coin_all=False, option_base_coins=False) as sim:
        assert await walked(sim, baseCoin="All") == []
        assert (await sim.http.get("/v5/market/option-base-coins")).status_code == 404


async def test_a_cursor_that_is_encoded_again_is_refused_and_recorded() -> None:
    """A client library that encodes the percent signs breaks the walk."""
    async with local_sim(rate=0.0) as sim:
        page = (await sim.get(INSTRUMENTS, category="option", baseCoin="SOL", limit="5"))["result"]
        wrong = await sim.get(
            INSTRUMENTS, category="option", baseCoin="SOL", limit="5", cursor=page["nextPageCursor"]
        )
        right = await sim.get(
            INSTRUMENTS, category="option", baseCoin="SOL", limit="5", cursor=unquote(page["nextPageCursor"])
        )
        assert wrong["retCode"] == 10001
        assert right["retCode"] == 0
        assert (await sim.get("/sim/violations"))["data"][0]["rule"] == "cursor encoded twice"


@pytest.mark.parametrize(("null", "end"), [(True, None), (False, "")])
async def test_the_last_cursor_is_empty_or_null(null: bool, end: str | None) -> None:
    """Both forms were seen."""
    async with local_sim(rate=0.0, null_cursor=null) as sim:
        page = (await sim.get(INSTRUMENTS, category="option", baseCoin="SOL", limit="1000"))["result"]
        assert page["nextPageCursor"] is end


@pytest.mark.parametrize("limit", ["1001", "0", "-1", "x", "1.5"])
async def test_a_limit_out_of_range_is_10001(limit: str) -> None:
    """The result is then an empty object."""
    async with local_sim(rate=0.0) as sim:
        answer = await sim.get(INSTRUMENTS, category="option", limit=limit)
    assert (answer["retCode"], answer["result"]) == (10001, {})


async def test_tickers_need_a_coin_or_a_symbol() -> None:
    """By coin, by symbol, by expiry; an unknown symbol is an error, an unknown coin an empty list."""
    path = "/v5/market/tickers"
    async with local_sim(rate=0.0) as sim:
        symbol = sim.symbols[0]
        day = symbol.split("-")[1]
        assert (await sim.get(path, category="option"))["retCode"] == 10001
        assert (await sim.get(path, category="linear", baseCoin="SOL"))["retCode"] == 10001
        assert (await sim.get(path, category="option", symbol="SOL-1JAN99-1-C"))[
            "retMsg"
        ] == "Not supported symbols"
        assert (await sim.get(path, category="option", baseCoin="FOO"))["result"]["list"] == []
        assert [
            r["symbol"] for r in (await sim.get(path, category="option", symbol=symbol))["result"]["list"]
        ] == [symbol]
        dated = (await sim.get(path, category="option", baseCoin="SOL", expDate=day))["result"]["list"]
        assert [r["symbol"] for r in dated] == [s for s in sim.symbols if f"-{day}-" in s]


async def test_unsubscribed_contracts_go_on_moving_on_rest() -> None:
    """A poll sees newer values than the one before."""
    async with local_sim(rate=0.0, speed=600.0) as sim:

        async def marks() -> list[str]:
            rows = (await sim.get("/v5/market/tickers", category="option", baseCoin="SOL"))["result"]["list"]
            return [row["markPrice"] for row in rows]

        before = await marks()
        steps = (await sim.get("/sim/status"))["steps"]
        while (await sim.get("/sim/status"))["steps"] < steps + 1:
            pass
        assert await marks() != before


async def test_base_coins_name_their_type_and_whether_they_have_contracts() -> None:
    """A coin that is announced only has `hasSymbol` 0; types can be filtered."""
    async with local_sim(rate=0.0, underlyings=("SOL", "NVDA", "SPCX")) as sim:
        rows = (await sim.get("/v5/market/option-base-coins"))["result"]["list"]
        stocks = (await sim.get("/v5/market/option-base-coins", underlyingType="2"))["result"]["list"]
    assert {row["baseCoin"]: (row["hasSymbol"], row["underlyingType"]) for row in rows} == {
        "SOL": (1, 0),
        "NVDA": (1, 2),
        "SPCX": (0, 2),
    }
    assert [row["baseCoin"] for row in stocks] == ["NVDA", "SPCX"]


async def test_the_order_book_agrees_with_the_ticker() -> None:
    """One level by default, up to 25."""
    async with local_sim(rate=0.0) as sim:
        contract = max(sim.venue.market.contracts.values(), key=lambda c: c.liquidity)
        row = (await sim.get("/v5/market/tickers", category="option", symbol=contract.symbol))["result"][
            "list"
        ][0]
        book = (await sim.get("/v5/market/orderbook", category="option", symbol=contract.symbol))["result"]
        deep = (await sim.get("/v5/market/orderbook", category="option", symbol=contract.symbol, limit="25"))[
            "result"
        ]
    assert book["b"] == [[row["bid1Price"], row["bid1Size"]]]
    assert book["a"] == [[row["ask1Price"], row["ask1Size"]]]
    assert len(deep["b"]) > 1


async def test_time_and_system_status() -> None:
    """Seconds and nanoseconds as text; no maintenance."""
    async with local_sim(rate=0.0) as sim:
        time = (await sim.get("/v5/market/time"))["result"]
        status = (await sim.get("/v5/system/status"))["result"]
    assert time["timeNano"].startswith(time["timeSecond"])
    assert status == {"list": []}
