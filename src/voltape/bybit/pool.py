"""The connection pool: keeps every wanted topic on exactly one connection, for ever.

What is wanted lives here, not in the connections. A connection that ends is made again after a jittered delay and
asks for its topics anew; a topic that moves is taken from its old connection only after its first data on the new
one. Two failures in a row never come closer than the backoff says, and the backoff starts over only after a
connection has carried data for a while. A connection that is sick or old is changed for a new one before it fails
(`succession`): for that time both carry its topics.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterable
from random import Random

import msgspec

from voltape.clock import Clock

from .causes import EndingLog
from .coalesce import ReadCoalescer
from .connection import Sink
from .health import health, usual_lag
from .keeper import Keeper, PoolObserver, PoolOptions
from .link import Link, LinkCounts
from .plan import plan
from .succession import Place, Succession

__all__ = ["Pool", "PoolObserver", "PoolOptions"]

_log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0
_SPEAKS_WITHIN = 3.0


class Pool:
    """Connections to the option socket.

    Attributes:
        links: the places of the pool.
        left_out: wanted topics for which no connection may be opened.
        succession: changes of connections that had not ended.
        counts_before: of links that are closed for good.
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
        self._clock = clock
        self.links: list[Link] = []
        self.left_out: list[str] = []
        self.succession = Succession(options.succession)
        self.counts_before = LinkCounts()
        trust = context() if context is not None and options.url.startswith("wss:") else None
        self._keeper = Keeper(options, sink, observer, clock, rng, self.succession, trust)
        self._named = 0
        self._wanted: dict[str, None] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._looked = clock.monotonic()

    @property
    def wanted(self) -> int:
        """Topics that the pool is to carry."""
        return len(self._wanted)

    @property
    def endings(self) -> EndingLog:
        """How connections ended that had to be made again."""
        return self._keeper.endings

    @property
    def counts(self) -> LinkCounts:
        """What all connections have brought since start."""
        counts = msgspec.structs.replace(self.counts_before)
        for link in self.links:
            counts.add(link.counts)
        return counts

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
            link.task = asyncio.create_task(self._keeper.keep(link), name=f"connection {link.id}")

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
        """Finish what had to wait: moved topics that have arrived, emptied links, ended outages, changes. Call often."""
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
            if link.in_gap and (empty or link.is_back):
                self._keeper.back(link)
        now = self._clock.monotonic()
        self._settle_change(now)
        if now - self._looked >= _LOOK_EVERY:
            self._looked = now
            self._look(now)

    def _close_link(self, link: Link) -> None:
        link.state = "closing"
        for task in (link.task, link.heir):
            if task is not None:
                task.cancel()
                self._ending.add(task)
                task.add_done_callback(self._ending.discard)
        self.links.remove(link)
        self.counts_before.add(link.counts)
        present = self.succession.present
        if present is not None and present.id == link.id:
            self.succession.dropped()

    @property
    def collects(self) -> bool:
        """Whether the kernel collects bytes of any connection (`coalesce`)."""
        return any(one.collects for one in self._coalescers())

    async def read(self) -> None:
        """Have the kernel hand over what it has collected, then let it collect again at the present rates."""
        coalescers = self._coalescers()
        if any(one.waiting() for one in coalescers):
            for one in coalescers:
                one.release()
            # The sockets are looked at between the two turns of the event loop, whichever loop it is.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        now = self._clock.monotonic()
        for link in self.links:
            for connection in link.connections:
                connection.coalescer.measure(connection.received, now)
                connection.coalescer.restore()

    def _coalescers(self) -> list[ReadCoalescer]:
        return [connection.coalescer for link in self.links for connection in link.connections]

    def _look(self, now: float) -> None:
        """What is to be done once a second: expectations of new connections, health, and changes that are due."""
        sessions = [link.session for link in self.links if link.session is not None]
        rate = sum(one.rate for one in sessions if one.silence(now) <= _SPEAKS_WITHIN)
        topics = sum(len(one.confirmed) for one in sessions if one.rate > 0)
        for link in self.links:
            link.look(now)
            link.expect(rate / topics if topics else 0.0, now)
        if not self.links or any(link.connection is None for link in self.links):
            self.succession.interrupted()
            return
        scores = self.health(now)
        places = [
            Place(link.id, scores[link.id], now - link.opened_at, link.lot)
            for link in self.links
            if link.topics
        ]
        change = self.succession.choose(places, now)
        if change is not None:
            link = next(link for link in self.links if link.id == change.id)
            link.heir = asyncio.create_task(self._keeper.succeed(link), name=f"connection {link.id}")

    def health(self, now: float) -> dict[str, float]:
        """Health of each link at present (`health`); 0 without a connection, 1 without topics."""
        lags = {link.id: link.connection.lag for link in self.links if link.connection is not None}
        result = {}
        for link in self.links:
            others = [lag.steady for name, lag in lags.items() if name != link.id and lag.steady is not None]
            own = lags.get(link.id)
            vitals = link.vitals(now, usual_lag(others, None if own is None else own.lowest))
            result[link.id] = health(vitals) if vitals is not None else float(link.connection is not None)
        return result

    def _settle_change(self, now: float) -> None:
        link = next((link for link in self.links if link.successor is not None), None)
        if link is None or link.successor is None or link.overlap is None or link.connection is None:
            return
        verdict = link.overlap.judge(
            now,
            silent=link.silent_successor(),
            unsent=link.successor.session.unsent,
            old=link.connection.messages,
            new=link.successor.messages,
            behind=link.behind(),
        )
        if verdict == "ready":
            self._keeper.complete_change(link)
        elif verdict == "hopeless":
            link.successor.end("brought less than the connection that it was to follow")

    async def close(self) -> None:
        """Close every connection and wait until they are; calling it again does nothing."""
        for link in tuple(self.links):
            self._close_link(link)
        await self._keeper.close()
        if self._ending:
            await asyncio.wait(self._ending)
