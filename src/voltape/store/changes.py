"""Entries of an underlying's change stream: who changed, never what to.

An entry of one flush has these fields:

* `n`: number of the entry, one more than the one before; a jump means that entries are missing.
* `t`: our clock when it was written, epoch ms.
* `c`: slots of the changed contracts, two bytes each, low byte first; their values are read from where they are kept.
* `r`: symbols that left, with commas between them; absent without any.
* `l`: dates of the series that got new contracts, with commas; absent without any.
* `f`: present where everything was written anew, and the reader had best load the underlying again.
"""

import struct
from collections.abc import Iterable
from typing import NamedTuple

from . import keys
from .codec import CodecError
from .command import Command, Reply, pairs

__all__ = ["Entry", "append", "parse_entries"]

_SLOT_BYTES = 2


class Entry(NamedTuple):
    """One entry; see the module."""

    n: int
    ts: int
    slots: tuple[int, ...]
    removed: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    full: bool = False


def append(underlying: str, entry: Entry, maxlen: int) -> Command:
    """Command that appends `entry` and keeps about `maxlen` entries."""
    slots = struct.pack(f"<{len(entry.slots)}H", *entry.slots)
    fields: list[bytes | str | int] = ["n", entry.n, "t", entry.ts, "c", slots]
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
    slots = fields.get("c", b"")
    try:
        return Entry(
            n=int(fields["n"]),
            ts=int(fields["t"]),
            slots=struct.unpack(f"<{len(slots) // _SLOT_BYTES}H", slots),
            removed=_listed(fields.get("r")),
            listed=_listed(fields.get("l")),
            full="f" in fields,
        )
    except (KeyError, ValueError, struct.error) as error:
        raise CodecError(f"change entry: {error!r}") from error


def _listed(text: bytes | None) -> tuple[str, ...]:
    return tuple(text.decode().split(",")) if text else ()
