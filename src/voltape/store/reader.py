"""Reading a board back from the store."""

import logging
from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec

from voltape.errors import SchemaError, StoreError
from voltape.model.board import Board
from voltape.model.instrument import Instrument
from voltape.model.status import Gap

from . import catalogue, keys
from .catalogue import Listing
from .codec import UNREADABLE, CodecError, Record
from .command import texts
from .flush import Stored
from .layout import LAYOUT_NAMES, Layout, layout_named
from .link import Link

__all__ = [
    "Restored",
    "check_schema",
    "read_gaps",
    "read_layout",
    "read_listings",
    "read_records",
    "read_stored",
    "read_underlyings",
    "restore",
]

_log = logging.getLogger(__name__)

_FUTURE_MS = 60_000


class Restored(NamedTuple):
    """What `restore` brought back: contracts on the board, and how many of them with data."""

    contracts: int
    with_data: int


async def check_schema(link: Link) -> bool:
    """Whether the store holds data of voltape, in the version that we read.

    Raises:
        SchemaError: it holds another version.
        StoreError: no answer.
    """
    found = await link.ask("GET", keys.SCHEMA)
    if found is None:
        return False
    if found != keys.SCHEMA_VERSION:
        shown = found.decode(errors="replace") if isinstance(found, bytes) else str(found)
        ours = keys.SCHEMA_VERSION.decode()
        why = (
            f"it holds schema {shown}, this voltape needs {ours}: use another database in VOLTAPE_STORE_URL, "
            f"or remove the old keys (docs/reference/storage.md)"
        )
        raise SchemaError(link.where, why)
    return True


async def read_underlyings(link: Link) -> list[str]:
    """Underlyings with data in the store."""
    return sorted(texts(await link.ask("SMEMBERS", keys.UNDERLYINGS)))


async def read_listings(
    link: Link, underlying: str, expiries: Collection[str] | None = None
) -> list[Listing]:
    """Contracts of an underlying that the store lists, and their slots.

    Args:
        link: an open link.
        underlying: the coin.
        expiries: dates of the series to read; all if None.

    Raises:
        StoreError: no answer, or what is there is not ours.
    """
    try:
        series = catalogue.parse_series(await link.ask(*catalogue.fetch_series(underlying)))
        if expiries is not None:
            series = {expiry: head for expiry, head in series.items() if expiry in expiries}
        replies = await link.exchange(catalogue.fetch(underlying, series))
        return catalogue.parse(underlying, series, replies)
    except CodecError as error:
        raise StoreError(link.where, f"not voltape's data: {error}") from error


async def read_layout(link: Link, underlying: str) -> Layout | None:
    """The layout that an underlying's values are in; None where the store has none."""
    reply = await link.ask("GET", keys.layout(underlying))
    name = reply.decode(errors="replace") if isinstance(reply, bytes) else None
    if name is None:
        return None
    if name not in LAYOUT_NAMES:
        raise StoreError(link.where, f"unknown layout {name}")
    return layout_named(name)


async def read_records(
    link: Link, layout: Layout | None, instruments: Sequence[Instrument]
) -> list[Record | None]:
    """Stored state of contracts; None where there is none that we can read."""
    if layout is None or not instruments:
        return [None] * len(instruments)
    return layout.parse(instruments, await link.exchange(layout.fetch(instruments)))


async def read_stored(link: Link, underlying: str) -> Stored:
    """What the store says it holds of an underlying; nothing where somebody else's data stands there."""
    try:
        series = catalogue.parse_series(await link.ask(*catalogue.fetch_series(underlying)))
        replies = await link.exchange(catalogue.fetch(underlying, series))
        listings = catalogue.parse(underlying, series, replies)
    except CodecError as error:
        _log.warning(
            "store %s: the list of %s is written anew, it is not ours: %s", link.where, underlying, error
        )
        return Stored(None, (), {})
    named, moving = await link.exchange([("GET", keys.layout(underlying)), ("GET", keys.moving(underlying))])
    name = named.decode(errors="replace") if isinstance(named, bytes) and moving is None else None
    return Stored(
        name, tuple(series), {listing.instrument.symbol: listing.instrument for listing in listings}
    )


async def restore(board: Board, link: Link, now_ms: int) -> Restored:
    """Bring the board back from the store, every row stale; expired contracts stay out.

    Call `board.commit` afterwards. An empty store restores nothing.

    Args:
        board: an empty board, or one whose rows the store may replace.
        link: an open link.
        now_ms: our clock, epoch ms.

    Raises:
        SchemaError: the store holds another schema version.
        StoreError: no answer, or what is there is not ours; the board may have got a part.
    """
    if not await check_schema(link):
        return Restored(0, 0)
    contracts = with_data = 0
    for underlying in await read_underlyings(link):
        listings = [
            listing
            for listing in await read_listings(link, underlying)
            if listing.instrument.expiry_ms > now_ms
        ]
        records = await read_records(
            link, await read_layout(link, underlying), [listing.instrument for listing in listings]
        )
        for listing, record in zip(listings, records, strict=True):
            contracts += 1
            with_data += _restore_row(board, listing, record, now_ms)
    return Restored(contracts, with_data)


def _restore_row(board: Board, listing: Listing, record: Record | None, now_ms: int) -> bool:
    lane = record.lane if record is not None else "polled"
    row = board.add(listing.instrument, lane, listing.slot)
    if record is None or record.ts_exchange is None or record.ts_received is None:
        return False
    # A time that is still to come, of another exchange say, would make all that is pushed until then look old.
    pushed = record.pushed and record.ts_exchange <= now_ms + _FUTURE_MS
    board.restore(row, record.values, record.ts_exchange, record.ts_received, pushed=pushed)
    return True


async def read_gaps(link: Link) -> list[Gap]:
    """Outages that an earlier run recorded; empty where there are none that we can read."""
    reply = await link.ask("GET", keys.GAPS)
    try:
        return msgspec.json.decode(reply, type=list[Gap]) if isinstance(reply, bytes) else []
    except UNREADABLE:
        _log.warning("store %s: the list of gaps cannot be read", link.where)
        return []
