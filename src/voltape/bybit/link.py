"""One place in the pool: a name, its topics, and the connection that serves them at the moment."""

import asyncio
from math import exp
from typing import Literal

import msgspec

from .connection import Connection
from .health import Vitals
from .session import Session
from .succession import Overlap
from .topics import args_chars, is_event

__all__ = ["Link", "LinkCounts", "LinkState"]

LinkState = Literal["connecting", "subscribing", "live", "mute", "backoff", "closing", "closed"]

_ERROR_MEMORY = 60.0
_GOOD_FRAMES = 20.0
_USUAL_MEMORY = 600.0


class LinkCounts(msgspec.Struct):
    """What connections have brought.

    Attributes:
        messages: frames with data. frames: all text frames. received: their bytes, about. sent: bytes of our texts.
        rejected: frames that are neither a push nor a known answer. unusable: pushes that could not be used.
        failures: topics that the venue refused. retries: topics asked for again.
    """

    messages: int = 0
    frames: int = 0
    received: int = 0
    sent: int = 0
    rejected: int = 0
    unusable: int = 0
    failures: int = 0
    retries: int = 0

    @property
    def errors(self) -> int:
        """What went wrong: bad frames and refused topics."""
        return self.rejected + self.unusable + self.failures

    def add(self, other: "LinkCounts") -> None:
        """Add what others have brought."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def _counts_of(connection: Connection) -> LinkCounts:
    return LinkCounts(
        messages=connection.messages,
        frames=connection.frames,
        received=connection.received,
        sent=connection.sent,
        rejected=connection.rejected,
        unusable=connection.unusable,
        failures=connection.session.failures,
        retries=connection.session.retries,
    )


class Link:
    """A place.

    Attributes:
        id: name in status, logs and the gap ledger.
        topics: what it is to carry.
        leaving: topics that another link is taking over and that stay here until they arrive there.
        connection: None between two connections. successor: the one that is to follow it, and carries the same.
        overlap: while there is a successor.
        state: as in the status.
        opened_at: when the present connection opened (monotonic).
        lot: drawn for it, 0 to 1.
        in_gap: whether an outage was reported and has not ended.
        patience: factor on the silence that the next connection is allowed before it has shown its rate.
        task, heir: what drives the connection, and what drives the successor.
    """

    def __init__(self, name: str, now: float) -> None:
        self.id = name
        self.topics: dict[str, None] = {}
        self.leaving: dict[str, None] = {}
        self.connection: Connection | None = None
        self.successor: Connection | None = None
        self.overlap: Overlap | None = None
        self.state: LinkState = "connecting"
        self.opened_at = now
        self.lot = 0.5
        self.in_gap = False
        self.patience = 1.0
        self.task: asyncio.Task[None] | None = None
        self.heir: asyncio.Task[None] | None = None
        self._last_data: float | None = None
        self._before = LinkCounts()
        self._usual: tuple[float, float] = (0.0, now)
        self._seen = LinkCounts()
        self._looked = now
        self._bad = 0.0
        self._good = 0.0
        self._succeeds_at = now

    @property
    def session(self) -> Session | None:
        """Session of the present connection."""
        return None if self.connection is None else self.connection.session

    @property
    def connections(self) -> list[Connection]:
        """The present connection and its successor, as far as there are such."""
        return [one for one in (self.connection, self.successor) if one is not None]

    @property
    def last_data(self) -> float | None:
        """When data last came on any connection of this link (monotonic), None before the first."""
        session = self.session
        present = None if session is None else session.last_data
        return self._last_data if present is None else present

    @property
    def counts(self) -> LinkCounts:
        """Over all connections of this link."""
        counts = msgspec.structs.replace(self._before)
        for connection in self.connections:
            counts.add(_counts_of(connection))
        return counts

    @property
    def messages(self) -> int:
        """Data messages over all connections of this link."""
        return self.counts.messages

    @property
    def is_back(self) -> bool:
        """Whether the present connection does what it is there for."""
        session = self.session
        return session is not None and (session.last_data is not None or not self.speaks)

    @property
    def speaks(self) -> bool:
        """Whether it is to carry anything of which silence says something."""
        return not all(map(is_event, (*self.topics, *self.leaving)))

    @property
    def args_chars(self) -> int:
        """Argument characters that the link's topics take."""
        return sum(map(args_chars, self.topics))

    @property
    def lag_ms(self) -> float | None:
        """Smoothed arrival minus venue time, ms."""
        return None if self.connection is None else self.connection.lag.ms

    def begin(self, connection: Connection, now: float, lot: float) -> None:
        """Let an open connection carry the topics."""
        self.connection = connection
        self.opened_at, self.lot = now, lot
        self.state = "subscribing"
        self._start_afresh(LinkCounts(), now)
        connection.session.want((*self.topics, *self.leaving))

    def nominate(self, connection: Connection, now: float, overlap: Overlap) -> None:
        """Let an open connection carry the topics beside the present one, to follow it."""
        self.successor, self.overlap = connection, overlap
        self._succeeds_at = now
        connection.session.want((*self.topics, *self.leaving))

    def hand_over(self, lot: float, now: float) -> Connection | None:
        """Put the successor in the present connection's place; returns the one that had it."""
        predecessor = self.connection
        self.close_books()
        self.connection, self.successor, self.overlap = self.successor, None, None
        self.opened_at, self.lot = self._succeeds_at, lot
        if self.connection is not None:
            self._start_afresh(_counts_of(self.connection), now)
        return predecessor

    def give_up_successor(self) -> None:
        """The present connection stays."""
        successor, self.successor, self.overlap = self.successor, None, None
        if successor is not None:
            self._before.add(_counts_of(successor))

    def close_books(self) -> None:
        """The present connection is over; keep its counts."""
        self._last_data = self.last_data
        connection, self.connection = self.connection, None
        if connection is not None:
            self._before.add(_counts_of(connection))

    def _start_afresh(self, counts: LinkCounts, now: float) -> None:
        self._seen, self._looked = counts, now
        self._bad = self._good = 0.0

    def remember_rate(self, rate: float, now: float) -> None:
        """What the topics bring in a usual second; 0 to forget it."""
        self._usual = (rate, now)

    def usual_rate(self, now: float) -> float:
        """Messages per second of the last connection, 0 where it is unknown or long ago."""
        rate, since = self._usual
        return rate if now - since < _USUAL_MEMORY else 0.0

    def expect(self, per_topic: float, now: float) -> None:
        """Tell a connection that has not shown its rate what to expect: what others, or the last one, brought.

        Args:
            per_topic: messages per second and topic on other connections at present, 0 for unknown.
            now: present time.
        """
        for connection in self.connections:
            known = (per_topic * len(connection.session.confirmed), self.usual_rate(now))
            connection.session.expect(min((rate for rate in known if rate > 0), default=0.0))

    def carries(self, topic: str) -> bool:
        """Whether the topic has delivered on the present connection."""
        session = self.session
        return session is not None and topic in session.confirmed

    def silent_successor(self) -> int:
        """Topics that have not delivered on the successor."""
        confirmed = set() if self.successor is None else self.successor.session.confirmed
        return len((self.topics.keys() | self.leaving.keys()) - confirmed)

    def behind(self) -> float:
        """By how much the present connection's messages come later than the successor's, or than at their best, s."""
        if self.connection is None or self.successor is None:
            return 0.0
        own, other = self.connection.lag.latest, self.successor.lag.latest
        if other is None:
            other = self.connection.lag.lowest
        return 0.0 if own is None or other is None else (own - other) / 1000

    def look(self, now: float) -> None:
        """Follow the share of errors; call about once a second."""
        if self.connection is None:
            return
        counts, before = _counts_of(self.connection), self._seen
        fade = exp(-(now - self._looked) / _ERROR_MEMORY)
        self._bad = self._bad * fade + counts.errors - before.errors
        self._good = self._good * fade + counts.messages - before.messages
        self._seen, self._looked = counts, now

    def vitals(self, now: float, usual_lag: float | None) -> Vitals | None:
        """What was measured on the present connection; None without one, or without topics."""
        if self.connection is None or not self.connection.session.topics:
            return None
        session = self.connection.session
        return Vitals(
            silence=session.silence(now),
            allowed=session.silence_allowed(),
            lag=self.connection.lag.steady,
            usual_lag=usual_lag,
            trip=session.trip(now),
            errors=self._bad / (self._bad + self._good + _GOOD_FRAMES),
            unheard=session.unheard,
        )

    def put(self, topics: list[str]) -> None:
        """Carry more topics."""
        self.topics.update(dict.fromkeys(topics))
        for topic in topics:
            self.leaving.pop(topic, None)
        for connection in self.connections:
            connection.session.want(topics)
            connection.wake()

    def take(self, topics: list[str]) -> None:
        """Stop carrying topics."""
        for topic in topics:
            self.topics.pop(topic, None)
            self.leaving.pop(topic, None)
        for connection in self.connections:
            connection.session.unwant(topics)
            connection.wake()
