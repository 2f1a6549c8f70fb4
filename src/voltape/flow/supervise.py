"""Running services for as long as the process lives.

Every task has an owner: a `Supervisor` starts services, starts a failed one again after a jittered delay, and
ends them in the reverse order of their start. An exception in a service is a bug or a broken environment: its
traceback is logged, it is counted, and the others go on. So it is where a service awaits something that somebody else
cancelled, which would end it in silence. A service that had run for longer than the longest delay starts again after the
first one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from random import Random

from .backoff import Backoff

__all__ = ["Supervisor", "is_being_ended"]

_log = logging.getLogger(__name__)


def is_being_ended() -> bool:
    """In a task that met a cancellation: whether it is meant, and not something that the task awaited."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


class Supervisor:
    """Owner of long-running services.

    Attributes:
        restarts: how often each service had to be started again.
    """

    def __init__(self, rng: Random, *, first_delay: float = 0.5, longest_delay: float = 30.0) -> None:
        self._rng = rng
        self._first_delay = first_delay
        self._longest_delay = longest_delay
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.restarts: dict[str, int] = {}

    def start(self, name: str, service: Callable[[], Awaitable[None]]) -> None:
        """Run `service` from now on; it is called anew whenever it ends, by returning or by failing."""
        self.restarts[name] = 0
        self._tasks[name] = asyncio.create_task(self._keep(name, service), name=name)

    async def _keep(self, name: str, service: Callable[[], Awaitable[None]]) -> None:
        backoff = Backoff(self._first_delay, self._longest_delay, self._rng)
        now = asyncio.get_running_loop().time
        while True:
            began = now()
            try:
                await service()
                _log.error("service %s ended by itself; starting it again", name)
            except asyncio.CancelledError:
                if is_being_ended():
                    raise
                _log.exception("service %s awaited something that was cancelled; starting it again", name)
            except Exception:  # noqa: BLE001 - whatever failed, the others go on; the traceback is logged
                _log.exception("service %s failed; starting it again", name)
            self.restarts[name] += 1
            if now() - began > self._longest_delay:
                backoff.reset()
            await asyncio.sleep(backoff.next())

    async def close(self) -> None:
        """End the services, last started first; calling it again does nothing."""
        while self._tasks:
            _, task = self._tasks.popitem()
            task.cancel()
            await asyncio.wait([task])
