"""Check of the way to the exchange: which proxy leads there, and whether it is there at all."""

import asyncio
from urllib.parse import urlsplit

from voltape.config import Settings, proxy_of_process
from voltape.doctor.finding import Finding
from voltape.errors import SettingError
from voltape.proxy import Proxy

__all__ = ["WRONG_PROXY", "Route", "check_route", "route_of"]

Route = tuple[Proxy | None, Proxy | None]
"""Proxies for REST and for the stream."""

WRONG_PROXY = (
    "Correct the proxy's address, user and password in VOLTAPE_PROXY (or in the variable named above), have whoever "
    "runs it allow tunnels to the exchange, or go without it by VOLTAPE_PROXY=none"
)


def route_of(settings: Settings) -> Route | Finding:
    """The proxies that the settings and the environment name, or what is wrong with those names."""
    try:
        return proxy_of_process(settings, settings.rest_url), proxy_of_process(settings, settings.ws_url)
    except SettingError as error:
        return Finding("proxy", "fail", str(error), "Correct it; the exchange was not asked.")


async def check_route(route: Route, patience: float = 5.0) -> Finding:
    """Whether the proxies can be reached within `patience` seconds; what they answer shows with REST and stream."""
    ways = dict(zip(("REST", "the stream"), route, strict=True))
    texts = [f"{way} goes {_shown(proxy)}" for way, proxy in ways.items()]
    text = texts[0].replace("REST goes", "both go") if len(set(map(_shown, route))) == 1 else ", ".join(texts)
    for proxy in {proxy.where: proxy for proxy in route if proxy is not None}.values():
        url = urlsplit(proxy.where)
        try:
            async with asyncio.timeout(patience):
                _, writer = await asyncio.open_connection(url.hostname, url.port)
            writer.close()
        except TimeoutError:
            return Finding("proxy", "fail", f"{text}: no answer within {patience:g} s", WRONG_PROXY)
        except OSError as error:
            return Finding("proxy", "fail", f"{text}: {error.strerror or error}", WRONG_PROXY)
    return Finding("proxy", "ok", text)


def _shown(proxy: Proxy | None) -> str:
    return (
        "straight to the exchange" if proxy is None else f"through {proxy.where}, named by {proxy.named_by}"
    )
