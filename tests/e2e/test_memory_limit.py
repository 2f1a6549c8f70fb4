"""The memory limit: noticed before it is hit, and nothing lost that a restart does not bring back once it was."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.alerts.receiver import receiving
from tests.e2e.comparison import assert_equal_to_truth, stored, until_fresh
from tests.e2e.program import Program, eventually, free_port, started
from tests.e2e.shared_store import shared_store
from voltape.sim.handle import running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(90)]

SECRET = "correct-horse-battery-staple"
BACK_WITHIN = 15.0
RULES = """
[[alert]]
name = "tracker near its limit"
when = "memory"
role = "tracker"
above = "10 MB"

[[alert]]
name = "no data"
when = "not_ready"
"""


async def test_a_tracker_that_is_killed_for_want_of_memory_is_told_of_and_misses_nothing_for_good(
    tmp_path: Path,
) -> None:
    """As the system does it: at once and without a word. Alerts tell of it before and after, and the gap is recorded."""
    (tmp_path / "voltape.toml").write_text(RULES)
    port = free_port()
    async with (
        running_sim(contracts=0.2, rate=300, tls=False) as sim,
        shared_store(tmp_path) as store,
        receiving() as receiver,
        started("serve", None, tmp_path, store_url=store.url(), http_port=port) as serve,
    ):
        watch = started(
            "jobs", None, tmp_path, store_url=store.url(), api_url=serve.url, alert_interval=1,
            alert_webhook_url=receiver.url, alert_webhook_secret=SECRET, data_dir=tmp_path / "jobs",
        )  # fmt: skip
        async with started("tracker", sim, tmp_path, store_url=store.url(), filter="all") as tracker:
            await eventually(lambda: answers(serve), 20, "serve answers")
            await until_fresh(serve)
            listed = (await serve.get("/api/v1/status"))["contracts"]["listed"]
            before = len((await serve.get("/api/v1/gaps"))["data"])
            async with watch:
                (near,) = told(await receiver.until(1, within=20), "begin")
                assert near["text"].startswith("tracker near its limit: tracker: memory")
                await tracker.kill()
                begun = told(await receiver.until(2, within=20), "begin")
                assert begun[-1]["rule"] == "no data"
                async with started("tracker", sim, tmp_path, store_url=store.url(), filter="all"):
                    await eventually(lambda: is_whole(serve, listed), BACK_WITHIN, "every contract is fresh")
                    async with store.client() as client:
                        assert await assert_equal_to_truth(sim, serve, store=stored(client)) == listed
                    gaps = (await serve.get("/api/v1/gaps"))["data"]
                    assert len(gaps) > before
                    assert (gaps[0]["scope"], gaps[0]["cause"]) == ("voltape", "voltape was not running")
                    ended = told(await receiver.until(3, within=20), "end")
                    assert "no data" in {one["rule"] for one in ended}


def told(taken: Any, event: str) -> list[dict[str, Any]]:
    """Messages of one kind."""
    return [one.json for one in taken if one.json["event"] == event]


async def answers(program: Program) -> bool:
    """Whether somebody listens."""
    return await program.status_code("/readyz") == 200


async def is_whole(program: Program, listed: int) -> bool:
    """Whether every contract is there, and fresh."""
    if await program.status_code("/readyz") != 200:
        return False
    contracts = (await program.get("/api/v1/status"))["contracts"]
    return (contracts["live"], contracts["stale"]) == (listed, 0)


@pytest.fixture
def tight() -> Iterator[Path]:
    """A control group with a limit of its own, in either version; it is gone with the test."""
    tops = (Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup"))
    group = next((top for top in tops if top.is_dir()), tops[0]) / f"voltape-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no control groups of ours here: {error}")
    try:
        allow(group, 24_000_000)
        yield group
    except FileNotFoundError:
        pytest.skip("no memory limits of ours here")
    finally:
        group.rmdir()


def allow(group: Path, limit: int) -> None:
    """Set the limit of a group, bytes."""
    first = group / "memory.limit_in_bytes"
    (first if first.exists() else group / "memory.max").write_text(str(limit))


async def within(group: Path, code: str) -> tuple[int | None, str]:
    """Run Python within a group; gives how it ended and what it said."""
    joined = f'echo $$ > {group}/cgroup.procs && exec "$@"'
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", joined, "sh", sys.executable, "-c", code, stdin=DEVNULL, stdout=PIPE
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


async def test_doctor_tells_of_a_process_that_the_system_has_killed(tight: Path) -> None:
    """By a real limit, where groups can be made: what it has killed is told to whoever looks in the same group."""
    code, _ = await within(tight, "import sys; sys.stdout.write('x' * len(bytearray(b'x') * 200_000_000))")
    assert code == -signal.SIGKILL
    allow(tight, 400 << 20)
    code, said = await within(
        tight, "from voltape.doctor.memory import check_memory as check; print(check().state, check().text)"
    )
    assert (code, said) == (
        0,
        "fail killed for want of memory in this control group: 1, which allows 419 MB\n",
    )
