"""Where the system answers, and how it is reached: address, token, trust and proxies."""

import ipaddress
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from voltape.tls import client_context

from .problem import BadAddress

__all__ = ["DEFAULT_URL", "Endpoint", "endpoint_at"]

DEFAULT_URL = "http://127.0.0.1:8000"

_STREAM = "/api/v1/stream?encoding=msgpack"


class Endpoint(msgspec.Struct, frozen=True):
    """A system's base address without a slash at its end, its token, and a PEM file that is trusted besides."""

    url: str
    token: str | None = None
    ca_file: Path | None = None

    def __repr__(self) -> str:
        return f"Endpoint({self.url!r})"

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {} if self.token is None else {"authorization": f"Bearer {self.token}"}

    @property
    def is_near(self) -> bool:
        """Whether the address is on this machine, where no proxy leads."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @property
    def stream_url(self) -> str:
        """Address of the push stream."""
        return "ws" + self.url.removeprefix("http") + _STREAM

    @property
    def is_secure(self) -> bool:
        """Whether the address wants TLS."""
        return self.url.startswith("https:")

    def context(self) -> ssl.SSLContext:
        """Checks certificates always; without TLS it trusts nobody, which saves the loading of lists."""
        return client_context(self.ca_file) if self.is_secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def endpoint_at(url: str, token: str | None, ca_file: Path | str | None) -> Endpoint:
    """The endpoint at a base address.

    Raises:
        BadAddress: it is none.
    """
    try:
        parts = urlsplit(url)
        named = parts.hostname and parts.port != 0
    except ValueError as error:
        raise BadAddress(url) from error
    if parts.scheme not in {"http", "https"} or not named or parts.query or parts.fragment:
        raise BadAddress(url)
    path = parts.path.rstrip("/")
    return Endpoint(
        f"{parts.scheme}://{parts.netloc}{path}", token, None if ca_file is None else Path(ca_file)
    )
