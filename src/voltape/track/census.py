"""Counting the board: how many contracts are where, what the venue has said of them, and what share is live.

One pass over all rows; it is not free, so a census is kept for a moment.
"""

from itertools import chain

from voltape.bybit.topics import symbol_of, ticker_topic
from voltape.model.status import ExpiryShare

from .coverage import Count, count_rows
from .feed import Feed

__all__ = ["Census"]

_KEPT = 2.0
_KEPT_IN_FLUX = 0.2
_KEPT_PER_COST = 100.0
"""How much longer than it took a census is kept at least: counting then takes 1 % of the processor at most."""

Key = tuple[str, str]


class Census:
    """Counts by underlying and by expiry, at most two seconds old.

    It is fresher while contracts wait for data or are stale, and a little older where the board is very large.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._topics = _Topics(feed)
        self._taken = float("-inf")
        self._kept = _KEPT
        self._listed = -1
        self._confirmed = -1
        self._total = Count()
        self._by_underlying: dict[str, Count] = {}
        self._expiries: dict[str, list[ExpiryShare]] = {}

    def by_underlying(self) -> dict[str, Count]:
        """Counts of every underlying on the board."""
        self._renew()
        return self._by_underlying

    def total(self) -> Count:
        """Counts of the whole board."""
        self._renew()
        return self._total

    def expiries(self, underlying: str) -> list[ExpiryShare]:
        """Coverage proof of each expiry of an underlying, in date order."""
        self._renew()
        return self._expiries.get(underlying, [])

    def _renew(self) -> None:
        now = self._feed.clock.monotonic()
        confirmed = sum(
            len(link.session.confirmed) for link in self._feed.pool.links if link.session is not None
        )
        kept = self._kept if confirmed == self._confirmed else min(self._kept, _KEPT_IN_FLUX)
        if now - self._taken < kept and len(self._feed.board.rows) == self._listed:
            return
        self._take(now)
        self._taken, self._confirmed, self._listed = now, confirmed, len(self._feed.board.rows)
        took = self._feed.clock.monotonic() - now
        self._kept = max(_KEPT if self._total.settled else _KEPT_IN_FLUX, took * _KEPT_PER_COST)

    def _take(self, now: float) -> None:
        board = self._feed.board
        counts = {key: count_rows(series.rows.values(), now) for key, series in board.series.items()}
        self._topics.count(counts)
        self._total, self._by_underlying, self._expiries = Count(), {}, {}
        for (coin, expiry), count in sorted(counts.items()):
            self._by_underlying.setdefault(coin, Count()).join(count)
            self._expiries.setdefault(coin, []).append(count.expiry_share(expiry))
        for count in self._by_underlying.values():
            self._total.join(count)


class _Topics:
    """Topics that the socket is to carry, by series; found anew whenever the board or the plan has changed."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._known: tuple[int, ...] = ()
        self._by_series: dict[Key, list[str]] = {}

    def count(self, counts: dict[Key, Count]) -> None:
        """Fill in what the socket knows of each series."""
        self._refresh()
        sessions = [link.session for link in self._feed.pool.links if link.session is not None]
        confirmed = set[str]().union(*(session.confirmed for session in sessions))
        waits = chain.from_iterable(session.pending.items() for session in sessions)
        acknowledged = confirmed.union([topic for topic, wait in waits if wait.acknowledged is not None])
        for key, topics in self._by_series.items():
            count = counts[key]
            count.wanted = len(topics)
            count.confirmed = sum(map(confirmed.__contains__, topics))
            count.acknowledged = sum(map(acknowledged.__contains__, topics))

    def _refresh(self) -> None:
        feed = self._feed
        groups = [*(link.topics for link in feed.pool.links), [*map(ticker_topic, feed.left_out)]]
        known = (feed.plans, len(feed.board.rows), *map(len, groups))
        if known == self._known:
            return
        self._by_series = {}
        for topic in set[str]().union(*groups):
            row = feed.board.rows.get(symbol_of(topic))
            if row is not None:
                self._by_series.setdefault(row.instrument.series, []).append(topic)
        self._known = known
