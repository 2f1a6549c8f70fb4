"""Where the store is, read from one URL, and how to open a link to it.

`valkey://` and `redis://` are plain TCP, `valkeys://` and `rediss://` are TLS with verification that no setting
can turn off, `unix://` is a local socket. The password never leaves this module: errors and logs show `where`.
"""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from valkey.asyncio.connection import Connection as TcpConnection
from valkey.asyncio.connection import SSLConnection, UnixDomainSocketConnection
from valkey.exceptions import ValkeyError

from voltape.errors import StoreError

from .command import Reply
from .link import Connection, Link, Server, reason

__all__ = ["CLIENT_NAME", "Address", "address_from_url", "info_fields"]

CLIENT_NAME = "voltape"
"""Name of our connections in the server's client list."""

_PORT = 6379
_OLDEST_REDIS = (6, 2)
_SCHEMES = ("valkey", "valkeys", "redis", "rediss", "unix")
_TLS = ("valkeys", "rediss")
_SECRET = re.compile(r"//[^@/?#]*@|(?<=[?&]password=)[^&]*")


@dataclass(frozen=True, slots=True)
class Address:
    """A store that can be connected to.

    Attributes:
        where: scheme, host or path, and database; what logs and errors name.
    """

    where: str
    _kind: type[object] = field(repr=False)
    _options: dict[str, Any] = field(repr=False)

    async def connect(self, timeout: float = 3.0) -> Link:  # noqa: ASYNC109
        """Open a link, log in, and make sure that the server is one we can work with.

        Raises:
            StoreError: not reachable within `timeout` seconds, refused, or too old.
        """
        connection = cast("Connection", self._kind(**self._options))
        link = Link(connection, self.where)
        try:
            async with asyncio.timeout(timeout):
                await connection.connect()
                link.server = await _identify(link)
        except TimeoutError:
            await link.close()
            raise StoreError(self.where, f"no connection within {timeout:g} s") from None
        except (ValkeyError, OSError) as error:
            await link.close()
            raise StoreError(self.where, reason(error)) from error
        except BaseException:
            await link.close()
            raise
        return link


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


def address_from_url(url: str, ca_file: str | None = None) -> Address:
    """Read a store URL.

    Args:
        url: `valkey[s]://[user[:password]@]host[:port][/database]`, `redis[s]://…`, or
            `unix://[user[:password]@]/path[?db=database]`.
        ca_file: PEM bundle trusted beside the system's for TLS.

    Raises:
        StoreError: the URL cannot be used; its credentials are not repeated.
    """
    shown = _SECRET.sub(lambda match: "//***@" if match[0].startswith("//") else "***", url)
    try:
        parts = urlsplit(url)
        port = parts.port or _PORT
    except ValueError as error:
        raise StoreError(shown, f"not a URL: {error}") from None
    if parts.scheme.endswith("+cluster"):
        raise StoreError(shown, "a cluster is not available yet; name one server")
    if parts.scheme not in _SCHEMES:
        raise StoreError(shown, f"the scheme is none of {', '.join(_SCHEMES)}")
    options = {
        "username": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "db": _database(parts, shown),
        "client_name": CLIENT_NAME,
        "lib_name": None,
        "lib_version": None,
        # One deadline covers a whole exchange; see `Link`.
        "socket_timeout": None,
    }
    if parts.scheme == "unix":
        path = unquote(parts.path)
        return Address(f"unix://{path}", UnixDomainSocketConnection, options | {"path": path})
    host = unquote(parts.hostname or "localhost")
    options |= {"host": host, "port": port}
    where = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}/{options['db']}"
    if parts.scheme in _TLS:
        options |= {"ssl_cert_reqs": "required", "ssl_check_hostname": True, "ssl_ca_certs": ca_file}
        return Address(where, SSLConnection, options)
    return Address(where, TcpConnection, options)


def _database(parts: SplitResult, shown: str) -> int:
    query = parse_qs(parts.query, keep_blank_values=True)
    if set(query) - ({"db"} if parts.scheme == "unix" else set()):
        raise StoreError(shown, f"unknown option {', '.join(sorted(query))}")
    text = query.get("db", ["0"])[0] if parts.scheme == "unix" else parts.path.strip("/") or "0"
    if not (text.isascii() and text.isdigit()):
        raise StoreError(shown, f"the database is not a number: {text}")
    return int(text)
