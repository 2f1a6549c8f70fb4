"""History as it stands in the store: blocks of samples, each a field of the underlying's hash.

A block has the prices of one hour or the volatilities of one day, so that a new sample writes some hundred bytes, and what
is too old leaves as whole fields. A block begins with the version of its form; one that is not understood is nobody's
history.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from math import isinf, isnan, nan
from struct import Struct
from typing import NamedTuple

from voltape.model.history import DAY_S, HOUR_S, VOLATILITY_FIELDS, History, Kind, Realised, Sample, Samples

from .codec import CodecError

__all__ = [
    "REALISED",
    "Block",
    "before",
    "block_at",
    "blocks_of",
    "encode",
    "encode_realised",
    "outdated",
    "present",
    "take",
]

REALISED = "r"
"""Field of the realised volatilities."""

_VERSION = b"\x01"
_REALISED = Struct("<HdQ")
_HIGHEST = 100.0


class _Form(NamedTuple):
    """How blocks of one kind look.

    Attributes:
        letter: first of their names. time: the rest of these, for `strftime`.
        span: seconds of a block. kept: how many blocks before the present one are worth keeping.
        entry: seconds since the block began, then the values.
    """

    letter: str
    time: str
    span: int
    kept: int
    entry: Struct


_FORMS: Mapping[Kind, _Form] = {
    "price": _Form("p", "%Y-%m-%dT%H", HOUR_S, 27, Struct("<Hd")),
    "volatility": _Form("v", "%Y-%m-%d", DAY_S, 367, Struct(f"<I{len(VOLATILITY_FIELDS)}f")),
}


class Block(NamedTuple):
    """One block of samples.

    Attributes:
        kind: what it has. start: when it begins, epoch s.
    """

    kind: Kind
    start: int

    @property
    def field(self) -> str:
        """Its field in the hash."""
        form = _FORMS[self.kind]
        return f"{form.letter}:{datetime.fromtimestamp(self.start, UTC).strftime(form.time)}"


def block_at(kind: Kind, ts: int) -> Block:
    """The block that a time (epoch s) lies in."""
    return Block(kind, ts // _FORMS[kind].span * _FORMS[kind].span)


def present(now_s: int) -> list[Block]:
    """Blocks that may have changed lately: those of now, and those before and after for clocks that differ."""
    return [block_at(kind, now_s + step * form.span) for kind, form in _FORMS.items() for step in (-1, 0, 1)]


def before(block: Block) -> Block:
    """The block that is not kept any more once this one is begun."""
    form = _FORMS[block.kind]
    return Block(block.kind, max(block.start - form.kept * form.span, 0))


def outdated(fields: Iterable[str]) -> list[str]:
    """Fields beyond those that are kept: the oldest ones, whatever a clock says."""
    found: list[str] = []
    named = sorted(fields, reverse=True)
    for form in _FORMS.values():
        # The names of one kind are ordered as their times are.
        found += [field for field in named if field.startswith(f"{form.letter}:")][form.kept :]
    return found


def blocks_of(history: History) -> list[Block]:
    """Every block that a history has samples for, oldest first and prices before volatilities."""
    found = [block_at(kind, ts) for kind in _FORMS for ts in _samples(history, kind).times]
    return list(dict.fromkeys(found))


def encode(history: History, block: Block) -> bytes:
    """The value of a block's field."""
    entry = _FORMS[block.kind].entry
    samples = _samples(history, block.kind).between(block.start, block.start + _FORMS[block.kind].span - 1)
    return _VERSION + b"".join([_packed(entry, block, sample) for sample in samples])


def _packed(entry: Struct, block: Block, sample: Sample) -> bytes:
    return entry.pack(sample.ts - block.start, *[nan if value is None else value for value in sample.values])


def encode_realised(history: History) -> bytes:
    """The value of the field of realised volatilities."""
    found = sorted(history.realised.items())
    return _VERSION + b"".join([_REALISED.pack(days, one.value, one.ts) for days, one in found])


def take(history: History, field: str, value: bytes, *, replace: bool) -> None:
    """Put what a field holds into a history.

    Args:
        history: changed in place, and nobody is told.
        field, value: as they stand in the store.
        replace: whether the store knows better where both have a sample of the same step.

    Raises:
        CodecError: it is not ours, or not of this version; nothing of it was taken.
    """
    if field == REALISED:
        _take_realised(history, value)
        return
    block = _block_named(field)
    samples = _samples(history, block.kind)
    for sample in _decoded(block, value):
        if replace or samples.at(sample.ts) is None:
            samples.put(sample.ts, sample.values)


def _take_realised(history: History, value: bytes) -> None:
    found = {int(days): Realised(one, int(ts)) for days, one, ts in _entries(_REALISED, value)}
    if not all(0.0 <= one.value < _HIGHEST for one in found.values()):
        raise CodecError("history: a realised volatility is out of range")
    for days, one in found.items():
        if days not in history.realised or history.realised[days].ts < one.ts:
            history.realised[days] = one


def _block_named(field: str) -> Block:
    kind = next((kind for kind, form in _FORMS.items() if field.startswith(f"{form.letter}:")), None)
    if kind is not None:
        try:
            start = datetime.strptime(field[2:], _FORMS[kind].time).replace(tzinfo=UTC)
        except ValueError:
            start = None
        block = None if start is None else Block(kind, int(start.timestamp()))
        # Other spellings of a time would not stand in the order of time.
        if block is not None and block.field == field:
            return block
    raise CodecError(f"history {field[:40]!r}: no block of ours")


def _decoded(block: Block, value: bytes) -> list[Sample]:
    samples = []
    for offset, *values in _entries(_FORMS[block.kind].entry, value):
        if offset >= _FORMS[block.kind].span or any(isinf(one) or one < 0.0 for one in values):
            raise CodecError(f"history {block.field}: an entry is out of range")
        known = tuple([None if isnan(one) else one for one in values])
        samples.append(Sample(block.start + int(offset), known))
    return samples


def _entries(entry: Struct, value: bytes) -> list[tuple[float, ...]]:
    if value[:1] != _VERSION or (len(value) - 1) % entry.size:
        raise CodecError("history: not of this version, or cut")
    return list(entry.iter_unpack(value[1:]))


def _samples(history: History, kind: Kind) -> Samples:
    return history.prices if kind == "price" else history.volatilities
