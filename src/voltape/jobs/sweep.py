"""Removing what has expired, where the exchange's complete list proves that it is gone."""

from voltape.bybit.rest import RestClient
from voltape.model.instrument import Instrument
from voltape.model.job import Outcome
from voltape.store import catalogue
from voltape.store.command import Command
from voltape.store.layout import LAYOUT_NAMES, layout_named
from voltape.store.link import Link
from voltape.store.reader import read_listings

from .place import Place

__all__ = ["sweep"]

_AFTER_MS = 3_600_000
"""Time after an expiry in which the tracker itself removes what was delivered."""


async def sweep(place: Place) -> Outcome:
    """Remove contracts whose expiry is an hour past and that the exchange no longer lists, not even as delivering.

    An underlying whose list is not complete is left alone, and told.

    Raises:
        VenueError: a list is not complete. StoreError: the store does not answer.
    """
    removed = kept = 0
    async with place.connected() as (link, underlyings), place.exchange_client() as exchange:
        for underlying in underlyings:
            gone, still = await _expired(place, link, exchange, underlying)
            kept += len(still)
            if gone:
                await link.exchange(await _removal(link, underlying, gone))
                removed += len(gone)
    said = f"{removed} expired contracts removed" if removed else "no expired contract was left"
    if kept:
        said += f"; {kept} have expired but are still listed"
    return Outcome(ok=True, said=said, figures={"removed": float(removed), "kept": float(kept)})


async def _expired(
    place: Place, link: Link, exchange: RestClient, underlying: str
) -> tuple[list[Instrument], list[Instrument]]:
    """Expired contracts of the store: those that the exchange no longer lists, and those that it does."""
    before = place.clock.wall_ms() - _AFTER_MS
    old = [
        found.instrument
        for found in await read_listings(link, underlying)
        if found.instrument.expiry_ms < before
    ]
    if not old:
        return [], []
    listing = await exchange.listing(underlying)
    known = listing.instruments.keys() | listing.delivering
    return [one for one in old if one.symbol not in known], [one for one in old if one.symbol in known]


async def _removal(link: Link, underlying: str, gone: list[Instrument]) -> list[Command]:
    symbols = {one.symbol for one in gone}
    live = {
        found.instrument.series
        for found in await read_listings(link, underlying)
        if found.instrument.symbol not in symbols
    }
    drops = [command for name in LAYOUT_NAMES for command in layout_named(name).drop(gone)]
    return [*drops, *catalogue.unlist(gone, live)]
