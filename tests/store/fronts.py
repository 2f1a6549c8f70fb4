"""Servers in place of the store, or before it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

__all__ = ["listening", "silent_server", "tls_front"]

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on a free port whose connections are all over at the end."""
    handlers: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers[asyncio.current_task()] = writer
        with suppress(OSError):
            await serve(reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in handlers.values():
            writer.close()
        await asyncio.gather(*(task for task in handlers if task is not None))


def silent_server(info: str | None = None) -> AbstractAsyncContextManager[int]:
    """A server that accepts and says nothing, or answers every command but INFO with OK."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            if info is not None:
                writer.write(f"${len(info)}\r\n{info}\r\n".encode() if b"INFO" in data else b"+OK\r\n")

    return listening(serve)


def tls_front(path: str, context: ssl.SSLContext) -> AbstractAsyncContextManager[int]:
    """TLS before a server on a local socket."""

    async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            target.write(data)
        target.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(path)
        await asyncio.gather(copy(reader, inner_writer), copy(inner_reader, writer))
        await inner_writer.wait_closed()

    return listening(serve, context)
