"""A handle on a simulated exchange that runs as its own process: for tests, the demo and benchmarks."""

import asyncio
import contextlib
import ssl
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

import httpx

from voltape.errors import VoltapeError

__all__ = ["SimFailed", "SimHandle", "running_sim"]

_START_TIMEOUT = 20.0
_STOP_TIMEOUT = 5.0
_CALL_TIMEOUT = 20.0


class SimFailed(VoltapeError):
    """The simulator did not start; carries its exit code, if it ended, and what it wrote."""

    def __init__(self, code: int | None, output: str) -> None:
        super().__init__(code, output)
        self.code = code
        self.output = output

    def __str__(self) -> str:
        return f"simulator did not start (exit code {self.code}): {self.output.strip()}"


@dataclass
class SimHandle:
    """A running simulator: where it listens, and its control endpoint as methods.

    `ca_file` is the certificate to trust, `None` without TLS. `returncode` is set once stopped.
    """

    process: Process
    ws_url: str
    rest_url: str
    ca_file: Path | None
    client: httpx.AsyncClient

    @property
    def pid(self) -> int:
        """Process id, for measuring."""
        return self.process.pid

    @property
    def returncode(self) -> int | None:
        """Exit code, `None` while it runs."""
        return self.process.returncode

    async def get(self, path: str, /, **query: str) -> dict[str, Any]:
        """JSON of a GET on the control endpoint or on REST."""
        response = await self.client.get(path, params=query)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    async def post(self, path: str, /, **body: object) -> dict[str, Any]:
        """JSON of a POST to the control endpoint."""
        response = await self.client.post(path, json=body)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    async def truth(self, underlying: str | None = None) -> dict[str, dict[str, Any]]:
        """Per symbol: `data` (values as sent), `ts`, `id`, `sent`, `count`, `underlying`."""
        query = {"underlying": underlying} if underlying else {}
        rows: dict[str, dict[str, Any]] = (await self.get("/sim/truth", **query))["data"]
        return rows

    async def status(self) -> dict[str, Any]:
        """Counters, clock, rate, and whether it is frozen."""
        return await self.get("/sim/status")

    async def connections(self, *, open_only: bool = False) -> list[dict[str, Any]]:
        """WebSocket connections so far, in order of opening."""
        links: list[dict[str, Any]] = (await self.get("/sim/connections"))["data"]
        return [link for link in links if not open_only or link["closed_at"] is None]

    async def violations(self) -> list[dict[str, Any]]:
        """Rules that clients broke: `rule`, `connection`, `at`."""
        rows: list[dict[str, Any]] = (await self.get("/sim/violations"))["data"]
        return rows

    async def freeze(self) -> bool:
        """Stop market and pushes; true once everything queued has been handed to the sockets."""
        return bool((await self.post("/sim/freeze"))["drained"])

    async def resume(self) -> None:
        """Let market and pushes go on."""
        await self.post("/sim/resume")

    async def fault(self, kind: str, /, **params: object) -> int:
        """Start a fault and return its number.

        Parameters common to all kinds are `connection`, `duration_s`, `probability` and `count`.
        """
        return int((await self.post("/sim/fault", kind=kind, **params))["fault"])

    async def clear_faults(self) -> int:
        """End all faults."""
        return int((await self.post("/sim/faults/clear"))["cleared"])

    async def set_clock(self, *, advance_s: float = 0.0, speed: float | None = None) -> int:
        """Jump or change speed; returns the venue's time in epoch milliseconds."""
        body = {"advance_s": advance_s} | ({} if speed is None else {"speed": speed})
        return int((await self.post("/sim/clock", **body))["now"])

    async def set_rate(self, rate: float) -> None:
        """Aim for another total of ticker messages per second."""
        await self.post("/sim/rate", rate=rate)

    async def list_contracts(self, underlying: str) -> list[str]:
        """List two new contracts now and return their symbols."""
        return list((await self.post("/sim/list", underlying=underlying))["listed"])

    async def expire(self, underlying: str, expiry: int | str | None = None) -> list[str]:
        """Expire one series now (the nearest if none is named) and return its symbols."""
        return list((await self.post("/sim/expire", underlying=underlying, expiry=expiry))["expired"])

    async def stop(self) -> int:
        """End the process and return its exit code."""
        await self.client.aclose()
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()
        return await _ended(self.process)


@asynccontextmanager
async def running_sim(
    *, tls: bool = False, env: Mapping[str, str] | None = None, **options: object
) -> AsyncIterator[SimHandle]:
    """Run a simulator while the block lasts.

    Options are those of the command with underscores: `rate=500`, `start="2026-03-27T07:59:00Z"`,
    `damping=False`. Raises `SimFailed` if it does not come up. The simulator ends with this process,
    however that ends.
    """
    # Complaints go into a file, because nobody reads a pipe once the simulator is up.
    with TemporaryDirectory(prefix="voltape-sim-") as folder, TemporaryFile() as complaints:
        ca_file = Path(folder, "ca.pem") if tls else None
        arguments = [*_arguments(options), "--exit-with-stdin", "--tls" if tls else "--no-tls"]
        if ca_file is not None:
            arguments += ["--ca-out", str(ca_file)]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "voltape.sim",
            *arguments,
            # Our end of this pipe closes however we end, even by `kill -9`, and the simulator ends with us.
            stdin=PIPE,
            stdout=PIPE,
            stderr=complaints,
            env=env,
            # A terminal's Ctrl-C is for us; the simulator stays until those who use it have closed.
            start_new_session=True,
        )
        ws_url, rest_url = await _ready(process, complaints)
        # Without TLS nobody has to be trusted, and reading what the system trusts would take a while.
        nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trust = ssl.create_default_context(cafile=ca_file) if ca_file else nobody
        client = httpx.AsyncClient(base_url=rest_url, verify=trust, timeout=_CALL_TIMEOUT, trust_env=False)
        handle = SimHandle(process, ws_url, rest_url, ca_file, client)
        try:
            yield handle
        finally:
            await handle.stop()


async def _ready(process: Process, complaints: IO[bytes]) -> tuple[str, str]:
    """The two addresses of the ready line; `complaints` is where standard error goes."""
    if process.stdout is None:
        raise SimFailed(process.returncode, "no output")
    try:
        line = await asyncio.wait_for(process.stdout.readline(), _START_TIMEOUT)
    except TimeoutError:
        line = b""
        process.kill()
    words = line.decode().split()
    if len(words) == 3 and words[0] == "ready":
        return words[1], words[2]
    code = await _ended(process)
    complaints.seek(0)
    said = (line + complaints.read()).decode(errors="replace")
    # Of what the command line says, the lines on how to use it are for people who typed it.
    raise SimFailed(code, said.rpartition("\nError: ")[2].removeprefix("Error: "))


async def _ended(process: Process) -> int:
    """The exit code of a process that is about to end, with force if it takes too long.

    A signal to a process that has just ended would take its exit code away, so there is none before.
    """
    try:
        return await asyncio.wait_for(process.wait(), _STOP_TIMEOUT)
    except TimeoutError:
        process.kill()
    return await process.wait()


def _arguments(options: Mapping[str, object]) -> list[str]:
    arguments: list[str] = []
    for name, value in options.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            arguments.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            text = ",".join(value) if isinstance(value, list | tuple) else str(value)
            arguments += [f"--{flag}", text]
    return arguments
