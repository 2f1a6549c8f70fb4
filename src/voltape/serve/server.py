"""The HTTP server in the running event loop."""

import asyncio
import errno
import socket
from typing import Any, cast

from uvicorn import Config, Server

from voltape.errors import SettingError

from .app import WebApp
from .connection import HttpConnection, WebSocketConnection
from .gate import loopback_names

__all__ = ["HttpServer"]

_BACKLOG = 1024
_DATE_S = 1.0
_MAX_MESSAGE_BYTES = 65_536
_SEND_BUFFER_BYTES = 262_144


class HttpServer:
    """Serves one application while its context is entered.

    Attributes:
        url: where it answers, known from entering on.
    """

    def __init__(self, app: WebApp, host: str, port: int) -> None:
        """Set up the server.

        Args:
            app: the application; its streams are closed when the context is left.
            host: name or address to listen on.
            port: 0 for any free one.
        """
        self.url = ""
        self._app = app
        app.gate.names = loopback_names(host)
        self._host = host
        self._port = port
        config = Config(
            cast("Any", app),
            http=HttpConnection,
            ws=WebSocketConnection,
            loop="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            # Below this level uvicorn logs the address of each WebSocket, which may carry a token.
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws_max_size=_MAX_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=1,
            backlog=_BACKLOG,
        )
        self._server = Server(config)
        self._ticking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "HttpServer":
        """Listen.

        Raises:
            SettingError: host and port cannot be listened on.
        """
        listening = self._bind()
        host, port = listening.getsockname()[:2]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        server = self._server
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup(sockets=[listening])
        self._ticking = asyncio.create_task(self._tick())
        return self

    async def _tick(self) -> None:
        # The server's own loop wakes ten times a second to do this once.
        while True:
            await self._server.on_tick(0)
            await asyncio.sleep(_DATE_S)

    def _bind(self) -> socket.socket:
        try:
            family, _, _, _, address = socket.getaddrinfo(
                self._host, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            where = cast("tuple[str, int]", address[:2])
            listening = socket.create_server(where, family=family, backlog=_BACKLOG)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise SettingError(
                    "VOLTAPE_HTTP_PORT", self._port, "a free port; this one is in use"
                ) from error
            if error.errno == errno.EACCES:
                raise SettingError(
                    "VOLTAPE_HTTP_PORT", self._port, "a port this user may listen on"
                ) from error
            allowed = f"an address of this machine ({error.strerror or error})"
            raise SettingError("VOLTAPE_HTTP_HOST", self._host, allowed) from error
        except UnicodeError as error:
            raise SettingError("VOLTAPE_HTTP_HOST", self._host, "an address of this machine") from error
        # Accepted sockets inherit what follows. Head and body of an answer are two writes, and the second would wait
        # for an acknowledgement that clients delay; asyncio prevents that only where a socket names its protocol.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Left to itself the kernel holds megabytes for a client that reads nothing.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        return listening

    async def __aexit__(self, *_: object) -> None:
        """Close streams with 1001, finish requests, stop; within two seconds whatever clients do."""
        await self._app.close()
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
        await self._server.shutdown()
        for connection in tuple(self._server.server_state.connections):
            connection.transport.abort()
