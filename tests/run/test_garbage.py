"""Collecting garbage rarely, and leaving the survivors of the start alone."""

import gc
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest

from voltape.model.status import Status
from voltape.run.garbage import collect_rarely, freeze_survivors, until_ready


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """Nothing stays frozen, and thresholds are what they were."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_collections_become_rarer() -> None:
    """The youngest objects are looked at less often than before."""
    gc.set_threshold(700, 10, 10)
    collect_rarely()
    assert gc.get_threshold()[0] > 700


def test_survivors_are_left_out_of_later_collections() -> None:
    """What is there when a role has started is frozen; what comes later is collected as ever."""
    dead = []

    class Cycle:
        def __init__(self, name: str) -> None:
            self.name = name
            self.me = self

        def __del__(self) -> None:
            dead.append(self.name)

    early = Cycle("early")
    before = gc.get_freeze_count()
    freeze_survivors()
    assert gc.get_freeze_count() > before
    del early
    Cycle("late")
    gc.collect()
    assert dead == ["late"]


async def test_one_waits_until_data_flows() -> None:
    """It looks again and again, and returns with the first good answer."""
    answers = iter([False, False, True, False])

    def status() -> Status:
        return cast("Status", SimpleNamespace(health=SimpleNamespace(ready=next(answers))))

    await until_ready(status, 0.0)
    assert list(answers) == [False]
