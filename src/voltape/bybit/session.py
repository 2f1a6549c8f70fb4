"""Protocol state of one option socket, without the socket.

Texts and times go in; texts to send and a verdict come out. Theory:

* An acknowledgement proves nothing on this venue: unknown topics are acknowledged and stay silent. A topic is
  *confirmed* by its first data, and by nothing else. A topic that is silent past a deadline is unsubscribed and
  subscribed again, ever more slowly, because a quiet contract looks the same as a lost one.
* The acknowledgement names topics, not requests, and looks the same for subscribe and unsubscribe; it is matched
  by topic.
* The heartbeat is a text message from the moment of connect, whatever subscribing does.
* A connection that carries no data is dead even while it answers pings. How long a silence may last follows from
  the rate seen before it, so that a busy connection is judged within seconds and a quiet one is left alone. The
  first message of each topic is the venue's answer to the subscription and says nothing about that rate.

A session serves one connection and is thrown away with it; what is wanted lives in the pool.
"""

from collections.abc import Iterable

import msgspec

from .messages import Command
from .topics import PING, chunks, request

__all__ = ["Session", "SessionOptions"]

_SHORTEST_SILENCE = 7.0
_SILENCE_IN_MESSAGES = 30.0
_CHECK_EVERY = 1.0
_LONGEST_RETRY = 300.0
_RATE_WEIGHT = 0.1


class SessionOptions(msgspec.Struct, frozen=True):
    """How a session behaves; times in seconds.

    Attributes:
        chunk_size, chunk_chars: topics and characters per request.
        chunk_delay: between two requests on one connection.
        ping_interval: between two text pings.
        first_data_within: how long a topic may take to deliver before it is asked for again.
        stale_after: longest silence of a connection, however quiet it was before.
        patience: factor on the silence allowed before the first data; grows while reconnecting brings nothing.
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
        self.acknowledged = False


class Session:
    """State of one connection.

    Attributes:
        pending: topics asked for that have not delivered yet; the receive path looks here.
        confirmed: topics that have delivered.
        failures: topics refused by the venue so far; retries: topics asked for again.
        round_trip: seconds of the last ping, None before the first pong.
        rate: messages per second, smoothed.
        last_data: when data was last seen, None before the first.
    """

    def __init__(self, options: SessionOptions, topics: Iterable[str], now: float) -> None:
        self._options = options
        self._asked: float | None = None
        self._unsent: dict[str, None] = dict.fromkeys(topics)
        self._leaving: dict[str, None] = {}
        self._attempts: dict[str, int] = {}
        self.pending: dict[str, _Wait] = {}
        self.confirmed: set[str] = set()
        self.failures = 0
        self.retries = 0
        self.round_trip: float | None = None
        self.rate = 0.0
        self.last_data: float | None = None
        self._next_ping = now
        self._pinged: float | None = None
        self._next_request = now
        self._next_check = now + _CHECK_EVERY
        self._seen_messages = 0
        self._seen_at = now
        self._first_messages = 0

    @property
    def topics(self) -> int:
        """Topics on this connection: unsent, waiting and confirmed."""
        return len(self._unsent) + len(self.pending) + len(self.confirmed)

    @property
    def acknowledged(self) -> int:
        """Topics acknowledged or, better, confirmed."""
        return len(self.confirmed) + sum(wait.acknowledged for wait in self.pending.values())

    def want(self, topics: Iterable[str]) -> None:
        """Subscribe to topics with the next requests."""
        for topic in topics:
            if topic not in self.pending and topic not in self.confirmed:
                self._unsent[topic] = None

    def unwant(self, topics: Iterable[str]) -> None:
        """Unsubscribe from topics with the next requests."""
        for topic in topics:
            self._attempts.pop(topic, None)
            if topic in self._unsent:
                del self._unsent[topic]
            elif self.pending.pop(topic, None) is not None or topic in self.confirmed:
                self.confirmed.discard(topic)
                self._leaving[topic] = None
        if not self.topics:
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
        """The first data of a pending topic arrived."""
        if self.pending.pop(topic, None) is not None:
            self.confirmed.add(topic)
            self._attempts.pop(topic, None)
            self._first_messages += 1

    def command(self, command: Command, now: float) -> None:
        """Take an acknowledgement, a pong or an error."""
        if command.op == "pong" or command.ret_msg == "pong":
            if self._pinged is not None:
                self.round_trip = now - self._pinged
                self._pinged = None
            return
        topics = command.data
        if topics is None:
            self.failures += command.success is False
            return
        for topic in topics.successTopics:
            wait = self.pending.get(topic)
            if wait is not None:
                wait.acknowledged = True
        for topic in topics.failTopics:
            self._refused(topic, now)

    def _refused(self, topic: str, now: float) -> None:
        wait = self.pending.get(topic)
        if wait is not None:
            self.failures += 1
            wait.acknowledged = False
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
            if self._pinged is None:
                self._pinged = now
            result.append(PING)
        if now >= self._next_check:
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
            return request("unsubscribe", chunk)
        if self._asked is None:
            self._asked = now
        chunk = chunks(self._unsent, options.chunk_size, options.chunk_chars)[0]
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
        observed = max(0, fresh - self._first_messages) / elapsed
        weight = min(1.0, _RATE_WEIGHT * elapsed) if self.rate else 1.0
        self.rate += weight * (observed - self.rate)
        self._seen_messages, self._seen_at, self._first_messages = messages, now, 0

    def silence_allowed(self) -> float:
        """Seconds without data after which this connection counts as mute."""
        longest = self._options.stale_after
        if self.last_data is None:
            return min(longest, self._options.first_data_within) * self._options.patience
        if self.rate <= 0:
            return longest
        return min(longest, max(_SHORTEST_SILENCE, _SILENCE_IN_MESSAGES / self.rate))

    def silence(self, now: float) -> float:
        """Seconds since the last data, or since data was asked for where there was none; 0 before that."""
        asked = now if self._asked is None else self._asked
        return now - (asked if self.last_data is None else max(asked, self.last_data))

    def mute(self, now: float) -> bool:
        """Whether data has been missing for longer than allowed."""
        return bool(self.topics) and self.silence(now) > self.silence_allowed()

    def health(self, now: float) -> float:
        """From 0 (mute) to 1: how much of its allowed silence, confirmations and pongs the connection keeps."""
        if not self.topics:
            return 1.0
        fresh = max(0.0, 1.0 - self.silence(now) / self.silence_allowed())
        heard = len(self.confirmed) / self.topics
        ponged = (
            0.5 if self._pinged is not None and now - self._pinged > self._options.ping_interval / 2 else 1.0
        )
        return round((0.5 + 0.5 * fresh) * (0.5 + 0.5 * heard) * ponged if fresh else 0.0, 3)
