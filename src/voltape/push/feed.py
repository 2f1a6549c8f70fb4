"""One channel's numbered messages at one rate and in one encoding, shared by all who subscribe to it.

Changes collect as a bit mask per contract until the feed is flushed, so a feed that is slower than the board
sends the newest value of each changed field once. The snapshot and every delta are encoded once, whatever the
number of subscribers.
"""

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from voltape.model.row import FIELD_BITS, Change, Row, changed_fields

from .protocol import Channel, Delta, Encoding, Snapshot, encode

__all__ = ["EVERY_FIELD", "INTERVALS", "Feed", "FeedKey", "Fields", "interval_for"]

EVERY_FIELD = (1 << len(FIELD_BITS)) - 1
"""Mask of a contract that joined: its delta carries the complete ticker."""

INTERVALS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds between two deltas that a client can choose; few, so that clients share feeds."""

_SNAPSHOT_KEPT_MS = 1000

Fields = dict[tuple[str, int], object]
"""Delta elements made during one round of flushes, by symbol and mask, for other feeds that need the same."""


class FeedKey(NamedTuple):
    """What makes two subscriptions share a feed; `interval` 0 is every commit of the board."""

    name: str
    interval: float
    encoding: Encoding


def interval_for(max_hz: float | None) -> float:
    """Shortest interval that keeps to `max_hz`; the longest there is where none does."""
    if max_hz is None:
        return 0.0
    return next((interval for interval in INTERVALS if interval * max_hz >= 1), INTERVALS[-1])


class Feed:
    """Numbered messages of one channel.

    Attributes:
        key: see `FeedKey`. channel: the channel's name taken apart.
        seq: number of the last delta.
        due: monotonic time from which the next delta may go.
    """

    __slots__ = (
        "_changed",
        "_removed",
        "_snapshot",
        "_snapshot_ms",
        "_state",
        "channel",
        "due",
        "key",
        "seq",
    )

    tells_all: ClassVar[bool] = False
    """Whether every message counts, because the channel tells of events, and losing one has to be told."""

    def __init__(
        self, key: FeedKey, channel: Channel, state: Callable[[Channel, int], object], seq: int = 0
    ) -> None:
        """Start at number `seq`; `state` gives the channel's complete data as of a wall time in ms."""
        self.key = key
        self.channel = channel
        self.seq = seq
        self.due = float("-inf")
        self._state = state
        self._changed: dict[str, tuple[Row, int]] = {}
        self._removed: list[str] = []
        self._snapshot: bytes | None = None
        self._snapshot_ms = 0

    @property
    def pending(self) -> bool:
        """Whether changes wait for the next delta."""
        return bool(self._changed or self._removed)

    def touch(self, change: Change) -> None:
        """Take a row's changes, as they are at the commit."""
        symbol = change.row.instrument.symbol
        mask = change.mask
        self._snapshot = None
        known = self._changed.get(symbol)
        if known is not None and known[0] is change.row:
            mask |= known[1]
        if mask:
            self._changed[symbol] = (change.row, mask)

    def drop(self, row: Row) -> None:
        """Take the leaving of a row; called before `touch` with changes of the same batch."""
        symbol = row.instrument.symbol
        self._snapshot = None
        self._changed.pop(symbol, None)
        self._removed.append(symbol)

    def snapshot(self, now_ms: int) -> bytes:
        """The complete state; the next delta has its number plus one."""
        if self._snapshot is None or now_ms - self._snapshot_ms >= _SNAPSHOT_KEPT_MS:
            self._snapshot_ms = now_ms
            data = self._state(self.channel, now_ms)
            message = Snapshot(self.channel.name, self.seq, now_ms, data)
            self._snapshot = encode(message, self.key.encoding)
        return self._snapshot

    def flush(self, now_ms: int, fields: Fields) -> bytes:
        """The collected changes as the next delta."""
        data = [_element(row, mask, now_ms, fields) for row, mask in self._changed.values()]
        removed = [symbol for symbol in dict.fromkeys(self._removed) if symbol not in self._changed]
        self._changed, self._removed = {}, []
        return self._next(now_ms, data, removed)

    def loss(self, since_ms: int, now_ms: int) -> bytes | None:
        """What a client is told whose messages were thrown away at `since_ms` (epoch ms); None where a snapshot says all."""
        return None

    def replace(self, now_ms: int) -> bytes:
        """The channel's own object as the next delta, for channels that are not made of contracts."""
        return self._next(now_ms, self._state(self.channel, now_ms), [])

    def _next(self, now_ms: int, data: object, removed: list[str]) -> bytes:
        self.seq += 1
        self._snapshot = None
        message = Delta(self.channel.name, self.seq, now_ms, data)
        if removed:
            message = Delta(self.channel.name, self.seq, now_ms, data, removed)
        return encode(message, self.key.encoding)


def _element(row: Row, mask: int, now_ms: int, fields: Fields) -> object:
    key = (row.instrument.symbol, mask)
    element = fields.get(key)
    if element is None:
        whole = mask == EVERY_FIELD
        element = fields[key] = row.ticker(now_ms) if whole else changed_fields(Change(row, mask))
    return element
