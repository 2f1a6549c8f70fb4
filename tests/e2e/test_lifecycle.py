"""How roles start, stop, and end when they are killed."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest
import pytest_asyncio

from tests.e2e.comparison import api_state, assert_equal_to_truth, embedded_store, stored, until_fresh
from tests.e2e.program import (
    NOWHERE,
    Program,
    alive,
    children,
    environment,
    eventually,
    free_port,
    launch,
    ready_url,
    refused,
    running,
    started,
    store_server,
)
from tests.e2e.shared_store import SharedStore, shared_store
from tests.e2e.truth import differences, of_simulator
from voltape.sim.handle import SimHandle, running_sim

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.timeout(60),
    pytest.mark.asyncio(loop_scope="module"),
]

SIGNALS = [signal.SIGTERM, signal.SIGINT]
SMALL = ("--sim-contracts", "0.1", "--sim-rate", "200")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sim() -> AsyncIterator[SimHandle]:
    """A small exchange that all tests here share."""
    async with running_sim(contracts=0.1, rate=200) as handle:
        yield handle


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SharedStore]:
    """A store apart that all tests here share."""
    async with shared_store(tmp_path_factory.mktemp("store")) as running_store:
        yield running_store


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for temporary files of programs, with a path short enough for sockets."""
    with TemporaryDirectory() as folder:
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


@asynccontextmanager
async def silent_server() -> AsyncIterator[tuple[int, asyncio.Event]]:
    """A port that takes connections and never answers, and the event of the first one."""
    met = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.set()
        with suppress(ConnectionError):
            while await reader.read(65_536):
                pass
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1]), met
    finally:
        server.close()
        await server.wait_closed()


async def said(program: Program) -> list[str]:
    """What a stopped program still had on its standard output."""
    assert program.process.stdout is not None
    return (await program.process.stdout.read()).decode().splitlines()


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
async def test_up_says_ready_once_and_ends_on_a_signal(
    sim: SimHandle, tmp_path: Path, number: signal.Signals
) -> None:
    """One line when the dashboard answers and data flows, nothing more, and exit code 0 within five seconds."""
    async with running("up", sim, tmp_path) as program:
        assert await program.status_code("/") == 200
        assert await program.status_code("/readyz") == 200
        assert await program.stop(number) == 0
        assert await said(program) == []
        assert program.log.read_text() == ""


async def test_roles_apart_end_on_a_signal(sim: SimHandle, store: SharedStore, tmp_path: Path) -> None:
    """Tracker and serve alike, and serve is the one that says ready."""
    homes = [tmp_path / number.name for number in SIGNALS]
    for home in homes:
        home.mkdir()
    urls = [store.url(database=number) for number in (3, 4)]
    async with (
        started("tracker", sim, homes[0], store_url=urls[0]) as tracker,
        started("tracker", sim, homes[1], store_url=urls[1]) as other_tracker,
        running("serve", sim, homes[0], store_url=urls[0]) as serve,
        running("serve", sim, homes[1], store_url=urls[1]) as other_serve,
    ):
        for number, role in [
            (signal.SIGTERM, serve),
            (signal.SIGINT, other_serve),
            (signal.SIGTERM, tracker),
            (signal.SIGINT, other_tracker),
        ]:
            assert await role.stop(number) == 0
            assert await said(role) == []


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
async def test_the_simulator_ends_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    """It says one line of its own, and exits with 0."""
    words = ("--contracts", "0.1", "--no-tls")
    process = await launch("sim", None, tmp_path / "sim.log", *words)
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
    assert re.fullmatch(r"ready ws://127\.0\.0\.1:\d+/v5/public/option http://127\.0\.0\.1:\d+\n", line)
    assert await Program(process, "", tmp_path / "sim.log").stop(number) == 0
    assert (tmp_path / "sim.log").read_text() == ""


async def test_two_demos_live_side_by_side_and_end_on_a_signal(tmp_path: Path, scratch: Path) -> None:
    """Each takes free ports and a directory of its own, talks to this machine only, and leaves nothing behind.

    The signal goes to the whole process group, as a terminal sends it.
    """
    homes = [tmp_path / number.name for number in SIGNALS]
    for home in homes:
        home.mkdir()
    own: dict[str, object] = {"data_dir": None, "http_port": None, "log_format": "json"}
    async with (
        running("demo", None, homes[0], *SMALL, **own) as one,
        running("demo", None, homes[1], *SMALL, **own) as two,
    ):
        assert one.url != two.url
        for demo, number in zip((one, two), SIGNALS, strict=True):
            assert await demo.status_code("/readyz") == 200
            assert peers_of(demo.process.pid) == {"127.0.0.1"}
            os.killpg(demo.process.pid, number)
            assert await demo.stop(number) == 0
            assert await said(demo) == []
            assert [record["level"] for record in demo.records()] == ["info"]
    assert [*_entries(scratch)] == []


def _entries(folder: Path) -> Iterator[Path]:
    return folder.iterdir()


def peers_of(pid: int) -> set[str]:
    """Addresses that a process and those below it are connected to."""
    process = psutil.Process(pid)
    return {
        link.raddr.ip
        for one in [process, *process.children(recursive=True)]
        for link in one.net_connections("inet")
        if link.status == psutil.CONN_ESTABLISHED
    }


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's")
async def test_the_demo_needs_no_network(tmp_path: Path) -> None:
    """It gets ready where there is no interface but loopback."""
    up = "import fcntl, socket, struct; s = socket.socket(); fcntl.ioctl(s, 0x8914, struct.pack('16sh14x', b'lo', 0x49))"
    inside = f'{sys.executable} -c "{up}" && exec {sys.executable} -m voltape demo {" ".join(SMALL)}'
    with (tmp_path / "demo.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *("unshare", "--net", "--map-root-user", "sh", "-c", inside),
            env=environment(None),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=log,
        )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        if not line and "unshare" in (tmp_path / "demo.log").read_text():
            pytest.skip("this user may not make a network namespace")
        assert line.startswith(b"ready http://127.0.0.1:")
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 5) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("role", ["up", "tracker"])
async def test_a_signal_ends_a_role_whose_exchange_is_out_of_reach(
    store: SharedStore, tmp_path: Path, role: str
) -> None:
    """Whether nobody listens there, or somebody who never answers."""
    homes = [tmp_path / "refused", tmp_path / "silent"]
    for home in homes:
        home.mkdir()
    urls = [store.url(database=number) for number in (1, 2)]
    async with silent_server() as (port, met):
        silence = {"rest_url": f"https://127.0.0.1:{port}", "ws_url": f"wss://127.0.0.1:{port}"}
        async with (
            started(role, None, homes[0], store_url=urls[0], log_format="json", **NOWHERE) as refusing,
            started(role, None, homes[1], store_url=urls[1], **silence) as silent,
        ):
            await eventually(lambda: warned(refusing), 20, "a line on the exchange")
            assert await refusing.stop(signal.SIGTERM) == 0
            await asyncio.wait_for(met.wait(), 20)
            assert await silent.stop(signal.SIGINT) == 0


async def warned(program: Program) -> bool:
    """Whether there is a warning in the log."""
    return bool(program.records("warning"))


@pytest.mark.parametrize(
    ("role", "number"), [("up", signal.SIGTERM), ("tracker", signal.SIGINT), ("serve", signal.SIGTERM)]
)
async def test_a_signal_ends_a_role_whose_store_does_not_answer(
    sim: SimHandle, tmp_path: Path, role: str, number: signal.Signals
) -> None:
    """The worst store takes connections and says nothing; the signal comes while the role waits for it."""
    async with (
        silent_server() as (port, met),
        started(role, sim, tmp_path, store_url=f"valkey://127.0.0.1:{port}") as program,
    ):
        await asyncio.wait_for(met.wait(), 20)
        assert await program.stop(number) == 0


async def test_a_signal_ends_up_while_its_store_hangs(sim: SimHandle, tmp_path: Path) -> None:
    """A store that stops answering in mid-flight costs no more than the five seconds either."""
    async with running("up", sim, tmp_path) as program:
        server = store_server(program.process.pid)
        os.kill(server, signal.SIGSTOP)
        assert await program.stop() == 0
        assert not alive(server)


@pytest.mark.parametrize("role", ["up", "demo"])
async def test_nothing_outlives_a_kill(sim: SimHandle, tmp_path: Path, scratch: Path, role: str) -> None:
    """After `kill -9` neither the store nor the simulator runs on."""
    words = SMALL if role == "demo" else ()
    log = tmp_path / "killed.log"
    process = await launch(role, None if role == "demo" else sim, log, *words, data_dir=scratch, http_port=0)
    await ready_url(process, log)
    below = children(process.pid)
    assert any("valkey-server" in line for line in below.values())
    assert any("voltape.sim" in line for line in below.values()) == (role == "demo")
    process.kill()
    await process.wait()

    async def gone() -> bool:
        return not any(alive(pid) for pid in below)

    await eventually(gone, 5, "everything below has ended")


async def test_a_second_up_on_the_same_data_is_refused(sim: SimHandle, tmp_path: Path) -> None:
    """One line names the first one's process, and the first one does not notice."""
    async with running("up", sim, tmp_path) as first:
        code, text = await refused("up", tmp_path, data_dir=tmp_path / "data", http_port=0)
        assert code == 1
        assert re.fullmatch(rf"voltape: .*another voltape \(process {first.process.pid}\).*\n", text)
        assert await first.status_code("/readyz") == 200
        assert first.log.read_text() == ""


async def test_a_restart_shows_the_stored_board_as_stale_until_it_is_fresh(tmp_path: Path) -> None:
    """Nothing of the last state is lost, and none of it is taken for new while the exchange is out of reach."""
    port = free_port()
    async with running_sim(contracts=0.1, rate=200) as sim:
        async with running("up", sim, tmp_path, filter="all") as program:
            await until_fresh(program)
            contracts = await assert_equal_to_truth(sim, program)
            await sim.freeze()
            last = of_simulator(await sim.truth())
            await eventually(lambda: equals(program, last), 5, "the last state on the board")
        await sim.resume()
        await sim.fault("refuse")
        await sim.fault("rest_error", status=502)
        async with started("up", sim, tmp_path, filter="all", http_port=port) as program:
            await eventually(lambda: equals(program, last), 20, "the last state again")
            rows = (await program.get("/api/v1/tickers", limit=5000))["data"]
            assert len(rows) == contracts
            assert all(row["stale"] for row in rows)
            answer = await program.answer("/readyz")
            assert answer.status_code == 503
            assert "exchange" in answer.json()["detail"]
            await sim.clear_faults()
            assert await ready_url(program.process, program.log) == program.url
            await until_fresh(program)
            async with embedded_store(tmp_path) as client:
                assert await assert_equal_to_truth(sim, program, store=stored(client)) == contracts


async def equals(program: Program, state: dict[str, dict[str, float | int | None]]) -> bool:
    """Whether the API answers with `state`; false where it does not answer yet."""
    if await program.status_code("/healthz") != 200:
        return False
    return not differences(await api_state(program), state)
