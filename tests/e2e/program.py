"""Real processes of the program under test."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.trust import TRUST
from voltape.sim.handle import SimHandle

READY_WITHIN = 30.0
STOPPED_WITHIN = 5.0
NOWHERE = {"ws_url": "ws://127.0.0.1:1/", "rest_url": "http://127.0.0.1:1"}
"""Settings for an exchange that refuses connections."""


@dataclass
class Program:
    """A running role: its process, its address, and where its log goes."""

    process: Process
    url: str
    log: Path
    killed: bool = False

    async def answer(self, path: str, **query: str | float) -> httpx.Response:
        """Whatever an endpoint answers."""
        async with httpx.AsyncClient(base_url=self.url, timeout=10, trust_env=False, verify=TRUST) as client:
            return await client.get(path, params=query or None)

    async def get(self, path: str, **query: str | float) -> Any:
        """JSON of an endpoint, whatever its status."""
        return (await self.answer(path, **query)).json()

    async def status_code(self, path: str) -> int:
        """HTTP status of an endpoint; 0 where nobody listens yet."""
        try:
            return (await self.answer(path)).status_code
        except httpx.TransportError:
            return 0

    def records(self, *levels: str) -> list[dict[str, Any]]:
        """What was logged in the JSON format, of these levels if any are named."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if not levels or line["level"] in levels]

    async def stop(self, number: int = signal.SIGTERM) -> int:
        """Signal the process and give its exit code; it has five seconds."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(STOPPED_WITHIN):
            return await self.process.wait()

    async def kill(self) -> None:
        """End the process at once, as `kill -9` does."""
        self.killed = True
        self.process.kill()
        await self.process.wait()


def free_port() -> int:
    """A TCP port that nobody listens on, for an address that must be known before its owner starts."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(sim: SimHandle | None, **settings: object) -> dict[str, str]:
    """Environment of a role: pointed at `sim`, with settings by their lower-case names; None leaves one out."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VOLTAPE_")}
    if sim is not None:
        kept |= {"VOLTAPE_WS_URL": sim.ws_url, "VOLTAPE_REST_URL": sim.rest_url}
        if sim.ca_file is not None:
            kept["VOLTAPE_CA_FILE"] = str(sim.ca_file)
    given = {name: value for name, value in settings.items() if value is not None}
    return kept | {f"VOLTAPE_{name.upper()}": str(value) for name, value in given.items()}


async def launch(role: str, sim: SimHandle | None, log: Path, *words: str, **settings: object) -> Process:
    """Start a role with more words on its command line; standard output is a pipe, the log goes to a file."""
    with log.open("ab") as errors:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "voltape",
            role,
            *words,
            env=environment(sim, **settings),
            cwd=log.parent,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=errors,
            start_new_session=True,
        )


async def ready_url(process: Process, log: Path) -> str:
    """Address of the `ready` line."""
    assert process.stdout is not None
    async with asyncio.timeout(READY_WITHIN):
        line = (await process.stdout.readline()).decode().strip()
    assert line.startswith("ready http://"), f"{line!r}, {_text(log)}"
    return line.removeprefix("ready ")


def _text(log: Path) -> str:
    return f"log: {log.read_text()}"


@asynccontextmanager
async def started(
    role: str, sim: SimHandle | None, home: Path, *words: str, **settings: object
) -> AsyncIterator[Program]:
    """A role from its start until it is stopped, ready or not; its address is known where `http_port` is given."""
    log = home / f"{role}.log"
    settings = {"data_dir": home / "data", "http_port": 0} | settings
    process = await launch(role, sim, log, *words, **settings)
    program = Program(process, f"http://127.0.0.1:{settings['http_port']}", log)
    try:
        yield program
        if not program.killed:
            assert await program.stop() == 0, log.read_text()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def running(
    role: str, sim: SimHandle | None, home: Path, *words: str, **settings: object
) -> AsyncIterator[Program]:
    """A role that serves, from its `ready` line until it is stopped."""
    async with started(role, sim, home, *words, **settings) as program:
        program.url = await ready_url(program.process, program.log)
        yield program


async def refused(role: str, home: Path, *words: str, **settings: object) -> tuple[int, str]:
    """Exit code and standard error of a role that ends by itself, having said nothing on standard output."""
    log = home / f"{role}-refused.log"
    process = await launch(role, None, log, *words, **(NOWHERE | settings))
    try:
        async with asyncio.timeout(READY_WITHIN):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert output == b""
    assert process.returncode is not None
    return process.returncode, log.read_text()


async def unready_because(program: Program, reason: str) -> bool:
    """Whether a program says that it is not ready, and gives this reason; false where it does not answer yet."""
    if not await program.status_code("/healthz"):
        return False
    answer = await program.answer("/readyz")
    return answer.status_code == 503 and reason in answer.json()["detail"]


async def eventually(check: Callable[[], Awaitable[object]], within: float, what: str) -> None:
    """Wait for something that another process does, until `check` is true or `within` seconds have passed."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while not await check():
        assert loop.time() < deadline, f"not within {within:g} s: {what}"
        await asyncio.sleep(0.05)


def children(pid: int) -> dict[int, str]:
    """Processes below `pid`, with their command lines."""
    found: dict[int, str] = {}
    for child in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            found[child.pid] = " ".join(child.cmdline())
    return found


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def store_server(pid: int) -> int:
    """Process id of the store's server below `pid`."""
    return next(child for child, line in children(pid).items() if "valkey-server" in line.partition(" ")[0])
