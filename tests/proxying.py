"""A small HTTP proxy for tests: tunnels by CONNECT, forwards plain requests, asks for a password where it is told to."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

__all__ = ["TestProxy", "running_proxy"]

_PIECE = 65_536


class TestProxy:
    """A running proxy.

    Attributes:
        port: where it listens, on the loopback address.
        lines: request lines so far.
        headers: header lines of the same, lower case.
        hosts: address for a name that only the proxy knows.
        refuse: status that every request gets instead, 0 for none.
    """

    __test__ = False

    def __init__(self, hosts: dict[str, str], login: str | None) -> None:
        self.port = 0
        self.lines: list[str] = []
        self.headers: list[list[str]] = []
        self.hosts = hosts
        self.refuse = 0
        self._login = login
        self._open: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self._open.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._serve(reader, writer)
        self._open.discard(writer)
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        self.lines.append(head[0])
        self.headers.append([line.lower() for line in head[1:]])
        method, target, _ = head[0].split(" ")
        status = self.refuse or (407 if self._unknown(head[1:]) else 0)
        if status:
            writer.write(
                f"HTTP/1.1 {status} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
            )
            await writer.drain()
            return
        place, _, path = target.removeprefix("http://").partition("/")
        host, _, port = place.rpartition(":")
        there, back = await asyncio.open_connection(self.hosts.get(host, host), int(port))
        self._open.add(back)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            kept = [line for line in head[1:] if not line.lower().startswith(("proxy-", "connection:"))]
            lines = [f"{method} /{path} HTTP/1.1", *kept[: kept.index("")], "connection: close", "", ""]
            back.write("\r\n".join(lines).encode())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_copy(reader, back))
            tasks.create_task(_copy(there, writer))
        self._open.discard(back)

    def _unknown(self, headers: list[str]) -> bool:
        if self._login is None:
            return False
        wanted = "proxy-authorization: basic " + base64.b64encode(self._login.encode()).decode()
        return wanted.lower() not in [line.lower() for line in headers]

    def drop(self) -> None:
        """Cut every connection that is open."""
        for writer in self._open:
            writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def running_proxy(
    hosts: dict[str, str] | None = None, *, login: str | None = None, context: ssl.SSLContext | None = None
) -> AsyncIterator[TestProxy]:
    """Run a proxy while the block lasts.

    Args:
        hosts: addresses of names that only the proxy knows.
        login: `user:password` that it asks for.
        context: makes the way to the proxy encrypted.
    """
    proxy = TestProxy(hosts or {}, login)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, ssl=context)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.drop()
