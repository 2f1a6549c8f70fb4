"""Keeps a link connected: opens connections, waits between attempts, changes one for another, tells of outages."""

import asyncio
import logging
import ssl
from collections import deque
from random import Random
from typing import Protocol

import msgspec

from voltape.clock import Clock
from voltape.errors import VenueError, VenueRefused
from voltape.flow.backoff import Backoff
from voltape.flow.supervise import is_being_ended
from voltape.proxy import Proxy

from .causes import FAULT, SELF_INFLICTED, Ending, EndingLog, attempt_failed
from .coalesce import ReadCoalescer
from .connection import Connection, Sink
from .link import Link
from .plan import Limits
from .session import Session, SessionOptions
from .succession import Overlap, Succession, SuccessionOptions
from .topics import is_event

__all__ = ["Keeper", "PoolObserver", "PoolOptions"]

_log = logging.getLogger(__name__)

_PROVEN_AFTER = 10.0
_REFUSED_FIRST = 60.0
_REFUSED_LONGEST = 600.0
_MOST_PATIENCE = 512.0
_CONNECT_WINDOW = 300.0
_MOST_CONNECTS = 200
"""Within the window; the venue allows 500, to all programs at one address together."""


class PoolOptions(msgspec.Struct, frozen=True):
    """Where and how to connect.

    Attributes:
        url: option socket.
        limits: see `plan.Limits`; during a change one connection more may be open.
        session: see `session.SessionOptions`.
        succession: see `succession.SuccessionOptions`.
        reconnect_delay, longest_delay: first and last step of the backoff, s.
        coalesce: let the kernel collect bytes (`coalesce`).
        proxy: what leads to the exchange, None for the direct way.
    """

    url: str
    limits: Limits = Limits()
    session: SessionOptions = SessionOptions()
    succession: SuccessionOptions = SuccessionOptions()
    reconnect_delay: float = 0.5
    longest_delay: float = 30.0
    coalesce: bool = True
    proxy: Proxy | None = None


class PoolObserver(Protocol):
    """Who is told of outages."""

    def connection_lost(self, name: str, cause: str, last_data: float, contracts: int) -> None:
        """Data of `contracts` contracts may be missing since `last_data` (monotonic)."""
        ...

    def connection_back(self, name: str) -> None:
        """Data flows again on the connection."""
        ...


class Keeper:
    """What drives the links of a pool.

    Attributes:
        endings: how connections ended that had to be made again.
    """

    def __init__(
        self,
        options: PoolOptions,
        sink: Sink,
        observer: PoolObserver,
        clock: Clock,
        rng: Random,
        succession: Succession,
        context: ssl.SSLContext | None,
    ) -> None:
        self.endings = EndingLog()
        self._options = options
        self._sink = sink
        self._observer = observer
        self._clock = clock
        self._rng = rng
        self._succession = succession
        self._context = context
        self._marks: set[ReadCoalescer] = set()
        self._connects: deque[float] = deque(maxlen=_MOST_CONNECTS)
        self._displaced: set[asyncio.Task[None]] = set()
        self._out: dict[str, None] = {}
        self._touched: dict[str, None] = {}
        self._out_since = 0.0
        self._blamed: set[str] = set()
        self._ever_open = False

    async def keep(self, link: Link, connection: Connection | None = None) -> None:
        """Serve a link, first with `connection` if that is open already, until another task serves it."""
        backoff = Backoff(self._options.reconnect_delay, self._options.longest_delay, self._rng)
        refusals = Backoff(_REFUSED_FIRST, _REFUSED_LONGEST, self._rng)
        while True:
            connection, ending, refused = await self._live(link, connection)
            last_data = self._clock.monotonic()
            if connection is not None:
                if link.connection is not connection:
                    if link.successor is connection:
                        self._give_up_change(link, ending.text)
                    return
                last_data = self._over(link, connection.session, ending, backoff)
                refusals.reset()
                if self._followed(link, ending, last_data):
                    return
                link.close_books()
                connection = None
            link.state = "backoff"
            self._lost(link, ending, last_data)
            await asyncio.sleep((refusals if refused else backoff).next())

    async def _live(
        self, link: Link, connection: Connection | None
    ) -> tuple[Connection | None, Ending, bool]:
        """One connection from its opening, or from when it was open, to its end; the last says whether 403 ended it."""
        try:
            if connection is None:
                connection = await self._connect(link)
                link.begin(connection, self._clock.monotonic(), self._rng.random())
            return connection, await connection.run(), False
        except VenueError as error:
            ending = attempt_failed(error)
            self._blame(link, ending)
            return None, ending, isinstance(error, VenueRefused)
        except (Exception, asyncio.CancelledError):  # this is the connections' supervisor
            if is_being_ended():
                raise
            _log.exception("connection %s failed; making it again", link.id)
            return connection, FAULT, False

    async def _connect(self, link: Link) -> Connection:
        await self._turn()
        now = self._clock.monotonic()
        if link.connection is None:
            link.state = "connecting"
        options = self._options.session
        if link.patience > 1:
            options = msgspec.structs.replace(options, patience=link.patience)
        # What to carry may change during the handshake, so the session is told after it.
        session = Session(options, (), now)
        connection = Connection(
            session, self._sink, self._clock, coalesce=self._options.coalesce, marks=self._marks
        )
        await connection.open(self._options.url, self._context, self._options.proxy)
        self._ever_open = True
        return connection

    async def _turn(self) -> None:
        """Wait until one more connection stays well within what the venue allows."""
        connects = self._connects
        while len(connects) == _MOST_CONNECTS:
            wait = connects[0] + _CONNECT_WINDOW - self._clock.monotonic()
            if wait <= 0:
                break
            await asyncio.sleep(wait)
        connects.append(self._clock.monotonic())

    async def succeed(self, link: Link) -> None:
        """Open a second connection for a link, to follow the present one, and keep the link once it does."""
        try:
            connection = await self._connect(link)
        except VenueError as error:
            ending = attempt_failed(error)
            self._blame(link, ending)
            self._give_up_change(link, ending.text)
        except (Exception, asyncio.CancelledError):  # this is the connections' supervisor
            if is_being_ended():
                raise
            _log.exception("connection %s could not be changed", link.id)
            self._give_up_change(link, FAULT.text)
        else:
            now = self._clock.monotonic()
            link.nominate(connection, now, Overlap(self._options.succession, now))
            await self.keep(link, connection)

    def complete_change(self, link: Link) -> None:
        """The second connection takes over."""
        change = self._succession.present
        now = self._clock.monotonic()
        self._hand_over(link, now)
        self._blamed.discard(link.id)
        self._succession.completed(now)
        if change is not None:
            _log.info(
                "connection %s was changed for a new one: %s, health %.2f, %.0f s old",
                *(link.id, change.reason, change.health, change.age),
            )

    def _hand_over(self, link: Link, now: float) -> None:
        self._let_end(link.task)
        link.task, link.heir = link.heir, None
        predecessor = link.hand_over(self._rng.random(), now)
        if predecessor is not None:
            predecessor.end("changed for a new one")

    def _let_end(self, task: asyncio.Task[None] | None) -> None:
        if task is not None:
            self._displaced.add(task)
            task.add_done_callback(self._displaced.discard)

    def _give_up_change(self, link: Link, why: str) -> None:
        link.give_up_successor()
        link.heir = None
        self._succession.given_up(self._clock.monotonic())
        _log.info("connection %s stays, since the one to follow it did not: %s", link.id, why)

    def _followed(self, link: Link, ending: Ending, last_data: float) -> bool:
        """Where the connection that ended was about to be changed: whether its successor goes on in its place."""
        if link.successor is not None:
            silent = link.silent_successor()
            self._hand_over(link, self._clock.monotonic())
            self._succession.given_up(self._clock.monotonic())
            if silent:
                self._lost(link, ending, last_data)
            return True
        if link.heir is not None:
            link.heir.cancel()
            self._let_end(link.heir)
            self._give_up_change(link, ending.text)
        return False

    def _over(self, link: Link, session: Session, ending: Ending, backoff: Backoff) -> float:
        """Book the end of a connection; returns when data last came on it."""
        now = self._clock.monotonic()
        self.endings.ended(ending.cause, now)
        # After a silence the rate before it is no measure: the market may have gone quiet.
        link.remember_rate(0.0 if ending.cause == "mute" else session.rate, now)
        if session.last_data is None or (ending.cause == "mute" and session.rate <= 0):
            link.patience = min(link.patience * 2, _MOST_PATIENCE)
        else:
            link.patience = 1.0
        if session.last_data is None:
            return link.opened_at
        if session.last_data - link.opened_at >= _PROVEN_AFTER:
            backoff.reset()
        return session.last_data

    def _blame(self, link: Link, ending: Ending) -> None:
        """Count an attempt that was refused for a reason of ours, once in an outage.

        Whoever never was connected has not broken a limit: a region may be blocked.
        """
        if self._ever_open and ending.cause in SELF_INFLICTED and link.id not in self._blamed:
            self._blamed.add(link.id)
            self.endings.refused(ending.cause, self._clock.monotonic())

    def _lost(self, link: Link, ending: Ending, last_data: float) -> None:
        if link.in_gap:
            return
        link.in_gap = True
        contracts = sum(not is_event(topic) for topic in link.topics)
        self._observer.connection_lost(link.id, ending.text, last_data, contracts)
        if not self._out:
            self._out_since = last_data
            _log.warning("connection %s: %s; trying again until it is back", link.id, ending.text)
        self._out[link.id] = self._touched[link.id] = None

    def back(self, link: Link) -> None:
        """The outage of a link is over."""
        link.in_gap = False
        self._blamed.discard(link.id)
        self._observer.connection_back(link.id)
        self._out.pop(link.id, None)
        if not self._out:
            lasted = self._clock.monotonic() - self._out_since
            _log.info("connections carry data again after %.1f s: %s", lasted, ", ".join(self._touched))
            self._touched.clear()

    async def close(self) -> None:
        """Wait for connections that were changed for others to end."""
        if self._displaced:
            await asyncio.wait(self._displaced)
