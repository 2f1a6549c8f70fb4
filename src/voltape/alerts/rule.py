"""A rule of an alert: what is read, when that is remarkable, and how often it is told."""

from typing import Literal

import msgspec

__all__ = ["Direction", "Level", "Move", "Rule", "Sense", "Subject"]

Sense = Literal["above", "below", "reaches"]
Direction = Literal["up", "down", "either"]


class Subject(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a rule is about; which of these it takes depends on its kind."""

    underlying: str | None = None
    symbol: str | None = None
    expiry: str | None = None
    of: str | None = None
    role: str | None = None
    job: str | None = None
    audit: str | None = None

    def __str__(self) -> str:
        named = (self.symbol, self.underlying, self.expiry, self.role, self.job, self.audit)
        return " ".join(one for one in named if one is not None)


class Level(msgspec.Struct, frozen=True):
    """A level with its hysteresis.

    Attributes:
        sense: on which side of `value` a reading is remarkable; `reaches` includes the value itself.
        value: the level. clear: where a reading has to be back for the alert to be over.
    """

    sense: Sense
    value: float
    clear: float

    def is_beyond(self, reading: float) -> bool:
        """Whether a reading is remarkable."""
        match self.sense:
            case "above":
                return reading > self.value
            case "below":
                return reading < self.value
        return reading >= self.value

    def is_clear(self, reading: float) -> bool:
        """Whether a reading ends an alert; never true of one that is beyond."""
        match self.sense:
            case "above":
                return reading <= self.clear
            case "below":
                return reading >= self.clear
        return reading < self.clear


class Move(msgspec.Struct, frozen=True):
    """A change within a time.

    Attributes:
        within_ms: how far back it is looked.
        direction: which changes count.
        relative: whether the change is a share of what was, or in units of the value.
        counts: the value is a counter that only grows, and begins anew with the process that owns it.
    """

    within_ms: int
    direction: Direction
    relative: bool
    counts: bool = False


class Rule(msgspec.Struct, frozen=True):
    """One rule.

    Attributes:
        name: how people know it; unique.
        kind: what is read.
        subject: of what.
        level: when the reading is remarkable.
        move: how the reading is made of the values; None where it is the value itself.
        hold_ms: how long it has to hold before it is told.
        cool_down_ms: time after a message within which there is no other.
        at_most: messages within an hour; ends are not counted.
        to: sinks.
        tell_end: whether its end is told.
    """

    name: str
    kind: str
    subject: Subject
    level: Level
    move: Move | None
    hold_ms: int
    cool_down_ms: int
    at_most: int
    to: tuple[str, ...]
    tell_end: bool
