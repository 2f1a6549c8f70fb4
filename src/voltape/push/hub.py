"""Fan-out of the board's commits to the clients of the push stream.

The hub listens to the board only while somebody follows a channel, and touches only the channels that are
followed. Whoever accepts connections (a WebSocket, Server-Sent Events) calls `join`, passes each incoming
message to `request`, sends what `Client.next` returns, and calls `leave` at the end.
"""

import asyncio
from collections.abc import Callable, Iterable

import msgspec

from voltape.clock import Clock
from voltape.model.board import Batch, Board
from voltape.model.row import Row, Series
from voltape.model.status import Gap, Status

from .client import CLOSE_GOING_AWAY, CLOSE_TRY_LATER, Client, Closing
from .feed import Feed, FeedKey, Fields, interval_for
from .gaps import GapNews
from .limits import HubFull, HubLimits, HubStatistics
from .protocol import (
    Channel,
    Encoding,
    GapNotice,
    Heartbeat,
    Hello,
    Refusal,
    RequestError,
    ServerMessage,
    Subscribe,
    channel_from_name,
    encode,
    request_from_text,
)

__all__ = ["Hub"]

_TICK_S = 0.25
_STATUS_INTERVAL_S = 1.0


class Hub:
    """Clients, the feeds they share, and the rules of `HubLimits`."""

    def __init__(
        self,
        board: Board,
        clock: Clock,
        *,
        version: str,
        status: Callable[[], Status] | None = None,
        limits: HubLimits | None = None,
        watched: Callable[[frozenset[str]], None] | None = None,
    ) -> None:
        """Make a hub without clients.

        Args:
            board: where changes come from.
            clock: both of its times are used.
            version: the program's, for `hello`.
            status: object of the `status` channel, and where gaps are seen; without it there is neither.
            limits: see `HubLimits`.
            watched: told which channels of contracts are followed, a tick after that changes.
        """
        self.limits = limits or HubLimits()
        self._board = board
        self._clock = clock
        self._version = version
        self._status = status
        self._clients: set[Client] = set()
        self._feeds: dict[FeedKey, Feed] = {}
        self._followers: dict[FeedKey, set[Client]] = {}
        self._by_target: dict[object, list[Feed]] = {}
        self._watched = watched
        self._watched_told: frozenset[str] = frozenset()
        self._watched_changed = False
        self._unlisten: Callable[[], None] | None = None
        self._count = HubStatistics()
        self._heartbeat_due = float("-inf")
        self._status_due = float("-inf")
        self._gaps = GapNews()
        self._joined = asyncio.Event()
        self._closed = False

    def join(self, encoding: Encoding = "json", closing: Closing | None = None) -> Client:
        """Take a client; its `hello` is queued.

        Args:
            encoding: how its messages are written.
            closing: called when the hub ends the connection.

        Raises:
            HubFull: the limit of clients is reached, or the hub is closed.
        """
        if self._closed or len(self._clients) >= self.limits.clients:
            self._count.refused_clients += 1
            raise HubFull(self.limits.clients)
        client = Client(encoding, self.limits, self._clock.wall_ms, closing)
        self._clients.add(client)
        self._count.joined += 1
        self._tell(client, Hello(self._clock.wall_ms(), self._version, self.limits.heartbeat_s))
        self._joined.set()
        return client

    def leave(self, client: Client) -> None:
        """Forget a client; leaving twice changes nothing."""
        for name in tuple(client.feeds):
            self._unfollow(client, name)
        if client in self._clients:
            self._clients.remove(client)
            self._count.conflated += client.conflated

    def request(self, client: Client, text: str | bytes) -> None:
        """Act on a client's message; what is wrong with it is answered with an `error`."""
        if len(text) > self.limits.message_bytes:
            self._refuse_message(client, f"longer than {self.limits.message_bytes} bytes")
            return
        try:
            request = request_from_text(text)
        except RequestError as error:
            self._refuse_message(client, str(error))
            return
        if len(request.channels) > self.limits.channels:
            self._refuse_message(client, f"more than {self.limits.channels} channels in one request")
        elif isinstance(request, Subscribe):
            interval = interval_for(request.max_hz)
            for name in dict.fromkeys(request.channels):
                self._subscribe(client, name, interval)
        else:
            for name in request.channels:
                self._unfollow(client, name)

    def _subscribe(self, client: Client, name: str, interval: float) -> None:
        if name not in client.feeds and len(client.feeds) >= self.limits.channels:
            self._refuse(client, name, f"more than {self.limits.channels} channels on one connection")
            return
        channel = channel_from_name(name)
        if channel is None:
            known = "chain.COIN.YYYY-MM-DD, tickers.COIN, ticker.SYMBOL and status"
            self._refuse(client, name, f"unknown channel {_short(name)}; there are {known}")
            return
        missing = self._missing(channel)
        if missing:
            self._refuse(client, name, missing)
            return
        self._follow(client, FeedKey(name, interval, client.encoding), channel)

    def _missing(self, channel: Channel) -> str | None:
        board = self._board
        if channel.kind == "status":
            return None if self._status is not None else "the status channel is not served here"
        if channel.kind == "ticker":
            return None if channel.symbol in board.rows else f"no contract {_short(channel.symbol)} is listed"
        if (channel.underlying, channel.expiry) in board.series:
            return None
        coins = board.underlyings()
        if channel.underlying not in coins:
            return f"no contracts on {_short(channel.underlying)} are listed; there are {', '.join(coins) or 'none yet'}"
        if channel.kind == "tickers":
            return None
        dates = ", ".join(series.expiry for series in board.expiries(channel.underlying))
        return f"{channel.underlying} has no expiry {channel.expiry}; there are {dates}"

    def _follow(self, client: Client, key: FeedKey, channel: Channel) -> None:
        running = client.feeds.get(key.name)
        if running is not None and running.key != key:
            self._unfollow(client, key.name)
        feed = self._feeds.get(key)
        if feed is None:
            feed = self._feeds[key] = Feed(key, channel, self._state)
            self._by_target.setdefault(_target(channel), []).append(feed)
            self._watched_changed = True
        self._followers.setdefault(key, set()).add(client)
        client.follow(feed)
        self._count.frames += 1
        if self._unlisten is None:
            self._unlisten = self._board.listen(self._on_batch)

    def _unfollow(self, client: Client, name: str) -> None:
        feed = client.forget(name)
        if feed is None:
            return
        followers = self._followers[feed.key]
        followers.discard(client)
        if followers:
            return
        del self._followers[feed.key], self._feeds[feed.key]
        target = _target(feed.channel)
        self._by_target[target].remove(feed)
        if not self._by_target[target]:
            del self._by_target[target]
            self._watched_changed = True
        if not self._feeds and self._unlisten is not None:
            self._unlisten()
            self._unlisten = None

    def _state(self, channel: Channel, now_ms: int) -> object:
        board = self._board
        if channel.kind == "status":
            return self._status() if self._status is not None else None
        if channel.kind == "ticker":
            row = board.rows.get(channel.symbol)
            return [] if row is None else [row.ticker(now_ms)]
        if channel.kind == "tickers":
            return board.tickers(board.rows_of(channel.underlying), now_ms)
        series = board.series.get((channel.underlying, channel.expiry))
        return [] if series is None else board.tickers(series.rows.values(), now_ms)

    def _on_batch(self, batch: Batch) -> None:
        touched: dict[FeedKey, Feed] = {}
        wide: dict[Series, list[Feed]] = {}
        for row in batch.removed:
            for feed in self._feeds_of(row, wide):
                feed.drop(row)
                touched[feed.key] = feed
        for change in batch.changes:
            for feed in self._feeds_of(change.row, wide):
                feed.touch(change)
                touched[feed.key] = feed
        self._flush(touched.values())

    def _feeds_of(self, row: Row, wide: dict[Series, list[Feed]]) -> list[Feed]:
        """Feeds that show a row; `wide` remembers those of its whole series during one batch."""
        feeds = wide.get(row.series)
        if feeds is None:
            key = row.instrument.series
            found = self._by_target.get(key, []) + self._by_target.get((key[0],), [])
            feeds = wide[row.series] = found
        single = self._by_target.get(row.instrument.symbol)
        return feeds if single is None else feeds + single

    def _flush(self, feeds: Iterable[Feed]) -> None:
        now, now_ms = self._clock.monotonic(), self._clock.wall_ms()
        fields: Fields = {}
        for feed in feeds:
            if feed.pending and feed.due <= now:
                feed.due = now + feed.key.interval
                self._publish(feed, feed.flush(now_ms, fields), now)

    def _publish(self, feed: Feed, frame: bytes, now: float) -> None:
        followers = self._followers[feed.key]
        for client in followers:
            client.offer(feed, frame, now)
            self._count.peak_queue_bytes = max(self._count.peak_queue_bytes, client.queued_bytes)
        self._count.frames += len(followers)
        self._count.encoded_bytes += len(frame)

    def _tell_gap(self, gap: Gap) -> None:
        detail = f"{gap.scope}: {gap.cause}"
        self._tell_all(GapNotice(self._clock.wall_ms(), None, detail, gap.started_at, gap.ended_at))

    def _tell_watched(self) -> None:
        self._watched_changed = False
        first = (feeds[0].channel for feeds in self._by_target.values())
        followed = frozenset(channel.name for channel in first if channel.kind != "status")
        if self._watched is not None and followed != self._watched_told:
            self._watched_told = followed
            self._watched(followed)

    def tick(self) -> None:
        """Do what time asks for: news of what is watched, slow feeds, status and gaps, heartbeats, laggards."""
        now = self._clock.monotonic()
        if self._watched_changed:
            self._tell_watched()
        self._flush([feed for feed in self._feeds.values() if feed.key.interval])
        if now >= self._status_due:
            self._status_due = now + _STATUS_INTERVAL_S
            self._tell_status(now)
        if now >= self._heartbeat_due:
            self._heartbeat_due = now + self.limits.heartbeat_s
            self._tell_all(Heartbeat(self._clock.wall_ms()))
        for client in tuple(self._clients):
            if client.lagging_since is not None and now - client.lagging_since > self.limits.lag_s:
                self._count.closed_slow += 1
                client.close(CLOSE_TRY_LATER, "too slow")
                self.leave(client)

    def _tell_status(self, now: float) -> None:
        if self._status is None:
            return
        for gap in self._gaps.look(self._status().gaps):
            self._tell_gap(gap)
        for feed in self._by_target.get("status", ()):
            if feed.due <= now:
                feed.due = now + feed.key.interval
                self._publish(feed, feed.replace(self._clock.wall_ms()), now)

    async def run(self) -> None:
        """Tick while there are clients; ends when the hub is closed."""
        while not self._closed:
            if self._clients:
                self.tick()
                await asyncio.sleep(_TICK_S)
            else:
                if self._watched_changed:
                    self._tell_watched()
                # Whoever comes next asks for past gaps; only those from then on are news.
                self._gaps.forget()
                self._joined.clear()
                await self._joined.wait()

    async def close(self) -> None:
        """Close every client with 1001 and take no more; closing twice changes nothing."""
        self._closed = True
        self._joined.set()
        for client in tuple(self._clients):
            client.close(CLOSE_GOING_AWAY, "the server stops")
            self.leave(client)

    def statistics(self) -> HubStatistics:
        """Counters as of now, in an object of the caller's own."""
        lost = sum(client.conflated for client in self._clients)
        return msgspec.structs.replace(
            self._count,
            clients=len(self._clients),
            feeds=len(self._feeds),
            conflated=self._count.conflated + lost,
        )

    def _refuse(self, client: Client, name: str, detail: str) -> None:
        self._count.refused_channels += 1
        self._tell(client, Refusal(self._clock.wall_ms(), name[:200], detail))

    def _refuse_message(self, client: Client, detail: str) -> None:
        self._count.refused_messages += 1
        self._tell(client, Refusal(self._clock.wall_ms(), None, detail))

    def _tell(self, client: Client, message: ServerMessage) -> None:
        self._count.frames += 1
        client.notify(encode(message, client.encoding))

    def _tell_all(self, message: ServerMessage) -> None:
        frames: dict[Encoding, bytes] = {}
        for client in self._clients:
            if client.encoding not in frames:
                frames[client.encoding] = encode(message, client.encoding)
            client.notify(frames[client.encoding])
        self._count.frames += len(self._clients)


def _target(channel: Channel) -> object:
    if channel.kind == "chain":
        return (channel.underlying, channel.expiry)
    if channel.kind == "tickers":
        return (channel.underlying,)
    return channel.symbol or "status"


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "…")
