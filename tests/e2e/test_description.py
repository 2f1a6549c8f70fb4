"""What the interface says of itself, tried out by a public tool that knows nothing but that."""

import asyncio
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest

from tests.e2e.program import running
from voltape.sim.handle import running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(90)]

TOKEN = "tried-out"
EXAMPLES = 8
WITHOUT_END = ("/api/v1/events", "/api/v1/stream")
# That bounds contradict each other, or that a cursor is one of ours, no schema can say.
CONFIG = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "422", "429"]
"""


async def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    """Every operation keeps what its description says: statuses, types, schemas, the token, refusals of bad input."""
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG, encoding="utf-8")
    async with (
        running_sim(rate=200, contracts=0.1, seed=9) as sim,
        running("up", sim, tmp_path, api_token=TOKEN, http_rate_limit=0) as program,
    ):
        tool = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", "from schemathesis.cli import schemathesis; schemathesis()"),
            *("--config-file", str(config), "run", f"{program.url}/openapi.json"),
            *(
                "--checks",
                "all",
                "--max-examples",
                str(EXAMPLES),
                "--seed",
                "1",
                "--generation-deterministic",
            ),
            *(word for path in WITHOUT_END for word in ("--exclude-path", path)),
            *("--header", f"Authorization: Bearer {TOKEN}", "--request-timeout", "10", "--no-color"),
            cwd=tmp_path,
            stdout=PIPE,
            stderr=STDOUT,
        )
        told, _ = await tool.communicate()
        text = told.decode()
        assert tool.returncode == 0, text
        assert " passed" in text
        assert program.records("error", "critical") == []
