"""Whether the store lists what the exchange lists."""

import asyncio
from collections.abc import Iterable

from voltape.bybit.rest import RestClient
from voltape.model.job import Outcome
from voltape.store.link import Link
from voltape.store.reader import read_listings

from .place import Place

__all__ = ["universe"]

_AGAIN_S = 45.0
"""Time in which the tracker, which looks every few minutes and after an expiry, may still put it right."""
_SHOWN = 5


async def universe(place: Place, *, again_s: float = _AGAIN_S) -> Outcome:
    """Compare both lists; a difference counts if it is still there a little later.

    Raises:
        VenueError: a list is not complete, so that nothing can be said. StoreError: the store does not answer.
    """
    async with place.connected() as (link, underlyings), place.exchange_client() as exchange:
        if not underlyings:
            return Outcome(ok=False, said="the store lists no underlying")
        first = await _differences(place, link, exchange, underlyings)
        if first.ok:
            return first
        await asyncio.sleep(again_s)
        return await _differences(place, link, exchange, underlyings)


async def _differences(place: Place, link: Link, exchange: RestClient, underlyings: Iterable[str]) -> Outcome:
    missing: set[str] = set()
    extra: set[str] = set()
    count = 0
    for underlying in underlyings:
        listing = await exchange.listing(underlying)
        now = place.clock.wall_ms()
        listed = {symbol for symbol, one in listing.instruments.items() if one.expiry_ms > now}
        stored = {
            found.instrument.symbol
            for found in await read_listings(link, underlying)
            if found.instrument.expiry_ms > now
        }
        count += len(listed)
        missing |= listed - stored
        extra |= stored - listing.instruments.keys() - listing.delivering
    figures = {"listed": float(count), "missing": float(len(missing)), "extra": float(len(extra))}
    if not missing and not extra:
        return Outcome(ok=True, said=f"all {count} contracts of {', '.join(underlyings)}", figures=figures)
    parts = [_shown("missing", missing), _shown("not listed by the exchange", extra)]
    return Outcome(ok=False, said="; ".join(filter(None, parts)), figures=figures)


def _shown(what: str, symbols: set[str]) -> str:
    if not symbols:
        return ""
    more = f" and {len(symbols) - _SHOWN} more" if len(symbols) > _SHOWN else ""
    return f"{len(symbols)} {what}: {', '.join(sorted(symbols)[:_SHOWN])}{more}"
