"""Active faults, made from JSON by kind, and what they do together."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

from voltape.sim.faults.answers import (
    AckFailed,
    AckLate,
    AckMissing,
    AckPartial,
    AckTwice,
    Deaf,
    LinearAnswers,
    LoseSubscriptions,
)
from voltape.sim.faults.endings import Close, Drop, HalfOpen, Maintenance, Refuse, Reset
from voltape.sim.faults.fault import BadFault, Fault, FaultSpec, Host, RestOutcome
from voltape.sim.faults.frames import BookGap, Fragments, WrongTime
from voltape.sim.faults.garbage import Garbage
from voltape.sim.faults.rest import Rest403, RestError, RestPartial
from voltape.sim.faults.stream import Delay, Duplicate, LostTopics, Mute, Reorder
from voltape.sim.http import Request, Response
from voltape.sim.link import Link
from voltape.sim.session import Reaction

__all__ = ["KINDS", "Faults"]

KINDS: Mapping[str, type[Fault]] = {
    "drop": Drop,
    "reset": Reset,
    "close": Close,
    "half_open": HalfOpen,
    "refuse": Refuse,
    "maintenance": Maintenance,
    "mute": Mute,
    "deaf": Deaf,
    "garbage": Garbage,
    "fragments": Fragments,
    "wrong_time": WrongTime,
    "book_gap": BookGap,
    "duplicate": Duplicate,
    "reorder": Reorder,
    "lose_subscriptions": LoseSubscriptions,
    "lost_topics": LostTopics,
    "ack_missing": AckMissing,
    "ack_late": AckLate,
    "ack_partial": AckPartial,
    "ack_failed": AckFailed,
    "ack_twice": AckTwice,
    "linear_answers": LinearAnswers,
    "rest_error": RestError,
    "rest_403": Rest403,
    "rest_partial": RestPartial,
    "delay": Delay,
}
"""Fault classes by the name used on the control endpoint."""

_COMMON = {"kind", "connection", "duration_s", "probability", "count"}


class Faults:
    """All active faults; seeded, so that a repeated script has repeated effects."""

    def __init__(self, host: Host, *, seed: int) -> None:
        self._host = host
        self._seed = seed
        self._made = 0
        self._active: list[Fault] = []

    def start(self, request: Mapping[str, Any]) -> int:
        """Start the fault described by a JSON object and return its number; raises `BadFault`."""
        spec = _spec(request)
        self._made += 1
        fault = KINDS[spec.kind](self._made, spec, self._host, Random(f"{self._seed}/fault/{self._made}"))
        self._active.append(fault)
        fault.begin()
        if spec.duration is not None:
            self._host.later(spec.duration, lambda: self.stop(fault))
        self._arrange()
        return fault.number

    def stop(self, fault: Fault) -> None:
        """End one fault; harmless if it has ended."""
        if fault in self._active:
            self._active.remove(fault)
            fault.end()
            self._arrange()

    def clear(self) -> int:
        """End all faults and return how many there were."""
        ended = list(self._active)
        for fault in ended:
            self.stop(fault)
        return len(ended)

    def flush(self) -> None:
        """Send at once whatever any fault holds back."""
        for fault in self._active:
            fault.flush()

    def report(self) -> list[dict[str, Any]]:
        """Active faults and how often each has struck."""
        return [
            {"fault": f.number, "kind": f.spec.kind, "connection": f.spec.connection, "hits": f.hits}
            for f in self._active
        ]

    def opened(self, link: Link) -> None:
        """Put a new connection under the faults that cover it."""
        self._arrange()
        for fault in list(self._active):
            if fault.covers(link):
                fault.opened(link)

    def handshake(self, request: Request) -> Response | None:
        """The first answer a fault gives instead of a handshake."""
        for fault in self._live():
            response = fault.handshake(request)
            if response is not None:
                return response
        return None

    def react(self, link: Link, reaction: Reaction) -> None:
        """Let the faults change what follows from a client's request."""
        for fault in self._live():
            if fault.covers(link):
                fault.react(link, reaction)

    def rest(self, request: Request) -> RestOutcome:
        """What the faults make of a REST request; an empty outcome if nothing."""
        outcome = RestOutcome()
        for fault in self._live():
            found = fault.rest(request)
            if found is not None:
                outcome = replace(found, wait=found.wait + outcome.wait)
                if found.response is not None:
                    break
        return outcome

    def answer(self, request: Request, envelope: dict[str, Any]) -> dict[str, Any]:
        """The REST answer after all faults had their way with it."""
        for fault in self._live():
            envelope = fault.answer(request, envelope)
        return envelope

    def _live(self) -> list[Fault]:
        for fault in [f for f in self._active if f.over]:
            self.stop(fault)
        return list(self._active)

    def _arrange(self) -> None:
        for link in self._host.open_links():
            link.taps = [f for f in self._active if f.taps and f.covers(link)]


def _spec(request: Mapping[str, Any]) -> FaultSpec:
    kind = request.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadFault(f"kind must be one of {', '.join(KINDS)}")
    connection, count = _number(request, "connection"), _number(request, "count")
    probability = _number(request, "probability")
    spec = FaultSpec(
        kind=kind,
        params={name: value for name, value in request.items() if name not in _COMMON},
        connection=None if connection is None else int(connection),
        duration=_number(request, "duration_s"),
        probability=1.0 if probability is None else probability,
        count=None if count is None else int(count),
    )
    if spec.probability > 1.0:
        raise BadFault("probability must be between 0 and 1")
    return spec


def _number(request: Mapping[str, Any], name: str) -> float | None:
    value = request.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise BadFault(f"{name} must be a number, not negative")
    return float(value)
