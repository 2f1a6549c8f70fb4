"""A simulated exchange as the probe sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.bybit.exchange import Exchange, running_exchange
from tests.trust import TRUST
from voltape.bybit.rest import RestClient
from voltape.clock import SystemClock
from voltape.doctor.probe.line import Lines
from voltape.doctor.probe.target import Target
from voltape.tls import client_context

__all__ = ["probing"]


@asynccontextmanager
async def probing(seconds: float = 1.0, **options: Any) -> AsyncIterator[tuple[Exchange, Target]]:
    """Run a small exchange with these switches; gives it and what probes are handed."""
    clock = SystemClock()
    async with running_exchange(**options) as exchange:
        rest = RestClient(exchange.rest_url, TRUST, clock=clock)
        try:
            listing = await rest.listing("BTC")
            contracts = sorted(listing.instruments.values(), key=lambda one: (one.expiry_ms, one.symbol))
            lines = Lines(exchange.ws_url, client_context(None), clock, None)
            yield exchange, Target(lines, rest, clock, contracts, seconds)
        finally:
            await rest.close()
