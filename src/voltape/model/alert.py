"""What the watch of alerts tells of itself."""

import msgspec

__all__ = ["AlertUse", "SinkUse"]


class SinkUse(msgspec.Struct):
    """Messages to one sink: `sent` and confirmed, attempts that `failed`, `waiting` now, `dropped` and never sent."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0
    dropped: int = 0


class AlertUse(msgspec.Struct):
    """The watch of alerts.

    Attributes:
        rules: how many there are. unread: of these, how many have no reading at present.
        firing: names of the rules whose condition holds.
        told: alerts that were told, without their ends. held_back: those that a cool-down or a bound kept back.
        sinks: what became of the messages, by sink.
        ts: when all this was so, epoch ms; 0 where nobody watches.
    """

    rules: int = 0
    unread: int = 0
    firing: list[str] = []
    told: int = 0
    held_back: int = 0
    sinks: dict[str, SinkUse] = {}
    ts: int = 0
