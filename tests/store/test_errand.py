"""One command to the store, without the library."""

import asyncio
from pathlib import Path

import pytest

from tests.store.fronts import listening, silent_server, tls_front
from voltape.errors import StoreError
from voltape.sim.certificate import server_context
from voltape.store.address import address_from_url
from voltape.store.embedded import EmbeddedStore
from voltape.store.errand import run_errand
from voltape.store.link import Link

BYTES = bytes(range(256)) + "\r\n€".encode()


async def test_a_value_is_there_afterwards_byte_for_byte_and_for_its_time(
    store: EmbeddedStore, link: Link
) -> None:
    """Whatever bytes it is made of, line ends included."""
    await run_errand(store.address, "SET", "k", BYTES, "EX", 60)
    assert await link.ask("GET", "k") == BYTES
    assert await link.ask("TTL", "k") in range(50, 61)


async def test_it_goes_to_the_database_of_the_address(store: EmbeddedStore) -> None:
    """The private store has but one, and says so."""
    with pytest.raises(StoreError, match="index is out of range"):
        await run_errand(address_from_url(f"{store.url}?db=3"), "SET", "k", "v")


async def test_it_logs_in_and_a_wrong_password_is_said_so(store: EmbeddedStore, link: Link) -> None:
    """With or without a user name; no credential is repeated."""
    await link.ask("CONFIG", "SET", "requirepass", "right")
    path = store.url.removeprefix("unix://")
    for user in ("", "default"):
        await run_errand(address_from_url(f"unix://{user}:right@{path}"), "SET", "k", "v")
    for url in (f"unix://:wrong@{path}", f"unix://{path}", f"unix://nobody:right@{path}"):
        with pytest.raises(StoreError, match=r"password is wrong$") as caught:
            await run_errand(address_from_url(url), "SET", "k", "v")
        assert "right" not in str(caught.value)


async def test_a_refused_command_is_told(store: EmbeddedStore, link: Link) -> None:
    """As when the store's memory is used up."""
    await link.ask("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(StoreError, match="command refused: OOM"):
        await run_errand(store.address, "SET", "k", "v")


async def test_tls_is_verified_against_the_given_authority(store: EmbeddedStore, tmp_path: Path) -> None:
    """Our own authority is trusted when named, and nobody else."""
    ca_file = tmp_path / "ca.pem"
    async with tls_front(store.url.removeprefix("unix://"), server_context("localhost", ca_file)) as port:
        await run_errand(address_from_url(f"valkeys://localhost:{port}", str(ca_file)), "SET", "k", "v")
        with pytest.raises(StoreError, match="certificate"):
            await run_errand(address_from_url(f"valkeys://localhost:{port}"), "SET", "k", "v")


async def test_nobody_or_somebody_else_there_is_our_error() -> None:
    """A refused connection, silence within the time, an end without a word, and a server of another kind."""
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1/0"):
        await run_errand(address_from_url("valkey://127.0.0.1:1"), "PING")
    async with silent_server() as port:
        with pytest.raises(StoreError, match=r"no answer within 0\.1 s"):
            await run_errand(address_from_url(f"redis://127.0.0.1:{port}"), "PING", within_s=0.1)
    for said, told in (
        (b"", "closed"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "no store"),
        (b"+" * 99_999, "limit"),
    ):

        async def answer(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: bytes = said
        ) -> None:
            await reader.read(4096)
            writer.write(text)

        async with listening(answer) as port:
            with pytest.raises(StoreError, match=told):
                await run_errand(address_from_url(f"redis://127.0.0.1:{port}"), "PING")
