from collections.abc import Sequence
from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.alerts.rules import NOW_MS, made
from voltape.alerts.engine import AT_MOST, HOUR_MS, Engine, EngineState
from voltape.alerts.notice import Notice
from voltape.alerts.rule import Rule

STEPS = st.lists(
    st.tuples(st.integers(1, 600_000), st.one_of(st.none(), st.floats(0, 200))), min_size=1, max_size=120
)


class Run:
    """An engine with one rule, and the time."""

    def __init__(self, *rules: Rule, state: EngineState | None = None) -> None:
        self.rules = rules
        self.engine = Engine(rules, state)
        self.now = NOW_MS

    def after(self, seconds: float, value: float | None) -> list[Notice]:
        """What is told some time later, every rule having this value."""
        self.now += round(seconds * 1000)
        return [notice for _, notice in self.engine.step({rule.name: value for rule in self.rules}, self.now)]

    def events(self, *values: float | None, every: float = 5.0) -> list[str]:
        """What is told over some values, by event."""
        return [notice.event for value in values for notice in self.after(every, value)]

    def restarted(self) -> "Run":
        """The same with what was saved."""
        saved = msgspec.json.decode(msgspec.json.encode(self.engine.state), type=EngineState)
        run = Run(*self.rules, state=saved)
        run.now = self.now
        return run


def told(rule: Rule, steps: Sequence[tuple[int, float | None]]) -> list[Notice]:
    """What a rule tells over steps of milliseconds and values."""
    run = Run(rule)
    return [notice for wait, value in steps for notice in run.after(wait / 1000, value)]


def test_a_value_that_hovers_at_the_level_is_told_once() -> None:
    """Between the level and two per cent below it nothing changes."""
    assert Run(made()).events(99, 101, 99, 101, 98.5, 102) == ["begin"]


def test_an_alert_ends_where_it_is_clear_and_begins_anew_after_that() -> None:
    """The end is told, too."""
    assert Run(made(clear=95)).events(101, 96, 95, 101) == ["begin", "end", "begin"]
    assert Run(made(tell_end=False)).events(101, 90, 101) == ["begin", "begin"]


def test_below_is_the_mirror_of_above() -> None:
    """With its hysteresis above the level."""
    assert Run(made(above=None, below=50)).events(51, 49, 50.5, 49, 51) == ["begin", "end"]


def test_a_condition_has_to_hold_for_its_time() -> None:
    """A reading that is back begins the time anew."""
    run = Run(made(hold="10s"))
    assert run.events(101, 101, 99, 101, 101, 101) == ["begin"]
    assert run.now == NOW_MS + 30_000


def test_an_absent_reading_neither_fires_nor_clears() -> None:
    """And the time without readings is not one for which the condition is known to have held."""
    run = Run(made(hold="10s"))
    assert run.events(101, None, None, 101, 101) == []
    assert run.events(101) == ["begin"]
    assert run.events(None, None) == []
    assert run.events(50) == ["end"]


def test_a_long_silence_does_not_count_as_holding() -> None:
    """Nobody looked."""
    run = Run(made(hold="10m"))
    assert run.events(101, every=1) == []
    assert run.after(3600, 101) == []


def test_an_alert_within_the_cool_down_is_told_when_that_is_over_if_it_still_holds() -> None:
    """One that does not is held back, and the next message says so."""
    run = Run(made(cool_down="60s"))
    assert run.events(101, 90, 101, 101) == ["begin", "end"]
    (later,) = run.after(60, 101)
    assert (later.event, later.held_back) == ("begin", 0)
    assert run.events(90, 101, 90) == ["end"]
    (next_one,) = run.after(60, 101)
    assert next_one.held_back == 1
    assert "1 before this one" in next_one.text


def test_all_rules_together_are_bounded() -> None:
    """Whatever their number."""
    rules = [made(name=f"r{number}") for number in range(AT_MOST + 10)]
    run = Run(*rules)
    assert len(run.after(5, 101)) == AT_MOST
    assert run.after(5, 101) == []
    assert len(run.after(3600, 101)) == 10


@given(STEPS)
def test_nothing_fires_twice_without_being_clear_between(steps: list[tuple[int, float | None]]) -> None:
    """Begin and end take turns, and between two begins there was a clear reading."""
    events = [notice.event for notice in told(made(), steps)]
    assert all(one != other for one, other in pairwise(["end", *events]))
    silent = told(made(tell_end=False), steps)
    for one, other in pairwise(silent):
        clear, now = False, NOW_MS
        for wait, value in steps:
            now += wait
            clear = clear or (one.ts < now < other.ts and value is not None and value <= 98)
        assert clear


@given(STEPS, st.integers(1, 5), st.integers(0, 1200))
def test_a_rule_tells_no_more_than_it_may(
    steps: list[tuple[int, float | None]], at_most: int, cool_down: int
) -> None:
    """Within any hour, and never within its cool-down."""
    notices = told(made(at_most=at_most, cool_down=cool_down), steps)
    begins = [notice.ts for notice in notices if notice.event == "begin"]
    assert all(sum(ts <= at < ts + HOUR_MS for at in begins) <= at_most for ts in begins)
    assert all(later - earlier >= cool_down * 1000 for earlier, later in pairwise(begins))


@given(STEPS, st.floats(0, 200), st.floats(0, 200))
def test_a_lower_level_fires_no_later(
    steps: list[tuple[int, float | None]], one: float, other: float
) -> None:
    """What is above a level is above every lower one."""
    low, high = sorted((one, other))
    first = told(made(above=low, hold="60s"), steps)
    second = told(made(above=high, hold="60s"), steps)
    assert not second or first[0].ts <= second[0].ts


@given(STEPS, st.integers(0, 119))
def test_a_restart_changes_nothing_that_is_told(steps: list[tuple[int, float | None]], at: int) -> None:
    """State survives, so that nothing fires again for what already fired."""
    through, run = Run(made(cool_down="5m", at_most=4)), Run(made(cool_down="5m", at_most=4))
    for number, (wait, value) in enumerate(steps):
        if number == at:
            run = run.restarted()
        assert run.after(wait / 1000, value) == through.after(wait / 1000, value)


@given(STEPS)
def test_ids_are_unique(steps: list[tuple[int, float | None]]) -> None:
    """A receiver tells repetitions by them."""
    ids = [notice.id for notice in told(made(), steps)]
    assert len(ids) == len(set(ids))


def test_an_edited_rule_begins_anew_but_keeps_its_bounds() -> None:
    """Another level is another condition; the messages of the last hour were sent all the same."""
    run = Run(made(at_most=1))
    run.events(101)
    edited = Run(made(at_most=1, above=50), state=run.engine.state)
    edited.now = run.now
    assert edited.events(101, 101) == []
    assert list(edited.engine.state.rules) == ["one"]
    assert len(edited.after(3600, 101)) == 1


def test_a_clock_that_is_set_back_prolongs_no_cool_down() -> None:
    """What is remembered moves with it."""
    run = Run(made(cool_down="60s"))
    run.events(101, 90)
    run.now -= 86_400_000
    assert run.events(101) == []
    assert [notice.event for notice in run.after(60, 101)] == ["begin"]


def test_a_move_fires_and_is_over_when_it_has_left_the_window() -> None:
    """By itself, as nothing moves any more."""
    run = Run(made(when="index_move", above=None, by="10%", within="60s"))
    assert run.events(100, 105, 111, 111) == ["begin"]
    assert [notice.event for notice in run.after(61, 111)] == []
    assert run.events(111, 111) == ["end"]


def test_there_is_something_to_save_only_after_something_happened() -> None:
    """A quiet market costs the disk nothing."""
    run = Run(made())
    run.events(50, 60, None)
    assert not run.engine.changed
    run.events(101)
    assert run.engine.changed
