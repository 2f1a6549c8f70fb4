"""The `hash` layout: one hash per contract, short field names, decimal text.

An absent value has no field, and neither has one that is not finite. `ln` is `l` (live) or `p` (polled), `st` is 0 or
1, `pu` tells whether the values were pushed (1) or polled (0) and is written with the times. Otherwise only fields that
changed are written.
"""

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import cast

import msgspec

from voltape.model.instrument import Instrument
from voltape.model.row import FIELD_BITS, Change, Row
from voltape.model.ticker import VALUE_FIELDS

from . import keys
from .codec import Record
from .command import Command, Reply

__all__ = ["HashLayout"]

_PUSHED = "pu"
_VALUES = [(keys.FIELD_NAMES[name], i) for i, name in enumerate(VALUE_FIELDS)]
_TX, _TR, _LN, _ST = (keys.FIELD_NAMES[name] for name in ("ts_exchange", "ts_received", "lane", "stale"))
_TIMES = (_TX, _TR, _PUSHED)
_READ_NAMES = [name.encode() for name, _ in _VALUES]
_READ_TX, _READ_TR, _READ_LN, _READ_ST = (name.encode() for name in (_TX, _TR, _LN, _ST))
_READ_PUSHED = _PUSHED.encode()
_ABSENT = (b"null",) * len(_READ_NAMES)
_decode = msgspec.json.Decoder(tuple[(float | None,) * len(_READ_NAMES)]).decode  # type: ignore[misc]
_TS_BITS = FIELD_BITS["ts_exchange"] | FIELD_BITS["ts_received"]


class HashLayout:
    """Writes changed fields only, and deletes fields whose value has gone."""

    name = "hash"
    reads_masks = True

    def prepare(self, rows: Iterable[Row]) -> None:
        """Nothing: which fields changed is known only at the flush."""

    def write(self, changed: Iterable[Change]) -> list[Command]:
        commands: list[Command] = []
        for change in changed:
            row, mask = change.row, change.mask
            key = _key(row.instrument)
            present, gone = _values(row, mask)
            present += _meta(row, mask)
            if mask & _TS_BITS and not row.has_data:
                # A contract that left and came back between two flushes.
                gone += _TIMES
            if present:
                commands.append(("HSET", key, *present))
            if gone:
                commands.append(("HDEL", key, *gone))
        return commands

    def expire(self, instruments: Iterable[Instrument], now_ms: int) -> list[Command]:
        return [
            ("PEXPIREAT", _key(contract), keys.expires_at_ms(contract.expiry_ms, now_ms))
            for contract in instruments
        ]

    def drop(self, instruments: Iterable[Instrument]) -> list[Command]:
        return [("UNLINK", _key(contract)) for contract in instruments]

    def fetch(self, instruments: Sequence[Instrument]) -> list[Command]:
        return [("HGETALL", _key(contract)) for contract in instruments]

    def parse(self, instruments: Sequence[Instrument], replies: Sequence[Reply]) -> list[Record | None]:
        return [_record(reply) for _, reply in zip(instruments, replies, strict=True)]


def _key(contract: Instrument) -> str:
    return keys.contract(contract.underlying, contract.symbol)


def _values(row: Row, mask: int) -> tuple[list[bytes | str | int], list[str]]:
    present: list[bytes | str | int] = []
    gone: list[str] = []
    for name, i in _VALUES:
        if mask >> i & 1:
            value = row.values[i]
            if value is None or not isfinite(value):
                gone.append(name)
            else:
                present += (name, repr(value).removesuffix(".0"))
    return present, gone


def _meta(row: Row, mask: int) -> list[bytes | str | int]:
    present: list[bytes | str | int] = []
    if mask & _TS_BITS and row.ts_exchange is not None and row.ts_received is not None:
        present += (_TX, row.ts_exchange, _TR, row.ts_received, _PUSHED, int(row.pushed))
    if mask & FIELD_BITS["lane"]:
        present += (_LN, row.lane[0])
    if mask & FIELD_BITS["stale"]:
        present += (_ST, int(row.stale))
    return present


def _record(reply: Reply) -> Record | None:
    if not isinstance(reply, list) or not reply:
        return None
    try:
        flat = cast("list[bytes]", reply)
        fields = dict(zip(flat[::2], flat[1::2], strict=True))
        # One call for all numbers, which also refuses what is none.
        values = _decode(b"[" + b",".join(map(fields.get, _READ_NAMES, _ABSENT)) + b"]")
        return Record(
            values=values,
            ts_exchange=int(fields[_READ_TX]) if _READ_TX in fields else None,
            ts_received=int(fields[_READ_TR]) if _READ_TR in fields else None,
            pushed=fields.get(_READ_PUSHED) == b"1",
            lane="live" if fields.get(_READ_LN) == b"l" else "polled",
            stale=fields.get(_READ_ST) != b"0",
        )
    except (TypeError, ValueError):
        return None
