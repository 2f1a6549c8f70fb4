"""A channel of trades. They are events, so nothing of them may be left out without a word.

Whoever follows the channel gets each trade once: the latest in the snapshot, every later one in exactly one delta, both
oldest first. A trade that waits for the next delta is left out of a snapshot made meanwhile. What is lost to a client that
is too slow is told as a gap before its fresh snapshot.
"""

from datetime import UTC, datetime
from itertools import islice
from typing import ClassVar

from voltape.model.tape import Tapes
from voltape.model.trade import Trade

from .feed import Feed, FeedKey, Fields
from .protocol import Channel, GapNotice, encode

__all__ = ["SNAPSHOT_TRADES", "TradeFeed"]

SNAPSHOT_TRADES = 100
"""Trades in a snapshot."""

_MOST_WAITING = 1_000
_TOO_SLOW = "trades were left out because the client was too slow; the latest follow"


class TradeFeed(Feed):
    """Numbered messages of `trades.COIN`."""

    __slots__ = ("_tapes", "_waiting")

    tells_all: ClassVar[bool] = True

    def __init__(self, key: FeedKey, channel: Channel, tapes: Tapes, seq: int = 0) -> None:
        """Start at number `seq`, with what is on the tape."""
        super().__init__(key, channel, self._latest, seq)
        self._tapes = tapes
        self._waiting: list[Trade] = []

    @property
    def pending(self) -> bool:
        """Whether trades wait for the next delta."""
        return bool(self._waiting)

    def tell(self, trades: list[Trade]) -> None:
        """Take trades that have just come onto the tape."""
        self._waiting += trades
        if len(self._waiting) >= _MOST_WAITING:
            # A rate that the client chose must not make us keep more and more.
            self.due = float("-inf")

    def _latest(self, channel: Channel, _now_ms: int) -> list[Trade]:
        waiting = {trade.key for trade in self._waiting}
        told = (one for one in self._tapes.newest_first(channel.underlying) if one.key not in waiting)
        return list(islice(told, SNAPSHOT_TRADES))[::-1]

    def flush(self, now_ms: int, fields: Fields) -> bytes:
        """Everything that waits as the next delta."""
        trades, self._waiting = self._waiting, []
        return self._next(now_ms, trades, [])

    def loss(self, since_ms: int, now_ms: int) -> bytes:
        """What a client is told whose messages were thrown away at `since_ms` (epoch ms)."""
        notice = GapNotice(now_ms, self.channel.name, _TOO_SLOW, _iso(since_ms), _iso(now_ms))
        return encode(notice, self.key.encoding)


def _iso(ts: int) -> str:
    return datetime.fromtimestamp(ts / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
