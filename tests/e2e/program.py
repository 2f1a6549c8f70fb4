"""Real processes of the program under test."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from voltape.sim.handle import SimHandle

READY_WITHIN = 30.0


@dataclass
class Program:
    """A running role: its process, its address once it said `ready`, and where its log goes."""

    process: Process
    url: str
    log: Path

    async def get(self, path: str, **query: str | float) -> Any:
        """JSON of an endpoint, whatever its status."""
        async with httpx.AsyncClient(base_url=self.url, timeout=10, trust_env=False) as client:
            return (await client.get(path, params=query)).json()

    async def status_code(self, path: str) -> int:
        """HTTP status of an endpoint."""
        async with httpx.AsyncClient(base_url=self.url, timeout=10, trust_env=False) as client:
            return (await client.get(path)).status_code

    async def stop(self, number: int = signal.SIGTERM) -> int:
        """Signal the process and give its exit code; it has five seconds."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(5):
            return await self.process.wait()


def environment(sim: SimHandle | None, **settings: object) -> dict[str, str]:
    """Environment of a role: pointed at `sim`, with settings by their lower-case names."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VOLTAPE_")}
    if sim is not None:
        kept |= {"VOLTAPE_WS_URL": sim.ws_url, "VOLTAPE_REST_URL": sim.rest_url}
        if sim.ca_file is not None:
            kept["VOLTAPE_CA_FILE"] = str(sim.ca_file)
    return kept | {f"VOLTAPE_{name.upper()}": str(value) for name, value in settings.items()}


async def launch(role: str, sim: SimHandle | None, log: Path, **settings: object) -> Process:
    """Start a role; standard output is a pipe, the log goes to a file."""
    with log.open("ab") as errors:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "voltape", role, env=environment(sim, **settings), stdin=DEVNULL, stdout=PIPE, stderr=errors
        )


async def ready_url(process: Process, log: Path) -> str:
    """Address of the `ready` line."""
    assert process.stdout is not None
    async with asyncio.timeout(READY_WITHIN):
        line = (await process.stdout.readline()).decode().strip()
    assert line.startswith("ready http://"), f"{line!r}; log: {log.read_text()}"
    return line.removeprefix("ready ")


@asynccontextmanager
async def running(role: str, sim: SimHandle | None, home: Path, **settings: object) -> AsyncIterator[Program]:
    """A role that serves, from its `ready` line until it is stopped."""
    log = home / f"{role}.log"
    settings = {"data_dir": home / "data", "http_port": 0} | settings
    process = await launch(role, sim, log, **settings)
    try:
        program = Program(process, await ready_url(process, log), log)
        yield program
        assert await program.stop() == 0, log.read_text()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def eventually(check: Callable[[], Awaitable[object]], within: float, what: str) -> None:
    """Wait for something that another process does, until `check` is true or `within` seconds have passed."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while not await check():
        assert loop.time() < deadline, f"not within {within:g} s: {what}"
        await asyncio.sleep(0.05)


def children(pid: int) -> dict[int, str]:
    """Processes below `pid`, with their command lines; only where the system has /proc."""
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if parent == pid:
                found |= {int(entry.name): line} | children(int(entry.name))
    return found
