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
from voltape.model.tape import Tapes
from voltape.model.trade import Trade

from .client import CLOSE_GOING_AWAY, CLOSE_TRY_LATER, Client, Closing
from .feed import Feed, FeedKey, Fields, interval_for
from .feeds import Feeds
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
    Resume,
    ServerMessage,
    Subscribe,
    channel_from_name,
    encode,
    request_from_text,
)
from .recent import Recent
from .trades import TradeFeed
from .whole import WholeObjects

__all__ = ["Hub", "unknown_channel"]

_TICK_S = 0.25
_STATUS_INTERVAL_S = 1.0
_EARLY_S = 0.1
"""s by which an object may come early: what is made each second would else miss every other turn."""


class Hub:
    """Clients, the feeds they share, and the rules of `HubLimits`.

    Attributes:
        limits: the rules. analytics: objects of the `analytics` channels, once they have a maker.
    """

    def __init__(
        self,
        board: Board,
        clock: Clock,
        *,
        version: str,
        status: Callable[[], Status] | None = None,
        limits: HubLimits | None = None,
        watched: Callable[[frozenset[str]], None] | None = None,
        trades: Tapes | None = None,
    ) -> None:
        """Make a hub without clients.

        Args:
            board: where changes come from.
            clock: both of its times are used.
            version: the program's, for `hello`.
            status: object of the `status` channel, and where gaps are seen; without it there is neither.
            limits: see `HubLimits`.
            watched: told which channels of contracts are followed, a tick after that changes.
            trades: where trades come from; without it there is no channel of them.
        """
        self.limits = limits or HubLimits()
        self._board = board
        self._clock = clock
        self._version = version
        self._status = status
        self._clients: set[Client] = set()
        self._feeds = Feeds(self.limits.linger_s, self.limits.channels)
        self._recent = Recent(self.limits.recent_bytes, self.limits.linger_s)
        self._watched = watched
        self._watched_told: frozenset[str] = frozenset()
        self._unlisten: Callable[[], None] | None = None
        self._count = HubStatistics()
        self._heartbeat_due = float("-inf")
        self._status_due = float("-inf")
        self._gaps = GapNews()
        self.analytics = WholeObjects()
        self._joined = asyncio.Event()
        self._closed = False
        self._trades = trades
        if trades is not None:
            trades.listen(self._on_trades)

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
        now = self._clock.monotonic()
        for name in tuple(client.feeds):
            self._unfollow(client, name, idle_from=now)
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
        if not isinstance(request, Resume) and len(request.channels) > self.limits.channels:
            self._refuse_message(client, f"more than {self.limits.channels} channels in one request")
        elif isinstance(request, Subscribe):
            for name in dict.fromkeys(request.channels):
                self.subscribe(client, name, request.max_hz)
        elif isinstance(request, Resume):
            self.subscribe(client, request.channel, request.max_hz, request.seq)
        else:
            for name in request.channels:
                self._unfollow(client, name)

    def subscribe(
        self, client: Client, name: str, max_hz: float | None = None, seq: int | None = None
    ) -> None:
        """Have a client follow a channel; a refusal is told to the client.

        Args:
            client: whose channel it is.
            name: the channel's name.
            max_hz: most deltas per second; None for every one.
            seq: number of the last message the client had of it, where it was connected before.
        """
        if name not in client.feeds and len(client.feeds) >= self.limits.channels:
            self._refuse(client, name, f"more than {self.limits.channels} channels on one connection")
            return
        channel = channel_from_name(name)
        refusal = unknown_channel(name) if channel is None else self.missing(channel)
        if channel is None or refusal is not None:
            self._refuse(client, name, refusal or "")
            return
        self._follow(client, FeedKey(name, interval_for(max_hz), client.encoding), channel, seq)

    def missing(self, channel: Channel) -> str | None:
        """Why there is nothing to follow in a channel; None where there is."""
        board = self._board
        if channel.kind == "status":
            return None if self._status is not None else "the status channel is not served here"
        if channel.kind == "ticker":
            return None if channel.symbol in board.rows else f"no contract {_short(channel.symbol)} is listed"
        if channel.kind == "trades" and self._trades is None:
            return "trades are not kept here"
        if channel.kind == "analytics" and self.analytics.maker is None:
            return "analytics are not made here"
        if (channel.underlying, channel.expiry) in board.series:
            return None
        coins = board.underlyings()
        if channel.underlying not in coins:
            return f"no contracts on {_short(channel.underlying)} are listed; there are {', '.join(coins) or 'none yet'}"
        if channel.kind in ("tickers", "trades", "analytics"):
            return None
        dates = ", ".join(series.expiry for series in board.expiries(channel.underlying))
        return f"{channel.underlying} has no expiry {channel.expiry}; there are {dates}"

    def _follow(self, client: Client, key: FeedKey, channel: Channel, seq: int | None) -> None:
        running = client.feeds.get(key.name)
        if running is not None and running.key != key:
            self._unfollow(client, key.name)
        feed = self._feeds.get(key)
        if feed is None:
            # Numbers that no earlier feed has given out, so that a client that comes back is never misunderstood.
            feed = self._feed(key, channel, self._clock.wall_ms())
            self._feeds.add(feed)
        self._feeds.join(feed, client)
        missed = None if seq is None else self._recent.since(key, seq, feed.seq)
        if channel.kind == "analytics" and self.analytics.awaits(feed):
            missed = missed or []
        client.follow(feed, missed)
        self._count.frames += 1 if missed is None else len(missed)
        if self._unlisten is None:
            self._unlisten = self._board.listen(self._on_batch)

    def _feed(self, key: FeedKey, channel: Channel, seq: int) -> Feed:
        if channel.kind == "trades" and self._trades is not None:
            return TradeFeed(key, channel, self._trades, seq)
        return Feed(key, channel, self._state, seq)

    def _unfollow(self, client: Client, name: str, idle_from: float | None = None) -> None:
        feed = client.forget(name)
        if feed is not None:
            self._feeds.part(feed, client, idle_from)
            self._rest()

    def _rest(self) -> None:
        if not self._feeds and self._unlisten is not None:
            self._unlisten()
            self._unlisten = None

    def _state(self, channel: Channel, now_ms: int) -> object:
        board = self._board
        if channel.kind == "status":
            return self._status() if self._status is not None else None
        if channel.kind == "analytics":
            return self.analytics.latest(channel)
        if channel.kind == "ticker":
            row = board.rows.get(channel.symbol)
            rows: Iterable[Row] = () if row is None else (row,)
        elif channel.kind == "tickers":
            rows = board.rows_of(channel.underlying)
        else:
            series = board.series.get((channel.underlying, channel.expiry))
            rows = () if series is None else series.rows.values()
        return board.tickers(board.told(rows), now_ms)

    def _on_batch(self, batch: Batch) -> None:
        touched: dict[FeedKey, Feed] = {}
        wide: dict[Series, list[Feed]] = {}
        for row in batch.removed:
            for feed in self._feeds.showing(row, wide):
                feed.drop(row)
                touched[feed.key] = feed
        for change in batch.changes:
            for feed in self._feeds.showing(change.row, wide):
                feed.touch(change)
                touched[feed.key] = feed
        self._flush(touched.values())

    def _on_trades(self, underlying: str, trades: list[Trade]) -> None:
        feeds = [feed for feed in self._feeds.named(f"trades.{underlying}") if isinstance(feed, TradeFeed)]
        for feed in feeds:
            feed.tell(trades)
        self._flush(feeds)

    def _flush(self, feeds: Iterable[Feed]) -> None:
        now, now_ms = self._clock.monotonic(), self._clock.wall_ms()
        fields: Fields = {}
        for feed in feeds:
            if feed.pending and feed.due <= now:
                feed.due = now + feed.key.interval
                self._publish(feed, feed.flush(now_ms, fields), now)

    def _publish(self, feed: Feed, frame: bytes, now: float) -> None:
        self._recent.keep(feed.key, feed.seq, frame, now)
        followers = self._feeds.followers(feed)
        for client in followers:
            client.offer(feed, frame, now)
            self._count.peak_queue_bytes = max(self._count.peak_queue_bytes, client.queued_bytes)
        self._count.frames += len(followers)
        self._count.encoded_bytes += len(frame)

    def _tell_gap(self, gap: Gap) -> None:
        detail = f"{gap.scope}: {gap.cause}"
        self._tell_all(GapNotice(self._clock.wall_ms(), None, detail, gap.started_at, gap.ended_at))

    def _tell_watched(self) -> None:
        self._feeds.changed = False
        followed = frozenset(
            one.name for one in self._feeds.channels() if one.kind in ("chain", "tickers", "ticker")
        )
        if self._watched is not None and followed != self._watched_told:
            self._watched_told = followed
            self._watched(followed)

    def tick(self) -> None:
        """Do what time asks for: news of what is watched, slow feeds, status and gaps, heartbeats, laggards."""
        now = self._clock.monotonic()
        if self._feeds.changed:
            self._tell_watched()
        self._feeds.end_idle(now)
        self._rest()
        self._flush([feed for feed in self._feeds if feed.key.interval])
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
        self._tell_whole(self._feeds.named("status"), now)

    def _tell_whole(self, feeds: Iterable[Feed], now: float, early: float = 0.0) -> None:
        for feed in feeds:
            if feed.due <= now + early:
                feed.due = now + feed.key.interval
                self._publish(feed, feed.replace(self._clock.wall_ms()), now)

    def analysed(self) -> set[str]:
        """Underlyings whose `analytics` channel is followed."""
        return {channel.underlying for channel in self._feeds.channels() if channel.kind == "analytics"}

    def tell_analytics(self, underlying: str) -> None:
        """Tell those who follow an underlying's `analytics` channel that there is a new object."""
        feeds = self._feeds.named(f"analytics.{underlying}")
        rest = [feed for feed in feeds if not self.analytics.filled(feed, self._feeds.followers(feed))]
        self._tell_whole(rest, self._clock.monotonic(), _EARLY_S)

    async def run(self) -> None:
        """Tick while there are clients; ends when the hub is closed."""
        while not self._closed:
            if self._clients or self._feeds:
                self.tick()
                await asyncio.sleep(_TICK_S)
            else:
                if self._feeds.changed:
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
            feeds=self._feeds.followed,
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


def unknown_channel(name: str) -> str:
    """Why a name is none of a channel."""
    known = "chain.COIN.YYYY-MM-DD, tickers.COIN, ticker.SYMBOL, trades.COIN, analytics.COIN and status"
    return f"unknown channel {_short(name)}; there are {known}"


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "…")
