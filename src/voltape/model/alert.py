"""What the watch of alerts tells of itself."""

import msgspec

__all__ = ["AlertUse", "FiringRule", "SinkUse"]


class SinkUse(msgspec.Struct):
    """Messages to one sink: `sent` and confirmed, attempts that `failed`, `waiting` now, `dropped` and never sent."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0
    dropped: int = 0


class FiringRule(msgspec.Struct):
    """A rule whose condition holds.

    Attributes:
        rule: its name. ts_since: since when, epoch ms.
        reading: the present one, in the unit of the data API; null where there is none. said: all that for people.
    """

    rule: str
    ts_since: int = 0
    reading: float | None = None
    said: str = ""


class AlertUse(msgspec.Struct):
    """The watch of alerts.

    Attributes:
        rules: how many there are. unread: of these, how many have no reading at present.
        firing: the rules whose condition holds.
        told: alerts that were told, without their ends. held_back: those that a cool-down or a bound kept back.
        sinks: what became of the messages, by sink.
        ts: when all this was so, epoch ms; 0 where nobody watches.
    """

    rules: int = 0
    unread: int = 0
    firing: list[FiringRule] = []
    told: int = 0
    held_back: int = 0
    sinks: dict[str, SinkUse] = {}
    ts: int = 0
