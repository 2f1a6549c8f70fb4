"""When connections give their place to new ones, on a virtual clock."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voltape.bybit.succession import Change, Overlap, Place, Succession, SuccessionOptions

OPTIONS = SuccessionOptions()
NO_ROTATION = SuccessionOptions(rotate_after=0.0)
HOUR = 3_600.0
DAY = 24 * HOUR
START = 1_000.0


class Life:
    """Connections that live and are changed as the policy says.

    Attributes:
        changes: what was begun, and when (s since the start).
    """

    def __init__(self, options: SuccessionOptions, names: str = "abc", *, succeeds: bool = True) -> None:
        self.policy = Succession(options)
        self.opened = dict.fromkeys(names, START)
        self.lots = {name: index / max(1, len(names) - 1) for index, name in enumerate(names)}
        self.changes: list[tuple[float, Change]] = []
        self.now = START
        self._succeeds = succeeds

    def run(
        self, seconds: float, health: Callable[[str, float], float] = lambda name, age: 1.0, step: float = 1.0
    ) -> "Life":
        """Let time pass; `health` is asked for each connection's, by name and age. A change takes two steps."""
        end = self.now + seconds
        while self.now < end:
            self.now += step
            if self.policy.present is not None:
                self._finish(self.policy.present)
                continue
            ages = {name: self.now - at for name, at in self.opened.items()}
            places = [Place(name, health(name, age), age, self.lots[name]) for name, age in ages.items()]
            change = self.policy.choose(places, self.now)
            if change is not None:
                self.changes.append((self.now - START, change))
        return self

    def _finish(self, change: Change) -> None:
        if self._succeeds:
            self.opened[change.id] = self.now
            self.policy.completed(self.now)
        else:
            self.policy.given_up(self.now)


def only(sick: str, score: float = 0.2) -> Callable[[str, float], float]:
    """Health of which one connection has too little."""
    return lambda name, age: score if name == sick else 1.0


def test_nothing_is_changed_that_is_well_and_young() -> None:
    """The usual day."""
    life = Life(OPTIONS).run(20 * HOUR)
    assert life.changes == []


def test_a_sick_connection_is_replaced_after_patience() -> None:
    """It had a minute to settle and was sick for half a minute more."""
    life = Life(NO_ROTATION).run(100, only("b"))
    assert [(round(at), change.id, change.reason) for at, change in life.changes] == [(90, "b", "sick")]
    assert (life.policy.replacements, life.policy.rotations) == (1, 0)


def test_the_worst_is_replaced_first_and_one_at_a_time() -> None:
    """The others wait for their turn."""
    scores = {"a": 0.4, "b": 0.1, "c": 0.3}
    life = Life(NO_ROTATION).run(120, lambda name, age: scores[name])
    assert [change.id for _, change in life.changes] == ["b"]


def test_a_trouble_that_passes_is_left_alone() -> None:
    """A dip shorter than the patience, again and again."""
    life = Life(NO_ROTATION).run(2 * HOUR, lambda name, age: 0.1 if age % 60 < 25 else 0.9)
    assert life.changes == []


def test_a_change_that_helped_is_the_end_of_it() -> None:
    """The new connection is well, so nothing more happens."""
    life = Life(NO_ROTATION)
    life.run(DAY, lambda name, age: 0.2 if name == "b" and life.opened["b"] == START else 1.0, step=5.0)
    assert len(life.changes) == 1


def test_a_sick_exchange_causes_no_storm() -> None:
    """Every connection is sick all day, and no change helps: each wait is twice the one before, up to two hours."""
    life = Life(NO_ROTATION, "abcd").run(DAY, lambda name, age: 0.2, step=5.0)
    times = [at for at, _ in life.changes]
    waits = [after - before for before, after in pairwise(times)]
    assert len(times) <= 18
    assert waits[:4] == pytest.approx([600, 1_200, 2_400, 4_800], abs=10)
    assert all(OPTIONS.longest_pause <= wait <= OPTIONS.longest_pause + 10 for wait in waits[4:])


def test_after_help_the_wait_is_the_first_one_again() -> None:
    """An old streak of vain changes does not slow down a good one."""
    life = Life(NO_ROTATION, "ab")
    life.run(3 * HOUR, only("a"))
    vain = len(life.changes)
    assert vain > 3
    life.run(6 * HOUR)
    life.run(3 * HOUR, lambda name, age: 0.1 if name == "b" and life.opened["b"] == START else 1.0)
    assert [change.id for _, change in life.changes[vain:]] == ["b"]
    assert life.policy._pause == OPTIONS.replace_pause


def test_an_outage_elsewhere_takes_suspicion_back() -> None:
    """What was sick while a connection was down has to be sick anew."""
    life = Life(NO_ROTATION).run(85, only("b"))
    life.policy.interrupted()
    life.run(25, only("b"))
    assert life.changes == []
    life.run(10, only("b"))
    assert len(life.changes) == 1


def test_connections_of_one_age_are_rotated_apart_and_before_a_day_is_over() -> None:
    """The pool opened at one moment; its rotation is spread over about two hours and done before the 24th."""
    life = Life(OPTIONS, "abcd").run(DAY)
    times = [at for at, _ in life.changes]
    assert sorted(change.id for _, change in life.changes) == list("abcd")
    assert all(change.reason == "old" for _, change in life.changes)
    assert times[0] > 22 * HOUR
    assert times[-1] < 23.95 * HOUR
    assert min(after - before for before, after in pairwise(times)) > 600


def test_even_a_tiny_age_limit_never_hurries() -> None:
    """Rotation every second of eight connections stays far from the exchange's limit of connections."""
    options = SuccessionOptions(rotate_after=1.0)
    life = Life(options, "abcdefgh").run(300)
    assert len(life.changes) <= 30


def test_changes_that_come_to_nothing_are_tried_ever_more_seldom() -> None:
    """An exchange that refuses new connections is not asked every second."""
    life = Life(SuccessionOptions(rotate_after=600.0), succeeds=False).run(DAY, step=2.0)
    times = [at for at, _ in life.changes]
    waits = [after - before for before, after in pairwise(times)]
    assert waits[:4] == pytest.approx([62, 122, 242, 482], abs=4)
    assert len(times) < 25
    assert life.policy.rotations == 0


def test_both_can_be_switched_off() -> None:
    """Zero is never."""
    life = Life(SuccessionOptions(replace_below=0.0, rotate_after=0.0))
    assert life.run(2 * DAY, lambda name, age: 0.0, step=10.0).changes == []


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abc")), min_size=1, max_size=60),
    st.floats(0.1, 0.9),
)
def test_whatever_the_health_does_changes_keep_their_distance(
    turns: list[tuple[float, str]], mark: float
) -> None:
    """At most one every ten seconds, one replacement every five minutes, and never of a connection without settling."""
    life = Life(SuccessionOptions(replace_below=mark, rotate_after=1_800.0))
    for score, name in turns:
        life.run(70, only(name, score), step=5.0)
    replaced = [at for at, change in life.changes if change.reason == "sick"]
    times = [at for at, _ in life.changes]
    assert all(after - before >= 10 for before, after in pairwise(times))
    assert all(after - before >= 300 for before, after in pairwise(replaced))
    assert all(change.age >= 60 for _, change in life.changes)
    assert all(change.health < mark for _, change in life.changes if change.reason == "sick")


def overlap(
    seconds: float, silent: Callable[[float], int], old: float, new: float, behind: float = 0.0
) -> tuple[str, float]:
    """Run an overlap: silent topics by time, message rates of both; returns the verdict and when it came."""
    comparison = Overlap(OPTIONS, START)
    for tenth in range(int(seconds * 10)):
        at = tenth / 10
        verdict = comparison.judge(
            START + at,
            silent=silent(at),
            unsent=100 if at < 0.3 else 0,
            old=int(old * at),
            new=int(new * at),
            behind=behind,
        )
        if verdict != "wait":
            return verdict, at
    return "wait", seconds


def test_a_successor_that_has_heard_every_topic_takes_over_at_once() -> None:
    """Half a second later, for what is under way."""
    verdict, at = overlap(100, lambda at: 0 if at > 2 else 50, 100, 100)
    assert verdict == "ready"
    assert at == pytest.approx(2.6)


def test_the_old_connection_is_kept_while_it_lags_behind() -> None:
    """What is three seconds late on it still arrives; a lag beyond all bounds is not waited for."""
    verdict, at = overlap(100, lambda at: 0 if at > 2 else 50, 100, 100, behind=3.0)
    assert verdict == "ready"
    assert at == pytest.approx(7.1)
    assert overlap(100, lambda at: 0 if at > 2 else 50, 100, 100, behind=900.0)[1] < 20


def test_topics_that_are_silent_on_both_move_after_the_overlap() -> None:
    """Ten contracts never speak, and the new connection brings what the old one does."""
    verdict, at = overlap(100, lambda at: 10, 100, 99)
    assert verdict == "ready"
    assert OPTIONS.overlap <= at <= OPTIONS.overlap + 2


def test_a_quiet_market_does_not_hold_up_a_change_either() -> None:
    """A message every few seconds, on both."""
    assert overlap(100, lambda at: 10, 0.3, 0.3)[0] == "ready"


@pytest.mark.parametrize(("old", "new"), [(100, 60), (100, 0), (0, 0)])
def test_a_successor_that_brings_less_is_given_up(old: float, new: float) -> None:
    """Topics are missing on it that the old connection has, or it brings nothing at all."""
    assert overlap(200, lambda at: 10, old, new) == ("hopeless", OPTIONS.longest_overlap)


def test_topics_that_were_never_asked_for_hold_up_the_change() -> None:
    """The comparison begins when everything has been asked for."""
    comparison = Overlap(OPTIONS, START)
    for at in range(int(OPTIONS.longest_overlap)):
        assert comparison.judge(START + at, silent=5, unsent=5, old=at, new=at, behind=0.0) == "wait"
