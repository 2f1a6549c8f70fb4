"""A message of an alert, and its words."""

from datetime import UTC, datetime
from typing import Literal

import msgspec

from .kinds import KINDS, Unit
from .rule import Rule

__all__ = ["Event", "Notice", "lasted", "notice_of", "said", "shown", "trial", "unit_of"]

Event = Literal["begin", "end", "test"]


class Notice(msgspec.Struct, frozen=True):
    """A message, as a webhook gets it.

    Attributes:
        id: unique; the same one when it is sent again.
        event: `begin` where the condition has come to hold, `end` where it no longer does, `test` for a trial.
        rule, kind: what told it.
        subject: what it is about, by the names of the rule file.
        ts, at: when, epoch ms and ISO 8601 UTC.
        reading: what was read. level: what it was compared with; both in the unit of the data API.
        since: when the condition came to hold, epoch ms.
        held_back: alerts of this rule before this one that were not told.
        text: all that in a sentence.
    """

    id: str
    event: Event
    rule: str
    kind: str
    subject: dict[str, str]
    ts: int
    at: str
    reading: float | None
    level: float | None
    since: int
    held_back: int
    text: str


def notice_of(
    rule: Rule, event: Event, number: int, reading: float, now_ms: int, since_ms: int, held_back: int = 0
) -> Notice:
    """The message about a rule whose condition begins or ends to hold.

    Args:
        rule: which.
        event: `begin` or `end`.
        number: of this message among those of the rule.
        reading: what was read.
        now_ms: now. since_ms: when it came to hold.
        held_back: alerts that were not told before.
    """
    words = said(rule, reading) if event == "begin" else _ended(rule, reading, now_ms - since_ms)
    more = f" ({held_back} before this one were held back)" if held_back else ""
    return Notice(
        id=f"{rule.name}/{now_ms}/{number}",
        event=event,
        rule=rule.name,
        kind=rule.kind,
        subject=msgspec.to_builtins(rule.subject),
        ts=now_ms,
        at=_at(now_ms),
        reading=None if KINDS[rule.kind].measure == "switch" else reading,
        level=None if KINDS[rule.kind].measure == "switch" else rule.level.value,
        since=since_ms,
        held_back=held_back,
        text=f"{rule.name}: {words}{more}",
    )


def trial(now_ms: int) -> Notice:
    """A message that only shows that messages get through."""
    return Notice(
        id=f"test/{now_ms}",
        event="test",
        rule="test",
        kind="test",
        subject={},
        ts=now_ms,
        at=_at(now_ms),
        reading=None,
        level=None,
        since=now_ms,
        held_back=0,
        text="test: alerts of voltape get through",
    )


def _at(ts: int) -> str:
    return datetime.fromtimestamp(ts / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def said(rule: Rule, reading: float | None) -> str:
    """What a rule that fires reads, and what that is compared with; `reading` is None where there is none at present."""
    kind = KINDS[rule.kind]
    if reading is None:
        return f"{_what(rule)} not known at present"
    if kind.measure == "switch":
        return f"{_about(rule)}{kind.on}"
    return f"{_what(rule)} {shown(reading, unit_of(rule))}, {_compared(rule)}"


def _ended(rule: Rule, reading: float, lasted_ms: int) -> str:
    kind = KINDS[rule.kind]
    over = f"over after {lasted(lasted_ms)}"
    if kind.measure == "switch":
        return f"{over}: {_about(rule)}{kind.off}"
    return f"{over}: {_what(rule)} {shown(reading, unit_of(rule))}"


def _about(rule: Rule) -> str:
    subject = str(rule.subject)
    return f"{subject}: " if subject else ""


def _what(rule: Rule) -> str:
    name = rule.kind.replace("_", " ")
    of = rule.subject.of
    by = "" if of is None else f" by {of.replace('_', ' ')}"
    return f"{_about(rule)}{name}{by}"


def _compared(rule: Rule) -> str:
    level = shown(rule.level.value, unit_of(rule))
    if rule.move is not None:
        return f"at least {level} within {lasted(rule.move.within_ms)}"
    return f"{rule.level.sense} {level}"


def unit_of(rule: Rule) -> Unit:
    """Unit of a rule's reading."""
    return "share" if rule.move is not None and rule.move.relative else KINDS[rule.kind].unit


def shown(value: float, unit: Unit) -> str:
    """A value for people."""
    match unit:
        case "share":
            return _percent(value * 100)
        case "percent":
            return _percent(value)
        case "bytes":
            return f"{value / 1e6:,.1f} MB"
        case "switch":
            return "yes" if value else "no"
    return _number(value)


def _percent(value: float) -> str:
    # What is all but the whole must not look like it.
    return f"{value:.6g} %" if 99.9 < value < 100 else f"{_number(value)} %"


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) >= 1 else f"{value:.3g}"


def lasted(ms: int) -> str:
    """A time for people."""
    seconds = ms / 1000
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
