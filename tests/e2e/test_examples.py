"""The scripts in `examples`, run as a reader would run them."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.e2e.program import environment, running
from voltape.sim.handle import running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(60)]

SCRIPTS = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))


def test_there_are_examples() -> None:
    """They are found."""
    assert [script.name for script in SCRIPTS] == ["chain_to_dataframe.py"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
async def test_an_example_runs_to_its_end(script: Path, tmp_path: Path) -> None:
    """Without a word on standard error, and with something to show for each cell that prints."""
    async with running_sim(rate=300, contracts=0.3, seed=5) as sim, running("up", sim, tmp_path) as program:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "error", script, program.url),
            env=environment(None),
            stdout=PIPE,
            stderr=PIPE,
        )
        async with asyncio.timeout(30):
            output, errors = await process.communicate()
    assert (process.returncode, errors.decode()) == (0, "")
    assert output.decode().count("contracts changed") == 4
    assert output.decode().count("shape: ") == 5
