"""An exchange, a program and a browser that the tests of one file share."""

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.e2e.browsing import SWITCHES
from tests.e2e.comparison import until_fresh
from tests.e2e.program import Program, running
from voltape.sim.handle import SimHandle, running_sim


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sim() -> AsyncIterator[SimHandle]:
    """An exchange of half its size."""
    async with running_sim(contracts=0.5, rate=1_000) as handle:
        yield handle


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def program(sim: SimHandle, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    """A program with every contract live."""
    async with running("up", sim, tmp_path_factory.mktemp("up"), filter="all") as found:
        await until_fresh(found)
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """The system's browser."""
    switches = [*SWITCHES, *(["--no-sandbox"] if os.getuid() == 0 else [])]
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=chromium, args=switches)
        yield found
        await found.close()
