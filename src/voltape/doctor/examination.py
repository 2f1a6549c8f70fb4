"""All checks in order."""

import asyncio
from collections.abc import Mapping

from voltape.bybit.rest import RestClient
from voltape.clock import SystemClock
from voltape.config import Settings, load_from_process
from voltape.doctor.exchange import check_rest, check_stream
from voltape.doctor.finding import Finding
from voltape.doctor.kernel import check_kernel
from voltape.doctor.machine import check_data_dir, check_port
from voltape.doctor.memory import check_memory
from voltape.doctor.route import Route, check_route, route_of
from voltape.doctor.store import check_store
from voltape.errors import SettingError
from voltape.tls import client_context

__all__ = ["examine", "examine_settings"]


def examine(flags: Mapping[str, object]) -> list[Finding]:
    """Every finding for this process's settings with `flags` over them."""
    try:
        settings = load_from_process(flags)
    except SettingError as error:
        return [Finding("settings", "fail", str(error), "Correct it; the rest was not looked at.")]
    return [
        Finding("settings", "ok", "all names and values are allowed"),
        *asyncio.run(examine_settings(settings)),
    ]


async def examine_settings(settings: Settings) -> list[Finding]:
    """Every finding for `settings`, those of the network at the same time."""
    store, exchange = await asyncio.gather(check_store(settings), _check_exchange(settings))
    return [
        check_data_dir(settings.data_dir),
        check_memory(apart=settings.store_url != "embedded"),
        check_kernel(settings.store_url),
        check_port(settings.http_host, settings.http_port, guarded=settings.api_token is not None),
        store,
        *exchange,
    ]


async def _check_exchange(settings: Settings) -> list[Finding]:
    route = route_of(settings)
    if isinstance(route, Finding):
        return [route, *(Finding(name, "skip", "not asked") for name in ("rest", "clock", "stream"))]
    return await _ask_exchange(settings, route)


async def _ask_exchange(settings: Settings, route: Route) -> list[Finding]:
    clock = SystemClock()
    context = client_context(settings.ca_file)
    for_rest, for_stream = route
    client = RestClient(settings.rest_url, context, proxy=for_rest)
    try:
        proxy, rest, stream = await asyncio.gather(
            check_route(route),
            check_rest(client, settings.rest_url, clock),
            check_stream(settings.ws_url, context, clock, proxy=for_stream),
        )
    finally:
        await client.close()
    return [proxy, *rest, stream]
