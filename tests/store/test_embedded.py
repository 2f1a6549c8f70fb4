import asyncio
import fcntl
import os
import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from voltape.errors import StoreError
from voltape.store import embedded
from voltape.store.embedded import EmbeddedStore
from voltape.store.link import Link
from voltape.store.server import configuration

from .conftest import backoff, until

PARENT = """
import asyncio, sys
from pathlib import Path
from random import Random
from voltape.flow.backoff import Backoff
from voltape.store import embedded
from voltape.store.embedded import EmbeddedStore

async def main():
    async with EmbeddedStore(Path(sys.argv[1]), Backoff(0.01, 0.1, Random(1))) as store:
        link = await store.address.connect()
        await link.ask("SET", "vt:kept", "1")
        print(link.server.process_id, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def below(home: Path) -> list[psutil.Process]:
    """Processes whose command line names the directory: guards and servers of its stores."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(home) in part for part in process.cmdline()) or process.cwd().startswith(str(home)):
                found.append(process)
        except psutil.Error:
            continue
    return [process for process in found if process.pid != os.getpid()]


def lives(process: int) -> bool:
    """Whether a process is there and has not ended; one that nobody has waited for yet has ended."""
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill_at_once(processes: list[psutil.Process]) -> None:
    """Kill processes none of which acts on the end of another."""
    for process in processes:
        process.suspend()
    for process in processes:
        process.kill()


async def reconnected(store: EmbeddedStore) -> Link:
    """A link to a server that is starting again."""
    while True:
        try:
            return await store.address.connect()
        except StoreError:
            await asyncio.sleep(0.005)


def mode_of(path: Path) -> int:
    """Access rights of a file or directory."""
    return stat.S_IMODE(path.stat().st_mode)


async def test_it_answers_on_a_private_socket_and_nowhere_else(store: EmbeddedStore, link: Link) -> None:
    """Directory and socket are ours alone, there is no port, and nothing is ever evicted."""
    path = Path(store.url.removeprefix("unix://"))
    assert [mode_of(path.parent), mode_of(path)] == [0o700, 0o700]
    assert await link.ask("CONFIG", "GET", "port") == [b"port", b"0"]
    assert await link.ask("CONFIG", "GET", "maxmemory-policy") == [b"maxmemory-policy", b"noeviction"]
    assert [c for c in psutil.Process(link.server.process_id).net_connections() if c.status == "LISTEN"] == []


async def test_data_survives_a_stop_and_a_start(tmp_path: Path) -> None:
    """Stopping saves, leaves no process, and can be repeated."""
    store = EmbeddedStore(tmp_path, backoff())
    async with store:
        link = await store.address.connect()
        await link.ask("SET", "vt:x", "1")
        await link.close()
    await store.stop()
    assert below(tmp_path) == []
    async with store:
        link = await store.address.connect()
        assert await link.ask("GET", "vt:x") == b"1"
        await link.close()


async def test_a_server_that_still_reads_what_it_saved_has_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers some questions meanwhile; but what was saved must not be taken for lost."""
    async with EmbeddedStore(tmp_path, backoff()) as store:
        link = await store.address.connect()
        await link.exchange([("SET", f"vt:{number}", "x" * 10_000) for number in range(300)])
        await link.close()
    slow = "key-load-delay 2000\nloading-process-events-interval-bytes 1024\n"
    monkeypatch.setattr(embedded, "configuration", lambda *known: configuration(*known) + slow)
    monkeypatch.setattr(embedded, "_START_S", 0.3)
    async with EmbeddedStore(tmp_path, backoff()) as store:
        link = await store.address.connect()
        assert await link.ask("STRLEN", "vt:0") == 10_000
        await link.close()


async def test_a_killed_server_is_started_again(tmp_path: Path) -> None:
    """The owner is told the exit code, and the same address answers again."""
    codes: list[int] = []
    async with EmbeddedStore(tmp_path, backoff(), on_restart=codes.append) as store:
        link = await store.address.connect()
        os.kill(link.server.process_id, signal.SIGKILL)
        await until(lambda: store.restarts == 1)
        await link.close()
        again = await reconnected(store)
        assert again.server.run_id != link.server.run_id
        await again.close()
    assert codes == [128 + signal.SIGKILL]
    assert below(tmp_path) == []


async def test_a_killed_guard_leaves_no_server_behind(tmp_path: Path) -> None:
    """When the shell between us dies, the server it left saves and ends, and a new pair is started."""
    async with EmbeddedStore(tmp_path, backoff()) as store:
        link = await store.address.connect()
        guard = psutil.Process(link.server.process_id).parent()
        assert guard is not None
        await link.ask("SET", "vt:kept", "1")
        guard.kill()
        await until(lambda: store.restarts == 1)
        await until(lambda: not lives(link.server.process_id))
        await link.close()
        again = await reconnected(store)
        assert await again.ask("GET", "vt:kept") == b"1"
        await again.close()
    assert below(tmp_path) == []


async def test_killed_shells_leave_no_server_behind(tmp_path: Path) -> None:
    """Where nobody is left to end the server, we do, and it saves."""
    async with EmbeddedStore(tmp_path, backoff()) as store:
        link = await store.address.connect()
        await link.ask("SET", "vt:kept", "1")
        server = link.server.process_id
        await link.close()
        kill_at_once([process for process in below(tmp_path) if process.pid != server])
    assert below(tmp_path) == []
    async with store:
        link = await store.address.connect()
        assert await link.ask("GET", "vt:kept") == b"1"
        await link.close()


async def test_a_killed_owner_leaves_no_orphan_and_no_stale_lock(tmp_path: Path) -> None:
    """After kill -9 the server saves and ends by itself; a new owner starts at once and finds the data."""
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    server = int(await owner.stdout.readline())
    assert lives(server)
    owner.kill()
    await owner.communicate()
    async with EmbeddedStore(tmp_path, backoff()) as store:
        link = await store.address.connect()
        assert link.server.process_id != server
        assert await link.ask("GET", "vt:kept") == b"1"
        await link.close()
        await until(lambda: not lives(server))
    assert below(tmp_path) == []


async def test_a_second_voltape_on_the_same_directory_is_refused(tmp_path: Path) -> None:
    """The error is one line, names the other process and what to do, and the first one goes on."""
    async with EmbeddedStore(tmp_path, backoff()) as first:
        with pytest.raises(StoreError, match=rf"process {os.getpid()}\).*VOLTAPE_DATA_DIR") as caught:
            await EmbeddedStore(tmp_path, backoff()).start()
        assert "\n" not in str(caught.value)
        await (await first.address.connect()).close()


async def test_leftovers_of_a_crash_do_not_matter(tmp_path: Path) -> None:
    """A stale socket, lock, configuration and process id from before are no obstacle."""
    home = tmp_path / "store"
    home.mkdir()
    for name in ("valkey.sock", "valkey.conf", "server.lock"):
        (home / name).write_text("old")
    (home / "voltape.lock").write_text("99999999999999999999\n")
    async with EmbeddedStore(tmp_path, backoff()) as store:
        await (await store.address.connect()).close()


async def test_a_long_data_directory_is_no_obstacle(tmp_path: Path) -> None:
    """Where a socket's path would be too long for the system, it is put elsewhere, as private, and removed."""
    deep = tmp_path / ("d" * 100) / 'with "quotes" and spaces'
    async with EmbeddedStore(deep, backoff()) as store:
        path = Path(store.url.removeprefix("unix://"))
        assert len(os.fsencode(path)) <= 100
        assert mode_of(path.parent) == 0o700
        await (await store.address.connect()).close()
    assert not path.parent.exists()
    assert (deep / "store" / "dump.rdb").exists()


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A directory that may not be written to."""
    tmp_path.chmod(0o500)
    yield tmp_path
    tmp_path.chmod(0o700)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
async def test_an_unwritable_directory_is_said_so(closed: Path) -> None:
    """The error is one line and names the directory."""
    with pytest.raises(StoreError, match="cannot be used: Permission denied"):
        await EmbeddedStore(closed / "data", backoff()).start()


async def test_a_file_in_the_way_is_said_so(tmp_path: Path) -> None:
    """A data directory that is a file cannot be used, and the error says so in one line."""
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match="cannot be used") as caught:
        await EmbeddedStore(tmp_path / "data", backoff()).start()
    assert "\n" not in str(caught.value)


async def test_a_server_that_does_not_start_says_where_to_look(tmp_path: Path) -> None:
    """Data that the server cannot read ends the start at once, with the log named, and leaves no process."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "dump.rdb").write_bytes(b"REDIS0011 this is not a dump")
    with pytest.raises(StoreError, match=r"did not start.*valkey\.log"):
        await EmbeddedStore(tmp_path, backoff()).start()
    assert below(tmp_path) == []


async def test_a_long_log_is_put_aside(tmp_path: Path) -> None:
    """The log never grows beyond two files of bounded size."""
    (tmp_path / "store").mkdir()
    log = tmp_path / "store" / "valkey.log"
    log.write_bytes(b"x" * 300_000)
    async with EmbeddedStore(tmp_path, backoff()):
        pass
    assert not log.exists() or log.stat().st_size < 300_000
    assert log.with_suffix(".log.1").stat().st_size == 300_000


async def test_a_server_that_cannot_start_again_is_tried_until_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While we live we go on trying; each failure is logged, and the end still leaves no process."""
    dump = tmp_path / "store" / "dump.rdb"
    async with EmbeddedStore(tmp_path, backoff()) as store:
        link = await store.address.connect()
        dump.write_bytes(b"REDIS0011 this is not a dump")
        os.kill(link.server.process_id, signal.SIGKILL)
        await until(lambda: "trying again" in caplog.text)
        await link.close()
        dump.unlink()
        again = await reconnected(store)
        await again.close()
    assert below(tmp_path) == []


async def test_a_server_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopped process cannot hold us up."""
    monkeypatch.setattr(embedded, "_STOP_S", 0.2)
    async with EmbeddedStore(tmp_path, backoff()) as store:
        link = await store.address.connect()
        os.kill(link.server.process_id, signal.SIGSTOP)
        await link.close()
    await until(lambda: below(tmp_path) == [])


async def test_a_server_left_alone_is_asked_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where owner and guard were all killed, the next owner ends the server and takes its data over."""
    monkeypatch.setattr(embedded, "_ASK_AFTER_S", 0.1)
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    server = int(await owner.stdout.readline())
    kill_at_once([process for process in below(tmp_path) if process.pid != server])
    await owner.communicate()
    assert lives(server)
    async with EmbeddedStore(tmp_path, backoff()) as store:
        link = await store.address.connect()
        assert await link.ask("GET", "vt:kept") == b"1"
        await link.close()
    assert below(tmp_path) == []


async def test_a_server_that_never_gives_way_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier server that does not end stops the start, in one line."""
    monkeypatch.setattr(embedded, "_START_S", 0.2)
    (tmp_path / "store").mkdir()
    with (tmp_path / "store" / "server.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreError, match="an earlier store server does not end"):
            await EmbeddedStore(tmp_path, backoff()).start()


async def test_a_directory_that_cannot_be_looked_at_does_not_end_the_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system without a free descriptor, say, at the moment when the server ends: it is started again all the same."""
    async with EmbeddedStore(tmp_path, backoff()) as store:
        link = await store.address.connect()
        look, failures = store._try_lock, iter([OSError(24, "Too many open files")])

        def fail() -> int | None:
            for failure in failures:
                raise failure
            return look()

        monkeypatch.setattr(store, "_try_lock", fail)
        os.kill(link.server.process_id, signal.SIGKILL)
        again = await reconnected(store)
        assert await again.ask("PING") == b"PONG"
        assert store.restarts == 1
        await again.close()
        await link.close()
