import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import msgspec
import pytest

from tests.serve.serving import serving
from voltape.client.problem import (
    BadParameters,
    NotFound,
    ServerFault,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
)
from voltape.errors import SettingError
from voltape.export.order import Form, Order
from voltape.export.source import pieces_of


async def fetched(url: str, form: Form = "csv", token: str | None = None, **filters: str) -> bytes:
    """The whole file."""

    def fetch() -> bytes:
        with pieces_of(Order(form, filters, url, token)) as pieces:
            return b"".join(pieces)

    return await asyncio.to_thread(fetch)


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """Another server, which gives one answer and ends the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
async def test_a_file_is_what_the_system_answers(form: Form) -> None:
    """With the filters passed on, and the token."""
    async with serving(token="secret") as site:
        headers = {"authorization": "Bearer secret"}
        query = {"format": form, "underlying": "ETH", "limit": "3", "sort": "-strike"}
        expected = await site.http.get("/api/v1/tickers", params=query, headers=headers)
        found = await fetched(
            site.server.url + "/", form, "secret", underlying="ETH", limit="3", sort="-strike"
        )
        assert found == expected.content


async def test_json_is_a_page_of_everything() -> None:
    """As the interface gives it, except that its length is told at the end."""
    async with serving() as site:
        for filters in ({}, {"limit": "5", "fields": "symbol"}, {"min_strike": "1e9"}):
            query = "&".join(f"{name}={value}" for name, value in filters.items())
            expected = await site.json(f"/tickers?{query}")
            found = msgspec.json.decode(await fetched(site.server.url, "json", **filters))
            assert (found.pop("next_cursor") is None) is (expected.pop("next_cursor") is None)
            assert found == expected


async def test_what_is_wrong_comes_back_as_an_error_with_the_servers_words() -> None:
    """Each kind is told from the others."""
    async with serving(token="secret") as site:
        url = site.server.url
        with pytest.raises(NotFound, match="near it are BTC"):
            await fetched(url, token="secret", underlying="BTV")
        with pytest.raises(BadParameters, match="min_iv: allowed is"):
            await fetched(url, token="secret", min_iv="much")
        with pytest.raises(Unauthorized):
            await fetched(url, token="wrong")
        site.app.desk.dispatch.under_way = 8
        with pytest.raises(ServerFault, match="ask again in 5 s"):
            await fetched(url, token="secret")


async def test_nobody_at_the_address_is_told() -> None:
    """With what to look at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match="voltape up"):
            await fetched(f"http://127.0.0.1:{taken.getsockname()[1]}")


async def test_what_is_no_address_is_refused_as_a_setting() -> None:
    """Before anybody is asked."""
    with pytest.raises(SettingError, match="--url=tape"):
        await fetched("tape")


async def test_another_program_at_the_address_is_told_from_ours() -> None:
    """Whatever it answers."""
    with (
        answering(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello") as url,
        pytest.raises(UnexpectedAnswer),
    ):
        await fetched(url)


async def test_a_file_that_breaks_off_is_no_file() -> None:
    """An answer without its end is an error, however much of it came."""
    half = b"HTTP/1.1 200 OK\r\nx-total-count: 2\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"
    with answering(half) as url, pytest.raises(Unreachable):
        await fetched(url)
