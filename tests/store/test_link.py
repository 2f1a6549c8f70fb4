import asyncio
import os
import signal

import pytest

from voltape.errors import StoreError
from voltape.store.embedded import EmbeddedStore
from voltape.store.link import Link


async def test_replies_come_in_the_order_of_the_commands(link: Link) -> None:
    """One exchange carries many commands, and counts the bytes it sends and receives."""
    before, received = link.sent, link.received
    assert await link.exchange(
        [("SET", "vt:x", 1), ("GET", "vt:x"), ("HGETALL", "vt:y"), ("GET", "vt:z")]
    ) == [
        b"OK",
        b"1",
        [],
        None,
    ]
    assert link.sent - before == sum(map(len, (
        b"*3\r\n$3\r\nSET\r\n$4\r\nvt:x\r\n$1\r\n1\r\n",
        b"*2\r\n$3\r\nGET\r\n$4\r\nvt:x\r\n",
        b"*2\r\n$7\r\nHGETALL\r\n$4\r\nvt:y\r\n",
        b"*2\r\n$3\r\nGET\r\n$4\r\nvt:z\r\n",
    )))  # fmt: skip
    assert link.received - received == len(b"$2\r\nOK\r\n$1\r\n1\r\n*0\r\n$-1\r\n")


async def test_a_refused_command_is_an_error_and_the_link_lives_on(link: Link) -> None:
    """The commands beside it are carried out, and the replies stay in step."""
    with pytest.raises(StoreError, match="refused"):
        await link.exchange([("SET", "vt:x", "1"), ("HGET", "vt:x", "f"), ("SET", "vt:y", "2")])
    assert await link.exchange([("GET", "vt:x"), ("GET", "vt:y")]) == [b"1", b"2"]


async def test_a_server_that_does_not_answer_ends_the_link_in_time(store: EmbeddedStore, link: Link) -> None:
    """A paused server costs the deadline and no more, and the link is closed for good."""
    pid = int((await link.ask("INFO", "server")).split(b"process_id:")[1].split()[0])  # type: ignore[union-attr]
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(StoreError, match=r"no answer within 0\.1 s"):
            await link.exchange([("PING",)], timeout=0.1)
    finally:
        os.kill(pid, signal.SIGCONT)
    with pytest.raises(StoreError, match="the connection is closed"):
        await link.ask("PING")


async def test_a_cancelled_exchange_ends_the_link(link: Link) -> None:
    """Its replies may still come, and are nobody's."""
    waiting = asyncio.create_task(link.exchange([("BLPOP", "vt:nothing", 0)]))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with pytest.raises(StoreError, match="the connection is closed"):
        await link.ask("PING")


async def test_a_connection_cut_by_the_server_is_our_error(store: EmbeddedStore, link: Link) -> None:
    """No library error gets through."""
    other = await store.address.connect()
    await link.ask("CLIENT", "KILL", "ID", other.server.client_id)
    with pytest.raises(StoreError):
        await other.ask("PING")
    await other.close()
    await other.close()


async def test_the_link_knows_its_server(link: Link) -> None:
    """Kind, version, run and our own number are read at the start."""
    assert link.server.kind in {"valkey", "redis"}
    assert link.server.version[0].isdigit()
    assert link.server.run_id
    assert link.server.client_id > 0
    assert b"name=voltape" in await link.ask("CLIENT", "LIST")  # type: ignore[operator]
