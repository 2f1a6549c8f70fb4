"""Rules as they are written in the settings file: checked one by one, each mistake told with its place.

Rules are data. Nothing in them is evaluated, and no text of theirs becomes a template.
"""

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date

import msgspec

from voltape.errors import SettingError

from .kinds import KINDS, Kind
from .rule import Direction, Level, Move, Rule, Sense, Subject

__all__ = ["FIELDS", "MOST_RULES", "RuleError", "rules_of"]

MOST_RULES = 200
"""Most rules; their names are labels of metrics."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,47}")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([smhd]?)")
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_AMOUNT = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)\s*(%|[kMG]B|)")
_FACTORS = {"": 1.0, "%": 0.01, "kB": 1e3, "MB": 1e6, "GB": 1e9}
_DAY_MS = 86_400_000

_FORMS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "underlying": (re.compile(r"[A-Z0-9]{1,20}"), 'a coin such as "BTC"'),
    "symbol": (
        re.compile(r"[A-Z0-9]{1,20}(-[A-Z0-9.]{1,20}){3,4}"),
        'a contract such as "BTC-25DEC26-100000-C-USDT"',
    ),
    "expiry": (re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"), 'a date as "2026-12-25"'),
    "of": (re.compile(r"open_interest|volume"), '"open_interest" or "volume"'),
    "role": (re.compile(r"[a-z]{1,20}"), 'a role such as "up" or "valkey"'),
    "job": (re.compile(r"[a-z]{1,20}"), 'a job such as "audit"'),
    "audit": (re.compile(r"store|exchange"), '"store" or "exchange"'),
}

Amount = float | str


class _Draft(msgspec.Struct, forbid_unknown_fields=True, rename={"hold": "for"}):
    """A rule as written; which fields belong together is looked at afterwards."""

    name: str
    when: str
    underlying: str | None = None
    symbol: str | None = None
    expiry: str | None = None
    of: str | None = None
    role: str | None = None
    job: str | None = None
    audit: str | None = None
    above: Amount | None = None
    below: Amount | None = None
    by: Amount | None = None
    direction: Direction | None = None
    within: Amount | None = None
    hold: Amount = 0.0
    clear: Amount | None = None
    cool_down: Amount = "30m"
    at_most: int = 6
    to: list[str] | str | None = None
    tell_end: bool = True


FIELDS = tuple(field.encode_name for field in msgspec.structs.fields(_Draft))
"""Names that a rule may have."""
_TYPES = {
    "tell_end": "true or false",
    "at_most": "a whole number from 1 to 60",
    "direction": '"up", "down" or "either"',
    "to": "a list of sinks",
    **dict.fromkeys(("above", "below", "by", "clear"), 'a number, or a share such as "5%"'),
    **dict.fromkeys(("within", "for", "cool_down"), 'seconds, or a time such as "15m"'),
}


class RuleError(SettingError):
    """A rule cannot be used.

    Attributes:
        where: the file, and which of its rules. name: the field. allowed: what would have been accepted.
    """

    def __init__(self, where: str, name: str, value: object, allowed: str) -> None:
        super().__init__(name, value, allowed)
        self.args = (where, name, value, allowed)
        self.where = where

    def __str__(self) -> str:
        given = "" if self.value is None else f"{_brief(self.value)} is not allowed, "
        return f"{self.where}: {self.name}: {given}allowed is {self.allowed}"


def rules_of(file: str, tables: Sequence[object], sinks: Collection[str]) -> list[Rule]:
    """The rules of a file.

    Args:
        file: its name, for mistakes. tables: what is under `alert` in it. sinks: those that are configured.

    Raises:
        RuleError: the first mistake.
    """
    if len(tables) > MOST_RULES:
        raise RuleError(file, "alert", f"{len(tables)} rules", f"at most {MOST_RULES}")
    rules: list[Rule] = []
    for number, table in enumerate(tables, 1):
        rule = _Reader(file, number, table, sinks).rule()
        if any(rule.name == other.name for other in rules):
            raise RuleError(f"{file}: alert {number}", "name", rule.name, "a name that no other rule has")
        rules.append(rule)
    return rules


class _Reader:
    """Reads one rule."""

    def __init__(self, file: str, number: int, table: object, sinks: Collection[str]) -> None:
        self._where = f"{file}: alert {number}"
        self._sinks = sinks
        if not isinstance(table, dict):
            raise self._wrong("alert", table, "a table, headed [[alert]]")
        if isinstance(name := table.get("name"), str):
            self._where += f' "{_printable(name)}"'
        for key in table:
            if key not in FIELDS:
                near = difflib.get_close_matches(str(key), FIELDS, n=1, cutoff=0)[0]
                raise self._wrong(_printable(str(key)), None, f"a known name, the nearest is {near}")
        for key in ("name", "when"):
            if key not in table:
                raise self._wrong(key, None, "one, and it is missing")
        self._draft = self._typed(table)

    def _wrong(self, name: str, value: object, allowed: str) -> RuleError:
        return RuleError(self._where, name, value, allowed)

    def _typed(self, table: dict[str, object]) -> _Draft:
        if type(written := table.get("expiry")) is date:
            # TOML has dates, which need no quotes.
            table = {**table, "expiry": written.isoformat()}
        try:
            return msgspec.convert(table, _Draft)
        except msgspec.ValidationError as error:
            place = re.search(r"\$\.(\w+)", str(error))
            name = place[1] if place else "alert"
            raise self._wrong(name, table.get(name), _TYPES.get(name, "a text")) from error

    def rule(self) -> Rule:
        """The rule.

        Raises:
            RuleError: something in it is wrong.
        """
        draft = self._draft
        if not _NAME.fullmatch(draft.name):
            raise self._wrong("name", draft.name, "up to 48 letters, digits, spaces, dots, - and _")
        kind = KINDS.get(draft.when)
        if kind is None:
            near = difflib.get_close_matches(draft.when, KINDS, n=1, cutoff=0)[0]
            raise self._wrong("when", draft.when, f"one of {', '.join(KINDS)}; the nearest is {near}")
        if not 1 <= draft.at_most <= 60:
            raise self._wrong("at_most", draft.at_most, _TYPES["at_most"])
        move = self._move(kind)
        return Rule(
            name=draft.name,
            kind=draft.when,
            subject=self._subject(kind),
            level=self._level(kind),
            move=move,
            hold_ms=self._duration("for", draft.hold),
            cool_down_ms=self._duration("cool_down", draft.cool_down),
            at_most=draft.at_most,
            to=self._to(),
            tell_end=draft.tell_end,
        )

    def _subject(self, kind: Kind) -> Subject:
        given = {name: value for name in _FORMS if (value := getattr(self._draft, name)) is not None}
        for name, value in given.items():
            if name not in kind.subjects:
                takes = ", ".join(kind.subjects) or "no subject"
                raise self._wrong(name, value, f"{takes}, for {self._draft.when}")
            form, allowed = _FORMS[name]
            if name in {"underlying", "symbol"}:
                given[name] = value.upper()
            if not form.fullmatch(given[name]):
                raise self._wrong(name, value, allowed)
        alternatives = [need for need in kind.needs if set(need) <= set(given)]
        wanted = " or ".join(" with ".join(need) for need in kind.needs)
        if not alternatives:
            raise self._wrong(kind.needs[-1][0], None, f"{wanted}, and it is missing")
        if len(kind.needs) > 1 and set(given) != set(alternatives[0]):
            raise self._wrong(kind.needs[-1][0], None, f"either {wanted}")
        return Subject(**given)

    def _level(self, kind: Kind) -> Level:
        sense, value = self._bound(kind)
        if kind.measure == "switch":
            return Level("above", 0.5, 0.5)
        slack = abs(value) * kind.slack
        clear = value + slack if sense == "below" else value - slack
        if self._draft.clear is not None:
            clear = self._amount("clear", self._draft.clear)
            if (clear < value) if sense == "below" else (clear > value):
                side = "at or above" if sense == "below" else "at or below"
                raise self._wrong("clear", self._draft.clear, f"a value {side} {value:g}")
        return Level(sense, value, clear)

    def _bound(self, kind: Kind) -> tuple[Sense, float]:
        given = {
            name: raw for name in ("above", "below", "by") if (raw := getattr(self._draft, name)) is not None
        }
        allowed = {"level": ("above", "below"), "move": ("by",), "switch": ()}[kind.measure]
        for name, raw in given.items():
            if name not in allowed:
                raise self._wrong(name, raw, f"{' or '.join(allowed) or 'no level'}, for {self._draft.when}")
        if kind.measure == "switch":
            if self._draft.clear is not None:
                raise self._wrong("clear", self._draft.clear, f"no level, for {self._draft.when}")
            return "above", 0.5
        if not given:
            given = {name: raw for name in allowed if (raw := getattr(kind, name)) is not None}
        if len(given) != 1:
            told = "and both are there" if given else "and it is missing"
            raise self._wrong(allowed[0], None, f"{' or '.join(allowed)}, {told}")
        ((name, raw),) = given.items()
        value = self._amount(name, raw)
        if name == "by" and value <= 0:
            raise self._wrong(name, raw, "more than nothing")
        return ("above" if name == "above" else "below" if name == "below" else "reaches"), value

    def _move(self, kind: Kind) -> Move | None:
        draft = self._draft
        if kind.measure != "move":
            for name in ("within", "direction"):
                if getattr(draft, name) is not None:
                    raise self._wrong(name, getattr(draft, name), f"nothing, for {draft.when}")
            return None
        within = kind.within_s if draft.within is None else draft.within
        within_ms = self._duration("within", within)
        if within_ms < 10_000:
            raise self._wrong("within", draft.within, "a time from 10s to 1d")
        relative = isinstance(draft.by, str) and draft.by.strip().endswith("%")
        if relative and kind.counts:
            raise self._wrong("by", draft.by, "a number")
        return Move(within_ms, draft.direction or kind.direction, relative, kind.counts)

    def _to(self) -> tuple[str, ...]:
        to = self._draft.to
        if to is None:
            return tuple(self._sinks)
        named = tuple(dict.fromkeys([to] if isinstance(to, str) else to))
        if not named:
            raise self._wrong("to", None, "at least one sink")
        for name in named:
            if name not in self._sinks:
                raise self._wrong("to", name, f"a sink that is configured: {', '.join(self._sinks)}")
        return named

    def _amount(self, name: str, raw: Amount) -> float:
        if isinstance(raw, str):
            found = _AMOUNT.fullmatch(raw.strip())
            if found is None:
                raise self._wrong(name, raw, _TYPES[name])
            return float(found[1]) * _FACTORS[found[2]]
        if not abs(raw) <= 1e15:
            raise self._wrong(name, raw, "a number up to 1e15")
        return float(raw)

    def _duration(self, name: str, raw: Amount) -> int:
        found = _DURATION.fullmatch(f"{raw}".strip())
        seconds = float(found[1]) * _SECONDS[found[2]] if found else -1.0
        if not 0 <= seconds * 1000 <= _DAY_MS:
            raise self._wrong(name, raw, f"{_TYPES[name]}, up to 1d")
        return round(seconds * 1000)


def _brief(value: object) -> str:
    return repr(_printable(value)) if isinstance(value, str) else _printable(value)


def _printable(value: object) -> str:
    text = "".join(char if char.isprintable() else "?" for char in str(value))
    return text if len(text) <= 60 else f"{text[:60]}…"
