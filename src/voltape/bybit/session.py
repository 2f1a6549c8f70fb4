"""Protocol state of one option socket, without the socket.

Texts and times go in; texts to send and a verdict come out. Theory:

* An acknowledgement proves nothing on this venue: unknown topics are acknowledged and stay silent. A topic is
  *confirmed* by its first data, and by nothing else. A topic that is silent past a deadline is unsubscribed and
  subscribed again, ever more slowly, because a quiet contract looks the same as a lost one.
* The acknowledgement names topics, not requests, and looks the same for subscribe and unsubscribe; it is matched
  by topic. Where the acknowledgement itself counts, that of an unsubscription must not pass for that of the next
  subscription, which goes out before it arrives.
* A topic of events (trades) may be silent for hours. It is asked for again until it is acknowledged, then left alone, and
  neither its silence nor its data says anything of the connection. Whether it delivers is for others to check.
* The heartbeat is a text message from the moment of connect, whatever subscribing does.
* A connection that carries no data is dead even while it answers pings. How long a silence may last follows from
  the rate seen before it, so that a busy connection is judged within seconds and a quiet one is left alone. The
  first message of each topic is the venue's answer to the subscription and says nothing about that rate, unless it
  comes well after the acknowledgement. Before a connection has shown a rate, what its topics brought elsewhere
  stands in (`expect`).

A session serves one connection and is thrown away with it; what is wanted lives in the pool.
"""

from collections.abc import Iterable

import msgspec

from .messages import Command
from .topics import PING, chunks, is_event, request

__all__ = ["Session", "SessionOptions"]

_SHORTEST_SILENCE = 7.0
_SILENCE_IN_MESSAGES = 30.0
_CHECK_EVERY = 1.0
_LONGEST_RETRY = 300.0
_RATE_WEIGHT = 0.1
_FIRST_RATE_WINDOW = 2.0
_ANSWERED_WITHIN = 1.0


class SessionOptions(msgspec.Struct, frozen=True):
    """How a session behaves; times in seconds.

    Attributes:
        chunk_size, chunk_chars: topics and characters per request.
        chunk_delay: between two requests on one connection.
        ping_interval: between two text pings.
        first_data_within: how long a topic may take to deliver before it is asked for again.
        stale_after: longest silence of a connection, however quiet it was before.
        patience: factor on the silence allowed before a rate is known; grows while reconnecting brings nothing.
    """

    chunk_size: int = 200
    chunk_chars: int = 8_000
    chunk_delay: float = 0.1
    ping_interval: float = 18.0
    first_data_within: float = 10.0
    stale_after: float = 60.0
    patience: float = 1.0


class _Wait:
    """A topic that was asked for and has not delivered yet."""

    __slots__ = ("acknowledged", "attempts", "deadline")

    def __init__(self, deadline: float, attempts: int) -> None:
        self.deadline = deadline
        self.attempts = attempts
        self.acknowledged: float | None = None


class Session:
    """State of one connection.

    Attributes:
        pending: topics asked for that have not delivered yet; the receive path looks here.
        confirmed: topics that have delivered; those of events as soon as they are acknowledged.
        failures: topics refused by the venue so far; retries: topics asked for again.
        round_trip: seconds of the last ping, None before the first pong.
        pinged: when the last ping was sent. waiting_since: the one whose pong is missing, None if none is.
        rate: messages per second, smoothed; 0 until it is known.
        last_data: when data was last seen, None before the first.
    """

    def __init__(self, options: SessionOptions, topics: Iterable[str], now: float) -> None:
        self._options = options
        self._asked: float | None = None
        self._unsent: dict[str, None] = {}
        self._events: set[str] = set()
        self._leaving: dict[str, None] = {}
        self._let_go: set[str] = set()
        self._attempts: dict[str, int] = {}
        self.pending: dict[str, _Wait] = {}
        self.confirmed: set[str] = set()
        self.failures = 0
        self.retries = 0
        self.round_trip: float | None = None
        self.rate = 0.0
        self.last_data: float | None = None
        self.pinged = now
        self.waiting_since: float | None = None
        self._expected = 0.0
        self._next_ping = now
        self._next_request = now
        self._next_check = now + _CHECK_EVERY
        self._checked = now
        self._seen_messages = 0
        self._seen_at = now
        self._first_messages = 0
        self.want(topics)

    @property
    def topics(self) -> int:
        """Topics on this connection: unsent, waiting and confirmed."""
        return len(self._unsent) + len(self.pending) + len(self.confirmed)

    @property
    def speakers(self) -> int:
        """Topics of which silence says something: all but those of events."""
        return self.topics - len(self._events)

    @property
    def acknowledged(self) -> int:
        """Topics acknowledged or, better, confirmed."""
        return len(self.confirmed) + sum(wait.acknowledged is not None for wait in self.pending.values())

    @property
    def unsent(self) -> int:
        """Topics not asked for yet."""
        return len(self._unsent)

    @property
    def unheard(self) -> float:
        """Share (0 to 1) of the topics that are silent although asked for more than once."""
        again = sum(wait.attempts > 0 for wait in self.pending.values())
        return again / self.topics if again else 0.0

    def expect(self, rate: float) -> None:
        """Say how many messages per second these topics bring elsewhere, 0 for unknown; a rate of its own counts more."""
        self._expected = rate

    def want(self, topics: Iterable[str]) -> None:
        """Subscribe to topics with the next requests."""
        for topic in topics:
            if topic not in self.pending and topic not in self.confirmed:
                self._unsent[topic] = None
                if is_event(topic):
                    self._events.add(topic)

    def unwant(self, topics: Iterable[str]) -> None:
        """Unsubscribe from topics with the next requests."""
        for topic in topics:
            self._attempts.pop(topic, None)
            self._events.discard(topic)
            if topic in self._unsent:
                del self._unsent[topic]
            elif self.pending.pop(topic, None) is not None or topic in self.confirmed:
                self.confirmed.discard(topic)
                self._leaving[topic] = None
        if not self.speakers:
            self._asked = None

    def renew(self, topics: Iterable[str]) -> None:
        """Unsubscribe and subscribe again what should deliver and does not."""
        for topic in topics:
            if topic in self.confirmed or self.pending.pop(topic, None) is not None:
                self.confirmed.discard(topic)
                self._leaving[topic] = None
                self._unsent[topic] = None
                self.retries += 1

    def heard(self, topic: str) -> None:
        """The first data of a pending topic arrived, or what stands in for it."""
        wait = self.pending.pop(topic, None)
        if wait is not None:
            self.confirmed.add(topic)
            self._attempts.pop(topic, None)
            self._first_messages += topic not in self._events and not self._is_late(wait)

    def _is_late(self, wait: _Wait) -> bool:
        return wait.acknowledged is not None and self._checked - wait.acknowledged >= _ANSWERED_WITHIN

    def command(self, command: Command, now: float) -> None:
        """Take an acknowledgement, a pong or an error."""
        if command.op == "pong" or command.ret_msg == "pong":
            if self.waiting_since is not None:
                self.round_trip = now - self.waiting_since
                self.waiting_since = None
            return
        topics = command.data
        if topics is None:
            self.failures += command.success is False
            return
        for topic in topics.successTopics:
            if topic in self._let_go:
                self._let_go.remove(topic)
                continue
            wait = self.pending.get(topic)
            if wait is not None and wait.acknowledged is None:
                wait.acknowledged = now
                if topic in self._events:
                    self.heard(topic)
        for topic in topics.failTopics:
            self._refused(topic, now)

    def _refused(self, topic: str, now: float) -> None:
        wait = self.pending.get(topic)
        if wait is not None:
            self.failures += 1
            wait.acknowledged = None
            wait.deadline = max(wait.deadline, now + self._options.first_data_within)

    def due(self) -> float:
        """When `texts` next has something to do."""
        due = min(self._next_ping, self._next_check)
        return min(due, self._next_request) if self._unsent or self._leaving else due

    def texts(self, now: float) -> list[bytes]:
        """Texts to send now."""
        result = []
        if now >= self._next_ping:
            self._next_ping = now + self._options.ping_interval
            self.pinged = now
            if self.waiting_since is None:
                self.waiting_since = now
            result.append(PING)
        if now >= self._next_check:
            self._checked = now
            self._next_check = now + _CHECK_EVERY
            self.renew([topic for topic, wait in self.pending.items() if now >= wait.deadline])
        if (self._leaving or self._unsent) and now >= self._next_request:
            self._next_request = now + self._options.chunk_delay
            result.append(self._next_chunk(now))
        return result

    def _next_chunk(self, now: float) -> bytes:
        options = self._options
        if self._leaving:
            chunk = chunks(self._leaving, options.chunk_size, options.chunk_chars)[0]
            for topic in chunk:
                del self._leaving[topic]
            self._let_go.update(filter(is_event, chunk))
            return request("unsubscribe", chunk)
        chunk = chunks(self._unsent, options.chunk_size, options.chunk_chars)[0]
        if self._asked is None and not self._events.issuperset(chunk):
            self._asked = now
        for topic in chunk:
            del self._unsent[topic]
            attempts = self._attempts.get(topic, 0)
            self._attempts[topic] = attempts + 1
            patience = min(options.first_data_within * 2.0 ** min(attempts, 8), _LONGEST_RETRY)
            self.pending[topic] = _Wait(now + patience, attempts)
        return request("subscribe", chunk)

    def traffic(self, messages: int, now: float) -> None:
        """Tell how many data messages the connection has carried so far."""
        elapsed, fresh = now - self._seen_at, messages - self._seen_messages
        # Time without data counts into the rate once data comes, else a quiet connection would look busy.
        if elapsed <= 0 or not fresh:
            return
        self.last_data = now
        # The first rate is taken over a while at least, or one message soon after the others would look like many.
        span, weight = (
            (elapsed, min(1.0, _RATE_WEIGHT * elapsed))
            if self.rate
            else (max(elapsed, _FIRST_RATE_WINDOW), 1.0)
        )
        observed = max(0, fresh - self._first_messages) / span
        self.rate += weight * (observed - self.rate)
        self._seen_messages, self._seen_at, self._first_messages = messages, now, 0

    def silence_allowed(self) -> float:
        """Seconds without data after which this connection counts as mute."""
        longest, first = self._options.stale_after, self._options.first_data_within
        patience = self._options.patience
        if self.last_data is None:
            return min(longest, first) * patience
        if self.rate > 0:
            return min(longest, max(_SHORTEST_SILENCE, _SILENCE_IN_MESSAGES / self.rate))
        if self._expected > 0:
            return min(longest, max(first, _SILENCE_IN_MESSAGES / self._expected) * patience)
        return longest

    def silence(self, now: float) -> float:
        """Seconds since the last data, or since data was asked for where there was none; 0 before that."""
        asked = now if self._asked is None else self._asked
        return now - (asked if self.last_data is None else max(asked, self.last_data))

    def mute(self, now: float) -> bool:
        """Whether data has been missing for longer than allowed."""
        return bool(self.speakers) and self.silence(now) > self.silence_allowed()

    def trip(self, now: float) -> float | None:
        """Round trip of the last ping, or the wait for its pong where that is longer; None before the first, s."""
        if self.waiting_since is None:
            return self.round_trip
        return max(self.round_trip or 0.0, now - self.waiting_since)
