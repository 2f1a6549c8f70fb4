import asyncio
import socket
from collections.abc import Callable

import httpx
import pytest
import uvloop

from tests.push.boards import make_board
from tests.serve.serving import make_status, serving
from tests.trust import TRUST
from voltape.clock import SystemClock
from voltape.errors import SettingError
from voltape.push.hub import Hub
from voltape.serve.app import ServeOptions, WebApp, make_app
from voltape.serve.server import HttpServer

GET_HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def app_of() -> WebApp:
    """An application over a small board."""
    board = make_board()
    return make_app(board, Hub(board, SystemClock(), version="1"), make_status, ServeOptions())


async def test_any_free_port_is_taken_and_told() -> None:
    """Port 0 becomes a real one."""
    async with HttpServer(app_of(), "127.0.0.1", 0) as server, httpx.AsyncClient(verify=TRUST) as http:
        assert server.url.startswith("http://127.0.0.1:")
        assert not server.url.endswith(":0")
        assert (await http.get(f"{server.url}/healthz")).status_code == 200


async def test_a_name_can_be_listened_on() -> None:
    """It is resolved first."""
    async with HttpServer(app_of(), "localhost", 0) as server, httpx.AsyncClient(verify=TRUST) as http:
        assert (await http.get(f"{server.url}/healthz")).status_code == 200


async def test_a_port_in_use_is_one_clear_line() -> None:
    """Which names the setting, the value and what would do."""
    async with HttpServer(app_of(), "127.0.0.1", 0) as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(SettingError) as caught:
            async with HttpServer(app_of(), "127.0.0.1", port):
                pass
        assert str(caught.value) == f"VOLTAPE_HTTP_PORT={port}: allowed is a free port; this one is in use"


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "x" * 300])
async def test_a_host_that_is_not_this_machine_is_one_clear_line(host: str) -> None:
    """Whether it resolves or not."""
    with pytest.raises(SettingError) as caught:
        async with HttpServer(app_of(), host, 0):
            pass
    assert caught.value.name == "VOLTAPE_HTTP_HOST"
    assert "an address of this machine" in caught.value.allowed


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_an_answer_never_waits_for_an_acknowledgement(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """What is written goes out at once, by whichever event loop; the kernel holds little for a slow client."""

    async def accepted() -> list[tuple[int, int]]:
        async with HttpServer(app_of(), "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
            writer.write(GET_HEALTH)
            await reader.readexactly(8)
            connections = server._server.server_state.connections
            sockets = [one.transport.get_extra_info("socket") for one in connections]
            writer.close()
            return [
                (
                    one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY),
                    one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF),
                )
                for one in sockets
            ]

    with asyncio.Runner(loop_factory=new_loop) as runner:
        ((no_delay, held),) = runner.run(accepted())
    assert no_delay
    assert held <= 1_000_000


async def test_after_the_context_nothing_listens() -> None:
    """The port is free again at once."""
    async with HttpServer(app_of(), "127.0.0.1", 0) as server:
        port = int(server.url.rpartition(":")[2])
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", port))
    async with HttpServer(app_of(), "127.0.0.1", port):
        pass


async def test_a_client_that_never_finishes_its_request_does_not_hold_up_the_stop() -> None:
    """Nor does one that keeps an idle connection."""
    loop = asyncio.get_running_loop()
    async with HttpServer(app_of(), "127.0.0.1", 0) as server:
        port = int(server.url.rpartition(":")[2])
        clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        for (_, writer), text in zip(clients, (b"", b"GET /heal", GET_HEALTH), strict=True):
            writer.write(text)
        assert await clients[2][0].readexactly(8) == b"HTTP/1.1"
        before = loop.time()
    assert loop.time() - before < 2
    for _, writer in clients:
        writer.close()


async def test_answers_carry_the_date_and_not_the_name_of_the_server() -> None:
    """What a cache needs, and nothing for an attacker."""
    async with serving() as site:
        answer = await site.http.get("/healthz")
        assert answer.headers["date"].endswith("GMT")
        assert "server" not in answer.headers
