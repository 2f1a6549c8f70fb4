import asyncio
import json
from contextlib import suppress
from random import Random
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from tests.push.boards import NOW_MS, SYMBOLS, Replica, Step, change, perform, truth, values
from tests.serve.serving import API, Site, serving, subscribe
from voltape.push.limits import HubLimits

CALL = "BTC-25DEC26-100000-C-USDT"
CHAIN = "chain.BTC.2026-12-25"
ALL = ("tickers.BTC", "tickers.ETH", CHAIN, f"ticker.{SYMBOLS[-1]}")


async def received(client: ClientConnection, kind: str | None = None) -> dict[str, Any]:
    """The next message, or the next of a kind."""
    async with asyncio.timeout(5):
        while True:
            frame = await client.recv()
            message = json.loads(frame) if isinstance(frame, str) else msgspec.msgpack.decode(frame)
            assert isinstance(message, dict)
            if kind in (None, message["type"]):
                return message


async def closed(client: ClientConnection) -> int:
    """Code with which the server ends the connection."""
    async with asyncio.timeout(10):
        with suppress(ConnectionClosedError):
            async for _ in client:
                pass
        await client.wait_closed()
    assert client.close_code is not None
    return client.close_code


async def until_joined(site: Site, clients: int) -> None:
    """Wait until the hub has so many clients."""
    async with asyncio.timeout(5):
        while site.hub.statistics().clients != clients:  # noqa: ASYNC110 - the program under test tells nobody
            await asyncio.sleep(0.005)


async def test_a_client_sees_hello_snapshot_and_deltas() -> None:
    """Over a real connection, as text."""
    async with serving() as site, site.stream() as client:
        assert (await received(client))["type"] == "hello"
        await subscribe(client, CHAIN)
        snapshot = await received(client)
        assert (snapshot["type"], snapshot["channel"], snapshot["seq"]) == ("snapshot", CHAIN, NOW_MS)
        change(site.board, CALL, bid_price=9.5)
        delta = await received(client)
        assert (delta["type"], delta["seq"]) == ("delta", NOW_MS + 1)
        assert delta["data"][0].items() >= {"symbol": CALL, "bid_price": 9.5}.items()


async def test_what_a_client_rebuilds_is_the_board() -> None:
    """After hundreds of changes, listings and expiries, for every channel, in both encodings."""
    rng = Random(7)
    actions = ["push", "push", "push", "list", "remove", "stale", "lane", "commit"]
    async with serving() as site, site.stream() as text, site.stream("?encoding=msgpack") as binary:
        clients = {text: replicas(), binary: replicas()}
        for client in clients:
            await subscribe(client, *ALL)
        await asyncio.gather(*(follow(client, clients[client], most=1 + len(ALL)) for client in clients))
        for number in range(500):
            perform(site.board, Step(rng.choice(actions), rng.choice(SYMBOLS[:-1]), float(number)))
        site.board.commit()
        for client, channels in clients.items():
            await follow_until_true(site, client, channels)


def replicas() -> dict[str, Replica]:
    """An empty replica of every channel."""
    return {channel: Replica() for channel in ALL}


async def follow(client: ClientConnection, channels: dict[str, Replica], most: int) -> None:
    """Take so many messages."""
    for _ in range(most):
        message = await received(client)
        if message["type"] in ("snapshot", "delta"):
            channels[message["channel"]].take(message)


async def test_the_binary_encoding_comes_in_binary_frames() -> None:
    """And text in text frames; anything else is refused before the connection."""
    async with serving() as site:
        async with site.stream("?encoding=msgpack") as binary, site.stream("?encoding=json") as text:
            assert isinstance(await binary.recv(), bytes)
            assert isinstance(await text.recv(), str)
        with pytest.raises(InvalidStatus) as caught:
            await site.stream("?encoding=xml")
        assert caught.value.response.status_code == 422
        assert json.loads(caught.value.response.body or b"")["errors"][0]["name"] == "encoding"


async def test_a_bad_request_is_answered_and_the_connection_stays() -> None:
    """As text or as bytes, well-formed or not."""
    async with serving() as site, site.stream() as client:
        await received(client, "hello")
        for bad in ("nonsense", b"\xff", '{"op":"subscribe","channels":["foo"]}'):
            await client.send(bad)
            assert (await received(client, "error"))["detail"]
        await client.send(msgspec.json.encode({"op": "subscribe", "channels": [CHAIN]}))
        assert (await received(client, "snapshot"))["channel"] == CHAIN


async def test_a_message_beyond_all_bounds_ends_the_connection() -> None:
    """It is not even read to its end."""
    async with serving() as site, site.stream() as client:
        await client.send("x" * 100_000)
        assert await closed(client) == 1009
        await until_joined(site, 0)


async def test_a_client_that_leaves_is_forgotten() -> None:
    """With its channels, however it leaves."""
    async with serving() as site:
        async with site.stream() as client:
            await subscribe(client, CHAIN)
            await received(client, "snapshot")
        await until_joined(site, 0)
        gone = await site.stream()
        await subscribe(gone, CHAIN)
        await received(gone, "snapshot")
        gone.transport.abort()
        await until_joined(site, 0)
        assert site.hub.statistics().feeds == 0


async def test_one_client_too_many_is_told_to_try_later() -> None:
    """With a code that browsers can see."""
    async with serving(limits=HubLimits(clients=1)) as site, site.stream() as first:
        await received(first, "hello")
        async with site.stream() as second:
            assert await closed(second) == 1013
        assert site.hub.statistics().refused_clients == 1


async def test_a_client_that_takes_nothing_costs_bounded_memory_and_is_closed_with_1013() -> None:
    """While another on the same channel misses nothing."""
    limits = HubLimits(queue_bytes=20_000, lag_s=2)
    async with (
        serving(limits=limits) as site,
        site.stream(receive_bytes=65_536) as slow,
        site.stream() as quick,
    ):
        for client in (slow, quick):
            await subscribe(client, *ALL[:2])
            await received(client, "snapshot")
            await received(client, "snapshot")
        slow.transport.pause_reading()
        await subscribe(quick, *ALL[:2])
        channels = {channel: Replica() for channel in ALL[:2]}
        await follow(quick, channels, most=2)
        number = 0
        while site.hub.statistics().closed_slow == 0:
            number += 1
            assert number < 20_000
            for symbol in SYMBOLS:
                row = site.board.rows[symbol]
                site.board.push(row, values(float(number)), row.pushed_ts + 1, 1, 1)
            site.board.commit()
            site.clock.advance(0.05)
            site.hub.tick()
            await follow(quick, channels, most=2)
        await follow_until_true(site, quick, channels)
        assert site.hub.statistics().peak_queue_bytes <= limits.queue_bytes
        slow.transport.resume_reading()
        assert await closed(slow) == 1013


async def follow_until_true(site: Site, client: ClientConnection, channels: dict[str, Replica]) -> None:
    """Take messages until the replicas are the board; the time limit of `received` ends a vain wait."""
    while any(replica.tickers != truth(site.board, name) for name, replica in channels.items()):
        await follow(client, channels, most=1)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_page_of_another_site_cannot_open_the_stream(origin: str) -> None:
    """403 before the connection."""
    async with serving() as site:
        with pytest.raises(InvalidStatus) as caught:
            await site.stream(Origin=origin)
        assert caught.value.response.status_code == 403
        assert caught.value.response.headers["content-type"] == "application/problem+json"


async def test_our_own_page_can_open_the_stream() -> None:
    """Its origin is the host it asks."""
    async with serving() as site, site.stream(Origin=site.server.url) as client:
        assert (await received(client))["type"] == "hello"


async def test_with_a_token_set_the_stream_wants_it_and_never_logs_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In the query for browsers, in a header for programs."""
    caplog.set_level(0)
    async with serving(token="s3cret") as site:
        for query in ("", "?token=wrong"):
            with pytest.raises(InvalidStatus) as caught:
                await site.stream(query)
            assert caught.value.response.status_code == 401
        async with site.stream("?token=s3cret&encoding=msgpack") as browser:
            assert isinstance(await browser.recv(), bytes)
        async with site.stream(Authorization="Bearer s3cret") as program:
            assert (await received(program))["type"] == "hello"
    ours = [one for one in caplog.records if not one.name.startswith("websockets")]
    assert not any("s3cret" in one.getMessage() for one in ours)


async def test_there_is_one_stream_and_it_is_a_websocket() -> None:
    """Another path is unknown, and a plain request is told what to do."""
    async with serving() as site:
        url = site.server.url.replace("http", "ws", 1)
        with pytest.raises(InvalidStatus) as caught:
            await connect(f"{url}{API}/streams", proxy=None)
        assert caught.value.response.status_code == 404
        assert (await site.get("/stream")).status_code == 426


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?encoding=xml", ["encoding"]),
        ("?encodng=msgpack", ["encodng"]),
        ("?encoding=json&encoding=msgpack", ["encoding"]),
        ("?encoding=", ["encoding"]),
    ],
)
async def test_parameters_that_cannot_be_used_are_refused(query: str, names: list[str]) -> None:
    """As everywhere else, so that a slip of the pen is not answered in the other encoding."""
    async with serving() as site:
        with pytest.raises(InvalidStatus) as caught:
            await site.stream(query)
    assert caught.value.response.status_code == 422
    problem = json.loads(caught.value.response.body or b"")
    assert [fault["name"] for fault in problem["errors"]] == names


async def test_stopping_the_server_closes_streams_with_1001() -> None:
    """Also of clients that take nothing, and within two seconds."""
    loop = asyncio.get_running_loop()
    async with serving() as site:
        client, deaf = await site.stream(), await site.stream()
        for one in (client, deaf):
            await received(one, "hello")
        await subscribe(deaf, *ALL[:2])
        deaf.transport.pause_reading()
        ending = asyncio.create_task(closed(client))
        before = loop.time()
    assert loop.time() - before < 2
    assert await ending == 1001
    deaf.transport.abort()
