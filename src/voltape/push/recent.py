"""The latest deltas of all feeds, for clients that come back and say what they had last.

They are kept in the order in which they were made, whoever they belong to, and the oldest give way: to bytes, and to
time. What a client missed is told again only where all of it is still here.
"""

from collections import deque
from typing import NamedTuple

from .feed import FeedKey

__all__ = ["Recent"]


class _Kept(NamedTuple):
    key: FeedKey
    seq: int
    frame: bytes
    at: float


class Recent:
    """Deltas that can be told again.

    Attributes:
        size: bytes held now.
    """

    def __init__(self, max_bytes: int, keep_s: float) -> None:
        """Keep `max_bytes` at most, and nothing that is older than `keep_s`."""
        self.size = 0
        self._max_bytes = max_bytes
        self._keep_s = keep_s
        self._order: deque[_Kept] = deque()
        self._of: dict[FeedKey, deque[_Kept]] = {}

    def keep(self, key: FeedKey, seq: int, frame: bytes, now: float) -> None:
        """Take a feed's newest delta, made at `now` (monotonic)."""
        kept = _Kept(key, seq, frame, now)
        self._order.append(kept)
        self._of.setdefault(key, deque()).append(kept)
        self.size += len(frame)
        while self._order and (self.size > self._max_bytes or now - self._order[0].at > self._keep_s):
            self._drop()

    def _drop(self) -> None:
        oldest = self._order.popleft()
        self.size -= len(oldest.frame)
        of_feed = self._of[oldest.key]
        of_feed.popleft()
        if not of_feed:
            del self._of[oldest.key]

    def since(self, key: FeedKey, seq: int, newest: int) -> list[bytes] | None:
        """The deltas after number `seq`, oldest first.

        Args:
            key: the feed.
            seq: number that the client had last.
            newest: number of the feed's last delta.

        Returns:
            Nothing at all where the client has everything; None where some of it is gone, or `seq` is not one that
            the feed can have given out.
        """
        if seq == newest:
            return []
        missed = newest - seq
        of_feed = self._of.get(key, ())
        if not 0 < missed <= len(of_feed):
            return None
        later = list(of_feed)[-missed:]
        # Numbers of an earlier feed of the same key are others.
        return [kept.frame for kept in later] if later[0].seq == seq + 1 else None
