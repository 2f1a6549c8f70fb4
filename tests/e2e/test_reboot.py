"""A machine that goes down with everything on it, and comes back; and a disk that is full."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from valkey.asyncio import Valkey
from valkey.exceptions import ResponseError

from tests.e2e.comparison import assert_equal_to_truth, embedded_store, until_fresh
from tests.e2e.program import Program, alive, children, eventually, free_port, running, started
from voltape.sim.handle import running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(90)]

FRESH_AGAIN_WITHIN = 10.0
LITTLE = 4_000_000
"""Bytes of a disk that the store's first files fit on."""


async def test_a_reboot_brings_the_board_back_at_once_and_fresh_soon(tmp_path: Path) -> None:
    """Every process is killed at the same moment; what the store had saved is shown as stale until data comes."""
    async with running_sim(contracts=0.5, rate=500, tls=False) as sim:
        async with running("up", sim, tmp_path, filter="all") as before:
            await until_fresh(before)
            listed = (await before.get("/api/v1/status"))["contracts"]["listed"]
            async with embedded_store(tmp_path) as store:
                await store.save()
            everybody = [before.process.pid, *children(before.process.pid)]
            before.killed = True
            for pid in everybody:
                if alive(pid):
                    os.kill(pid, signal.SIGKILL)
            await before.process.wait()
        (tmp_path / "up.log").unlink()

        # Nothing of the exchange is there yet, so that what is shown can only be what was saved.
        nobody = {"ws_url": "ws://127.0.0.1:1/", "rest_url": "http://127.0.0.1:1"}
        async with started("up", None, tmp_path, http_port=free_port(), **nobody) as waiting:

            async def restored() -> bool:
                if not await waiting.status_code("/healthz"):
                    return False
                contracts = (await waiting.get("/api/v1/status"))["contracts"]
                return bool(contracts["stale"] == listed)

            await eventually(restored, FRESH_AGAIN_WITHIN, "the board is back, stale")
        async with running("up", sim, tmp_path, filter="all") as after:
            await eventually(
                lambda: _fresh(after, listed), FRESH_AGAIN_WITHIN, "every contract is fresh again"
            )
            assert await assert_equal_to_truth(sim, after) == listed


async def _fresh(program: Program, listed: int) -> bool:
    contracts = (await program.get("/api/v1/status"))["contracts"]
    return (contracts["live"], contracts["stale"]) == (listed, 0)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    if os.getuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={LITTLE}", "tmpfs", disk],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small disk here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


async def test_a_full_disk_stops_nothing(small_disk: Path, tmp_path: Path) -> None:
    """The board goes on, and so does the store, which can only not save any more; health stays good."""
    async with (
        running_sim(contracts=0.3, rate=500, tls=False) as sim,
        running("up", sim, tmp_path, filter="all", data_dir=small_disk / "data") as program,
    ):
        await until_fresh(program)
        with (small_disk / "filler").open("wb") as filler:
            await asyncio.to_thread(_fill, filler.fileno())
        socket = next((small_disk / "data" / "store").glob("*.sock"))
        async with Valkey(unix_socket_path=str(socket)) as store:
            with pytest.raises(ResponseError):
                await store.save()
        written = (await program.get("/api/v1/status"))["store"]["records"]

        async def goes_on() -> bool:
            status = await program.get("/api/v1/status")
            return bool(
                status["store"]["records"] > written + 500
                and status["store"]["connected"]
                and status["health"]["ready"]
            )

        await eventually(goes_on, 20, "the store is written although the disk is full")
        assert await assert_equal_to_truth(sim, program) > 0


def _fill(handle: int) -> None:
    with suppress(OSError):
        while True:
            os.write(handle, bytes(65_536))
