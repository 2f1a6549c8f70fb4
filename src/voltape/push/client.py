"""What one client of the push stream is still to be sent, bounded whatever the client's speed.

Deltas wait in a queue of bounded bytes. When it is full the client is *lagging*: everything queued is thrown away
and each of its channels is marked for a fresh snapshot, which is made only when the client is ready to take it.
A lagging client that has not once caught up within the time the hub allows is closed with 1013.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

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
        # A list: an empty deque is ten times as large, and most clients never have two of these.
        self._notices: list[bytes] = []
        self._deltas: deque[tuple[Feed, bytes]] = deque()
        self._snapshots: dict[FeedKey, Feed] = {}
        self._losses: dict[FeedKey, int] | None = None
        self._waiting: asyncio.Future[None] | None = None

    def follow(self, feed: Feed, missed: Sequence[bytes] | None = None) -> None:
        """Add a channel, or start it afresh.

        Args:
            feed: the channel's messages.
            missed: deltas that the client lacks; None where it needs a snapshot.
        """
        self.forget(feed.channel.name)
        self.feeds[feed.channel.name] = feed
        size = sum(map(len, missed or ()))
        if missed is None or self.queued_bytes + size > self._max_bytes:
            self._snapshots[feed.key] = feed
        else:
            self._deltas.extend((feed, frame) for frame in missed)
            self.queued_bytes += size
        self._wake()

    def forget(self, name: str) -> Feed | None:
        """Leave a channel and drop what is queued of it; None where it was not followed."""
        feed = self.feeds.pop(name, None)
        if feed is not None:
            self._snapshots.pop(feed.key, None)
            if self._losses is not None:
                self._losses.pop(feed.key, None)
            kept = [entry for entry in self._deltas if entry[0] is not feed]
            if len(kept) < len(self._deltas):
                self._deltas = deque(kept)
                self.queued_bytes = sum(len(frame) for _, frame in kept)
        return feed

    def notify(self, frame: bytes) -> None:
        """Queue a message that belongs to no channel; the oldest gives way where too many wait."""
        if len(self._notices) == self._max_notices:
            del self._notices[0]
            self.conflated += 1
        self._notices.append(frame)
        self._wake()

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
        self._wake()

    def _conflate(self, now: float) -> None:
        self.conflated += len(self._deltas)
        self._deltas.clear()
        self.queued_bytes = 0
        self._snapshots = {feed.key: feed for feed in self.feeds.values()}
        losses = {feed.key: self._now_ms() for feed in self.feeds.values() if feed.tells_all}
        if losses:
            self._losses = losses | (self._losses or {})
        if self.lagging_since is None:
            self.lagging_since = now

    async def next(self) -> bytes | None:
        """The next message to send, waiting for one; None once the server has closed the connection.

        Only one task may wait.
        """
        while self.close_code is None:
            frame = self._take()
            if frame is not None:
                return frame
            self.lagging_since = None
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        return None

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _take(self) -> bytes | None:
        if self._notices:
            return self._notices.pop(0)
        if self._snapshots:
            key = next(iter(self._snapshots))
            since = None if self._losses is None else self._losses.pop(key, None)
            loss = None if since is None else self._snapshots[key].loss(since, self._now_ms())
            if loss is not None:
                return loss
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
        self._wake()
        if self._closing is not None:
            self._closing(code, reason)
