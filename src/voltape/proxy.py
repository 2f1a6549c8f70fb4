"""The way to the exchange where it leads through an HTTP proxy."""

from urllib.parse import urlsplit

from msgspec import Struct

__all__ = ["Proxy"]

_PORTS = {"http": 80, "https": 443}


class Proxy(Struct, frozen=True):
    """An HTTP proxy that opens tunnels (`CONNECT`).

    Attributes:
        url: its address, with user and password where it asks for them; never shown.
        named_by: the setting or variable that names it.
    """

    url: str
    named_by: str

    @property
    def where(self) -> str:
        """Scheme, host and port, fit for logs."""
        url = urlsplit(self.url)
        host = url.hostname or ""
        return f"{url.scheme}://{f'[{host}]' if ':' in host else host}:{url.port or _PORTS[url.scheme]}"

    @property
    def is_secure(self) -> bool:
        """Whether the way to the proxy itself is encrypted."""
        return self.url.startswith("https:")

    def __repr__(self) -> str:
        return f"Proxy({self.where!r}, named_by={self.named_by!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("where", self.where), ("named_by", self.named_by)]
