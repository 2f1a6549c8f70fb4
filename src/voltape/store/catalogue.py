"""The list of contracts in the store: which there are, and the slot number of each.

Per underlying a hash of series (date of expiry to instant and symbol prefix), and per series a hash of contracts.
Both are small JSON arrays, readable as they are.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from voltape.model.instrument import Instrument, Kind
from voltape.model.row import Row

from . import keys
from .codec import UNREADABLE, CodecError
from .command import Command, Reply, pairs

__all__ = ["Listing", "Series", "fetch", "fetch_series", "list_rows", "parse", "parse_series", "unlist"]


class Series(msgspec.Struct, frozen=True, array_like=True):
    """A stored series: `[expiry_ms, symbol prefix]`."""

    expiry_ms: int
    prefix: str


class _Contract(msgspec.Struct, frozen=True, array_like=True):
    slot: int
    strike: float
    kind: Kind
    settle: str
    tick_size: float | None


class Listing(NamedTuple):
    """A stored contract and its slot number."""

    instrument: Instrument
    slot: int


_encode = msgspec.json.Encoder().encode
_series = msgspec.json.Decoder(Series).decode
_contract = msgspec.json.Decoder(_Contract).decode


def list_rows(rows: Iterable[Row], now_ms: int) -> list[Command]:
    """Commands that enter `rows` into the list, with the life of their series as of `now_ms`."""
    by_series: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        by_series.setdefault(row.instrument.series, []).append(row)
    commands: list[Command] = []
    for (underlying, expiry), members in by_series.items():
        first = members[0].instrument
        entries: list[bytes | str] = []
        for row in members:
            contract = row.instrument
            stored = _Contract(row.slot, contract.strike, contract.kind, contract.settle, contract.tick_size)
            entries += (keys.member(underlying, contract.symbol), _encode(stored))
        prefix = first.symbol.removesuffix(keys.member(underlying, first.symbol))
        key = keys.instruments(underlying, expiry)
        commands += (
            ("HSET", keys.series(underlying), expiry, _encode(Series(first.expiry_ms, prefix))),
            ("HSET", key, *entries),
            ("PEXPIREAT", key, keys.expires_at_ms(first.expiry_ms, now_ms)),
        )
    return commands


def unlist(instruments: Iterable[Instrument], live_series: Iterable[tuple[str, str]]) -> list[Command]:
    """Commands that take contracts off the list, and their series where it is none of `live_series`."""
    by_series: dict[tuple[str, str], list[str]] = {}
    for contract in instruments:
        member = keys.member(contract.underlying, contract.symbol)
        by_series.setdefault(contract.series, []).append(member)
    live = set(live_series)
    commands: list[Command] = []
    for (underlying, expiry), members in by_series.items():
        commands.append(("HDEL", keys.instruments(underlying, expiry), *members))
        if (underlying, expiry) not in live:
            commands.append(("HDEL", keys.series(underlying), expiry))
    return commands


def fetch_series(underlying: str) -> Command:
    """Command whose reply `parse_series` reads."""
    return ("HGETALL", keys.series(underlying))


def parse_series(reply: Reply) -> dict[str, Series]:
    """Stored series by date of expiry.

    Raises:
        CodecError: somebody else wrote there.
    """
    try:
        return {expiry: _series(value) for expiry, value in pairs(reply)}
    except UNREADABLE as error:
        raise CodecError(f"series: {error}") from error


def fetch(underlying: str, expiries: Iterable[str]) -> list[Command]:
    """Commands, one per series, whose replies `parse` reads."""
    return [("HGETALL", keys.instruments(underlying, expiry)) for expiry in expiries]


def parse(underlying: str, series: dict[str, Series], replies: Sequence[Reply]) -> list[Listing]:
    """Stored contracts of `series`, whose order the replies have.

    Raises:
        CodecError: somebody else wrote there.
    """
    found: list[Listing] = []
    for (expiry, head), reply in zip(series.items(), replies, strict=True):
        for member, value in pairs(reply):
            try:
                stored = _contract(value)
            except UNREADABLE as error:
                raise CodecError(f"contract {head.prefix}{member}: {error}") from error
            instrument = Instrument(
                symbol=head.prefix + member,
                underlying=underlying,
                settle=stored.settle,
                expiry=expiry,
                expiry_ms=head.expiry_ms,
                strike=stored.strike,
                kind=stored.kind,
                tick_size=stored.tick_size,
            )
            found.append(Listing(instrument, stored.slot))
    return found
