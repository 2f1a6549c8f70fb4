"""What one client of the push stream is still to be sent, bounded whatever the client's speed.

Deltas wait in a queue of bounded bytes. When it is full the client is *lagging*: everything queued is thrown away
and each of its channels is marked for a fresh snapshot, which is made only when the client is ready to take it.
A lagging client that has not once caught up within the time the hub allows is closed with 1013.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from .feed import Feed, FeedKey
from .limits import HubLimits
from .protocol import Encoding

__all__ = ["CLOSE_GOING_AWAY", "CLOSE_TRY_LATER", "Client", "Closing"]

CLOSE_GOING_AWAY = 1001
CLOSE_TRY_LATER = 1013

_SPARE_NOTICES = 32
"""Heartbeats and the like that may wait, beside one refusal for each channel."""

Closing = Callable[[int, str], None]
"""Told once when the server ends the connection: close code and reason."""


class Client:
    """One connection's channels and unsent messages.

    Attributes:
        encoding: how its messages are written.
        feeds: its channels by name.
        lagging_since: monotonic time of the first overflow it has not recovered from; None while it keeps up.
        queued_bytes: size of the queue now. conflated: messages thrown away in favour of a snapshot.
        close_code: why the server closed, None while open.
    """

    def __init__(
        self, encoding: Encoding, limits: HubLimits, now_ms: Callable[[], int], closing: Closing | None = None
    ) -> None:
        self.encoding = encoding
        self.feeds: dict[str, Feed] = {}
        self.lagging_since: float | None = None
        self.queued_bytes = 0
        self.conflated = 0
        self.close_code: int | None = None
        self._max_bytes = limits.queue_bytes
        self._max_notices = limits.channels + _SPARE_NOTICES
        self._now_ms = now_ms
        self._closing = closing
        self._notices: deque[bytes] = deque()
        self._deltas: deque[tuple[Feed, bytes]] = deque()
        self._snapshots: dict[FeedKey, Feed] = {}
        self._ready = asyncio.Event()

    def follow(self, feed: Feed) -> None:
        """Add a channel, or start it afresh; its snapshot goes out next."""
        self.forget(feed.channel.name)
        self.feeds[feed.channel.name] = feed
        self._snapshots[feed.key] = feed
        self._ready.set()

    def forget(self, name: str) -> Feed | None:
        """Leave a channel and drop what is queued of it; None where it was not followed."""
        feed = self.feeds.pop(name, None)
        if feed is not None:
            self._snapshots.pop(feed.key, None)
            kept = [entry for entry in self._deltas if entry[0] is not feed]
            if len(kept) < len(self._deltas):
                self._deltas = deque(kept)
                self.queued_bytes = sum(len(frame) for _, frame in kept)
        return feed

    def notify(self, frame: bytes) -> None:
        """Queue a message that belongs to no channel; the oldest gives way where too many wait."""
        if len(self._notices) == self._max_notices:
            self._notices.popleft()
            self.conflated += 1
        self._notices.append(frame)
        self._ready.set()

    def offer(self, feed: Feed, frame: bytes, now: float) -> None:
        """Queue a delta, or conflate.

        Args:
            feed: where it comes from.
            frame: the encoded delta.
            now: monotonic time.
        """
        if feed.key in self._snapshots:
            self.conflated += 1
            return
        self._deltas.append((feed, frame))
        self.queued_bytes += len(frame)
        if self.queued_bytes > self._max_bytes:
            self._conflate(now)
        self._ready.set()

    def _conflate(self, now: float) -> None:
        self.conflated += len(self._deltas)
        self._deltas.clear()
        self.queued_bytes = 0
        self._snapshots = {feed.key: feed for feed in self.feeds.values()}
        if self.lagging_since is None:
            self.lagging_since = now

    async def next(self) -> bytes | None:
        """The next message to send, waiting for one; None once the server has closed the connection."""
        while self.close_code is None:
            frame = self._take()
            if frame is not None:
                return frame
            self.lagging_since = None
            self._ready.clear()
            await self._ready.wait()
        return None

    def _take(self) -> bytes | None:
        if self._notices:
            return self._notices.popleft()
        if self._snapshots:
            key = next(iter(self._snapshots))
            return self._snapshots.pop(key).snapshot(self._now_ms())
        if self._deltas:
            _, frame = self._deltas.popleft()
            self.queued_bytes -= len(frame)
            return frame
        return None

    def close(self, code: int, reason: str) -> None:
        """End the connection from the server's side; closing twice changes nothing."""
        if self.close_code is not None:
            return
        self.close_code = code
        self._deltas.clear()
        self.queued_bytes = 0
        self._ready.set()
        if self._closing is not None:
            self._closing(code, reason)
