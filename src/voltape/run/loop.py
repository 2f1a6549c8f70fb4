"""The event loop of a role, and the signals that end it.

A signal cancels the role wherever it is: serving, or still waiting for a store that takes connections and says
nothing. What the role has opened by then is closed in order by its contexts, which a further signal leaves alone.
"""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, NoReturn

from voltape.config import Settings

from .garbage import collect_rarely

__all__ = ["run_until_stopped", "until_stopped"]


def run_until_stopped(role: Callable[[Settings], Coroutine[Any, Any, None]], settings: Settings) -> int:
    """Run `role` until SIGTERM or SIGINT; returns the exit code 0 when it has closed what it opened."""
    if settings.gc_tuning:
        collect_rarely()
    with asyncio.Runner(loop_factory=_loop_factory(settings.event_loop)) as runner:
        runner.run(_run(role(settings)))
    return 0


def _loop_factory(name: str) -> Callable[[], asyncio.AbstractEventLoop]:
    if name == "uvloop":
        import uvloop  # noqa: PLC0415 - whoever does without it does not carry its memory

        return uvloop.new_event_loop
    return asyncio.new_event_loop


async def _run(role: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(role, name="role")
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
