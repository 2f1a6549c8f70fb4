"""Processes that a benchmark starts and ends: programs of ours, and store servers."""

import asyncio
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from voltape.errors import StoreError
from voltape.sim.handle import SimHandle
from voltape.store.address import address_from_url
from voltape.store.link import Link
from voltape.store.server import find_binary

__all__ = [
    "NotReady",
    "Store",
    "Teller",
    "ending",
    "environment",
    "free_port",
    "launch",
    "running_store",
]

_READY_WITHIN = 40.0
_STOP_WITHIN = 6.0
_POLL = 0.02


class NotReady(RuntimeError):
    """A program did not start, or did not come to carry every contract."""


class Teller:
    """A client program that says numbers, one a line: the first when it is ready, others when asked by SIGUSR1."""

    def __init__(self, process: Process) -> None:
        self.process = process

    async def told(self) -> int:
        """The next number that it says."""
        assert self.process.stdout is not None
        async with asyncio.timeout(_READY_WITHIN):
            line = await self.process.stdout.readline()
        if not line:
            raise NotReady("a client program ended")
        return int(line)

    async def asked(self) -> int:
        """The number that it says when asked."""
        self.process.send_signal(signal.SIGUSR1)
        return await self.told()


class Store:
    """A store server of a contestant's own.

    Attributes:
        process: the server. url: where it is. link: to ask it by.
    """

    def __init__(self, process: Process, url: str, link: Link) -> None:
        self.process = process
        self.url = url
        self.link = link

    async def bytes_in(self) -> int:
        """Bytes that clients have sent to the server so far, by its own count."""
        return await self._told("stats", "total_net_input_bytes")

    async def memory(self) -> int:
        """Bytes that the server has taken for its data, by its own count."""
        return await self._told("memory", "used_memory")

    async def _told(self, section: str, name: str) -> int:
        answer = await self.link.ask("INFO", section)
        text = answer.decode() if isinstance(answer, bytes) else ""
        return int(text.partition(f"{name}:")[2].split()[0])

    async def sizes(self, names: list[str]) -> int:
        """Memory that these keys take, bytes."""
        answers = await self.link.exchange([("MEMORY", "USAGE", name, "SAMPLES", 0) for name in names])
        return sum(size for size in answers if isinstance(size, int))


@asynccontextmanager
async def running_store(home: Path, *, append_only: bool = False) -> AsyncIterator[Store]:
    """A server on the loopback interface without snapshots; with an append-only file synced each second if wanted."""
    port = free_port()
    folder = home / f"store-{port}"
    folder.mkdir()
    command = [find_binary().path, "--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
    command += ["--hz", "5", "--appendonly", "yes" if append_only else "no", "--appendfsync", "everysec"]
    process = await asyncio.create_subprocess_exec(*map(str, command), stdout=DEVNULL, stderr=DEVNULL)
    async with ending(process):
        url = f"valkey://127.0.0.1:{port}"
        link = await _connected(url)
        try:
            yield Store(process, url, link)
        finally:
            await link.close()


def environment(sim: SimHandle | None, **settings: object) -> dict[str, str]:
    """Our environment without settings of voltape but these, and the addresses of the exchange."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VOLTAPE_")}
    if sim is not None:
        kept |= {
            "VOLTAPE_WS_URL": sim.ws_url,
            "VOLTAPE_REST_URL": sim.rest_url,
            "VOLTAPE_CA_FILE": str(sim.ca_file),
        }
    return kept | {f"VOLTAPE_{name.upper()}": str(value) for name, value in settings.items()}


async def launch(words: list[str], variables: dict[str, str], log: Path | None = None) -> Process:
    """Start a Python module with its arguments; its complaints go to `log`, or where ours go."""
    with (log or Path(os.devnull)).open("ab") as errors:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *words,
            env=variables,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=errors if log else None,
        )


@asynccontextmanager
async def ending(process: Process) -> AsyncIterator[None]:
    """End the process with the block, by force if it does not end by itself."""
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(_STOP_WITHIN):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def _connected(url: str) -> Link:
    deadline = time.monotonic() + _READY_WITHIN
    while True:
        try:
            return await address_from_url(url).connect()
        except StoreError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(_POLL)
