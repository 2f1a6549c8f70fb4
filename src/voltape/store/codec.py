"""The packed record: one contract's state as a flags byte and a decimal text at two characters a byte.

The text is the comma-separated list `ts_exchange, values in the order of VALUE_FIELDS, ts_received - ts_exchange`,
an absent value being nothing between its commas. Only fourteen characters occur in it, so each takes four bits:
digits as they are, `.` is a, `-` is b, `,` is c, `e` is d, and f fills the last half byte. The numbers are the
shortest decimal text that gives the same double again, which makes the record exact as well as short, and lets
one JSON decoder read all of it.

The flags byte has the version of this format in its low four bits, then one bit each for: pushed (else polled),
live lane (else polled lane), stale, and data (without it, the contract has no values yet and no text follows).
"""

from binascii import hexlify, unhexlify
from math import isfinite
from typing import NamedTuple

import msgspec

from voltape.model.row import Row
from voltape.model.ticker import EMPTY_VALUES, VALUE_FIELDS, Lane, Values

__all__ = ["EMPTY", "RECORD_VERSION", "UNREADABLE", "CodecError", "Record", "pack", "pack_row", "unpack"]

RECORD_VERSION = 1

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading the JSON of somebody else may raise: not JSON or not the shape, not UTF-8, nested too deeply."""

_PUSHED = 0x10
_LIVE = 0x20
_STALE = 0x40
_DATA = 0x80

_TO_NIBBLES = bytes.maketrans(b".-,e", b"abcd")
_FROM_NIBBLES = bytes.maketrans(b"abcd", b".-,e")
_DROPPED = b"nul[]"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[(int, *(float | None,) * len(VALUE_FIELDS), int)]).decode  # type: ignore[misc]


class CodecError(ValueError):
    """A record cannot be made of these values, or this is not a record that we read."""


class Record(NamedTuple):
    """One contract's state as stored; the fields are those of `Row`, `pushed` tells where the values came from."""

    values: Values
    ts_exchange: int | None
    ts_received: int | None
    pushed: bool
    lane: Lane
    stale: bool


EMPTY = Record(EMPTY_VALUES, None, None, pushed=False, lane="polled", stale=True)
"""A contract without any data."""


def pack(record: Record) -> bytes:
    """The bytes of a record.

    Raises:
        CodecError: a value is infinite or not a number; the store holds none of them.
    """
    # The encoder would write null for what JSON has no word for.
    if not all(isfinite(value or 0.0) for value in record.values):
        raise CodecError("a value is not finite")
    flags = RECORD_VERSION
    if record.pushed:
        flags |= _PUSHED
    if record.lane == "live":
        flags |= _LIVE
    if record.stale:
        flags |= _STALE
    return _join(flags, record.values, record.ts_exchange, record.ts_received)


def pack_row(row: Row) -> bytes:
    """The bytes of a row's present state, whose values are finite as those of every row."""
    ts_exchange = row.ts_exchange
    flags = RECORD_VERSION
    if row.pushed_ts and row.pushed_ts == ts_exchange:
        flags |= _PUSHED
    if row.lane == "live":
        flags |= _LIVE
    if row.stale:
        flags |= _STALE
    return _join(flags, row.values, ts_exchange, row.ts_received)


def _join(flags: int, values: Values, ts_exchange: int | None, ts_received: int | None) -> bytes:
    if ts_exchange is None or ts_received is None:
        return bytes((flags,))
    nibbles = _encode((ts_exchange, *values, ts_received - ts_exchange)).translate(_TO_NIBBLES, _DROPPED)
    if len(nibbles) & 1:
        nibbles += b"f"
    return bytes((flags | _DATA,)) + unhexlify(nibbles)


def unpack(data: bytes) -> Record:
    """The record of `data`.

    Raises:
        CodecError: another version, or not a record.
    """
    if not data or data[0] & 0x0F != RECORD_VERSION:
        raise CodecError(f"record version {data[0] & 0x0F if data else 'none'} is not {RECORD_VERSION}")
    flags = data[0]
    lane: Lane = "live" if flags & _LIVE else "polled"
    pushed, stale = bool(flags & _PUSHED), bool(flags & _STALE)
    if not flags & _DATA:
        return Record(EMPTY_VALUES, None, None, pushed, lane, stale)
    text = hexlify(data[1:]).rstrip(b"f").translate(_FROM_NIBBLES)
    # Twice, because neighbours share a comma.
    text = text.replace(b",,", b",null,").replace(b",,", b",null,")
    try:
        ts_exchange, *values, delay = _decode(b"[" + text + b"]")
    except msgspec.DecodeError as error:
        raise CodecError(str(error)) from error
    return Record(tuple(values), ts_exchange, ts_exchange + delay, pushed, lane, stale)
