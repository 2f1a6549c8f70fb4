"""Samples that change what is tracked, run as an operator would run them, with a token set."""

import asyncio
import json
import shutil
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.docs.pages import PAGES, Block, blocks
from tests.e2e.program import environment, running
from tests.trust import TRUST
from voltape.sim.handle import running_sim

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.timeout(60),
    pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on PATH"),
]
with_the_program = pytest.mark.asyncio(loop_scope="module")

SAMPLES = [block for page in PAGES for block in blocks(page) if block.mark == "operator"]
CONSOLE = [block for block in SAMPLES if block.language == "console"]
PYTHON = [block for block in SAMPLES if block.language == "python"]
PINNED = "BTC-25DEC26-110000-C-USDT"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """A client of a program that takes decisions, and a contract that there is."""
    home = tmp_path_factory.mktemp("operator")
    async with (
        running_sim(contracts=0.1) as sim,
        running("up", sim, home, api_token="TOKEN") as program,
        httpx.AsyncClient(base_url=program.url, verify=TRUST, trust_env=False) as client,
    ):
        client.headers["authorization"] = "Bearer TOKEN"
        answer = await client.get("/api/v1/tickers", params={"underlying": "BTC", "limit": 1})
        symbol = answer.json()["data"][0]["symbol"]
        yield client, symbol


@with_the_program
@pytest.mark.parametrize("block", PYTHON, ids=str)
async def test_an_operator_script_runs(
    block: Block, place: tuple[httpx.AsyncClient, str], tmp_path: Path
) -> None:
    """It ends well and says something."""
    client, symbol = place
    script = tmp_path / "sample.py"
    text = block.text.replace("http://127.0.0.1:8000", str(client.base_url).rstrip("/"))
    script.write_text(text.replace(PINNED, symbol), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, script, cwd=tmp_path, env=environment(None), stdout=PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    assert symbol in output.decode()


@with_the_program
@pytest.mark.parametrize("block", CONSOLE, ids=str)
async def test_an_operator_sample_answers_as_shown(
    block: Block, place: tuple[httpx.AsyncClient, str], tmp_path: Path
) -> None:
    """Each command ends well, and the last one's answer is the one below it; the contract is pinned before."""
    client, symbol = place
    (await client.put(f"/api/v1/pins/{symbol}")).raise_for_status()
    text = block.text.replace("http://127.0.0.1:8000", str(client.base_url).rstrip("/"))
    text, answer = (shown.replace(PINNED, symbol) for shown in (text, block.answer or ""))
    output = b""
    for line in text.splitlines():
        command = line.removeprefix("$ ")
        assert command != line
        process = await asyncio.create_subprocess_exec(
            "sh", "-c", command, cwd=tmp_path, env=environment(None), stdout=PIPE
        )
        output, _ = await process.communicate()
        assert process.returncode == 0
    assert json.loads(output) == json.loads(answer)


def test_there_are_operator_samples() -> None:
    """The marks are found."""
    assert len(CONSOLE) >= 6
    assert PYTHON
