import asyncio
from collections.abc import Generator

import pytest

from voltape.flow.steps import run_in_turns


def counting(steps: int) -> Generator[None, None, str]:
    """So many steps."""
    for _ in range(steps):
        yield
    return "done"


async def test_others_run_in_between() -> None:
    """Where steps take long, another task has its turn after each."""
    turns = 0
    now = 0.0

    def slow() -> float:
        nonlocal now
        now += 0.01
        return now

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    assert await run_in_turns(counting(20), slow) == "done"
    task.cancel()
    assert turns >= 20


async def test_short_steps_are_not_interrupted() -> None:
    """Nobody else gets a turn within the first millisecond."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        turns += 1

    task = asyncio.create_task(other())
    assert await run_in_turns(counting(20), lambda: 0.0) == "done"
    assert turns == 0
    await task


async def test_a_failure_comes_through() -> None:
    """As it was raised."""

    def failing() -> Generator[None, None, None]:
        yield
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        await run_in_turns(failing(), lambda: 0.0)
