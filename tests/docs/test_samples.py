"""Samples of the pages, run as a reader would run them; only addresses and dates are those of this run."""

import asyncio
import re
import shutil
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from tests.docs.pages import PAGES, Block, blocks
from tests.e2e.program import Program, environment, eventually, running
from tests.e2e.shared_store import shared_store
from voltape.sim.handle import SimHandle, running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(60)]
with_the_playground = pytest.mark.asyncio(loop_scope="module")

SAMPLES = [block for page in PAGES for block in blocks(page) if block.mark.partition(":")[0] == "run"]
PYTHON = [block for block in SAMPLES if block.language == "python"]
CONSOLE = [block for block in SAMPLES if block.language == "console"]
WITHIN = 30.0
NAMED_BY_LIFE = (
    ".audits",
    ".by_role",
    ".causes",
    ".causes_last_hour",
    ".figures",
    ".notes",
    ".roles",
    ".sinks",
    ".traffic",
    ".unknown",
)
"""Objects whose keys are what there happened to be."""


@dataclass
class Playground:
    """What the samples talk to, and how they have to be worded for it."""

    sim: SimHandle
    program: Program
    replacements: dict[str, str]

    def worded(self, text: str) -> str:
        """The sample's text with the addresses, the date and the contract of this run."""
        for known, here in self.replacements.items():
            text = text.replace(known, here)
        return text

    async def calm(self) -> None:
        """Wait until nothing of an earlier sample is left."""
        await self.sim.clear_faults()
        await eventually(self._ready, WITHIN, "ready and nothing bridged")

    async def _ready(self) -> bool:
        answer = await self.program.answer("/readyz")
        return answer.status_code == 200 and answer.json()["degraded"] == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def playground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Playground]:
    """An exchange without TLS, a store, and everything against both; one outage is over."""
    home = tmp_path_factory.mktemp("samples")
    async with (
        shared_store(home) as store,
        running_sim(rate=300, contracts=0.3, seed=5) as sim,
        running("up", sim, home, store_url=store.url()) as program,
    ):
        expiries = (await program.get("/api/v1/expiries", underlying="BTC"))["data"]
        date = expiries[len(expiries) // 2]["expiry"]
        chain = await program.get(f"/api/v1/chains/BTC/{date}")
        symbol = next(row["call"]["symbol"] for row in chain["rows"] if row["strike"] == chain["atm_strike"])
        replacements = {
            "voltape export": f"{sys.executable} -m voltape export --url {program.url}",
            "http://127.0.0.1:8000": program.url,
            "ws://127.0.0.1:8000": program.url.replace("http", "ws"),
            "http://127.0.0.1:9000": sim.rest_url,
            "valkey://127.0.0.1:6379/0": store.url(),
            "BTC-25DEC26-110000-C-USDT": symbol,
            "2026-12-25": date,
        }
        place = Playground(sim, program, replacements)
        await place.sim.fault("drop")
        await eventually(lambda: _has_closed_gap(program), WITHIN, "an outage that is over")
        yield place


async def _has_closed_gap(program: Program) -> bool:
    gaps = (await program.get("/api/v1/gaps"))["data"]
    return bool(gaps) and all(gap["ended_at"] is not None for gap in gaps)


async def _output(*command: str | Path, home: Path, lines: int | None = None) -> str:
    """What a program writes: everything until it ends well, or its first lines if it never ends."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=home, env=environment(None), stdout=PIPE, stderr=PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(WITHIN):
            if lines is None:
                output, errors = await process.communicate()
                assert process.returncode == 0, errors.decode()
                return output.decode()
            found = [await process.stdout.readline() for _ in range(lines)]
            if b"" in found and process.stderr is not None:
                pytest.fail((await process.stderr.read()).decode())
            return b"".join(found).decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@with_the_playground
@pytest.mark.parametrize("block", PYTHON, ids=str)
async def test_a_python_sample_runs(block: Block, playground: Playground, tmp_path: Path) -> None:
    """It ends well and says something; one that follows the market says as many lines as its mark wants."""
    await playground.calm()
    script = tmp_path / "sample.py"
    script.write_text(playground.worded(block.text))
    lines = _lines_wanted(block)
    output = await _output(sys.executable, "-u", script, home=tmp_path, lines=lines)
    assert len(output.splitlines()) >= (lines or 1)


@with_the_playground
@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on PATH")
@pytest.mark.parametrize("block", CONSOLE, ids=str)
async def test_a_console_sample_answers_as_shown(
    block: Block, playground: Playground, tmp_path: Path
) -> None:
    """Each command ends well with JSON; the last one's has the shape of the JSON below it, where there is any.

    One whose mark wants lines says as many, and whatever it likes.
    """
    await playground.calm()
    commands = _commands(playground.worded(block.text))
    outputs = [await _output("sh", "-c", command, home=tmp_path) for command in commands]
    lines = _lines_wanted(block)
    if lines is not None:
        assert len(outputs[-1].splitlines()) >= lines
        return
    answers = [msgspec.json.decode(output) for output in outputs]
    if block.answer is None:
        assert [answer for answer in answers if "title" in answer or "error" in answer] == []
    else:
        assert _differences(msgspec.json.decode(block.answer), answers[-1]) == []


def _lines_wanted(block: Block) -> int | None:
    wanted = re.fullmatch(r"run: (\d+) lines", block.mark)
    return int(wanted[1]) if wanted else None


def _commands(text: str) -> list[str]:
    assert all(line.startswith("$ ") for line in text.splitlines())
    return [line.removeprefix("$ ") for line in text.splitlines()]


def _differences(shown: Any, found: Any, where: str = "answer") -> list[str]:
    """Where an answer has another shape than the one shown; lists may be shortened, and anything may be absent."""
    if shown is None or found is None:
        return []
    if isinstance(shown, dict) and isinstance(found, dict):
        if where.endswith(NAMED_BY_LIFE):
            return []
        unlike = [f"{where}.{name}" for name in shown.keys() ^ found.keys()]
        both = shown.keys() & found.keys()
        return unlike + [
            one for name in both for one in _differences(shown[name], found[name], f"{where}.{name}")
        ]
    if isinstance(shown, list) and isinstance(found, list):
        return _differences(shown[0], found[0], f"{where}[]") if shown and found else []
    alike = isinstance(found, int | float) if isinstance(shown, int | float) else type(shown) is type(found)
    return [] if alike else [f"{where}: {found!r}"]


def test_there_are_samples_of_both_kinds() -> None:
    """The marks are found."""
    assert len(PYTHON) >= 6
    assert len(CONSOLE) >= 15


@pytest.mark.parametrize(
    ("shown", "found", "unlike"),
    [
        ({"a": 1, "b": [1.5, 2.0]}, {"a": 2, "b": []}, []),
        ({"a": None}, {"a": 3}, []),
        ({"a": 1}, {"a": "x"}, ["answer.a: 'x'"]),
        ({"a": 1}, {}, ["answer.a"]),
        ([{"a": 1}], [{"b": 1}], ["answer[].a", "answer[].b"]),
    ],
)
def test_shapes_are_compared(shown: Any, found: Any, unlike: list[str]) -> None:
    """A missing, a new or a changed field is found; other values, absent ones and shorter lists are not."""
    assert sorted(_differences(shown, found)) == unlike
