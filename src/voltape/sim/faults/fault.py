"""What a fault is: a set of hooks into the venue, all of which do nothing unless overridden.

A fault applies to one connection or to all of them, for a while, for a number of times or until it
is cleared, and possibly only with some probability.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar, Protocol

from voltape.sim.feed import Feed
from voltape.sim.http import Request, Response
from voltape.sim.link import Link
from voltape.sim.session import Reaction

__all__ = ["BadFault", "Fault", "FaultSpec", "Host", "RestOutcome"]


class BadFault(ValueError):
    """A fault that was asked for with an unknown kind or unusable values."""


class Host(Protocol):
    """What faults may use of the venue."""

    feed: Feed

    def open_links(self) -> Iterable[Link]:
        """Connections that are open now."""

    def later(self, delay: float, action: Callable[[], None]) -> None:
        """Call `action` after `delay` seconds."""

    def now_ms(self) -> int:
        """The venue's time, epoch ms."""


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """What was asked for: durations in seconds, `params` as sent."""

    kind: str
    params: dict[str, Any]
    connection: int | None = None
    duration: float | None = None
    probability: float = 1.0
    count: int | None = None


@dataclass(frozen=True, slots=True)
class RestOutcome:
    """What a fault makes of a REST request: a wait in seconds, then perhaps an answer of its own."""

    wait: float = 0.0
    response: Response | None = None


class Fault:
    """Base of all faults. `taps` says that the fault wants to see every data frame.

    `delivers` says that it only holds frames back and sends them later.
    """

    taps: ClassVar[bool] = False
    delivers: ClassVar[bool] = False

    def __init__(self, number: int, spec: FaultSpec, host: Host, rng: Random) -> None:
        self.number = number
        self.spec = spec
        self.hits = 0
        self.over = False
        self._host = host
        self._rng = rng
        self.prepare()

    def prepare(self) -> None:
        """Read the parameters; raises `BadFault`."""

    def begin(self) -> None:
        """Called once when the fault starts."""

    def end(self) -> None:
        """Called once when it ends."""

    def flush(self) -> None:
        """Send at once whatever is held back."""

    def covers(self, link: Link) -> bool:
        """Whether the fault is meant for this connection."""
        return self.spec.connection is None or self.spec.connection == link.id

    def strikes(self) -> bool:
        """Whether it happens this time; counts, and is over after `count` times."""
        if self.over or self._rng.random() >= self.spec.probability:
            return False
        self.hits += 1
        if self.spec.count is not None and self.hits >= self.spec.count:
            self.over = True
        return True

    def links(self) -> list[Link]:
        """Open connections it is meant for."""
        return [link for link in self._host.open_links() if self.covers(link)]

    def opened(self, link: Link, /) -> None:
        """A connection has opened."""

    def handshake(self, request: Request, /) -> Response | None:
        """An answer instead of the handshake."""

    def push(self, link: Link, topic: str, frame: bytes, /) -> Sequence[bytes] | None:
        """Frames instead of a data frame; `None` leaves it."""

    def react(self, link: Link, reaction: Reaction, /) -> None:
        """Change what follows from a client's request."""

    def rest(self, request: Request, /) -> RestOutcome | None:
        """Interfere with a REST request before it is answered."""

    def answer(self, _request: Request, envelope: dict[str, Any], /) -> dict[str, Any]:
        """Change the answer to a REST request."""
        return envelope

    def text(self, name: str, default: str = "") -> str:
        """A text parameter."""
        value = self.spec.params.get(name, default)
        if not isinstance(value, str):
            raise BadFault(f"{name} must be text")
        return value

    def real(self, name: str, default: float) -> float:
        """A number parameter, not negative."""
        value = self.spec.params.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise BadFault(f"{name} must be a number, not negative")
        return float(value)
