"""Sampled comparison of the store with the exchange, by a process that shares nothing with the tracker.

The exchange tells states one after the other, and the store is a little behind. So a contract that differs is looked
at again: *wrong* is one whose stored state has not moved from before the poll until some seconds after it while the
exchange showed another one; whatever moved meanwhile is *undecided*. Contracts that REST keeps are left out, because
the store holds the poll before.
"""

import asyncio
from random import Random
from typing import TYPE_CHECKING

from voltape.model.instrument import Instrument
from voltape.model.job import Outcome
from voltape.store.codec import Record
from voltape.store.link import Link
from voltape.store.reader import read_layout, read_listings, read_records
from voltape.track.agreement import differing

from .place import Place

if TYPE_CHECKING:
    from voltape.bybit.rest import RestClient

__all__ = ["audit"]

_SAMPLE = 200
_GRACE_S = 4.0
_SHOWN = 3


async def audit(place: Place, rng: Random | None = None, *, grace_s: float = _GRACE_S) -> Outcome:
    """Compare up to 200 contracts of each underlying.

    Raises:
        VenueError: the exchange gave no complete answer. StoreError: the store does not answer.
    """
    rng = Random() if rng is None else rng  # noqa: S311 - a sample, not a secret
    equal = undecided = 0
    wrong: dict[str, list[str]] = {}
    async with place.connected() as (link, underlyings), place.exchange_client() as exchange:
        for underlying in underlyings:
            sampled = await _sampled(place, link, underlying, rng)
            found = await _judged(link, exchange, underlying, sampled, grace_s)
            equal += found[0]
            undecided += found[1]
            wrong |= found[2]
    compared = equal + len(wrong)
    if not compared:
        return Outcome(ok=False, said="nothing could be compared", figures={"undecided": float(undecided)})
    accuracy = equal / compared
    figures = {"compared": float(compared), "accuracy": accuracy, "undecided": float(undecided)}
    said = f"{equal} of {compared} contracts equal, {undecided} undecided"
    if wrong:
        shown = (f"{symbol} ({', '.join(fields)})" for symbol, fields in list(wrong.items())[:_SHOWN])
        said += f"; wrong: {', '.join(shown)}"
    return Outcome(ok=not wrong, said=said, figures=figures)


async def _sampled(place: Place, link: Link, underlying: str, rng: Random) -> list[Instrument]:
    now = place.clock.wall_ms()
    listed = [
        found.instrument
        for found in await read_listings(link, underlying)
        if found.instrument.expiry_ms > now
    ]
    return rng.sample(listed, min(_SAMPLE, len(listed)))


async def _judged(
    link: Link, exchange: "RestClient", underlying: str, sampled: list[Instrument], grace_s: float
) -> tuple[int, int, dict[str, list[str]]]:
    """How many are equal, how many undecided, and which are wrong in which fields."""
    layout = await read_layout(link, underlying)
    before = await read_records(link, layout, sampled)
    page = await exchange.tickers(underlying)
    await asyncio.sleep(grace_s)
    after = await read_records(link, layout, sampled)
    equal = undecided = 0
    wrong = {}
    for one, earlier, later in zip(sampled, before, after, strict=True):
        shown = page.rows.get(one.symbol)
        if later is None or shown is None or not later.pushed:
            undecided += 1
            continue
        differs = differing(later.values, shown)
        if not differs or (earlier is not None and not differing(earlier.values, shown)):
            equal += 1
        elif _moved(earlier, later, page.ts):
            undecided += 1
        else:
            wrong[one.symbol] = differs
    return equal, undecided, wrong


def _moved(earlier: Record | None, later: Record, polled_ts: int) -> bool:
    if earlier is None or earlier.values != later.values:
        return True
    # A state that was told just before the poll may already have been conflated with the next one there.
    return later.stale or polled_ts - (later.ts_exchange or 0) < _GRACE_S * 1000
