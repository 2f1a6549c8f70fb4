"""The connection pool: keeps every wanted topic on exactly one connection, for ever.

What is wanted lives here, not in the connections. A connection that ends is made again after a jittered delay and
asks for its topics anew; a topic that moves is taken from its old connection only after its first data on the new
one. Two failures in a row never come closer than the backoff says, and the backoff starts over only after a
connection has carried data for a while.
"""

import asyncio
import logging
import ssl
from collections import Counter, deque
from collections.abc import Callable, Iterable
from random import Random
from typing import Literal, Protocol

import msgspec

from voltape.clock import Clock
from voltape.errors import VenueError, VenueRefused
from voltape.flow.backoff import Backoff

from .coalesce import ReadCoalescer
from .connection import Connection, Sink
from .plan import Limits, plan
from .session import Session, SessionOptions
from .topics import args_chars

__all__ = ["Link", "Pool", "PoolObserver", "PoolOptions"]

_log = logging.getLogger(__name__)

LinkState = Literal["connecting", "subscribing", "live", "mute", "backoff", "closing", "closed"]
_PROVEN_AFTER = 10.0
_HOUR = 3_600.0
_REFUSED_FIRST = 60.0
_REFUSED_LONGEST = 600.0
_MOST_PATIENCE = 512.0


class PoolOptions(msgspec.Struct, frozen=True):
    """Where and how to connect.

    Attributes:
        url: option socket.
        limits: see `plan.Limits`.
        session: see `session.SessionOptions`.
        reconnect_delay, longest_delay: first and last step of the backoff, s.
        coalesce: let the kernel collect bytes (`coalesce`).
    """

    url: str
    limits: Limits = Limits()
    session: SessionOptions = SessionOptions()
    reconnect_delay: float = 0.5
    longest_delay: float = 30.0
    coalesce: bool = True


class PoolObserver(Protocol):
    """Who is told of outages."""

    def connection_lost(self, name: str, cause: str, last_data: float, contracts: int) -> None:
        """Data of `contracts` contracts may be missing since `last_data` (monotonic)."""
        ...

    def connection_back(self, name: str) -> None:
        """Data flows again on the connection."""
        ...


class Link:
    """One place in the pool: a name, its topics, and the connection that serves them at the moment.

    Attributes:
        id: name in status, logs and the gap ledger.
        topics: what it is to carry.
        leaving: topics that another link is taking over and that stay here until they arrive there.
        connection: None between two connections.
        state: as in the status.
        opened_at: when the present connection opened (monotonic).
        in_gap: whether an outage was reported and has not ended.
    """

    def __init__(self, name: str, now: float) -> None:
        self.id = name
        self.topics: dict[str, None] = {}
        self.leaving: dict[str, None] = {}
        self.connection: Connection | None = None
        self.state: LinkState = "connecting"
        self.opened_at = now
        self.in_gap = False
        self.patience = 1.0
        self.task: asyncio.Task[None] | None = None
        self._last_data: float | None = None
        self._messages = 0
        self._frames = 0
        self._rejected = 0

    @property
    def session(self) -> Session | None:
        """Session of the present connection."""
        return None if self.connection is None else self.connection.session

    @property
    def last_data(self) -> float | None:
        """When data last came on any connection of this link (monotonic), None before the first."""
        session = self.session
        present = None if session is None else session.last_data
        return self._last_data if present is None else present

    @property
    def messages(self) -> int:
        """Data messages over all connections of this link."""
        return self._messages + (0 if self.connection is None else self.connection.messages)

    @property
    def frames(self) -> int:
        """Frames over all connections of this link."""
        return self._frames + (0 if self.connection is None else self.connection.frames)

    @property
    def rejected(self) -> int:
        """Frames over all connections of this link that were neither a push nor a known answer."""
        return self._rejected + (0 if self.connection is None else self.connection.rejected)

    def close_books(self) -> None:
        """The present connection is over; keep its counts."""
        self._last_data = self.last_data
        connection, self.connection = self.connection, None
        if connection is not None:
            self._messages += connection.messages
            self._frames += connection.frames
            self._rejected += connection.rejected

    @property
    def args_chars(self) -> int:
        """Argument characters that the link's topics take."""
        return sum(map(args_chars, self.topics))

    def carries(self, topic: str) -> bool:
        """Whether the topic has delivered on the present connection."""
        session = self.session
        return session is not None and topic in session.confirmed

    def put(self, topics: list[str]) -> None:
        """Carry more topics."""
        self.topics.update(dict.fromkeys(topics))
        for topic in topics:
            self.leaving.pop(topic, None)
        if self.connection is not None:
            self.connection.session.want(topics)
            self.connection.wake()

    def take(self, topics: list[str]) -> None:
        """Stop carrying topics."""
        for topic in topics:
            self.topics.pop(topic, None)
            self.leaving.pop(topic, None)
        if self.connection is not None:
            self.connection.session.unwant(topics)
            self.connection.wake()


class Pool:
    """Connections to the option socket.

    Attributes:
        links: the places of the pool.
        left_out: wanted topics for which no connection may be opened.
        reconnects, causes: connections made again since start, and what had ended them.
        frames_before: frames of links that are closed for good.
    """

    def __init__(
        self,
        options: PoolOptions,
        sink: Sink,
        observer: PoolObserver,
        clock: Clock,
        rng: Random,
        context: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self._options = options
        self._sink = sink
        self._observer = observer
        self._clock = clock
        self._rng = rng
        self._context = context() if context is not None and options.url.startswith("wss:") else None
        self.links: list[Link] = []
        self.left_out: list[str] = []
        self.causes: Counter[str] = Counter()
        self.reconnects = 0
        self.frames_before = 0
        self._reconnected_at: deque[float] = deque(maxlen=10_000)
        self._named = 0
        self._marks: set[ReadCoalescer] = set()
        self._wanted: dict[str, None] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._failing = False

    @property
    def wanted(self) -> int:
        """Topics that the pool is to carry."""
        return len(self._wanted)

    def reconnects_last_hour(self) -> int:
        """Connections made again within the last hour."""
        since = self._clock.monotonic() - _HOUR
        return sum(at > since for at in self._reconnected_at)

    def want(self, topics: Iterable[str]) -> None:
        """Carry exactly these topics from now on, moving as few as possible."""
        self._wanted = dict.fromkeys(topics)
        links = [link for link in self.links if link.state != "closing"]
        result = plan(self._wanted, [link.topics for link in links], self._options.limits)
        self.left_out = result.left_out
        while len(links) < len(result.groups):
            links.append(self._open_link())
        for link, group in zip(links, result.groups, strict=True):
            self._assign(link, group)
        self.settle()

    def _assign(self, link: Link, group: list[str]) -> None:
        here = dict.fromkeys(group)
        new = [topic for topic in group if topic not in link.topics]
        gone = [topic for topic in link.topics if topic not in here]
        dropped = [topic for topic in gone if topic not in self._wanted]
        for topic in gone:
            del link.topics[topic]
            if topic in self._wanted:
                link.leaving[topic] = None
        link.take(dropped)
        link.put(new)
        if link.task is None:
            link.task = asyncio.create_task(self._keep(link), name=f"connection {link.id}")

    def _open_link(self) -> Link:
        self._named += 1
        link = Link(f"c{self._named}", self._clock.monotonic())
        self.links.append(link)
        return link

    def renew(self, topics: Iterable[str]) -> None:
        """Ask again for topics that should deliver and do not."""
        wanted = set(topics)
        for link in self.links:
            mine = [topic for topic in wanted if topic in link.topics]
            if mine and link.connection is not None:
                link.connection.session.renew(mine)
                link.connection.wake()

    def settle(self) -> None:
        """Finish what had to wait: moved topics that have arrived, emptied links, ended outages. Call often."""
        for link in tuple(self.links):
            arrived = [
                topic
                for topic in link.leaving
                if topic not in self._wanted
                or any(other.carries(topic) for other in self.links if other is not link)
            ]
            if arrived:
                link.take(arrived)
            empty = not link.topics and not link.leaving
            if empty:
                self._close_link(link)
            session = link.session
            if link.in_gap and (empty or (session is not None and session.last_data is not None)):
                link.in_gap = False
                self._failing = False
                self._observer.connection_back(link.id)

    def _close_link(self, link: Link) -> None:
        link.state = "closing"
        if link.task is not None:
            link.task.cancel()
            self._ending.add(link.task)
            link.task.add_done_callback(self._ending.discard)
        self.links.remove(link)
        self.frames_before += link.frames

    def release(self) -> None:
        """Have the kernel hand over what it collects on every connection (`coalesce`)."""
        for link in self.links:
            if link.connection is not None:
                link.connection.coalescer.release()

    def restore(self) -> None:
        """Let the kernel collect again, at each connection's present rate."""
        now = self._clock.monotonic()
        for link in self.links:
            connection = link.connection
            if connection is not None:
                connection.coalescer.measure(connection.received, now)
                connection.coalescer.restore()

    async def _keep(self, link: Link) -> None:
        backoff = Backoff(self._options.reconnect_delay, self._options.longest_delay, self._rng)
        refused = Backoff(_REFUSED_FIRST, _REFUSED_LONGEST, self._rng)
        while True:
            delays = backoff
            last_data = self._clock.monotonic()
            try:
                connection = await self._connect(link)
                cause = await self._serve(link, connection)
                last_data = self._after(link, connection.session, cause, backoff)
                refused.reset()
            except VenueRefused as error:
                cause, delays = str(error), refused
            except VenueError as error:
                cause = str(error)
            except Exception:  # noqa: BLE001 - the pool is its connections' supervisor
                _log.exception("connection %s failed; making it again", link.id)
                cause = "a fault of ours"
            link.state = "backoff"
            self._lost(link, cause, last_data)
            await asyncio.sleep(delays.next())

    async def _connect(self, link: Link) -> Connection:
        now = self._clock.monotonic()
        link.state = "connecting"
        options = self._options.session
        if link.patience > 1:
            options = msgspec.structs.replace(options, patience=link.patience)
        # What to carry may change during the handshake, so the session is told after it.
        session = Session(options, (), now)
        connection = Connection(
            session, self._sink, self._clock, coalesce=self._options.coalesce, marks=self._marks
        )
        await connection.open(self._options.url, self._context)
        return connection

    async def _serve(self, link: Link, connection: Connection) -> str:
        link.opened_at = self._clock.monotonic()
        link.connection = connection
        link.state = "subscribing"
        connection.session.want((*link.topics, *link.leaving))
        try:
            return await connection.run()
        finally:
            link.close_books()

    def _after(self, link: Link, session: Session, cause: str, backoff: Backoff) -> float:
        now = self._clock.monotonic()
        self.reconnects += 1
        self._reconnected_at.append(now)
        self.causes[cause] += 1
        if session.last_data is None:
            link.patience = min(link.patience * 2, _MOST_PATIENCE)
            return link.opened_at
        link.patience = 1.0
        if session.last_data - link.opened_at >= _PROVEN_AFTER:
            backoff.reset()
        return session.last_data

    def _lost(self, link: Link, cause: str, last_data: float) -> None:
        if not link.in_gap:
            link.in_gap = True
            self._observer.connection_lost(link.id, cause, last_data, len(link.topics))
            if not self._failing:
                self._failing = True
                _log.warning("connection %s: %s; trying again until it is back", link.id, cause)

    async def close(self) -> None:
        """Close every connection and wait until they are; calling it again does nothing."""
        for link in tuple(self.links):
            self._close_link(link)
        if self._ending:
            await asyncio.wait(self._ending)
