"""Where the store is, read from one URL.

`valkey://` and `redis://` are plain TCP, `valkeys://` and `rediss://` are TLS with verification that no setting
can turn off, `unix://` is a local socket. Errors and logs show `where`, never the password. The library that speaks to the
store is loaded by whoever connects: naming a place costs nothing.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from voltape.errors import StoreError

if TYPE_CHECKING:
    from .link import Link

__all__ = ["Address", "address_from_url"]

_PORT = 6379
_SCHEMES = ("valkey", "valkeys", "redis", "rediss", "unix")
_TLS = ("valkeys", "rediss")
_SECRET = re.compile(r"//[^@/?#]*@|(?<=[?&]password=)[^&]*")


@dataclass(frozen=True, slots=True)
class Address:
    """A store that can be connected to.

    Attributes:
        where: scheme, host or path, and database; what logs and errors name.
        host, port: of TCP. path: of a local socket; None for TCP.
        database: its number.
        tls: whether TLS is spoken. ca_file: PEM bundle trusted beside the system's.
        username, password: of the login, None where there is none.
    """

    where: str
    host: str = ""
    port: int = _PORT
    path: str | None = None
    database: int = 0
    tls: bool = False
    ca_file: str | None = None
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    async def connect(self, timeout: float = 3.0) -> "Link":  # noqa: ASYNC109
        """Open a link, log in, and make sure that the server is one we can work with.

        Raises:
            StoreError: not reachable within `timeout` seconds, refused, or too old.
        """
        from .opening import opened  # noqa: PLC0415 - the library costs 5 MB, and some only name a place

        return await opened(self, timeout)


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
    database = _database(parts, shown)
    username = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if parts.scheme == "unix":
        path = unquote(parts.path)
        return Address(f"unix://{path}", path=path, database=database, username=username, password=password)
    host = unquote(parts.hostname or "localhost")
    return Address(
        f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}/{database}",
        host=host,
        port=port,
        database=database,
        tls=parts.scheme in _TLS,
        ca_file=ca_file,
        username=username,
        password=password,
    )


def _database(parts: SplitResult, shown: str) -> int:
    query = parse_qs(parts.query, keep_blank_values=True)
    if set(query) - ({"db"} if parts.scheme == "unix" else set()):
        raise StoreError(shown, f"unknown option {', '.join(sorted(query))}")
    text = query.get("db", ["0"])[0] if parts.scheme == "unix" else parts.path.strip("/") or "0"
    if not (text.isascii() and text.isdigit()):
        raise StoreError(shown, f"the database is not a number: {text}")
    return int(text)
