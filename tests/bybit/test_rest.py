"""The REST client against the simulated exchange, and against scripted answers where the venue would have to lie."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.bybit.exchange import Exchange, eventually, running_exchange
from tests.trust import TRUST
from voltape.bybit import rest as rest_module
from voltape.bybit.rest import RestClient
from voltape.clock import ManualClock
from voltape.errors import VenueError, VenueRefused
from voltape.model.history import Realised

Call = Callable[[RestClient], Awaitable[object]]

CALLS: list[Call] = [
    lambda client: client.listing("BTC"),
    lambda client: client.tickers("BTC"),
    lambda client: client.recent_trades("BTC", 200),
    lambda client: client.realised_volatility("BTC", 30),
    lambda client: client.base_coins(),
    lambda client: client.server_time(),
]


@asynccontextmanager
async def asking(exchange: Exchange, clock: ManualClock | None = None) -> AsyncIterator[RestClient]:
    """A client of the exchange."""
    client = RestClient(exchange.rest_url, TRUST, clock=clock, timeout=3.0)
    try:
        yield client
    finally:
        await client.close()


class Script:
    """A server that gives prepared answers in turn, the last one for ever.

    Attributes:
        targets: request targets so far, exactly as sent.
    """

    def __init__(self, answers: list[bytes]) -> None:
        self.targets: list[str] = []
        self._answers = answers

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        self.targets.append(request.split(b" ", 2)[1].decode())
        body = self._answers[min(len(self.targets), len(self._answers)) - 1]
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        writer.close()


@asynccontextmanager
async def scripted(*answers: bytes | dict[str, Any]) -> AsyncIterator[tuple[RestClient, Script]]:
    """A client of a server with these answers."""
    script = Script([a if isinstance(a, bytes) else json.dumps(a).encode() for a in answers])
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    client = RestClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", TRUST, timeout=3.0)
    try:
        yield client, script
    finally:
        await client.close()
        server.close()


def answer(result: object, **more: object) -> dict[str, Any]:
    """A successful envelope."""
    return {
        "retCode": 0,
        "retMsg": "OK",
        "result": result,
        "retExtInfo": {},
        "time": 1_790_000_000_000,
        **more,
    }


def contract(symbol: str, **more: object) -> dict[str, Any]:
    """A row of the contract list."""
    return {
        "symbol": symbol,
        "status": "Trading",
        "baseCoin": symbol.partition("-")[0],
        "settleCoin": "USDT",
        "deliveryTime": "1790323200000",
        "priceFilter": {"tickSize": "5"},
        **more,
    }


def page(*rows: dict[str, Any], cursor: str | None = "") -> dict[str, Any]:
    """A page of the contract list."""
    return answer({"category": "option", "nextPageCursor": cursor, "list": list(rows)})


C1, C2 = "BTC-25SEP26-100000-C-USDT", "BTC-25SEP26-110000-C-USDT"


async def test_a_listing_is_complete_and_parsed() -> None:
    """Traps 3 and 7: the coin is always sent, twins of both settle coins are there, nothing is skipped."""
    async with (
        running_exchange(underlyings=("BTC", "SOL"), scale=0.1) as exchange,
        asking(exchange) as client,
    ):
        for coin in ("BTC", "SOL"):
            listing = await client.listing(coin)
            contracts = [c for c in exchange.venue.market.contracts.values() if c.coin.name == coin]
            assert listing.instruments.keys() == {c.symbol for c in contracts}
            assert listing.skipped == []
            assert listing.ts == pytest.approx(exchange.venue.clock.now_ms(), abs=5_000)
            for one in contracts:
                instrument = listing.instruments[one.symbol]
                assert (instrument.settle, instrument.expiry_ms) == (one.settle, one.expiry_ms)
                assert instrument.strike == float(one.strike)
                assert instrument.tick_size == float(one.coin.tick)
        btc = await client.listing("BTC")
        assert {i.settle for i in btc.instruments.values()} == {"USDT", "USDC"}


@pytest.mark.parametrize("null_cursor", [False, True])
async def test_all_pages_are_walked_and_cursors_go_back_unchanged(
    null_cursor: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trap 3: a percent-encoded cursor is not encoded again; an empty or a null cursor ends the list."""
    monkeypatch.setattr(rest_module, "_PAGE", 7)
    async with running_exchange(null_cursor=null_cursor) as exchange, asking(exchange) as client:
        listing = await client.listing("BTC")
        assert listing.instruments.keys() == exchange.venue.market.contracts.keys()
        assert client.requests == -(-len(listing.instruments) // 7)
        assert exchange.rules_broken() == []


@pytest.mark.parametrize("cursor", ["first%3D1%26last%3D2", "abc_-.~", "a=b&c=d+e f", "%2Fx%2520"])
async def test_any_cursor_arrives_as_one_parameter_as_it_was(cursor: str) -> None:
    """A cursor is opaque: what is encoded stays as it is, what is not is protected once."""
    async with scripted(page(contract(C1), cursor=cursor), page(contract(C2))) as (client, script):
        assert len((await client.listing("BTC")).instruments) == 2
        sent = script.targets[1].partition("&cursor=")[2]
        if all(letter.isalnum() or letter in "%_-.~" for letter in cursor):
            assert sent == cursor
        assert "&" not in sent
        assert " " not in sent


async def test_the_largest_page_is_asked_for() -> None:
    """Trap 3: the venue's default page size would cut the list."""
    async with scripted(page(contract(C1))) as (client, script):
        await client.listing("BTC")
        assert script.targets == ["/v5/market/instruments-info?category=option&baseCoin=BTC&limit=1000"]


@pytest.mark.parametrize(
    "second",
    [
        page(contract(C2), cursor="one"),
        page(contract(C1), cursor=""),
        page(cursor="two"),
        page(contract("ETH-25SEP26-100000-C-USDT")),
        answer({}),
        answer(None),
        answer([]),
        {"retCode": 10016, "retMsg": "Server error.", "result": {}},
        b"",
        b"null",
        b'{"retCode":0,"result":{"list":[',
        b"\xff\xfe",
    ],
    ids=[
        "cursor stands still",
        "a row again",
        "no row but a cursor",
        "another coin",
        "no list",
        "no result",
        "a list as result",
        "an error code",
        "empty body",
        "null",
        "cut JSON",
        "no text",
    ],
)
async def test_a_bad_second_page_fails_the_whole_list(second: bytes | dict[str, Any]) -> None:
    """Promise 7: all pages or an error, never a part."""
    async with scripted(page(contract(C1), cursor="one"), second) as (client, _):
        with pytest.raises(VenueError):
            await client.listing("BTC")
        assert client.errors <= 1


async def test_a_list_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without end are an error, not a loop."""
    monkeypatch.setattr(rest_module, "_MOST_PAGES", 3)
    pages = [page(contract(f"BTC-25SEP26-{n}-C-USDT"), cursor=f"c{n}") for n in range(1, 9)]
    async with scripted(*pages) as (client, script):
        with pytest.raises(VenueError, match="more than 3 pages"):
            await client.listing("BTC")
        assert len(script.targets) == 3


@pytest.mark.parametrize("mode", ["cursor_loop", "page2_fails", "repeat_rows"])
async def test_the_simulated_page_faults_fail_the_list(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Promise 7: pages that do not add up are an error."""
    monkeypatch.setattr(rest_module, "_PAGE", 20)
    async with running_exchange() as exchange, asking(exchange) as client:
        exchange.fault("rest_partial", mode=mode)
        with pytest.raises(VenueError):
            await client.listing("BTC")
        exchange.heal()
        assert (await client.listing("BTC")).instruments


async def test_a_list_about_another_coin_is_an_error() -> None:
    """Trap 3: a venue that ignores the coin and answers for BTC is found out."""
    async with scripted(page(contract(C1))) as (client, _):
        with pytest.raises(VenueError, match="asked for ETH, got BTC"):
            await client.listing("ETH")


async def test_tickers_of_another_coin_are_an_error() -> None:
    """Trap 3: the same for tickers, whose rows name no coin but in the symbol."""
    row = {"symbol": C1, "markPrice": "1"}
    async with scripted(answer({"list": [row]})) as (client, _):
        with pytest.raises(VenueError, match="asked for ETH, got BTC"):
            await client.tickers("ETH")


async def test_statuses_decide_what_is_listed() -> None:
    """Closed contracts are no part of the list, those being settled are named apart."""
    rows = [
        contract(C1, status="Trading"),
        contract(C2, status="PreLaunch"),
        contract("BTC-25SEP26-120000-C-USDT", status="Delivering"),
        contract("BTC-25SEP26-130000-C-USDT", status="Closed"),
        contract("BTC-25SEP26-140000-C-USDT", status="something new"),
    ]
    async with scripted(page(*rows)) as (client, _):
        listing = await client.listing("BTC")
        assert listing.instruments.keys() == {C1, C2}
        assert listing.delivering == {"BTC-25SEP26-120000-C-USDT"}


async def test_a_symbol_that_is_not_understood_is_named_and_left_out() -> None:
    """A new form of symbol does not cost the others, and is not silent either."""
    odd = contract("BTC-PERPETUAL-OPTION", baseCoin="BTC")
    async with scripted(page(contract(C1), odd)) as (client, _):
        listing = await client.listing("BTC")
        assert listing.instruments.keys() == {C1}
        assert listing.skipped == ["BTC-PERPETUAL-OPTION"]


async def test_the_venues_settle_coin_and_expiry_win_over_the_symbol() -> None:
    """Trap 7: the venue's statements are taken, also where the symbol says nothing."""
    row = contract("BTC-25SEP26-100000-C", settleCoin="USDC", deliveryTime="1790366400000", priceFilter=None)
    async with scripted(page(row)) as (client, _):
        instrument = (await client.listing("BTC")).instruments["BTC-25SEP26-100000-C"]
        assert (instrument.settle, instrument.expiry_ms, instrument.tick_size) == (
            "USDC",
            1_790_366_400_000,
            None,
        )


async def test_tickers_are_complete_and_use_the_rest_names() -> None:
    """Trap 8: quotes and mark IV come under other names on REST and are not lost."""
    async with running_exchange(scale=0.1) as exchange, asking(exchange) as client:
        page = await client.tickers("BTC")
        contracts = exchange.venue.market.contracts
        assert page.rows.keys() == contracts.keys()
        assert page.rejected == 0
        quoted = [values for values in page.rows.values() if values[0] is not None]
        assert quoted
        assert all(values[1] is not None for values in quoted)
        assert sum(values[2] is not None for values in quoted) > len(quoted) / 2
        assert all(values[10] is not None for values in page.rows.values())
        assert page.ts == pytest.approx(exchange.venue.clock.now_ms(), abs=5_000)


async def test_bad_rows_cost_only_themselves() -> None:
    """Promise 6: a row that is no ticker is counted."""
    rows: list[object] = [
        {"symbol": C1, "markPrice": "1.5"},
        {"symbol": C2, "markPrice": "NaN"},
        {"markPrice": "1"},
        7,
        {"symbol": C2, "bid1Price": "", "markPrice": None},
    ]
    async with scripted(answer({"category": "option", "list": rows})) as (client, _):
        page = await client.tickers("BTC")
        assert page.rows.keys() == {C1, C2}
        assert page.rows[C1][9] == 1.5
        assert page.rows[C2] == (None,) * len(page.rows[C2])
        assert page.rejected == 3


def traded(number: int, symbol: str = "BTC-25DEC26-100000-C-USDT") -> dict[str, Any]:
    """A row of latest trades; higher numbers are later."""
    return {
        "execId": f"id-{number}",
        "symbol": symbol,
        "price": "1785",
        "size": "0.25",
        "side": "Buy",
        "time": str(1_790_000_000_000 + number),
        "isBlockTrade": False,
    }


async def test_latest_trades_come_oldest_first() -> None:
    """The venue tells the newest first, of the underlying that was asked for and as many as were."""
    rows = answer(
        {"category": "option", "list": [traded(2), traded(1), {"execId": "x"}]}, time=1_790_000_001_000
    )
    async with scripted(rows) as (client, script):
        page = await client.recent_trades("BTC", 3)
    assert [trade.id for trade in page.trades] == ["id-1", "id-2"]
    assert (page.underlying, page.rows, len(page.rejected), page.ts) == ("BTC", 3, 1, 1_790_000_001_000)
    assert script.targets == ["/v5/market/recent-trade?category=option&baseCoin=BTC&limit=3"]


async def test_trades_of_another_coin_are_an_error() -> None:
    """Trap 3: a request that is not understood silently means BTC."""
    async with scripted(answer({"list": [traded(1)]})) as (client, _):
        with pytest.raises(VenueError, match="ETH: no row is understood"):
            await client.recent_trades("ETH", 200)


async def test_the_simulated_exchange_tells_its_trades() -> None:
    """In the shape that is read; an underlying in which nobody traded has none."""
    async with running_exchange(underlyings=("BTC", "SOL")) as exchange, asking(exchange) as client:
        await eventually(lambda: exchange.venue._rest._trades["BTC"])
        page = await client.recent_trades("BTC", 1_000)
        assert page.trades
        assert page.rejected == []
        exchange.venue._rest._trades["SOL"].clear()
        assert (await client.recent_trades("SOL", 1_000)).rows == 0


def realised(value: str, time: str, period: int = 30) -> dict[str, Any]:
    """A row of realised volatility."""
    return {"period": period, "value": value, "time": time}


def bare(*rows: dict[str, Any]) -> dict[str, Any]:
    """The one envelope without time, around a list."""
    return {"retCode": 0, "retMsg": "SUCCESS", "category": "option", "result": list(rows)}


async def test_realised_volatility_is_the_newest_of_its_window() -> None:
    """A fraction with the hour it belongs to, in an envelope of its own."""
    rows = (
        realised("0.41", "1790002800000"),
        realised("0.42", "1790006400000"),
        realised("0", "1790010000000"),
    )
    async with scripted(bare(*rows)) as (client, script):
        assert await client.realised_volatility("BTC", 30) == Realised(0.42, 1_790_006_400_000)
    assert script.targets == ["/v5/market/historical-volatility?category=option&baseCoin=BTC&period=30"]


@pytest.mark.parametrize("rows", [(), (realised("0", "1790002800000"),), (realised("0.4", "0"),)])
async def test_no_realised_volatility_is_absent(rows: tuple[dict[str, Any], ...]) -> None:
    """Neither zero nor an error: the venue has no long windows for some coins."""
    async with scripted(bare(*rows)) as (client, _):
        assert await client.realised_volatility("SOL", 30) is None


@pytest.mark.parametrize(
    "answered",
    [bare(realised("0.4", "1790002800000", period=7)), answer({"list": []}), bare({"period": 30})],
)
async def test_realised_volatility_of_another_shape_or_window_is_an_error(answered: dict[str, Any]) -> None:
    """A parameter that is not understood silently means 7 days."""
    async with scripted(answered) as (client, _):
        with pytest.raises(VenueError):
            await client.realised_volatility("BTC", 30)


async def test_the_simulated_exchange_tells_realised_volatility() -> None:
    """Of the latest hour, near the volatility that its market has; long windows for some coins only."""
    async with running_exchange(underlyings=("BTC", "SOL")) as exchange, asking(exchange) as client:
        found = await client.realised_volatility("BTC", 180)
        assert found is not None
        assert 0.2 < found.value < 0.9
        assert 0 <= exchange.venue.clock.now_ms() - found.ts < 3_600_000
        assert await client.realised_volatility("SOL", 90) is not None
        assert await client.realised_volatility("SOL", 180) is None


async def test_coins_come_from_the_venue_without_those_that_have_no_contract() -> None:
    """Trap 3: nothing is hard-coded; an announced coin without contracts is left out."""
    async with running_exchange(underlyings=("SOL", "NVDA")) as exchange, asking(exchange) as client:
        assert sorted(await client.base_coins()) == ["NVDA", "SOL"]


async def test_coins_are_found_without_the_new_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 3: a host that lacks the list of coins still has the list of everything."""
    monkeypatch.setattr(rest_module, "_PAGE", 50)
    async with (
        running_exchange(underlyings=("SOL", "XRP"), option_base_coins=False) as exchange,
        asking(exchange) as client,
    ):
        assert sorted(await client.base_coins()) == ["SOL", "XRP"]


async def test_no_way_to_the_coins_is_an_error() -> None:
    """With neither endpoint there is no guess."""
    async with (
        running_exchange(option_base_coins=False, base_coin_all=False) as exchange,
        asking(exchange) as client,
    ):
        with pytest.raises(VenueError):
            await client.base_coins()


@pytest.mark.parametrize("message", ["OK", "success", "SUCCESS", ""])
async def test_success_is_the_code_whatever_the_text(message: str) -> None:
    """The text of a success varies."""
    async with scripted({**answer({"timeSecond": "1"}), "retMsg": message}) as (client, _):
        assert await client.server_time() == 1_790_000_000_000


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 502},
        {"status": 429},
        {"status": 500, "body": "html"},
        {"status": 200, "body": "html"},
        {"ret_code": 10006, "ret_msg": "Too many visits!"},
        {"ret_code": 10000, "ret_msg": "Server Timeout"},
        {"ret_code": 10016, "ret_msg": "Server error."},
    ],
)
async def test_errors_of_every_kind_are_venue_errors(call: Call, fault: dict[str, Any]) -> None:
    """Whatever the venue says instead of an answer, the caller sees one kind of error and may try again."""
    async with running_exchange() as exchange, asking(exchange) as client:
        exchange.fault("rest_error", **fault)
        with pytest.raises(VenueError) as caught:
            await call(client)
        assert not isinstance(caught.value, VenueRefused)
        assert client.errors >= 1
        exchange.heal()
        await call(client)


async def test_an_answer_that_does_not_come_is_given_up() -> None:
    """Silence has an end."""
    async with running_exchange() as exchange:
        exchange.fault("rest_error", timeout_s=20)
        client = RestClient(exchange.rest_url, TRUST, timeout=0.1)
        with pytest.raises(VenueError):
            await client.server_time()
        await client.close()


async def test_a_trickle_is_given_up_too() -> None:
    """An answer that comes byte by byte is bounded as a whole, not byte by byte."""

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while not reader.at_eof():
            writer.write(b" ")
            await asyncio.wait([asyncio.ensure_future(reader.read(1))], timeout=0.02)
        writer.close()

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    client = RestClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", TRUST, timeout=0.15)
    with pytest.raises(VenueError):
        await client.server_time()
    await client.close()
    server.close()


async def test_a_truncated_body_is_an_error() -> None:
    """A connection that ends within the answer."""

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"retCode":0')
        writer.close()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    client = RestClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", TRUST, timeout=3.0)
    with pytest.raises(VenueError):
        await client.server_time()
    await client.close()
    server.close()


async def test_nobody_listening_is_an_ordinary_error() -> None:
    """A closed port and an unknown host are errors to be tried again."""
    for base in ("http://127.0.0.1:9", "http://no-such-host.invalid"):
        client = RestClient(base, TRUST, timeout=3.0)
        with pytest.raises(VenueError):
            await client.server_time()
        await client.close()


@pytest.mark.parametrize("call", CALLS)
async def test_a_403_silences_every_call_for_ten_minutes(call: Call) -> None:
    """Trap 21: after a 403, whatever its body, nobody asks anything for ten minutes; then all is well again."""
    clock = ManualClock()
    async with running_exchange() as exchange, asking(exchange, clock) as client:
        exchange.fault("rest_403")
        with pytest.raises(VenueRefused):
            await call(client)
        exchange.heal()
        assert client.refused_until == clock.monotonic() + 600
        sent = client.requests
        for seconds in (0, 1, 298, 300):
            clock.advance(seconds)
            for other in CALLS:
                with pytest.raises(VenueRefused, match="not asked"):
                    await other(client)
        assert client.requests == sent
        clock.advance(1.5)
        await call(client)


async def test_too_many_requests_are_noticed_as_a_refusal() -> None:
    """The venue's own rate ban is a 403 with a text body."""
    async with running_exchange(max_requests=2) as exchange, asking(exchange) as client:
        await client.server_time()
        await client.server_time()
        with pytest.raises(VenueRefused):
            await client.server_time()


async def test_an_unknown_certificate_is_an_error(tmp_path: Path) -> None:
    """Certificates are checked for REST as for the stream."""
    async with running_exchange(tls=tmp_path / "ca.pem") as exchange:
        stranger = RestClient(exchange.rest_url, ssl.create_default_context())
        with pytest.raises(VenueError, match=r"(?i)certificate"):
            await stranger.server_time()
        await stranger.close()
        friend = RestClient(exchange.rest_url, ssl.create_default_context(cafile=tmp_path / "ca.pem"))
        assert await friend.server_time() > 0
        await friend.close()


async def test_an_enormous_body_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are bounded."""
    monkeypatch.setattr(rest_module, "_LARGEST_BODY", 1_000)
    async with running_exchange() as exchange, asking(exchange) as client:
        with pytest.raises(VenueError, match="too many"):
            await client.tickers("BTC")


async def test_a_body_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused as soon as it has become too large, not when all of it is in memory."""
    monkeypatch.setattr(rest_module, "_LARGEST_BODY", 100_000)
    cut = asyncio.Event()

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
        try:
            while True:
                writer.write(b" " * 65_536)
                await writer.drain()
        except OSError:
            cut.set()
        finally:
            writer.close()

    server = await asyncio.start_server(pour, "127.0.0.1", 0)
    client = RestClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", TRUST)
    with pytest.raises(VenueError, match="too many"):
        await client.server_time()
    await cut.wait()
    assert (client.errors, client.refused_until) == (1, float("-inf"))
    await client.close()
    server.close()


async def test_bytes_and_requests_are_counted() -> None:
    """The counters tell what REST costs."""
    async with running_exchange() as exchange, asking(exchange) as client:
        await client.tickers("BTC")
        assert client.requests == 1
        assert client.errors == 0
        assert client.bytes_received > 1_000
