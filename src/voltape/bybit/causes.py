"""Why connections end: a cause of a small set for figures, and words for the gap ledger and the log.

A client is cut mostly without a word, so whether it is to blame follows from what it did itself: it had not read for a
while, or had not sent a ping. Those causes, broken limits and broken protocol count as *self-inflicted*.
"""

from collections import Counter, deque
from typing import Literal, get_args

import msgspec

from voltape.errors import VenueError, VenueRefused

__all__ = [
    "CAUSES",
    "FAULT",
    "SELF_INFLICTED",
    "Cause",
    "Ending",
    "EndingLog",
    "attempt_failed",
    "closed",
    "cut",
]

Cause = Literal[
    "cut",
    "closed",
    "mute",
    "garbled",
    "refused",
    "unreachable",
    "certificate",
    "slow_reader",
    "no_ping",
    "over_limit",
    "protocol",
    "fault",
]
"""`cut`: without a close frame, for no reason that we know. `closed`: with one. `mute`: by us, for want of data.
`garbled`: by us, a message without end. `refused`, `unreachable`, `certificate`: an attempt that failed.
`slow_reader`: we did not read. `no_ping`: we sent no ping. `over_limit`: too many connections or requests.
`protocol`: the exchange did not understand us. `fault`: an error in voltape.
"""

CAUSES: tuple[Cause, ...] = get_args(Cause)
"""All causes."""

SELF_INFLICTED: frozenset[Cause] = frozenset({"slow_reader", "no_ping", "over_limit", "protocol", "fault"})
"""Causes for which we are to blame."""

_SLOW_CODES = (1008, 1013)
_PROTOCOL_CODES = (1002, 1003, 1007, 1009)
_STALLED = 5.0
_UNPINGED = 28.0
_HOUR = 3_600.0
_KEPT = 10_000


class Ending(msgspec.Struct, frozen=True):
    """The end of a connection, or of an attempt to make one: its cause, and the same in words."""

    cause: Cause
    text: str


FAULT = Ending("fault", "a fault of ours")
"""A bug surfaced in a connection."""


def closed(code: int) -> Ending:
    """The exchange sent a close frame; `code` is 0 where it had none."""
    text = f"closed by the exchange ({code or 'no code'})"
    if code in _SLOW_CODES:
        return Ending("slow_reader", text)
    return Ending("protocol" if code in _PROTOCOL_CODES else "closed", text)


def cut(stalled: float, unpinged: float) -> Ending:
    """The connection is gone without a close frame.

    Args:
        stalled: longest time in the last while for which we did not get to read, s.
        unpinged: time since our last ping, s.
    """
    if unpinged >= _UNPINGED:
        return Ending("no_ping", f"cut without a close frame, {unpinged:.0f} s after our last ping")
    if stalled >= _STALLED:
        return Ending("slow_reader", f"cut without a close frame, after we had not read for {stalled:.0f} s")
    return Ending("cut", "cut without a close frame")


def attempt_failed(error: VenueError) -> Ending:
    """An attempt to connect ended in `error`."""
    text = str(error)
    if isinstance(error, VenueRefused) or error.why.startswith("429"):
        return Ending("over_limit", text)
    if error.what == "certificate":
        return Ending("certificate", text)
    return Ending("refused" if error.what == "handshake" else "unreachable", text)


class EndingLog:
    """How often connections ended, by cause.

    Attributes:
        total: connections that ended and had to be made again.
        causes: the same by cause, and the attempts that a limit refused.
    """

    def __init__(self) -> None:
        self.total = 0
        self.causes: Counter[str] = Counter()
        self._latest: deque[tuple[float, Cause, bool]] = deque(maxlen=_KEPT)

    def ended(self, cause: Cause, now: float) -> None:
        """A connection that had been open ended."""
        self.total += 1
        self.causes[cause] += 1
        self._latest.append((now, cause, True))

    def refused(self, cause: Cause, now: float) -> None:
        """An attempt was refused for a reason of ours; no connection ended by it."""
        self.causes[cause] += 1
        self._latest.append((now, cause, False))

    def last_hour(self, now: float) -> int:
        """Connections that ended within the last hour."""
        return sum(ended for at, _, ended in self._latest if at > now - _HOUR)

    def causes_last_hour(self, now: float) -> Counter[str]:
        """`causes` of the last hour."""
        return Counter(cause for at, cause, _ in self._latest if at > now - _HOUR)
