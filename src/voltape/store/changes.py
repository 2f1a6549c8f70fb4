"""Entries of an underlying's change stream: who changed, never what to.

An entry of one flush has these fields:

* `n`: number of the entry, one more than the one before; a jump means that entries are missing.
* `t`: our clock when it was written, epoch ms.
* `c`: slots of the changed contracts; their values are read from where they are kept.
* `r`: symbols that left, with commas between them; absent without any.
* `l`: dates of the series that got new contracts, with commas; absent without any.
* `f`: present where everything was written anew, and the reader had best load the underlying again.

Slots come in the shortest of three forms. Two of them begin with a byte that names the form, and a byte 0 at their
end makes their length odd where it would be even, which tells them from the third:

* form 1, for many slots: a bitmap, the lowest bit of its first byte being slot 0.
* form 2, for few: each slot's distance from the one before, in ascending order, the first from -1. The byte 255
  goes 254 on and names no slot, 0 is nothing.
* plain, with an even length: two bytes per slot, low byte first. Nobody writes it any more.

A reader that knows the plain form only fails on the others, which is better than to miss changes.
"""

import struct
from collections.abc import Iterable
from itertools import accumulate, compress
from operator import sub
from typing import NamedTuple

from . import keys
from .codec import CodecError
from .command import Command, Reply, pairs

__all__ = ["Entry", "append", "parse_entries"]

_BITMAP = 1
_DISTANCES = 2
_FAR = 255
_STEP = 254
_AS_STEPS = bytes.maketrans(bytes((_FAR,)), bytes((_STEP,)))
_PLAIN_BYTES = 2
_SET = ord("1")
_AS_BITS = bytes.maketrans(b"01", b"\0\1")


class Entry(NamedTuple):
    """One entry; see the module. The stream gives slots back in ascending order and each once."""

    n: int
    ts: int
    slots: tuple[int, ...]
    removed: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    full: bool = False


def append(underlying: str, entry: Entry, maxlen: int) -> Command:
    """Command that appends `entry` and keeps about `maxlen` entries."""
    fields: list[bytes | str | int] = ["n", entry.n, "t", entry.ts, "c", _packed(entry.slots)]
    if entry.removed:
        fields += ("r", ",".join(entry.removed))
    if entry.listed:
        fields += ("l", ",".join(entry.listed))
    if entry.full:
        fields += ("f", 1)
    return ("XADD", keys.changes(underlying), "MAXLEN", "~", maxlen, "*", *fields)


def parse_entries(reply: Reply) -> Iterable[tuple[str, Entry]]:
    """Identifier and content of each entry in a list of entries, in order.

    Raises:
        CodecError: an entry is not ours.
    """
    for item in reply if isinstance(reply, list) else []:
        if not (isinstance(item, list) and len(item) == 2 and isinstance(item[0], bytes)):
            raise CodecError("not a stream entry")
        yield item[0].decode(), _entry(dict(pairs(item[1])))


def _entry(fields: dict[str, bytes]) -> Entry:
    try:
        return Entry(
            n=int(fields["n"]),
            ts=int(fields["t"]),
            slots=_unpacked(fields.get("c", b"")),
            removed=_listed(fields.get("r")),
            listed=_listed(fields.get("l")),
            full="f" in fields,
        )
    except (KeyError, ValueError) as error:
        raise CodecError(f"change entry: {error!r}") from error


def _listed(text: bytes | None) -> tuple[str, ...]:
    return tuple(text.decode().split(",")) if text else ()


def _packed(slots: tuple[int, ...]) -> bytes:
    if not slots:
        return b""
    size = (max(slots) >> 3) + 1
    # A distance takes a byte, and one more for each 254 in it.
    few = len(slots) + (size << 3) // _STEP < size
    packed = _as_distances(slots) if few else _as_bitmap(slots, size)
    return packed if len(packed) & 1 else packed + b"\0"


def _as_bitmap(slots: tuple[int, ...], size: int) -> bytes:
    # Digits of a binary number are the quickest way to set bits one by one.
    digits = bytearray(b"0") * (size << 3)
    for slot in slots:
        digits[-1 - slot] = _SET
    return bytes((_BITMAP,)) + int(bytes(digits), 2).to_bytes(size, "little")


def _as_distances(slots: tuple[int, ...]) -> bytes:
    ordered = sorted(set(slots))
    distances = list(map(sub, ordered, (-1, *ordered)))
    if max(distances) <= _STEP:
        return bytes((_DISTANCES, *distances))
    packed = bytearray((_DISTANCES,))
    for distance in distances:
        far, rest = divmod(distance - 1, _STEP)
        packed += bytes((_FAR,)) * far
        packed.append(rest + 1)
    return bytes(packed)


def _unpacked(data: bytes) -> tuple[int, ...]:
    if not len(data) & 1:
        return struct.unpack(f"<{len(data) // _PLAIN_BYTES}H", data)
    form, body = data[0], data[1:]
    if form == _BITMAP:
        digits = f"{int.from_bytes(body, 'little'):b}"[::-1].encode()
        return tuple(compress(range(len(digits)), digits.translate(_AS_BITS)))
    if form == _DISTANCES:
        places = accumulate(body.translate(_AS_STEPS), initial=-1)
        next(places)
        return tuple(place for place, step in zip(places, body, strict=True) if 0 < step < _FAR)
    raise ValueError(f"form {form} of slots")
