"""All checks in order."""

import asyncio
from collections.abc import Mapping

from voltape.bybit.rest import RestClient
from voltape.clock import SystemClock
from voltape.config import Settings, load_from_process
from voltape.doctor.exchange import check_rest, check_stream
from voltape.doctor.finding import Finding
from voltape.doctor.machine import check_data_dir, check_port
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
    clock = SystemClock()
    context = client_context(settings.ca_file)
    client = RestClient(settings.rest_url, context)
    try:
        store, rest, stream = await asyncio.gather(
            check_store(settings),
            check_rest(client, settings.rest_url, clock),
            check_stream(settings.ws_url, context, clock),
        )
    finally:
        await client.close()
    return [
        check_data_dir(settings.data_dir),
        check_port(settings.http_host, settings.http_port, guarded=settings.api_token is not None),
        store,
        *rest,
        stream,
    ]
