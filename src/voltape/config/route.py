"""Which proxy leads to an address of the exchange: the setting's, or the one that the environment names as others read it."""

import ipaddress
import os
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from voltape.config.forms import parse_proxy
from voltape.config.settings import Settings
from voltape.errors import SettingError
from voltape.proxy import Proxy

__all__ = ["proxy_for", "proxy_of_process"]

ENCRYPTED = ("https", "wss")
PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}
ALLOWED = "a URL that starts with http:// or https://; VOLTAPE_PROXY=none goes without"


def proxy_of_process(settings: Settings, url: str) -> Proxy | None:
    """The proxy for `url` by `settings` and this process's environment (`proxy_for`)."""
    return proxy_for(settings.proxy, url, os.environ)


def proxy_for(chosen: str | None, url: str, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy for `url`, None for the direct way.

    The machine itself is never reached through a proxy: what listens there is a simulator, or a test.

    Args:
        chosen: value of the setting: a URL, `none`, or None to go by the environment.
        url: address of the exchange.
        environ: the environment; `NO_PROXY` only excepts from what is named there.

    Raises:
        SettingError: a variable of the environment names something that cannot be used.
    """
    target = urlsplit(url)
    if chosen == "none" or is_own(target.hostname or ""):
        return None
    if chosen is not None:
        return Proxy(chosen, "VOLTAPE_PROXY")
    kind = "https_proxy" if target.scheme in ENCRYPTED else "http_proxy"
    for name in (kind, kind.upper(), "all_proxy", "ALL_PROXY"):
        if raw := environ.get(name, "").strip():
            if is_excepted(target, environ.get("no_proxy") or environ.get("NO_PROXY") or ""):
                return None
            try:
                return Proxy(parse_proxy(raw), name)
            except ValueError as error:
                raise SettingError(name, "***", ALLOWED) from error
    return None


def is_own(host: str) -> bool:
    """Whether `host` is this machine, as seen from itself."""
    address = as_address(host)
    return host.lower() == "localhost" if address is None else address.is_loopback


def is_excepted(target: SplitResult, exceptions: str) -> bool:
    """Whether a list like `NO_PROXY` names the target: `*`, a name with all below it, an address, or a network."""
    host, port = (target.hostname or "").lower(), str(target.port or PORTS[target.scheme])
    for part in exceptions.split(","):
        named, _, only = part.strip().lower().rpartition(":")
        # No more than one colon, or else it is an IPv6 address.
        if not (only.isdigit() and named and ":" not in named):
            named, only = part.strip().lower(), port
        if named and only == port and (named == "*" or matches(host, named)):
            return True
    return False


def matches(host: str, named: str) -> bool:
    """Whether a host is the named one, below it, or in the named network."""
    address = as_address(host)
    if address is None:
        domain = named.lstrip("*").lstrip(".")
        return host == domain or host.endswith(f".{domain}")
    try:
        return address in ipaddress.ip_network(named.strip("[]"), strict=False)
    except ValueError:
        return False


def as_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is written as, None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
