"""Opening a link to the store by means of the library, and finding out what answers."""

import asyncio
import re
from typing import Any, cast

from valkey.asyncio.connection import Connection as TcpConnection
from valkey.asyncio.connection import SSLConnection, UnixDomainSocketConnection
from valkey.exceptions import ValkeyError

from voltape.errors import StoreError

from .address import Address
from .command import Reply
from .link import Connection, Link, Server, reason

__all__ = ["CLIENT_NAME", "info_fields", "opened"]

CLIENT_NAME = "voltape"
"""Name of our connections in the server's client list."""

_OLDEST_REDIS = (6, 2)


async def opened(address: Address, timeout: float) -> Link:  # noqa: ASYNC109
    """A link to the store.

    Raises:
        StoreError: not reachable within `timeout` seconds, refused, or too old.
    """
    connection = _connection(address)
    link = Link(connection, address.where)
    try:
        async with asyncio.timeout(timeout):
            await connection.connect()
            link.server = await _identify(link)
    except TimeoutError:
        await link.close()
        raise StoreError(address.where, f"no connection within {timeout:g} s") from None
    except (ValkeyError, OSError) as error:
        await link.close()
        raise StoreError(address.where, reason(error)) from error
    except BaseException:
        await link.close()
        raise
    return link


def _connection(address: Address) -> Connection:
    options: dict[str, Any] = {
        "username": address.username,
        "password": address.password,
        "db": address.database,
        "client_name": CLIENT_NAME,
        "lib_name": None,
        "lib_version": None,
        # One deadline covers a whole exchange; see `Link`.
        "socket_timeout": None,
    }
    if address.path is not None:
        return cast("Connection", UnixDomainSocketConnection(path=address.path, **options))
    options |= {"host": address.host, "port": address.port}
    if address.tls:
        options |= {"ssl_cert_reqs": "required", "ssl_check_hostname": True, "ssl_ca_certs": address.ca_file}
        return cast("Connection", SSLConnection(**options))
    return cast("Connection", TcpConnection(**options))


async def _identify(link: Link) -> Server:
    info = info_fields(await link.ask("INFO", "server"))
    kind = "valkey" if "valkey_version" in info else "redis"
    version = info.get(f"{kind}_version", "0")
    if kind == "redis" and _numbers(version) < _OLDEST_REDIS:
        raise StoreError(link.where, f"Redis {version} is too old: 6.2 or later, or any Valkey")
    try:
        client_id = await link.ask("CLIENT", "ID")
    except StoreError:
        client_id = 0
    return Server(
        kind,
        version,
        info.get("run_id", ""),
        client_id if isinstance(client_id, int) else 0,
        int(info.get("process_id", "0")),
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def info_fields(reply: Reply) -> dict[str, str]:
    """The fields of an INFO reply."""
    lines = reply.decode().splitlines() if isinstance(reply, bytes) else []
    return dict(line.split(":", 1) for line in lines if ":" in line)
