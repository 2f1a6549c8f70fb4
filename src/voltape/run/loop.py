"""The event loop of a role, and the signals that end it."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable

import uvloop

__all__ = ["run_until_stopped"]

_GC_THRESHOLDS = (10_000, 20, 20)


def run_until_stopped(role: Callable[[asyncio.Event], Awaitable[None]]) -> int:
    """Run `role` with an event that SIGTERM and SIGINT set; returns the exit code 0 when it is done."""
    # The hot path makes values that hold no cycles; rarer collections leave more of the core to it.
    gc.set_threshold(*_GC_THRESHOLDS)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(role))
    return 0


async def _run(role: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await role(stop)
