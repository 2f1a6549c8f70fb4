"""What clients of serving roles apart look at, told to the tracker by way of the store.

Each serving process has one field in one hash, renewed every few seconds. The tracker takes a field for dead when it
has not changed for longer than that, by its own clock, so that clocks of two machines need not agree.
"""

from collections.abc import Callable, Collection
from secrets import token_hex

import msgspec

from . import keys
from .command import Command, Reply, pairs

__all__ = ["WatchedNotice", "WatchedReader"]

_RENEW_S = 2.0
_DEAD_AFTER_S = 6.0


class _Entry(msgspec.Struct):
    ts: int
    channels: list[str]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Entry).decode


class WatchedNotice:
    """A serving process's side: keeps its field equal to what its clients follow."""

    def __init__(self) -> None:
        self._field = token_hex(8)
        self._channels: frozenset[str] = frozenset()
        self._due = float("inf")

    def tell(self, channels: Collection[str]) -> None:
        """Say so with the next commands, and again before that is forgotten."""
        self._channels = frozenset(channels)
        self._due = float("-inf")

    def commands(self, now: float, now_ms: int) -> list[Command]:
        """What is due at `now` (monotonic), `now_ms` by the wall clock."""
        if now < self._due:
            return []
        if not self._channels:
            self._due = float("inf")
            return [("HDEL", keys.WATCHED, self._field)]
        self._due = now + _RENEW_S
        entry = _Entry(now_ms, sorted(self._channels))
        return [
            ("HSET", keys.WATCHED, self._field, _encode(entry)),
            ("EXPIRE", keys.WATCHED, keys.WATCHED_TTL_S),
        ]


class WatchedReader:
    """The tracker's side: reads all fields, and tells what they say altogether when that changes."""

    def __init__(self, listener: Callable[[frozenset[str]], None]) -> None:
        self._listener = listener
        self._seen: dict[str, tuple[bytes, float]] = {}
        self._dead: list[str] = []
        self._told: frozenset[str] = frozenset()

    def commands(self) -> list[Command]:
        """What to ask; the reply to the last of them goes to `read`."""
        commands: list[Command] = [("HDEL", keys.WATCHED, *self._dead)] if self._dead else []
        return [*commands, ("HGETALL", keys.WATCHED)]

    def read(self, reply: Reply, now: float) -> None:
        """Take the fields in, as of `now` (monotonic)."""
        before, self._seen = self._seen, {}
        for name, value in pairs(reply):
            known = before.get(name)
            self._seen[name] = known if known is not None and known[0] == value else (value, now)
        self._dead = [name for name, (_, at) in self._seen.items() if now - at > _DEAD_AFTER_S]
        alive = [value for name, (value, _) in self._seen.items() if name not in self._dead]
        channels = frozenset(channel for value in alive for channel in _channels(value))
        if channels != self._told:
            self._told = channels
            self._listener(channels)


def _channels(value: bytes) -> list[str]:
    try:
        return _decode(value).channels
    except (msgspec.DecodeError, UnicodeError):
        # Written by somebody else: nobody's wish of ours.
        return []
