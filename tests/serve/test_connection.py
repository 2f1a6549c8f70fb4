import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from tests.serve.serving import API, Site, serving
from voltape.serve import connection
from voltape.serve.connection import MAX_HEAD_BYTES
from voltape.serve.gate import MAX_BODY_BYTES

START = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


async def answered(site: Site, *parts: bytes) -> tuple[int, dict[str, object]]:
    """Send bytes, and read an answer that ends the connection: its status and its problem."""
    host, _, port = site.server.url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(5):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            body = await reader.read()
    finally:
        writer.close()
    assert "application/problem+json" in head
    assert "connection: close" in head
    problem: dict[str, object] = json.loads(body)
    status = int(head.split(" ", 2)[1])
    assert problem["status"] == status
    return status, problem


async def test_headers_without_end_are_refused() -> None:
    """Whether there are many, or one that never ends, or the address does not."""
    many = b"".join(b"x-%d: %s\r\n" % (number, b"y" * 1000) for number in range(70))
    async with serving() as site:
        for parts in (
            (START, many, b"\r\n"),
            (START + many + b"\r\n",),
            (START, b"x: ", b"y" * (MAX_HEAD_BYTES + 1)),
            (b"GET /", b"y" * (MAX_HEAD_BYTES + 1)),
        ):
            status, problem = await answered(site, *parts)
            assert status == 431
            assert str(MAX_HEAD_BYTES) in str(problem["detail"])


async def test_headers_up_to_the_bound_are_taken() -> None:
    """Also on a connection that had other requests before."""
    async with serving() as site:
        for _ in range(3):
            answer = await site.http.get("/healthz", headers={"x": "y" * (MAX_HEAD_BYTES - 1000)})
            assert answer.status_code == 200


async def test_what_is_no_http_is_a_problem_too() -> None:
    """And the connection ends."""
    async with serving() as site:
        status, _ = await answered(site, b"\x16\x03\x01 hello\r\n\r\n")
        assert status == 400


async def test_a_request_that_does_not_come_is_waited_for_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the start of the connection, and from the start of a later request."""
    monkeypatch.setattr(connection, "HEAD_S", 0.2)
    async with serving() as site:
        assert (await answered(site, START))[0] == 408
        assert (await answered(site))[0] == 408
        assert (await site.http.get("/healthz")).status_code == 200


async def test_a_long_body_is_refused_before_it_is_read() -> None:
    """By its announced length, and by counting where none was announced."""
    url = f"{API}/underlyings/BTC"
    secret = {"authorization": "Bearer secret"}
    async with serving(token="secret") as site:
        told = await site.http.put(url, content=b"x" * (MAX_BODY_BYTES + 1), headers=secret)
        assert told.status_code == 413
        assert told.headers["connection"] == "close"

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b" " * (MAX_BODY_BYTES // 10)

        counted = await site.http.put(
            url, content=chunks(), headers={**secret, "content-type": "application/json"}
        )
        assert counted.status_code == 413
        assert counted.headers["content-type"] == "application/problem+json"
        assert (await site.http.get("/healthz")).status_code == 200
