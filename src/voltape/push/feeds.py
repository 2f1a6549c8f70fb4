"""Which feeds run, who follows them, and which of them show a contract.

A feed whose last client lost its connection runs on for a while, because most come back, and only a feed that never
stopped can tell them what they missed.
"""

from collections.abc import Iterable, Iterator

from voltape.model.row import Row, Series

from .client import Client
from .feed import Feed, FeedKey
from .protocol import Channel

__all__ = ["Feeds"]


class Feeds:
    """The feeds of a hub.

    Attributes:
        changed: whether `followed` may have changed; for its reader to reset.
    """

    def __init__(self, linger_s: float, most_idle: int) -> None:
        """Start without feeds.

        Args:
            linger_s: how long a feed runs on after its last client lost its connection.
            most_idle: feeds that may do so at a time; the longest without a client give way.
        """
        self.changed = False
        self._linger_s = linger_s
        self._most_idle = most_idle
        self._feeds: dict[FeedKey, Feed] = {}
        self._followers: dict[FeedKey, set[Client]] = {}
        self._by_target: dict[object, list[Feed]] = {}
        self._idle_until: dict[FeedKey, float] = {}

    def __len__(self) -> int:
        return len(self._feeds)

    def __iter__(self) -> Iterator[Feed]:
        return iter(self._feeds.values())

    @property
    def followed(self) -> int:
        """Feeds that have a client."""
        return len(self._feeds) - len(self._idle_until)

    def get(self, key: FeedKey) -> Feed | None:
        """The feed if it runs."""
        return self._feeds.get(key)

    def add(self, feed: Feed) -> None:
        """Start a feed."""
        self._feeds[feed.key] = feed
        self._followers[feed.key] = set()
        self._by_target.setdefault(_target(feed.channel), []).append(feed)

    def followers(self, feed: Feed) -> set[Client]:
        """Who follows a feed that runs; not to be altered."""
        return self._followers[feed.key]

    def join(self, feed: Feed, client: Client) -> None:
        """Add a client to a feed that runs."""
        followers = self._followers[feed.key]
        if not followers:
            self.changed = True
            self._idle_until.pop(feed.key, None)
        followers.add(client)

    def part(self, feed: Feed, client: Client, idle_from: float | None) -> None:
        """Take a client from a feed.

        Args:
            feed: the feed.
            client: one of its followers.
            idle_from: monotonic time from which the feed may wait for somebody to come back; None ends it with its
                last client.
        """
        followers = self._followers[feed.key]
        followers.discard(client)
        if followers:
            return
        self.changed = True
        if idle_from is None:
            self._end(feed)
            return
        self._idle_until[feed.key] = idle_from + self._linger_s
        if len(self._idle_until) > self._most_idle:
            self._end(self._feeds[next(iter(self._idle_until))])

    def end_idle(self, now: float) -> None:
        """End the feeds that have waited long enough at `now` (monotonic)."""
        for key in [key for key, until in self._idle_until.items() if now >= until]:
            self._end(self._feeds[key])

    def _end(self, feed: Feed) -> None:
        del self._feeds[feed.key], self._followers[feed.key]
        self._idle_until.pop(feed.key, None)
        target = _target(feed.channel)
        self._by_target[target].remove(feed)
        if not self._by_target[target]:
            del self._by_target[target]

    def channels(self) -> Iterable[Channel]:
        """The channels that somebody follows, some of them repeatedly."""
        return (feed.channel for feed in self if feed.key not in self._idle_until)

    def showing(self, row: Row, wide: dict[Series, list[Feed]]) -> list[Feed]:
        """Feeds that show a row; `wide` remembers those of its whole series during one batch."""
        feeds = wide.get(row.series)
        if feeds is None:
            key = row.instrument.series
            feeds = wide[row.series] = self._by_target.get(key, []) + self._by_target.get((key[0],), [])
        single = self._by_target.get(row.instrument.symbol)
        return feeds if single is None else feeds + single

    def named(self, name: str) -> list[Feed]:
        """Feeds of a channel that is not made of contracts; not to be altered."""
        return self._by_target.get(name, [])


def _target(channel: Channel) -> object:
    """What finds a feed: the series, the coin, the symbol, or a name that none of these can be."""
    if channel.kind == "chain":
        return (channel.underlying, channel.expiry)
    if channel.kind == "tickers":
        return (channel.underlying,)
    return channel.symbol or channel.name
