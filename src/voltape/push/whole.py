"""Channels of an object that is sent whole each time, and that somebody makes only while it is followed.

Whoever follows first finds nothing made yet: the snapshot waits for the first object.
"""

from collections.abc import Iterable
from typing import Protocol

from .client import Client
from .feed import Feed, FeedKey
from .protocol import Channel

__all__ = ["Maker", "WholeObjects"]


class Maker(Protocol):
    """Makes an object of each underlying, from time to time and only while somebody follows it."""

    def latest(self, underlying: str) -> object | None:
        """The object as it is; None where there is none yet, or none of late."""
        ...

    def want(self) -> None:
        """Somebody follows that did not."""
        ...


class WholeObjects:
    """Which feeds still wait for their first object.

    Attributes:
        maker: of the objects; None where there are no such channels.
    """

    def __init__(self) -> None:
        self.maker: Maker | None = None
        self._empty: set[FeedKey] = set()

    def latest(self, channel: Channel) -> object | None:
        """The object of a channel; None where there is none."""
        return None if self.maker is None else self.maker.latest(channel.underlying)

    def awaits(self, feed: Feed) -> bool:
        """Whether a new follower of a feed has to wait for its snapshot."""
        if self.maker is None:
            return False
        self.maker.want()
        if self.latest(feed.channel) is not None:
            return False
        self._empty.add(feed.key)
        return True

    def filled(self, feed: Feed, followers: Iterable[Client]) -> bool:
        """Give those who wait the first object as a snapshot; False where nobody waits."""
        if feed.key not in self._empty:
            return False
        self._empty.discard(feed.key)
        for client in followers:
            client.follow(feed)
        return True
