"""One WebSocket connection as the venue sees it: its session, its socket, and what it has done."""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from voltape.sim.session import Session

__all__ = ["Link", "Tap"]

_VIOLATIONS_KEPT = 50


class Tap(Protocol):
    """Something that stands between the feed and a connection, such as a fault.

    `delivers` says that what it holds back goes out later, so that the message counts as sent.
    """

    @property
    def delivers(self) -> bool:
        """See above."""

    def push(self, link: "Link", topic: str, frame: bytes, /) -> Sequence[bytes] | None:
        """Frames to send instead of `frame`, or `None` to leave it as it is."""


class Link:
    """A client's connection; times are epoch milliseconds of the machine's clock.

    `messages` counts what brought data, `trades` those of them that brought trades and were not held up by a tap.
    `violations` holds the first fifty rules the client broke, `cause` why the connection ended.
    A `half_open` connection neither reads nor writes, yet stays.
    """

    def __init__(self, number: int, session: Session, transport: asyncio.Transport, opened_at: int) -> None:
        self.id = number
        self.session = session
        self.transport = transport
        self.path = ""
        self.opened_at = opened_at
        self.closed_at: int | None = None
        self.cause: str | None = None
        self.messages = 0
        self.trades = 0
        self.bytes = 0
        self.violations: list[str] = []
        self.taps: list[Tap] = []
        self.half_open = False
        self.last_ping = 0.0
        self.blocked_since: float | None = None

    def push(self, topic: str, frame: bytes) -> bool:
        """Send one data frame, through the taps if there are any; true if it went out as it is."""
        if self.taps or self.half_open:
            return self._push_tapped(topic, frame)
        self.transport.write(frame)
        self.messages += 1
        self.bytes += len(frame)
        return True

    def send(self, frame: bytes) -> None:
        """Send a frame past all taps."""
        if not self.half_open and not self.transport.is_closing():
            self.transport.write(frame)
            self.messages += 1
            self.bytes += len(frame)

    def reply(self, frame: bytes) -> None:
        """Send a control answer, which does not count as data."""
        if not self.half_open and not self.transport.is_closing():
            self.transport.write(frame)

    def violate(self, rule: str) -> None:
        """Note a rule the client broke."""
        if len(self.violations) < _VIOLATIONS_KEPT:
            self.violations.append(rule)

    def abort(self, cause: str) -> None:
        """End without a close frame."""
        self.cause = self.cause or cause
        self.transport.abort()

    def report(self) -> dict[str, Any]:
        """The connection as the control endpoint shows it."""
        return {
            "id": self.id,
            "conn_id": self.session.conn_id,
            "path": self.path,
            "topics": list(self.session.topics),
            "args_chars": self.session.args_chars,
            "messages": self.messages,
            "trades": self.trades,
            "bytes": self.bytes,
            "pings": self.session.pings,
            "opened_at": self.opened_at,
            "closed_at": self.closed_at,
            "cause": self.cause,
            "violations": list(self.violations),
        }

    def _push_tapped(self, topic: str, frame: bytes) -> bool:
        for tap in self.taps:
            frames = tap.push(self, topic, frame)
            if frames is not None:
                for one in frames:
                    self.send(one)
                return tap.delivers or frame in frames
        self.send(frame)
        return not self.half_open
