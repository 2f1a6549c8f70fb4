"""A run of a job in a process of its own: started, watched, and ended when its time is over."""

import asyncio
import fcntl
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from voltape.errors import VoltapeError
from voltape.model.job import Outcome, Result

from .catalogue import Job

__all__ = ["AlreadyRunning", "Ended", "launch", "only_one"]

_KILL_AFTER_S = 5.0

_decode = msgspec.json.Decoder(Outcome).decode


class AlreadyRunning(VoltapeError):
    """Another process is at the same job."""


class Ended(NamedTuple):
    """How a run ended: its result, what it found, and how long it took."""

    result: Result
    outcome: Outcome
    duration_s: float


@contextmanager
def only_one(folder: Path, name: str) -> Iterator[None]:
    """Be the only one at a job, as long as the block lasts; the system lets go of it whatever happens to us.

    Raises:
        AlreadyRunning: somebody else is.
        OSError: the folder cannot be used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / f"{name}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"the job {name} is running already") from None
        yield
    finally:
        os.close(handle)


async def launch(job: Job, environment: Mapping[str, str]) -> Ended:
    """Run `voltape jobs run NAME --json` with these variables, for as long as the job may take."""
    began = time.monotonic()
    command = (sys.executable, "-m", "voltape", "jobs", "run", job.name, "--json")
    process = await asyncio.create_subprocess_exec(
        *command, env=dict(environment), stdin=DEVNULL, stdout=PIPE
    )
    try:
        async with asyncio.timeout(job.timeout_s):
            answer, _ = await process.communicate()
    except TimeoutError:
        outcome = Outcome(ok=False, said=f"not done within {job.timeout_s:g} s")
        return Ended("timeout", outcome, time.monotonic() - began)
    finally:
        await _end(process)
    try:
        outcome = _decode(answer)
    except msgspec.DecodeError:
        outcome = Outcome(ok=False, said=_end_of(process.returncode))
    return Ended("ok" if outcome.ok else "failed", outcome, time.monotonic() - began)


def _end_of(code: int | None) -> str:
    if code == -signal.SIGKILL:
        return "its process was killed, as the system does where memory is short"
    return f"its process ended with {code} and said nothing"


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_KILL_AFTER_S):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
