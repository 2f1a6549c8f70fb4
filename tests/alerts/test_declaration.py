import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.alerts.rules import SINKS, made, table
from voltape.alerts.declaration import MOST_RULES, RuleError, rules_of
from voltape.alerts.kinds import KINDS
from voltape.alerts.rule import Level, Move
from voltape.errors import SettingError

EXAMPLES: dict[str, Any] = {
    "underlying": "BTC",
    "symbol": "BTC-25DEC26-100000-C-USDT",
    "expiry": "2026-12-25",
}


def refusal(*tables: object) -> str:
    """Why rules are refused; a `SettingError`, which is exit code 2."""
    with pytest.raises(RuleError) as caught:
        rules_of("voltape.toml", tables, SINKS)
    assert isinstance(caught.value, SettingError)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_rule_of_every_kind_is_understood() -> None:
    """With what it needs at least, and every alternative of that."""
    for name, kind in KINDS.items():
        for need in kind.needs:
            fields = {"name": "x", "when": name} | {subject: EXAMPLES[subject] for subject in need}
            if kind.measure == "level" and kind.below is None:
                fields["above"] = 1
            if kind.measure == "move" and kind.by is None:
                fields["by"] = 1
            (rule,) = rules_of("voltape.toml", [fields], SINKS)
            assert (rule.kind, rule.to, rule.tell_end) == (name, SINKS, True)


def test_a_rule_as_it_stands_in_the_file() -> None:
    """Times, shares and sinks in their written forms."""
    text = """
    [[alert]]
    name = "eth iv"
    when = "iv_change"
    underlying = "eth"
    expiry = 2026-12-25
    by = "10%"
    direction = "up"
    within = "15m"
    for = "30s"
    cool_down = "1.5h"
    at_most = 2
    to = ["telegram", "log"]
    tell_end = false
    """
    (rule,) = rules_of("voltape.toml", tomllib.loads(text)["alert"], SINKS)
    assert str(rule.subject) == "ETH 2026-12-25"
    assert rule.move == Move(900_000, "up", relative=True)
    assert rule.level.sense == "reaches"
    assert (rule.level.value, rule.level.clear) == pytest.approx((0.1, 0.098))
    assert (rule.hold_ms, rule.cool_down_ms, rule.at_most) == (30_000, 5_400_000, 2)
    assert (rule.to, rule.tell_end) == (("telegram", "log"), False)


@pytest.mark.parametrize(
    ("raw", "value"), [(5, 5.0), ("5%", 0.05), ("5 %", 0.05), ("80 MB", 80e6), ("1.5GB", 1.5e9), ("-2", -2.0)]
)
def test_levels_are_numbers_shares_or_sizes(raw: object, value: float) -> None:
    """A share is a fraction, as everywhere in the data API."""
    assert made(above=raw).level.value == pytest.approx(value)


def test_the_hysteresis_is_two_per_cent_unless_said_otherwise() -> None:
    """Back towards normal, whatever the sign."""
    assert made(above=100).level.clear == 98
    assert made(above=-100).level.clear == -102
    assert made(above=None, below=100).level.clear == 102
    assert made(above=100, clear=90).level.clear == 90
    assert made(when="accuracy", underlying=None, above=None).level == Level("below", 1.0, 1.0)


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"above": "much"}, "above: 'much' is not allowed, allowed is a number, or a share such as \"5%\""),
        ({"above": [1]}, 'above: [1] is not allowed, allowed is a number, or a share such as "5%"'),
        ({"above": float("nan")}, "above: nan is not allowed, allowed is a number up to 1e15"),
        ({"abov": 1}, "abov: allowed is a known name, the nearest is above"),
        ({"above": None}, "above: allowed is above or below, and it is missing"),
        ({"below": 1}, "above: allowed is above or below, and both are there"),
        ({"by": 1, "above": None}, "by: 1.0 is not allowed, allowed is above or below, for index"),
        ({"within": "5m"}, "within: '5m' is not allowed, allowed is nothing, for index"),
        ({"clear": 101}, "clear: 101.0 is not allowed, allowed is a value at or below 100"),
        ({"underlying": None}, "underlying: allowed is underlying, and it is missing"),
        ({"underlying": "B T C"}, "underlying: 'B T C' is not allowed, allowed is a coin such as \"BTC\""),
        ({"symbol": "X"}, "symbol: 'X' is not allowed, allowed is underlying, for index"),
        ({"when": "indx"}, "when: 'indx' is not allowed, allowed is one of price, iv, "),
        ({"for": "5 weeks"}, "for: '5 weeks' is not allowed, allowed is seconds, or a time such as \"15m\", up to 1d"),
        ({"cool_down": "2d"}, "cool_down: '2d' is not allowed"),
        ({"at_most": 0}, "at_most: 0 is not allowed, allowed is a whole number from 1 to 60"),
        ({"to": ["pigeon"]}, "to: 'pigeon' is not allowed, allowed is a sink that is configured: telegram, webhook, log"),
        ({"to": []}, "to: allowed is at least one sink"),
        ({"tell_end": "no"}, "tell_end: 'no' is not allowed, allowed is true or false"),
        ({"name": "a/b"}, "name: 'a/b' is not allowed"),
        ({"name": 5}, "name: 5 is not allowed"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(fields: dict[str, object], line: str) -> None:
    """File, number and name of the rule, the field, what was given and what is allowed."""
    bad = table(**({"name": "btc"} | fields))
    place = "" if fields.get("name", "") == 5 else f' "{fields.get("name", "btc")}"'
    assert refusal(table(), table(name="two"), bad).startswith(f"voltape.toml: alert 3{place}: {line}")


def test_a_missing_name_is_told_by_number() -> None:
    """And so is what is no table."""
    assert refusal({"when": "stall"}) == "voltape.toml: alert 1: name: allowed is one, and it is missing"
    assert refusal("x").startswith("voltape.toml: alert 1: alert: 'x' is not allowed")


def test_names_are_unique_and_rules_are_bounded() -> None:
    """Both are labels of metrics."""
    assert refusal(table(), table()).startswith("voltape.toml: alert 2: name: 'one' is not allowed")
    assert "at most 200" in refusal(*[table(name=f"r{number}") for number in range(MOST_RULES + 1)])


def test_what_makes_no_sense_together_is_refused() -> None:
    """Levels of switches, shares of counters, moves within no time, two subjects."""
    assert "no level, for stall" in refusal(table(when="stall"))
    assert "no level, for stall" in refusal(table(when="stall", above=None, clear=1))
    evicted = {"name": "e", "when": "eviction"}
    assert "by: '5%' is not allowed, allowed is a number" in refusal(evicted | {"by": "5%"})
    assert "more than nothing" in refusal(evicted | {"by": 0})
    assert "from 10s to 1d" in refusal(evicted | {"within": "1s"})
    both = table(when="iv", symbol=EXAMPLES["symbol"])
    assert "either symbol or underlying with expiry" in refusal(both)
    assert "and it is missing" in refusal(table(when="iv"))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
        max_leaves=8,
    )
)
def test_no_content_of_a_file_does_more_than_be_refused(raw: object) -> None:
    """Whatever stands there is a rule or a mistake that is told in one line."""
    try:
        rules_of("voltape.toml", [raw], SINKS)
    except RuleError as error:
        complaint = str(error)
    else:
        complaint = ""
    assert "\n" not in complaint


@given(
    st.sampled_from([*table(), "clear", "by", "within", "to", "expiry"]), st.text(max_size=12) | st.floats()
)
def test_no_value_of_a_field_does_more_than_be_refused(name: str, raw: object) -> None:
    """Text of a rule is never evaluated."""
    try:
        made(**{name: raw})
    except RuleError as error:
        complaint = str(error)
    else:
        complaint = ""
    assert "\n" not in complaint
