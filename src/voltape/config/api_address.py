"""Where a server with some settings is asked, by whoever is on the same machine."""

from voltape.errors import SettingError

__all__ = ["address_of"]

ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where a server listens, not where we do


def address_of(host: str, port: int) -> str:
    """Base address of a server that listens at `host` and `port`.

    Raises:
        SettingError: the port is 0, which says nothing about the one that was taken.
    """
    if port == 0:
        raise SettingError("VOLTAPE_HTTP_PORT", port, "the port that `ready http://…` told, or --url")
    name = ANY.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
