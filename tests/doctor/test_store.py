"""Check of the store."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from voltape.config import Settings
from voltape.doctor.store import check_store
from voltape.flow.backoff import Backoff
from voltape.sim.certificate import server_context
from voltape.store import keys
from voltape.store.embedded import EmbeddedStore


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedStore]:
    """Run a server of our own; its socket's path has to be short."""
    with TemporaryDirectory(prefix="vt") as directory:
        async with EmbeddedStore(Path(directory), Backoff(1.0, 1.0, Random(0))) as store:
            yield store


async def ask(store: EmbeddedStore, *command: str) -> None:
    """Send one command."""
    link = await store.address.connect()
    await link.ask(*command)
    await link.close()


def test_the_embedded_store_is_tried_where_it_leaves_no_trace(tmp_path: Path) -> None:
    """It starts and ends, and a data directory that does not exist is not made."""
    finding = asyncio.run(check_store(Settings(data_dir=tmp_path / "data")))
    assert finding.state == "ok"
    assert finding.text.startswith("embedded starts: ")
    assert list(tmp_path.iterdir()) == []


async def test_the_embedded_store_is_tried_on_the_data_there_is(
    server: EmbeddedStore, tmp_path: Path
) -> None:
    """With a store directory in place, what it holds is looked at."""
    (tmp_path / "store").mkdir()
    own = EmbeddedStore(tmp_path, Backoff(1.0, 1.0, Random(0)))
    async with own:
        await ask(own, "SET", keys.SCHEMA, "99")
    finding = await check_store(Settings(data_dir=tmp_path))
    assert finding.failed
    assert "schema 99" in finding.text


async def test_a_running_voltape_is_not_in_the_way(server: EmbeddedStore) -> None:
    """The store of a voltape that runs now is looked at through its own door."""
    home = Path(server.url.removeprefix("unix://")).parents[1]
    finding = await check_store(Settings(data_dir=home))
    assert finding.state == "ok"
    assert "runs now" in finding.text


async def test_no_server_program_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The advice has both ways out: install one, or name one that runs."""
    monkeypatch.setattr("voltape.store.server.find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = await check_store(Settings(data_dir=tmp_path))
    assert finding.failed
    assert "VOLTAPE_STORE_URL" in finding.advice


async def test_a_store_that_answers_is_fine(server: EmbeddedStore) -> None:
    """Kind and version are told, and whether it holds a board."""
    settings = Settings(store_url=server.url)
    empty = await check_store(settings)
    assert empty.state == "ok"
    assert "valkey" in empty.text
    assert "no board yet" in empty.text
    await ask(server, "SET", keys.SCHEMA, keys.SCHEMA_VERSION.decode())
    assert "holds a board" in (await check_store(settings)).text


async def test_a_store_of_another_schema_is_told(server: EmbeddedStore) -> None:
    """It is not touched, and the finding names both versions."""
    await ask(server, "SET", keys.SCHEMA, "99")
    finding = await check_store(Settings(store_url=server.url))
    assert finding.failed
    assert "schema 99" in finding.text


async def test_a_store_that_evicts_is_pointed_out(server: EmbeddedStore) -> None:
    """It works until memory is short, and then contracts go missing."""
    await ask(server, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    finding = await check_store(Settings(store_url=server.url))
    assert finding.state == "warn"
    assert "noeviction" in finding.advice


async def test_a_replica_is_told(server: EmbeddedStore) -> None:
    """It answers every question and takes no write."""
    await ask(server, "REPLICAOF", "127.0.0.1", "1")
    finding = await check_store(Settings(store_url=server.url))
    assert finding.failed
    assert "primary" in finding.advice


async def test_a_wrong_password_is_told_without_repeating_it(server: EmbeddedStore) -> None:
    """Neither the finding nor the advice shows what was tried."""
    await ask(server, "CONFIG", "SET", "requirepass", "right")
    finding = await check_store(Settings(store_url=server.url.replace("unix://", "unix://:wrong@")))
    assert finding.failed
    assert "password" in finding.text
    assert "user and password" in finding.advice
    assert "wrong@" not in str(finding)


async def test_no_password_where_one_is_needed_is_told(server: EmbeddedStore) -> None:
    """The advice shows where to put it."""
    await ask(server, "CONFIG", "SET", "requirepass", "right")
    finding = await check_store(Settings(store_url=server.url))
    assert finding.failed
    assert "user and password" in finding.advice


async def test_a_user_without_the_rights_is_told(server: EmbeddedStore) -> None:
    """Logged in is not let in."""
    await ask(server, "ACL", "SETUSER", "guest", "on", ">open", "+@connection", "+info", "~other:*")
    finding = await check_store(Settings(store_url=server.url.replace("unix://", "unix://guest:open@")))
    assert finding.failed
    assert "rights" in finding.advice


@pytest.mark.parametrize(
    ("schema", "advice"), [("99", "newer voltape"), ("0", "older voltape"), ("cats", "Something else")]
)
async def test_whose_schema_it_is_decides_what_to_do(server: EmbeddedStore, schema: str, advice: str) -> None:
    """A newer one asks for the newer program, an older one may go, a foreign one is not ours to touch."""
    await ask(server, "SET", keys.SCHEMA, schema)
    finding = await check_store(Settings(store_url=server.url))
    assert finding.failed
    assert advice in finding.advice


async def test_a_store_that_is_full_is_told(server: EmbeddedStore) -> None:
    """It answers, and takes nothing."""
    await ask(server, "CONFIG", "SET", "maxmemory", "1000")
    finding = await check_store(Settings(store_url=server.url))
    assert finding.failed
    assert "maxmemory" in finding.advice


async def test_a_certificate_of_the_store_that_nobody_vouches_for_is_told(tmp_path: Path) -> None:
    """The advice is the one for certificates."""
    context = server_context("127.0.0.1", tmp_path / "ca.pem")
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with server:
        finding = await check_store(Settings(store_url=f"valkeys://127.0.0.1:{port}"))
    assert finding.failed
    assert "VOLTAPE_CA_FILE" in finding.advice


async def test_nobody_there_is_told() -> None:
    """The finding names the address, the advice the setting."""
    finding = await check_store(Settings(store_url="valkey://127.0.0.1:1"))
    assert finding.failed
    assert "127.0.0.1:1" in finding.text
    assert "VOLTAPE_STORE_URL" in finding.advice
