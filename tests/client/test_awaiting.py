import asyncio
import inspect
import subprocess
import sys
from contextlib import aclosing

import pytest

import voltape
from tests.push.boards import SYMBOLS, change
from tests.serve.operating import CALL, GONE, TOKEN, controlled
from tests.serve.serving import serving
from voltape.client import (
    AsyncClient,
    BadParameters,
    ChannelRefused,
    Client,
    NotFound,
    Unauthorized,
    Unreachable,
)
from voltape.client.answers import Pin, PinWish, UnderlyingWish
from voltape.model.control import ControlRequest, Outcome
from voltape.model.ticker import Ticker

CHAIN = "chain.BTC.2026-12-25"


async def test_every_endpoint_has_its_method() -> None:
    """Answers come as typed values."""
    async with serving() as site, AsyncClient(site.server.url) as client:
        assert [one.underlying for one in await client.underlyings()] == ["BTC", "ETH"]
        assert [one.expiry for one in await client.expiries("btc")] == ["2026-12-25", "2027-03-26"]
        assert await client.strikes("BTC", "25DEC26") == [0.5, 2000.0, 100000.0]
        chain = await client.chain("BTC", "2026-12-25", settle="USDC")
        assert [row.strike for row in chain.rows] == [0.5, 2000.0, 100000.0]
        assert len(chain.table()) == 6
        assert {one.settle for one in chain.table()} == {"USDC"}
        assert (await client.ticker(SYMBOLS[0])).symbol == SYMBOLS[0]
        assert (await client.status()).version == "1.2.3"
        assert len(await client.gaps(limit=3)) == 3
        assert (await client.efficiency()).targets
        assert (await client.get("status"))["version"] == "1.2.3"


async def test_pages_are_fetched_while_one_iterates(monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows come once, in order, and no further page is asked for than is needed."""
    monkeypatch.setattr("voltape.client.pages.MAX_PAGE", 5)
    async with serving() as site, AsyncClient(site.server.url) as client:
        pages = client.tickers(sort="-bid_price")
        rows = [row async for row in pages]
        assert [row.bid_price for row in rows] == [float(number) for number in range(48, 0, -1)]
        assert all(isinstance(row, Ticker) for row in rows)
        assert len(await client.tickers(limit=7).table()) == 7
        assert len(await client.tickers(limit=0).table()) == 0
        requests = (await client.status()).api.requests
        async with aclosing(aiter(client.tickers())) as some:
            assert (await anext(some)).symbol
        assert (await client.status()).api.requests <= requests + 2


async def test_some_fields_come_as_dictionaries() -> None:
    """Filters work as in the reference."""
    async with serving() as site, AsyncClient(site.server.url) as client:
        found = await client.tickers(
            underlying="BTC", kind="put", fields=["symbol", "bid_price"], symbols=SYMBOLS[:4]
        ).table()
        assert [dict(row) for row in found] == [
            {"symbol": row["symbol"], "bid_price": row["bid_price"]} for row in found
        ]
        assert len(found) == 2


async def test_what_has_not_changed_is_not_sent_again() -> None:
    """The second answer is as good as the first, and one after a change is new."""
    async with serving() as site, AsyncClient(site.server.url) as client:
        first = await client.ticker(SYMBOLS[0])
        assert await client.ticker(SYMBOLS[0]) == first
        assert client._reading.memory.reused == 1
        change(site.board, SYMBOLS[0], bid_price=77.0)
        assert (await client.ticker(SYMBOLS[0])).bid_price == 77.0
        assert client._reading.memory.reused == 1


async def test_refusals_are_exceptions() -> None:
    """With what the problem document says."""
    async with serving(token="secret") as site:
        async with AsyncClient(site.server.url, "secret") as client:
            with pytest.raises(NotFound, match="no underlying 'XYZ'"):
                await client.expiries("XYZ")
            with pytest.raises(BadParameters) as caught:
                await client.tickers(min_iv=2, max_iv=1).table()
            assert {fault.name for fault in caught.value.errors} & {"min_iv", "max_iv"}
        async with AsyncClient(site.server.url, "another") as client:
            with pytest.raises(Unauthorized):
                await client.status()
            with pytest.raises(Unauthorized):
                await anext(client.follow("status"))


async def test_what_is_tracked_can_be_changed() -> None:
    """Each decision reaches the tracker, and its answer says what holds now."""
    async with controlled() as (site, operator), AsyncClient(site.server.url, TOKEN) as client:
        assert await client.enable("sol") == UnderlyingWish("SOL", True, True, True)
        assert await client.disable("BTC") == UnderlyingWish("BTC", False, True, True)
        assert await client.release("BTC") == UnderlyingWish("BTC", True, False, True)
        assert await client.pin(CALL.lower()) == PinWish(CALL, True, True)
        assert await client.unpin(GONE) == PinWish(GONE, False, True)
        assert list(await client.pins()) == [Pin(CALL, False, True), Pin(GONE, True, False)]
        assert operator.asked == [
            ControlRequest("underlying", "SOL", True),
            ControlRequest("underlying", "BTC", False),
            ControlRequest("underlying", "BTC", None),
            ControlRequest("pin", CALL, True),
            ControlRequest("pin", GONE, False),
        ]


async def test_a_decision_that_nobody_has_confirmed_yet_says_so() -> None:
    """The same decision is sent again, and no answer of before is taken for it."""
    async with controlled() as (site, operator), AsyncClient(site.server.url, TOKEN) as client:
        operator.outcome = Outcome("sent")
        assert not (await client.disable("BTC")).confirmed
        assert not (await client.pin(CALL)).confirmed
        operator.outcome = Outcome("done")
        assert (await client.pin(CALL)).confirmed
        assert len(operator.asked) == 3


async def test_a_decision_without_a_token_is_refused() -> None:
    """With the way to be allowed; a contract that is not there is told with what is near."""
    async with controlled(None) as (site, operator), AsyncClient(site.server.url) as client:
        with pytest.raises(Unauthorized, match="VOLTAPE_API_TOKEN"):
            await client.enable("SOL")
        assert operator.asked == []
    async with controlled() as (site, _), AsyncClient(site.server.url, TOKEN) as client:
        with pytest.raises(NotFound, match=CALL):
            await client.pin(CALL.replace("100000", "1000000"))


async def test_nobody_there_is_told_at_once() -> None:
    """By a request and by a stream alike."""
    async with AsyncClient("http://127.0.0.1:1") as client:
        with pytest.raises(Unreachable, match="is `voltape up` running there"):
            await client.status()
        with pytest.raises(Unreachable):
            await anext(client.stream(["status"]))


async def test_a_followed_chain_is_complete_after_each_message() -> None:
    """First everything, then each change applied."""
    async with (
        serving() as site,
        AsyncClient(site.server.url) as client,
        aclosing(client.follow(CHAIN)) as views,
    ):
        first = await anext(views)
        assert len(first.tickers) == 12
        change(site.board, SYMBOLS[0], bid_price=None)
        second = await anext(views)
        assert second.seq == first.seq + 1
        assert second.tickers[SYMBOLS[0]].bid_price is None
        assert (second.changed, len(second.tickers)) == (frozenset(SYMBOLS[:1]), 12)
        assert first.tickers[SYMBOLS[0]].bid_price == 1.0


async def test_an_unknown_channel_ends_the_iteration() -> None:
    """With the words of the server."""
    async with serving() as site, AsyncClient(site.server.url) as client:
        with pytest.raises(ChannelRefused, match="nonsense"):
            await anext(client.follow("nonsense"))


async def test_a_cancelled_follower_leaves_the_server() -> None:
    """Nothing is kept open for somebody who has gone."""
    async with serving() as site, AsyncClient(site.server.url) as client:
        following = asyncio.Event()

        async def follow() -> None:
            async with aclosing(client.follow(CHAIN)) as views:
                async for _ in views:
                    following.set()

        task = asyncio.create_task(follow())
        await following.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def test_both_clients_have_the_same_methods() -> None:
    """With the same parameters."""

    def shape(kind: type) -> dict[str, list[str]]:
        methods = inspect.getmembers(kind, inspect.isfunction)
        return {name: list(inspect.signature(one).parameters) for name, one in methods if name[0] != "_"}

    assert shape(Client) == shape(AsyncClient)


def test_the_package_offers_the_clients_without_loading_them() -> None:
    """`import voltape` stays instant, and an unknown name is what it always is."""
    assert (voltape.Client, voltape.AsyncClient) == (Client, AsyncClient)
    with pytest.raises(AttributeError, match="Clint"):
        getattr(voltape, "Clint")  # noqa: B009 - a name that the type checker must not see
    program = (
        "import sys, voltape; print('httpx' in sys.modules); voltape.Client; print('httpx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_a_client_does_not_show_its_token() -> None:
    """Its text is its address."""
    with Client("http://127.0.0.1:1/", "secret") as client:
        assert repr(client) == "Client('http://127.0.0.1:1')"
