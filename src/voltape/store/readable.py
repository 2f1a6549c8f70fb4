"""The `hash` layout: one hash per contract, short field names, decimal text.

An absent value has no field, and neither has one that is not finite. `ln` is `l` (live) or `p` (polled), `st` is 0 or 1, `pu` tells whether the values were
pushed (1) or polled (0). Only fields that changed are written.
"""

from collections.abc import Iterable, Sequence
from math import isfinite

from voltape.model.instrument import Instrument
from voltape.model.row import FIELD_BITS, Change, Row
from voltape.model.ticker import VALUE_FIELDS

from . import keys
from .codec import Record
from .command import Command, Reply, pairs

__all__ = ["HashLayout"]

_PUSHED = "pu"
_VALUES = [(keys.FIELD_NAMES[name], i) for i, name in enumerate(VALUE_FIELDS)]
_VALUE_NAMES = [name for name, _ in _VALUES]
_TX, _TR, _LN, _ST = (keys.FIELD_NAMES[name] for name in ("ts_exchange", "ts_received", "lane", "stale"))
_TIMES = (_TX, _TR, _PUSHED)
_TS_BITS = FIELD_BITS["ts_exchange"] | FIELD_BITS["ts_received"]


class HashLayout:
    """Writes changed fields only, and deletes fields whose value has gone."""

    name = "hash"

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
        return [_record(dict(pairs(reply))) for _, reply in zip(instruments, replies, strict=True)]


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


def _record(fields: dict[str, bytes]) -> Record | None:
    if not fields:
        return None
    try:
        return Record(
            values=tuple(float(fields[name]) if name in fields else None for name in _VALUE_NAMES),
            ts_exchange=int(fields[_TX]) if _TX in fields else None,
            ts_received=int(fields[_TR]) if _TR in fields else None,
            pushed=fields.get(_PUSHED) == b"1",
            lane="live" if fields.get(_LN) == b"l" else "polled",
            stale=fields.get(_ST) != b"0",
        )
    except ValueError:
        return None
