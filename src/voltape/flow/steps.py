"""Long computations on the event loop: in steps, and others get their turn in between."""

import asyncio
from collections.abc import Callable, Generator
from typing import TypeVar

__all__ = ["run_in_turns"]

T = TypeVar("T")

_AT_ONCE_S = 0.001


async def run_in_turns(steps: Generator[None, None, T], monotonic: Callable[[], float]) -> T:
    """Run steps to their end, and let others run about every millisecond.

    Args:
        steps: yields between steps, which should be short; returns the result.
        monotonic: seconds that never go back.
    """
    began = monotonic()
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
        if monotonic() - began >= _AT_ONCE_S:
            await asyncio.sleep(0)
            began = monotonic()
