"""What one WebSocket client has asked for: requests in, acknowledgements and topic changes out.

Knows no socket and no clock. The venue accepts any topic text; whether something is ever sent for
it is not decided here. Limits are counted on the topics' JSON text, quotes and comma included.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from json import JSONDecodeError, loads

from voltape.sim.options import SimOptions
from voltape.sim.wire import acknowledged, pong, refused

__all__ = ["Reaction", "Session", "topic_chars"]

_OVERHEAD = 3


@dataclass(slots=True)
class Reaction:
    """What follows from one text of the client; `acked` are the topics a reply acknowledges."""

    reply: bytes | None = None
    acked: tuple[str, ...] = ()
    subscribed: list[str] = field(default_factory=list)
    unsubscribed: list[str] = field(default_factory=list)
    pinged: bool = False
    violation: str | None = None


def topic_chars(topics: Sequence[str]) -> int:
    """Characters these topics take in an `args` array."""
    return sum(len(topic) + _OVERHEAD for topic in topics)


class Session:
    """Topics and counts of one connection."""

    def __init__(self, conn_id: str, options: SimOptions) -> None:
        self.conn_id = conn_id
        self.topics: dict[str, None] = {}
        self.args_chars = 0
        self.pings = 0
        self._options = options

    def receive(self, text: bytes, now_ms: int) -> Reaction:
        """React to one text message."""
        try:
            request = loads(text)
        except (JSONDecodeError, UnicodeDecodeError):
            return Reaction(violation="malformed request")
        if not isinstance(request, dict):
            return Reaction(violation="request is no object")
        operation = request.get("op")
        if operation == "ping":
            self.pings += 1
            return Reaction(reply=pong(now_ms), pinged=True)
        topics = _topics(request.get("args"))
        if operation not in {"subscribe", "unsubscribe"} or topics is None:
            return Reaction(violation=f"unknown request: {str(operation)[:40]}")
        return self._subscribe(topics) if operation == "subscribe" else self._unsubscribe(topics)

    def forget(self, topics: Sequence[str]) -> None:
        """Drop topics without an answer."""
        known = [topic for topic in dict.fromkeys(topics) if topic in self.topics]
        for topic in known:
            del self.topics[topic]
        self.args_chars -= topic_chars(known)

    def _subscribe(self, topics: list[str]) -> Reaction:
        new = [topic for topic in dict.fromkeys(topics) if topic not in self.topics]
        problem = self._over_limit(topics, new)
        if problem:
            return Reaction(reply=refused(self.conn_id, problem), violation=problem)
        self.topics.update(dict.fromkeys(new))
        self.args_chars += topic_chars(new)
        return Reaction(
            reply=acknowledged(self.conn_id, topics),
            acked=tuple(topics),
            subscribed=list(dict.fromkeys(topics)),
        )

    def _unsubscribe(self, topics: list[str]) -> Reaction:
        known = [topic for topic in dict.fromkeys(topics) if topic in self.topics]
        self.forget(known)
        return Reaction(reply=acknowledged(self.conn_id, topics), acked=tuple(topics), unsubscribed=known)

    def _over_limit(self, asked: list[str], new: list[str]) -> str | None:
        options = self._options
        if len(self.topics) + len(new) > options.max_args:
            return f"args size >{options.max_args}"
        chars = {
            "request": topic_chars(asked),
            "connection": self.args_chars + topic_chars(new),
        }.get(options.chars_limit, 0)
        return f"args length >{options.max_chars}" if chars > options.max_chars else None


def _topics(args: object) -> list[str] | None:
    if not isinstance(args, list) or not all(isinstance(topic, str) for topic in args):
        return None
    return args
