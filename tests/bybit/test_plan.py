"""Which topic belongs on which connection."""

from itertools import chain, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recorded import recorded_symbols
from voltape.bybit.plan import Limits, Plan, connections_needed, plan
from voltape.bybit.topics import args_chars, ticker_topic

DEFAULT = Limits()
SMALL = st.builds(Limits, topics=st.integers(1, 8), chars=st.integers(30, 200), connections=st.integers(1, 6))
NAMES = [f"{kind}{number}{'x' * (number % 5)}" for kind, number in product(("a", "longer.name."), range(30))]
WANTED = st.lists(st.sampled_from(NAMES), max_size=50)


def topics(count: int, length: int = 30) -> list[str]:
    """Return this many topics of this many characters."""
    return [f"{i:0{length}d}" for i in range(count)]


def carried(result: Plan) -> list[str]:
    """Return every topic of every group."""
    return list(chain.from_iterable(result.groups))


def chars(group: list[str]) -> int:
    """Return the argument characters of a group."""
    return sum(map(args_chars, group))


def within(group: list[str], limits: Limits) -> bool:
    """Tell whether a connection may carry the group."""
    return len(group) <= limits.topics and chars(group) <= limits.chars


def test_nothing_wanted_needs_nothing() -> None:
    """No topics, no connection; what is open is to be closed."""
    assert connections_needed([], DEFAULT) == 0
    assert plan([], [], DEFAULT) == Plan([], [])
    assert plan([], [["a"], []], DEFAULT) == Plan([[], []], [])


@pytest.mark.parametrize(
    ("count", "length", "connections"),
    [(1, 30, 1), (597, 30, 1), (601, 20, 2), (1_978, 31, 4), (2_114, 31, 4), (2_400, 31, 5), (9_000, 31, 8)],
)
def test_only_as_many_connections_as_the_limits_need(count: int, length: int, connections: int) -> None:
    """Trap 4: by number or by characters, whichever is tighter, and never more than allowed."""
    wanted = topics(count, length)
    assert connections_needed(wanted, DEFAULT) == connections
    assert len(plan(wanted, [], DEFAULT).groups) == connections


@pytest.mark.parametrize("extra", [0, 136])
def test_the_recorded_day_needs_four_connections(extra: int) -> None:
    """1,978 contracts, and 2,114 as on a bigger day, fit the default limits with four connections, evenly."""
    wanted = [ticker_topic(symbol) for symbol in recorded_symbols()]
    wanted += [ticker_topic(f"BTC-25SEP26-{100_000 + i}-C-USDT") for i in range(extra)]
    result = plan(wanted, [], DEFAULT)
    assert len(result.groups) == 4
    assert result.left_out == []
    assert sorted(carried(result)) == sorted(wanted)
    assert all(within(group, DEFAULT) for group in result.groups)
    assert max(map(chars, result.groups)) - min(map(chars, result.groups)) < 50


def test_the_documented_maximum_takes_one_connection_per_character_limit() -> None:
    """Both documented limits at once leave characters as the tighter one."""
    limits = Limits(topics=2_000, chars=21_000)
    wanted = topics(1_978, 31)
    result = plan(wanted, [], limits)
    assert len(result.groups) == 4
    assert all(within(group, limits) for group in result.groups)


def test_a_new_topic_goes_to_the_emptiest_connection() -> None:
    """Nothing else moves."""
    present = [topics(50), [f"b{topic}" for topic in topics(35)]]
    wanted = [*present[0], *present[1], "new"]
    assert plan(wanted, present, Limits(topics=60)) == Plan([present[0], [*present[1], "new"]], [])


def test_a_topic_that_is_no_longer_wanted_leaves_and_the_rest_stays() -> None:
    """Expiry moves nothing."""
    present = [topics(50), [f"b{topic}" for topic in topics(35)]]
    result = plan([*present[0][1:], *present[1]], present, Limits(topics=60))
    assert result == Plan([present[0][1:], present[1]], [])


def test_a_topic_on_two_connections_stays_on_the_first() -> None:
    """Carried twice is carried once too often."""
    assert plan(["a", "b"], [["a"], ["b", "a"]], Limits(topics=1)) == Plan([["a"], ["b"]], [])


def test_a_connection_is_closed_when_the_others_have_ample_room() -> None:
    """The one that carries least gives its topics to the rest, at its place remains an empty group."""
    present = [
        [f"{name}{topic}" for topic in topics(count)] for name, count in (("a", 40), ("b", 3), ("c", 30))
    ]
    wanted = list(chain.from_iterable(present))
    result = plan(wanted, present, Limits(topics=50))
    assert result.groups[1] == []
    assert [topic for topic in result.groups[0] if topic.startswith("a")] == present[0]
    assert [topic for topic in result.groups[2] if topic.startswith("c")] == present[2]
    assert sorted(carried(result)) == sorted(wanted)


def test_a_connection_is_kept_while_the_others_would_be_nearly_full() -> None:
    """A count that goes up and down around a limit does not open and close connections."""
    limits = Limits(topics=100)
    groups = plan(topics(101), [], limits).groups
    assert len(groups) == 2
    for count in (100, 95, 90, 86, 101):
        groups = plan(topics(count), groups, limits).groups
        assert all(groups)
    assert plan(topics(80), groups, limits).groups.count([]) == 1


def test_full_connections_that_hold_everything_are_left_as_they_are() -> None:
    """The slack for uneven lengths opens no connection that would stay empty."""
    full = topics(606)
    assert chars(full) == 606 * 33
    limits = Limits(topics=606, chars=606 * 33)
    assert connections_needed(full, limits) == 2
    assert plan(full, [full], limits) == Plan([full], [])


def test_what_does_not_fit_the_pool_is_left_out_from_the_end() -> None:
    """The first wanted are carried; every place is taken before one is left out."""
    wanted = topics(25)
    result = plan(wanted, [], Limits(topics=10, connections=2))
    assert result.left_out == wanted[20:]
    assert [len(group) for group in result.groups] == [10, 10]


def test_a_left_out_topic_gets_the_place_that_becomes_free() -> None:
    """Once there is room, it is carried."""
    limits = Limits(topics=10, connections=2)
    first = plan(topics(25), [], limits)
    result = plan(topics(25)[5:], first.groups, limits)
    assert result.left_out == []


def test_a_topic_longer_than_a_connection_is_left_out_alone() -> None:
    """It must not take a connection over its limit, nor open an empty one."""
    result = plan(["x" * 60, "a"], [], Limits(chars=50))
    assert result == Plan([["a"]], ["x" * 60])
    for connections in (3, 100):
        assert plan(["x" * 60], [], Limits(chars=50, connections=connections)) == Plan([], ["x" * 60])


def test_one_topic_per_connection_is_a_possible_limit() -> None:
    """The smallest limits that settings allow."""
    assert plan(["a", "b", "c"], [["a"]], Limits(topics=1, connections=2)) == Plan([["a"], ["b"]], ["c"])


def test_one_more_connection_is_opened_where_short_and_long_topics_do_not_mix() -> None:
    """One is full by number and the other by characters, so that neither takes the last topic."""
    short, long = [f"{i}" for i in range(10)], [f"long{i:05}" for i in range(9)]
    limits = Limits(topics=10, chars=100)
    assert connections_needed([*short, *long], limits) == 2
    result = plan([*short, *long], [short], limits)
    assert result == Plan([short, long[:8], long[8:]], [])


def test_limits_that_were_lowered_are_kept_to() -> None:
    """What no longer fits moves to new connections."""
    present = [topics(10)]
    result = plan(present[0], present, Limits(topics=4))
    assert sorted(carried(result)) == present[0]
    assert result.groups[0] == present[0][:4]
    assert max(map(len, result.groups)) <= 4


@given(WANTED, st.lists(st.lists(st.sampled_from(NAMES), max_size=12), max_size=5), SMALL)
def test_any_plan_keeps_the_limits_and_carries_each_topic_once(
    wanted: list[str], present: list[list[str]], limits: Limits
) -> None:
    """Trap 4: whatever is open now, never too much on a connection, and left out only what fits nowhere."""
    result = plan(wanted, present, limits)
    assert all(within(group, limits) for group in result.groups)
    assert sorted([*carried(result), *result.left_out]) == sorted(set(wanted))
    assert len(result.groups) >= len(present)
    assert all(result.groups[len(present) :])
    assert sum(map(bool, result.groups)) <= limits.connections
    if result.left_out:
        used = [group for group in result.groups if group]
        for topic in result.left_out:
            assert not any(within([*group, topic], limits) for group in used)
            assert len(used) == limits.connections or args_chars(topic) > limits.chars


@given(WANTED, WANTED, SMALL)
def test_planning_again_moves_nothing(wanted: list[str], before: list[str], limits: Limits) -> None:
    """A plan is stable: what it made is what it makes of that."""
    groups = [group for group in plan(before, [], limits).groups if group]
    first = plan(wanted, groups, limits)
    kept = [group for group in first.groups if group]
    again = plan(wanted, kept, limits)
    assert again.groups == kept
    assert again.left_out == first.left_out


def spread_of(groups: list[list[str]]) -> tuple[int, float]:
    """Return how far apart the loads of the used connections are, and how far they may be."""
    used = [group for group in groups if group]
    loads = [chars(group) for group in used]
    count = sum(map(len, used))
    return max(loads) - min(loads), max(sum(loads) / len(used) / 4, 20 * sum(loads) / count)


def test_an_expiry_that_empties_one_connection_is_levelled_out() -> None:
    """After most topics of one connection have left, the others give it some, and nothing else moves."""
    groups = plan(topics(1_200), [], Limits(topics=400)).groups
    gone = set(groups[0][:250])
    left = [[topic for topic in group if topic not in gone] for group in groups]
    result = plan([topic for group in left for topic in group], left, Limits(topics=400))
    spread, allowed = spread_of(result.groups)
    assert spread <= allowed / 2
    assert set(result.groups[0]) > set(left[0])
    assert all(new == old[: len(new)] for old, new in zip(left[1:], result.groups[1:], strict=True))


WIDE = [f"tickers.{coin}-{number}-{'C' * (number % 4)}" for coin in ("BTC", "DOGE") for number in range(400)]


@settings(max_examples=60)
@given(
    st.sets(st.sampled_from(WIDE), min_size=60),
    st.lists(st.sampled_from(WIDE), max_size=40),
    st.integers(0, 2**32),
    st.integers(2, 6),
)
def test_no_connection_carries_much_more_than_another(
    wanted: set[str], more: list[str], seed: int, count: int
) -> None:
    """However topics lie now: the spread is bounded, only from fuller to emptier is moved, and then nothing is."""
    chance = Random(seed)
    present: list[list[str]] = [[] for _ in range(count)]
    for topic in sorted(wanted):
        present[min(chance.randrange(count), chance.randrange(count))].append(topic)
    limits = Limits(topics=400, connections=6)
    result = plan([*sorted(wanted), *more], present, limits)
    assert result.left_out == []
    spread, allowed = spread_of(result.groups)
    assert spread <= allowed
    used = [(old, new) for old, new in zip(present, result.groups, strict=False) if new]
    mean = sum(chars(new) for _, new in used) / len(used)
    for old, new in used:
        arrived, left = set(new) - set(old), set(old) - set(new)
        assert not left or chars(new) >= mean - allowed / 2
        assert not (arrived & wanted and left)
    assert plan([*sorted(wanted), *more], result.groups, limits).groups == result.groups


@given(WANTED, WANTED, SMALL)
def test_topics_move_only_when_their_connection_is_closed(
    wanted: list[str], before: list[str], limits: Limits
) -> None:
    """Every topic that is still wanted stays where it is, as long as that connection stays and loads are alike."""
    groups = plan(before, [], limits).groups
    result = plan(wanted, groups, limits)
    for old, new in zip(groups, result.groups, strict=False):
        if new:
            assert [topic for topic in old if topic in wanted] == [topic for topic in new if topic in old]


@given(WANTED, st.lists(WANTED, max_size=6), SMALL)
def test_a_changing_list_never_breaks_the_limits(
    wanted: list[str], later: list[list[str]], limits: Limits
) -> None:
    """Listings and expiries one after the other, each planned on what the one before left open."""
    groups = plan(wanted, [], limits).groups
    for after in later:
        groups = [
            group for group in plan(after, [group for group in groups if group], limits).groups if group
        ]
        assert all(within(group, limits) for group in groups)
        assert len(groups) <= limits.connections
