from pathlib import Path

import pytest

from tests.store.fronts import silent_server, tls_front
from voltape.errors import StoreError
from voltape.sim.certificate import server_context
from voltape.store.address import address_from_url
from voltape.store.embedded import EmbeddedStore
from voltape.store.link import Link


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("valkey://db.example:7000/2", "valkey://db.example:7000/2"),
        ("redis://db.example", "redis://db.example:6379/0"),
        ("valkeys://me:secret@db.example", "valkeys://db.example:6379/0"),
        ("rediss://:secret@[::1]:7000/1", "rediss://[::1]:7000/1"),
        ("unix://me:secret@/run/valkey.sock?db=3", "unix:///run/valkey.sock"),
    ],
)
def test_an_address_shows_where_and_never_the_password(url: str, where: str) -> None:
    """Errors, logs and representations carry no credentials."""
    address = address_from_url(url)
    assert address.where == where
    assert "secret" not in repr(address)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://me:secret@host", "none of valkey"),
        ("valkey+cluster://me:secret@host", "cluster is not available yet"),
        ("valkey://me:secret@host:port", "not a URL"),
        ("valkey://me:secret@host/first", "not a number"),
        ("valkeys://me:secret@host?ssl_cert_reqs=none", "unknown option ssl_cert_reqs"),
        ("unix:///run/x.sock?password=secret", "unknown option password"),
        ("just words", "none of valkey"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_in_one_line(url: str, told: str) -> None:
    """The error says what is wrong and repeats no credentials."""
    with pytest.raises(StoreError, match=told) as caught:
        address_from_url(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_store_that_is_not_there_is_our_error() -> None:
    """A refused connection names the address."""
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1/0"):
        await address_from_url("valkey://127.0.0.1:1").connect(1.0)


async def test_a_store_that_never_answers_costs_the_deadline() -> None:
    """A listener that accepts and stays silent does not hold us."""
    async with silent_server() as port:
        with pytest.raises(StoreError, match=r"no connection within 0\.1 s"):
            await address_from_url(f"redis://127.0.0.1:{port}").connect(0.1)


async def test_a_wrong_password_is_said_so(store: EmbeddedStore, link: Link) -> None:
    """The reason is plain; the password is not repeated."""
    await link.ask("CONFIG", "SET", "requirepass", "right")
    path = store.url.removeprefix("unix://")
    opened = await address_from_url(f"unix://:right@{path}").connect()
    assert await opened.ask("PING") == b"PONG"
    await opened.close()
    for url in (f"unix://:wrong@{path}", f"unix://{path}", f"unix://nobody:right@{path}"):
        with pytest.raises(StoreError, match=r"password is wrong$") as caught:
            await address_from_url(url).connect()
        assert "right" not in str(caught.value)


async def test_a_redis_before_6_2_is_refused() -> None:
    """The error names the version found and the one needed."""
    async with silent_server(info="redis_version:6.0.16") as port:
        with pytest.raises(StoreError, match=r"Redis 6\.0\.16 is too old"):
            await address_from_url(f"redis://127.0.0.1:{port}").connect()


async def test_tls_is_verified_against_the_given_authority(store: EmbeddedStore, tmp_path: Path) -> None:
    """Our own authority is trusted when named; without it, or for another host name, there is no connection."""
    ca_file = tmp_path / "ca.pem"
    async with tls_front(store.url.removeprefix("unix://"), server_context("localhost", ca_file)) as port:
        opened = await address_from_url(f"valkeys://localhost:{port}", str(ca_file)).connect()
        assert await opened.ask("PING") == b"PONG"
        await opened.close()
        with pytest.raises(StoreError, match="certificate"):
            await address_from_url(f"valkeys://localhost:{port}").connect()
    elsewhere = tmp_path / "elsewhere.pem"
    async with tls_front(
        store.url.removeprefix("unix://"), server_context("elsewhere.example", elsewhere)
    ) as port:
        with pytest.raises(StoreError, match="certificate"):
            await address_from_url(f"valkeys://127.1:{port}", str(elsewhere)).connect()
