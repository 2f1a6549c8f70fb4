"""The API under a public load generator, where the machine has it: `wrk`, as Debian packages it."""

import re
import shutil
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from typing import NamedTuple

from .bench import Bench

__all__ = ["Load", "load_from_text", "wrk"]

_CONNECTIONS = 16
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
_SHARES = ("p50", "p99")


class Load(NamedTuple):
    """What a run of wrk found.

    Attributes:
        rate: answers per second. p50, p99: time until the answer, ms. failed: not answered, or not with 2xx or 3xx.
    """

    rate: float
    p50: float
    p99: float
    failed: int


def load_from_text(text: str) -> Load:
    """Read what wrk prints with `--latency`.

    Raises:
        ValueError: it is something else.
    """
    rate = re.search(r"^Requests/sec:\s+([\d.]+)$", text, re.MULTILINE)
    times = dict(re.findall(r"^\s+(\d+)%\s+([\d.]+[a-z]+)$", text, re.MULTILINE))
    if rate is None or not {"50", "99"} <= times.keys():
        raise ValueError(text)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    failed = sum(int(number) for found in (refused, broken) if found for number in found.groups())
    return Load(float(rate[1]), _milliseconds(times["50"]), _milliseconds(times["99"]), failed)


def _milliseconds(text: str) -> float:
    number = text.rstrip("".join(_MILLISECONDS))
    return float(number) * _MILLISECONDS[text.removeprefix(number)]


async def wrk(bench: Bench, url: str) -> None:
    """Ask for one thing as often as it is answered, over a few connections.

    Args:
        bench: takes the figures.
        url: of what is asked for, on a server without a rate limit.
    """
    tool = shutil.which("wrk")
    if tool is None:
        bench.note("wrk is not on PATH, so the API was not put under its load (Debian: the package wrk).")
        return
    words = ("--threads", "1", "--connections", str(_CONNECTIONS), "--latency")
    for _ in range(bench.options.repeats):
        process = await create_subprocess_exec(
            tool, *words, "--duration", f"{max(round(bench.options.listen), 1)}s", url, stdout=PIPE
        )
        told, _ = await process.communicate()
        load = load_from_text(told.decode())
        for name in ("rate", *_SHARES):
            bench.sample(f"api.wrk_{name}", getattr(load, name))
        bench.sample("api.wrk_failed", load.failed)
        bench.say(f"api: wrk: {load.rate:,.0f} answers/s, p99 {load.p99:.1f} ms, {load.failed} failed")
