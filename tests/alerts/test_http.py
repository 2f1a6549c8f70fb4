import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.alerts.receiver import receiving
from voltape.alerts.http import Answer, BadAnswer, ask


@asynccontextmanager
async def saying(text: bytes) -> AsyncIterator[str]:
    """A server that says this to whoever asks, and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(text)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def answer(text: bytes, most_bytes: int = 1000) -> Answer:
    """What is made of it."""
    async with saying(text) as url, asyncio.timeout(5):
        return await ask("GET", url, {}, b"", None, most_bytes)


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
        b"HTTP/1.0 200\r\n\r\nhello",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length:5\r\n\r\nhello",
    ],
)
async def test_a_body_is_found_however_it_is_framed(text: bytes) -> None:
    """By its length, in chunks, or by the end of the connection."""
    found = await answer(text)
    assert (found.status, found.body) == (200, b"hello")


@pytest.mark.parametrize("framing", [b"content-length: 9000", b"transfer-encoding: chunked", b"x: y"])
async def test_no_more_is_read_than_is_wanted(framing: bytes) -> None:
    """Whoever says more is left."""
    body = b"2328\r\n" + b"x" * 9000 if b"chunked" in framing else b"x" * 9000
    found = await answer(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n" + body, most_bytes=10)
    assert found.body == b"x" * 10


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhe",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000,
    ],
)
async def test_what_is_no_whole_answer_is_none(text: bytes) -> None:
    """Another protocol, nonsense, or one that was cut off."""
    with pytest.raises(BadAnswer):
        await answer(text)


async def test_the_request_says_what_it_was_told_to() -> None:
    """Path, query, headers and body; the connection is not to be kept."""
    async with receiving() as receiver:
        await ask("POST", f"{receiver.url}/a/b?c=d", {"x-y": "z"}, b"text", None, 10)
        await ask("GET", receiver.url, {}, b"", None, 10)
    post, get = receiver.taken
    assert (post.path, post.headers["x-y"], post.body) == ("/a/b?c=d", "z", b"text")
    assert (get.path, get.headers["connection"], get.body) == ("/", "close", b"")
    assert get.headers["host"] == receiver.url.removeprefix("http://")


async def test_no_content_is_no_body() -> None:
    """Whatever its headers promise."""
    assert (await answer(b"HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n")).body == b""
