"""Rules and their state as lines for people."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from .engine import Engine, RuleState
from .kinds import KINDS
from .notice import lasted, shown, unit_of
from .rule import Rule

__all__ = ["condition", "present_lines", "state_lines"]

_DASH = "\N{EN DASH}"
_SIGNS = {"above": ">", "below": "<", "reaches": "≥"}


def condition(rule: Rule) -> str:
    """When a rule fires, in short."""
    if KINDS[rule.kind].measure == "switch":
        text = "yes"
    else:
        text = f"{_SIGNS[rule.level.sense]} {shown(rule.level.value, unit_of(rule))}"
    if rule.move is not None:
        arrow = {"up": "up ", "down": "down ", "either": ""}[rule.move.direction]
        text = f"{arrow}{text} within {lasted(rule.move.within_ms)}"
    return f"{text} for {lasted(rule.hold_ms)}" if rule.hold_ms else text


def present_lines(rules: Sequence[Rule], values: Mapping[str, float | None]) -> Iterator[str]:
    """Each rule with the value that it has now."""
    rows = [("rule", "reads", "now", "fires when", "tells")]
    for rule in rules:
        value = values.get(rule.name)
        now = _DASH if value is None else shown(value, KINDS[rule.kind].unit)
        rows.append((rule.name, _reads(rule), now, condition(rule), ", ".join(rule.to)))
    return _table(rows)


def state_lines(rules: Sequence[Rule], engine: Engine, now_ms: int) -> Iterator[str]:
    """Each rule with its state: armed, firing since, or cooling until."""
    rows = [("rule", "reads", "state", "reading", "told in the last hour")]
    for rule in rules:
        state = engine.state.rules[rule.name]
        reading = _DASH if state.reading is None else shown(state.reading, unit_of(rule))
        told = sum(at > now_ms - 3_600_000 for at in state.told_at)
        rows.append((rule.name, _reads(rule), _state(rule, state, now_ms), reading, f"{told}"))
    return _table(rows)


def _state(rule: Rule, state: RuleState, now_ms: int) -> str:
    if state.firing:
        return f"firing since {_clock(state.since)}" + ("" if state.told else ", held back")
    if state.told_at and now_ms < (until := state.told_at[-1] + rule.cool_down_ms):
        return f"cooling until {_clock(until)}"
    return "armed"


def _reads(rule: Rule) -> str:
    return f"{rule.kind} {rule.subject}".rstrip()


def _clock(ts: int) -> str:
    return datetime.fromtimestamp(ts / 1000, UTC).strftime("%m-%d %H:%M:%S UTC")


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
