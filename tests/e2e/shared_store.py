"""A Valkey apart from the program, as an operator runs one: on TCP, with a password, behind TLS where wanted."""

import asyncio
import contextlib
import os
import signal
import ssl
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from valkey.asyncio import Valkey
from valkey.exceptions import ValkeyError

from tests.e2e.program import eventually, free_port
from voltape.store.server import find_binary

PASSWORD = "a pass/word"
QUOTED = "a%20pass%2Fword"
STARTED_WITHIN = 10.0


class SharedStore:
    """A server that can be stopped, started again empty on the same port, and paused; its context stops it."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self._home = home
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def url(self, password: str = QUOTED, database: int = 0) -> str:
        """Address for `VOLTAPE_STORE_URL`, with a password as URLs spell it."""
        return f"valkey://:{password}@127.0.0.1:{self.port}/{database}"

    def client(self, database: int = 0) -> Valkey:
        """A client of somebody else."""
        return Valkey(host="127.0.0.1", port=self.port, password=PASSWORD, db=database)

    async def start(self) -> None:
        """Start the server and wait until it answers."""
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._home), "--save", ""]
        program = find_binary().path
        self._process = await asyncio.create_subprocess_exec(
            program, *words, "--requirepass", PASSWORD, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
        )
        await eventually(self._answers, STARTED_WITHIN, "the shared store answers")

    async def _answers(self) -> bool:
        async with self.client() as client:
            with contextlib.suppress(ValkeyError, OSError):
                return bool(await client.ping())
        return False

    async def stop(self) -> None:
        """End the server with everything it holds; safe to call again."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await process.wait()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Let the server take connections but answer nothing while the block lasts."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)


@asynccontextmanager
async def shared_store(home: Path) -> AsyncIterator[SharedStore]:
    """A running server while the block lasts."""
    async with SharedStore(home) as store:
        await store.start()
        yield store


@asynccontextmanager
async def tls_in_front(port: int, context: ssl.SSLContext) -> AsyncIterator[int]:
    """A port that speaks TLS and passes everything on to `port`, while the block lasts."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = await asyncio.open_connection("127.0.0.1", port)
        both = (_copied(reader, behind[1]), _copied(behind[0], writer))
        await asyncio.gather(*both)

    server = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await server.wait_closed()


async def _copied(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    sink.close()
