"""The event loop of a role, and the signals that end it.

A signal cancels the role wherever it is: serving, or still waiting for a store that takes connections and says
nothing. What the role has opened by then is closed in order by its contexts, which a further signal leaves alone.
"""

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, NoReturn

import uvloop

__all__ = ["run_until_stopped", "until_stopped"]

_GC_THRESHOLDS = (10_000, 20, 20)


def run_until_stopped(role: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """Run `role` until SIGTERM or SIGINT; returns the exit code 0 when it has closed what it opened."""
    # The hot path makes values that hold no cycles; rarer collections leave more of the core to it.
    gc.set_threshold(*_GC_THRESHOLDS)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(role))
    return 0


async def _run(role: Callable[[], Coroutine[Any, Any, None]]) -> None:
    task = asyncio.create_task(role(), name="role")
    stopped = asyncio.Event()

    def stop() -> None:
        if not stopped.is_set():
            stopped.set()
            task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    with suppress(asyncio.CancelledError):
        await task


async def until_stopped() -> NoReturn:
    """Wait for a signal, which ends the role here."""
    await asyncio.Event().wait()
    raise AssertionError
