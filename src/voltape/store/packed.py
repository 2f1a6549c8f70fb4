"""The `packed` layout: one hash per series, one packed record per contract."""

from collections.abc import Iterable, Sequence

from voltape.model.instrument import Instrument
from voltape.model.row import Change, Row, Series

from . import keys
from .codec import CodecError, Record, pack_row, unpack
from .command import Command, Reply

__all__ = ["PackedLayout"]


class PackedLayout:
    """Writes a whole record whatever changed in it; a record is little larger than the change would be."""

    name = "packed"
    reads_masks = False

    def prepare(self, rows: Iterable[Row]) -> None:
        for row in rows:
            change = row.change
            if change is not None:
                change.record = pack_row(row)

    def write(self, changed: Iterable[Change]) -> list[Command]:
        chains: dict[Series, list[bytes | str]] = {}
        for change in changed:
            row = change.row
            series = row.series
            chain = chains.get(series)
            if chain is None:
                chain = chains[series] = ["HSET", keys.chain(series.underlying, series.expiry)]
            chain += (row.member, change.record or pack_row(row))
        return [tuple(command) for command in chains.values()]

    def expire(self, instruments: Iterable[Instrument], now_ms: int) -> list[Command]:
        ends = {
            _place(contract)[0]: keys.expires_at_ms(contract.expiry_ms, now_ms) for contract in instruments
        }
        return [("PEXPIREAT", key, end) for key, end in ends.items()]

    def drop(self, instruments: Iterable[Instrument]) -> list[Command]:
        chains: dict[str, list[str]] = {}
        for contract in instruments:
            key, member = _place(contract)
            chains.setdefault(key, []).append(member)
        return [("HDEL", key, *members) for key, members in chains.items()]

    def fetch(self, instruments: Sequence[Instrument]) -> list[Command]:
        return [("HMGET", key, *members) for key, (members, _) in _by_chain(instruments).items()]

    def parse(self, instruments: Sequence[Instrument], replies: Sequence[Reply]) -> list[Record | None]:
        records: list[Record | None] = [None] * len(instruments)
        for (_, positions), reply in zip(_by_chain(instruments).values(), replies, strict=True):
            values = reply if isinstance(reply, list) else []
            for position, value in zip(positions, values, strict=False):
                if isinstance(value, bytes):
                    records[position] = _readable(value)
        return records


def _place(contract: Instrument) -> tuple[str, str]:
    return keys.chain(contract.underlying, contract.expiry), keys.member(contract.underlying, contract.symbol)


def _by_chain(instruments: Sequence[Instrument]) -> dict[str, tuple[list[str], list[int]]]:
    chains: dict[str, tuple[list[str], list[int]]] = {}
    for position, contract in enumerate(instruments):
        key, member = _place(contract)
        members, positions = chains.setdefault(key, ([], []))
        members.append(member)
        positions.append(position)
    return chains


def _readable(value: bytes) -> Record | None:
    try:
        return unpack(value)
    except CodecError:
        return None
