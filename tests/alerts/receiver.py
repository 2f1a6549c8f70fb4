"""A web server that takes messages, answers as told, and remembers what it was sent."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

__all__ = ["Receiver", "Taken", "receiving"]


@dataclass
class Taken:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """What it says."""
        return msgspec.json.decode(self.body)


@dataclass
class Receiver:
    """A running server.

    Attributes:
        taken: requests so far.
        answers: status, headers and body of the next answers; 200 and `{"ok":true}` when there are no more.
        silent: never answer.
    """

    url: str = ""
    taken: list[Taken] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    silent: bool = False
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Say this to one request more."""
        self.answers.append((status, {name.replace("_", "-"): text for name, text in headers.items()}, body))

    async def until(self, count: int, within: float = 10.0) -> list[Taken]:
        """Wait for so many requests."""
        async with asyncio.timeout(within), self.arrived:
            await self.arrived.wait_for(lambda: len(self.taken) >= count)
        return self.taken

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.writers.add(writer)
        with suppress(asyncio.IncompleteReadError, OSError):
            await self._serve(reader, writer)
        self.writers.discard(writer)
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        exact = dict(line.split(": ", 1) for line in head[1:] if line)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if not self.silent:
            status, more, text = self.answers.pop(0) if self.answers else (200, {}, b'{"ok":true}')
            lines = "".join(f"{name}: {value}\r\n" for name, value in more.items())
            writer.write(
                f"HTTP/1.1 {status} X\r\n{lines}content-length: {len(text)}\r\nconnection: close\r\n\r\n".encode()
                + text
            )
            await writer.drain()
        async with self.arrived:
            self.taken.append(
                Taken(head[0].split(" ")[1], {name.lower(): value for name, value in exact.items()}, body)
            )
            self.arrived.notify_all()
        if self.silent:
            await reader.read()


@asynccontextmanager
async def receiving(context: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[Receiver]:
    """A server on the loopback address, with TLS if there is a context."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", port, ssl=context)
    scheme = "http" if context is None else "https"
    receiver.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        server.close()
        for writer in tuple(receiver.writers):
            writer.close()
        await server.wait_closed()
