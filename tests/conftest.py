"""What every test may use."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from tests.lanes import LaneScheduling, turn_of
from tests.surroundings import surroundings
from tools.browser import NO_BROWSER, find_browser

# A slow machine is not a wrong program; CI repeats the same examples, developers look for new ones.
settings.register_profile("developer", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "developer")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where tests run in parallel, begin with what takes longest."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: turn_of(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LaneScheduling | None:
    """Keep a file on one worker, and whole programs in two lanes, with `--dist=loadfile`.

    That wants `--no-loadscope-reorder` besides, without which the files that have most tests would come first.
    """
    return LaneScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(autouse=True)
def _left_as_found() -> Iterator[None]:
    """Fail a test that would make another one fail, or pass, in this order only."""
    found = surroundings()
    yield
    left = surroundings()
    assert {name: value for name, value in left.items() if value != found[name]} == {}


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the system's Chromium or Chrome; without one the test is skipped, and in CI it fails."""
    if found := find_browser():
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(NO_BROWSER)
    pytest.skip(NO_BROWSER)
