"""When alerts are told: readings and the time in, messages out.

A rule is *armed* until its condition has held for its time; then it *fires*, once, and is armed again only when a reading
is back beyond `clear`. Between `clear` and the level nothing changes, so that a value that hovers at the level is told
once.

- A reading that is absent neither fires nor clears, and the time without readings does not count as time for which the
  condition held.
- An alert is told when it fires, unless the rule was told of within its cool-down or as often as it may be within the hour, or
  all rules together were. It is told later if it still fires when that is over; if not, it was held back, which is counted and
  said in the next message.
- The end is told where the beginning was.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from .notice import Notice, notice_of
from .rule import Rule
from .window import Bucket, moved

__all__ = ["AT_MOST", "HOUR_MS", "LONGEST_STEP_MS", "Engine", "EngineState", "RuleState"]

HOUR_MS = 3_600_000
AT_MOST = 60
"""Alerts of all rules within an hour."""
LONGEST_STEP_MS = 120_000
"""Most time between two readings that counts as time for which a condition held."""


class RuleState(msgspec.Struct):
    """What is remembered of a rule.

    Attributes:
        key: what the rule was about; a rule that is about something else begins anew.
        firing: its condition holds. told: and somebody was told. since: since when, epoch ms.
        held_ms: how long it is known to have held. seen_at: the latest reading, if it was beyond the level.
        told_at: when alerts were told within the last hour. held_back: alerts since the last one that was told.
        number: of the last message. reading: the present one. window: the past of a move.
    """

    key: str = ""
    firing: bool = False
    told: bool = False
    since: int = 0
    held_ms: int = 0
    seen_at: int | None = None
    told_at: list[int] = []
    held_back: int = 0
    number: int = 0
    reading: float | None = None
    window: list[Bucket] = []


class EngineState(msgspec.Struct):
    """What is remembered of all rules, by name, and of all of them together."""

    rules: dict[str, RuleState] = {}
    told_at: list[int] = []
    told: int = 0
    held_back: int = 0
    now_ms: int = 0


class Engine:
    """The rules and their state.

    Attributes:
        state: to be kept over restarts.
        changed: whether what has to survive a restart has changed since this was set to false.
    """

    def __init__(self, rules: Sequence[Rule], state: EngineState | None = None) -> None:
        """Go on from `state`; what is about rules that are no more is forgotten."""
        self.state = EngineState() if state is None else state
        self.changed = False
        self._rules = rules
        former = self.state.rules
        self.state.rules = {rule.name: _resumed(rule, former.get(rule.name)) for rule in rules}

    def step(self, values: Mapping[str, float | None], now_ms: int) -> list[tuple[Rule, Notice]]:
        """Take the present values by rule; returns what to tell, in the order of the rules.

        Args:
            values: by name of the rule; None or left out where there is none.
            now_ms: the wall clock, epoch ms.
        """
        state = self.state
        if now_ms < state.now_ms:
            _shift(state, now_ms - state.now_ms)
        state.now_ms = now_ms
        told = []
        for rule in self._rules:
            value = values.get(rule.name)
            notice = self._step(rule, state.rules[rule.name], value, now_ms)
            if notice is not None:
                told.append((rule, notice))
        return told

    def _step(self, rule: Rule, state: RuleState, value: float | None, now_ms: int) -> Notice | None:
        reading = _reading(rule, state, value, now_ms)
        state.reading = reading
        if reading is None:
            state.seen_at = None
            return None
        if state.firing:
            if rule.level.is_clear(reading):
                return self._end(rule, state, reading, now_ms)
            return None if state.told else self._tell(rule, state, reading, now_ms)
        if not rule.level.is_beyond(reading):
            state.held_ms, state.seen_at = 0, None
            return None
        if state.seen_at is not None:
            state.held_ms += min(now_ms - state.seen_at, LONGEST_STEP_MS)
        state.seen_at = now_ms
        if state.held_ms < rule.hold_ms:
            return None
        state.firing, state.told, state.since = True, False, now_ms
        self.changed = True
        return self._tell(rule, state, reading, now_ms)

    def _tell(self, rule: Rule, state: RuleState, reading: float, now_ms: int) -> Notice | None:
        state.told_at = [at for at in state.told_at if at > now_ms - HOUR_MS]
        mine, all_of_us = state.told_at, self._told_lately(now_ms)
        cooling = mine and now_ms < mine[-1] + rule.cool_down_ms
        if cooling or len(mine) >= rule.at_most or len(all_of_us) >= AT_MOST:
            return None
        state.told_at.append(now_ms)
        all_of_us.append(now_ms)
        state.told = True
        self.state.told += 1
        held_back, state.held_back = state.held_back, 0
        return self._notice(rule, state, "begin", reading, held_back)

    def _end(self, rule: Rule, state: RuleState, reading: float, now_ms: int) -> Notice | None:
        told = state.told
        state.firing, state.told, state.held_ms, state.seen_at = False, False, 0, None
        self.changed = True
        if not told:
            state.held_back += 1
            self.state.held_back += 1
            return None
        return self._notice(rule, state, "end", reading) if rule.tell_end else None

    def _notice(
        self, rule: Rule, state: RuleState, event: Literal["begin", "end"], reading: float, held_back: int = 0
    ) -> Notice:
        state.number += 1
        self.changed = True
        return notice_of(rule, event, state.number, reading, self.state.now_ms, state.since, held_back)

    def _told_lately(self, now_ms: int) -> list[int]:
        self.state.told_at = [at for at in self.state.told_at if at > now_ms - HOUR_MS]
        return self.state.told_at


def _reading(rule: Rule, state: RuleState, value: float | None, now_ms: int) -> float | None:
    if value is None or rule.move is None:
        return value
    return moved(state.window, value, now_ms, rule.move)


def _resumed(rule: Rule, former: RuleState | None) -> RuleState:
    key = msgspec.json.encode((rule.kind, rule.subject, rule.level, rule.move)).decode()
    if former is None:
        return RuleState(key)
    if former.key != key:
        # What it was told of still counts, so that an edited rule is no way around its bounds.
        return RuleState(key, told_at=former.told_at, number=former.number)
    former.seen_at = None
    return former


def _shift(state: EngineState, by_ms: int) -> None:
    """Move what is remembered with a clock that was set back, so that no bound lasts longer for it."""
    state.told_at = [at + by_ms for at in state.told_at]
    for rule in state.rules.values():
        rule.told_at = [at + by_ms for at in rule.told_at]
        rule.since += by_ms
        if rule.seen_at is not None:
            rule.seen_at += by_ms
        for bucket in rule.window:
            bucket.ts += by_ms
