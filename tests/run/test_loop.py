"""A role from its start to a signal, on either event loop."""

import asyncio
import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from voltape.config import Settings
from voltape.run.loop import run_until_stopped, until_stopped


@pytest.fixture(autouse=True)
def own_process() -> Iterator[None]:
    """The test's process collects garbage and takes signals afterwards as before."""
    thresholds, handlers = gc.get_threshold(), {one: signal.getsignal(one) for one in SIGNALS}
    yield
    gc.set_threshold(*thresholds)
    for number, handler in handlers.items():
        signal.signal(number, handler)


SIGNALS = (signal.SIGTERM, signal.SIGINT)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("event_loop", ["uvloop", "asyncio"])
def test_a_role_runs_on_the_chosen_loop_until_a_signal(
    event_loop: str, number: signal.Signals, tmp_path: Path
) -> None:
    """Its contexts are closed in order although signals repeat, and the code is 0."""
    seen: list[object] = []

    async def role(settings: Settings) -> None:
        seen.append(isinstance(asyncio.get_running_loop(), uvloop.Loop))
        for _ in range(2):
            os.kill(os.getpid(), number)
        try:
            await until_stopped()
        finally:
            await asyncio.sleep(0)
            seen.append("closed")

    settings = Settings(data_dir=tmp_path, event_loop=event_loop)  # type: ignore[arg-type]
    assert run_until_stopped(role, settings) == 0
    assert seen == [event_loop == "uvloop", "closed"]


@pytest.mark.parametrize("tuned", [True, False])
def test_collections_are_rarer_only_where_that_is_wanted(tuned: bool, tmp_path: Path) -> None:
    """Without tuning the interpreter's own thresholds stay."""
    before = gc.get_threshold()

    async def role(settings: Settings) -> None:
        assert (gc.get_threshold()[0] > before[0]) is tuned
        assert (gc.get_threshold() == before) is not tuned

    assert run_until_stopped(role, Settings(data_dir=tmp_path, gc_tuning=tuned)) == 0
