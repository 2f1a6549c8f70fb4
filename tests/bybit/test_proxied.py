"""Stream and REST through a real proxy, in clear and encrypted, with a password and without."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from random import Random
from ssl import SSLContext
from typing import Any

import pytest
import uvloop

from tests.bybit.exchange import Exchange, Recorder, eventually, intake_for, running_exchange
from tests.bybit.recording import RecordingSink
from tests.proxying import TestProxy, running_proxy
from voltape.bybit.pool import Pool, PoolOptions
from voltape.bybit.rest import RestClient
from voltape.bybit.session import SessionOptions
from voltape.clock import SystemClock
from voltape.errors import VenueError
from voltape.proxy import Proxy
from voltape.sim.certificate import server_context
from voltape.tls import client_context

LOGIN = "trader:se:cr@t"
WRITTEN = "trader:se%3Acr%40t"


def proxy_at(place: TestProxy, login: str = "", scheme: str = "http") -> Proxy:
    """The proxy as the settings would name it."""
    return Proxy(f"{scheme}://{login}{'@' if login else ''}127.0.0.1:{place.port}", "VOLTAPE_PROXY")


async def carry(
    exchange: Exchange, proxy: Proxy, context: SSLContext | None, *, until: Callable[[Recorder], object]
) -> RecordingSink:
    """Run a pool through the proxy until it carries every topic, or until its reports say enough."""
    topics = exchange.topics()[:30]
    _, intake = intake_for(topics)
    sink, seen = RecordingSink(intake), Recorder()
    options = PoolOptions(exchange.ws_url, session=SessionOptions(), reconnect_delay=0.02, proxy=proxy)
    pool = Pool(options, sink, seen, SystemClock(), Random(1), None if context is None else lambda: context)
    pool.want(topics)

    async def settle() -> None:
        while True:
            pool.settle()
            await pool.read()
            await asyncio.sleep(0.02)

    settling = asyncio.create_task(settle())
    try:
        await eventually(lambda: sink.seen.keys() >= set(topics) or until(seen))
    finally:
        settling.cancel()
        await pool.close()
    return sink


def never(_: Recorder) -> bool:
    """Only the data end the wait."""
    return False


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_stream_and_rest_go_through_the_proxy_by_tls(loop: Callable[[], Any], tmp_path: Path) -> None:
    """Both open a tunnel, log in at it, and check the certificate of the exchange, whichever the event loop."""
    bundle = tmp_path / "ca.pem"

    async def run() -> None:
        async with (
            running_exchange(tls=bundle, rate=500) as exchange,
            running_proxy(login=LOGIN) as place,
        ):
            proxy, context = proxy_at(place, WRITTEN), client_context(bundle)
            client = RestClient(exchange.rest_url, context, proxy=proxy)
            assert await client.server_time() > 0
            await client.close()
            await carry(exchange, proxy, context, until=never)
            assert len(place.lines) == 2
            assert all(line.startswith("CONNECT 127.0.0.1:") for line in place.lines)

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(run())


async def test_an_encrypted_way_to_the_proxy_is_checked_by_the_same_bundle(tmp_path: Path) -> None:
    """TLS within TLS, for both ways, under one trust."""
    bundle, second = tmp_path / "ca.pem", tmp_path / "proxy.pem"
    async with (
        running_exchange(tls=bundle, rate=500) as exchange,
        running_proxy(context=server_context("127.0.0.1", second)) as place,
    ):
        bundle.write_bytes(bundle.read_bytes() + second.read_bytes())
        proxy, context = proxy_at(place, scheme="https"), client_context(bundle)
        client = RestClient(exchange.rest_url, context, proxy=proxy)
        assert await client.server_time() > 0
        await client.close()
        await carry(exchange, proxy, context, until=never)
        assert len(place.lines) == 2


async def test_plain_addresses_go_through_the_proxy_too() -> None:
    """The stream by a tunnel, REST by asking the proxy."""
    async with running_exchange(rate=500) as exchange, running_proxy() as place:
        client = RestClient(exchange.rest_url, proxy=proxy_at(place))
        assert await client.server_time() > 0
        await client.close()
        await carry(exchange, proxy_at(place), None, until=never)
        assert [line.split()[0] for line in place.lines] == ["GET", "CONNECT"]


@pytest.mark.parametrize("status", [407, 403, 502])
async def test_a_proxy_that_refuses_is_not_mistaken_for_the_exchange(
    status: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is named, with what it answered and without the password; a 403 of its own is no ban by the exchange."""
    caplog.set_level(logging.DEBUG)
    async with (
        running_exchange(tls=tmp_path / "ca.pem") as exchange,
        running_proxy(login="someone:else" if status == 407 else None) as place,
    ):
        place.refuse = 0 if status == 407 else status
        proxy, context = proxy_at(place, WRITTEN), client_context(tmp_path / "ca.pem")
        client = RestClient(exchange.rest_url, context, proxy=proxy)
        with pytest.raises(VenueError, match=str(status)) as caught:
            await client.server_time()
        await client.close()
        assert caught.value.what == f"proxy http://127.0.0.1:{place.port}"
        assert type(caught.value) is VenueError
        seen: list[Recorder] = []

        def lost(one: Recorder) -> bool:
            seen[:] = [one]
            return bool(one.lost)

        await carry(exchange, proxy, context, until=lost)
        assert str(status) in seen[0].lost[0][1]
        assert f"proxy http://127.0.0.1:{place.port}" in seen[0].lost[0][1]
    assert "se%3A" not in caplog.text
    assert "cr@t" not in caplog.text


async def test_a_proxy_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The direct way is not tried."""
    async with running_exchange(tls=tmp_path / "ca.pem") as exchange:
        async with running_proxy() as place:
            proxy = proxy_at(place)
        context = client_context(tmp_path / "ca.pem")
        client = RestClient(exchange.rest_url, context, proxy=proxy)
        with pytest.raises(VenueError) as caught:
            await client.server_time()
        await client.close()
        assert caught.value.what == f"proxy {proxy.where}"
        seen: list[Recorder] = []

        def lost(one: Recorder) -> bool:
            seen[:] = [one]
            return bool(one.lost)

        await carry(exchange, proxy, context, until=lost)
        assert f"proxy {proxy.where}" in seen[0].lost[0][1]
        assert exchange.links() == []
