import asyncio
from contextlib import closing

import pytest

from tests.push.boards import SYMBOLS, change
from tests.serve.operating import CALL, TOKEN, controlled
from tests.serve.serving import Site, serving
from voltape.client import BadAddress, ChannelRefused, Client, NotFound, Unreachable, View

CHAIN = "chain.BTC.2026-12-25"


def ask_everything(url: str) -> None:
    """What a script would do, in a thread of its own."""
    with Client(url) as client:
        assert [one.underlying for one in client.underlyings()] == ["BTC", "ETH"]
        assert [one.expiry for one in client.expiries("BTC")] == ["2026-12-25", "2027-03-26"]
        assert client.strikes("BTC", "2026-12-25") == [0.5, 2000.0, 100000.0]
        assert client.chain("BTC", "2026-12-25").to_polars().shape == (6, 36)
        assert client.ticker(SYMBOLS[0]).symbol == SYMBOLS[0]
        assert client.status().version == "1.2.3"
        assert client.gaps(2).to_polars().height == 2
        assert client.efficiency().targets
        assert client.get("status")["version"] == "1.2.3"
        assert len(client.tickers(underlying="ETH").table()) == 24
        assert client.tickers(underlying="ETH").to_pandas().shape == (24, 36)
        assert list(client.tickers(limit=1, fields=["strike"])) == [{"strike": 0.5}]
        with pytest.raises(NotFound):
            client.ticker("BTC-1")
        with pytest.raises(ChannelRefused):
            next(client.follow("nonsense"))


async def test_every_endpoint_has_its_method() -> None:
    """Answers come as typed values and turn into frames."""
    async with serving() as site:
        await asyncio.to_thread(ask_everything, site.server.url)


def decide(url: str) -> None:
    """What an operator's script would do, in a thread of its own."""
    with Client(url, TOKEN) as client:
        assert client.enable("SOL").enabled
        assert not client.disable("SOL").enabled
        assert not client.release("SOL").decided
        assert client.pin(CALL).pinned
        assert not client.unpin(CALL).pinned
        assert client.pins().to_polars().columns == ["symbol", "decided", "listed"]


async def test_what_is_tracked_can_be_changed() -> None:
    """Each decision reaches the tracker."""
    async with controlled() as (site, operator):
        await asyncio.to_thread(decide, site.server.url)
        assert [(one.subject, one.on) for one in operator.asked] == [
            ("underlying", True),
            ("underlying", False),
            ("underlying", None),
            ("pin", True),
            ("pin", False),
        ]


async def test_a_followed_chain_is_complete_after_each_message() -> None:
    """First everything, then each change applied; leaving the loop closes the connection."""
    async with serving() as site:
        loop = asyncio.get_running_loop()

        def follow() -> list[View]:
            with Client(site.server.url) as client, closing(client.follow(CHAIN, max_hz=4)) as views:
                first = next(views)
                loop.call_soon_threadsafe(_move, site)
                return [first, next(views)]

        first, second = await asyncio.to_thread(follow)
        assert second.seq == first.seq + 1
        assert (first.tickers[SYMBOLS[0]].bid_price, second.tickers[SYMBOLS[0]].bid_price) == (1.0, 5.0)
        assert len(second.tickers) == 12


def _move(site: Site) -> None:
    change(site.board, SYMBOLS[0], bid_price=5.0)


@pytest.mark.parametrize(
    ("url", "proxied"), [("http://127.0.0.1:1", False), ("http://localhost:1", False), ("https://x", True)]
)
def test_no_proxy_stands_between_us_and_this_machine(url: str, proxied: bool) -> None:
    """The environment's proxies are for other addresses."""
    with Client(url) as client:
        assert client._http.trust_env is proxied


def test_nobody_there_is_told_at_once() -> None:
    """By a request and by a stream alike."""
    with Client("http://127.0.0.1:1") as client:
        with pytest.raises(Unreachable):
            client.status()
        with pytest.raises(Unreachable):
            next(client.stream(["status"]))
    with pytest.raises(BadAddress):
        Client("nowhere")
