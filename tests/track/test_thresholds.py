"""Thresholds found for a target."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.track.thresholds import Amounts, AutoThresholds, Target, Thresholds, found_thresholds, needed

amounts = st.tuples(
    st.sampled_from([0.0, 0.0, 1.0, 2.0]) | st.floats(0.0, 1e6),
    st.sampled_from([0.0, 0.0, 1.0, 2.0]) | st.floats(0.0, 1e6),
)
markets = st.lists(amounts, max_size=60)
targets = st.builds(Target, open_interest=st.floats(0.0, 1.0), count=st.just(0)) | st.builds(
    Target, count=st.integers(1, 80)
)


def ranking(contracts: list[Amounts]) -> list[Amounts]:
    """Contracts that take part, in falling order."""
    return sorted((contract for contract in contracts if any(contract)), reverse=True)


def passing(contracts: list[Amounts], thresholds: Thresholds | None) -> list[Amounts]:
    """Those that are liquid."""
    assert thresholds is not None
    return [contract for contract in contracts if thresholds.passes(*contract)]


def test_either_amount_above_its_threshold_is_liquid() -> None:
    """At the threshold is not above it."""
    limits = Thresholds(min_volume=10.0, min_open_interest=5.0)
    assert limits.passes(5.1, 0.0)
    assert limits.passes(0.0, 10.1)
    assert not limits.passes(5.0, 10.0)


@pytest.mark.parametrize(
    ("target", "size"),
    [
        (Target(0.5), 1),
        (Target(0.6), 2),
        (Target(0.95), 3),
        (Target(1.0), 4),
        (Target(0.0), 0),
        (Target(count=2), 2),
        (Target(count=9), 5),
    ],
)
def test_the_first_of_the_ranking_meet_the_target(target: Target, size: int) -> None:
    """So many as were asked for, or as many as hold the share; at most all."""
    assert needed([(50.0, 0.0), (30.0, 9.0), (16.0, 1.0), (4.0, 8.0), (0.0, 7.0)], target) == size


def test_no_contract_meets_any_share() -> None:
    """Where nothing is held, nothing is needed."""
    assert needed([], Target(0.95)) == needed([(0.0, 3.0)], Target(1.0)) == 0


def test_thresholds_lie_between_the_last_that_is_in_and_the_next() -> None:
    """Open interest midway; volume a quarter above what trades most among the others."""
    ranked = [(50.0, 0.0), (30.0, 9.0), (16.0, 1.0), (4.0, 8.0), (0.0, 7.0)]
    assert found_thresholds(ranked, 2) == Thresholds(min_volume=10.0, min_open_interest=23.0)
    assert passing(ranked, found_thresholds(ranked, 2)) == ranked[:2]


def test_all_of_the_ranking_and_none_of_it_can_be_let_in() -> None:
    """Zero lets in whatever is held or traded; the highest amounts let in nothing."""
    ranked = [(50.0, 2.0), (0.0, 7.0)]
    assert passing(ranked, found_thresholds(ranked, 2)) == ranked
    assert passing(ranked, found_thresholds(ranked, 0)) == []
    assert found_thresholds([], 0) == Thresholds(0.0, 0.0)


def test_volume_tells_the_same_open_interest_apart() -> None:
    """Contracts that nobody holds are let in by what they trade."""
    ranked = ranking([(5.0, 0.0), (0.0, 9.0), (0.0, 8.0), (0.0, 7.0)])
    assert passing(ranked, found_thresholds(ranked, 2)) == ranked[:2]


def test_ties_come_in_together_where_volume_would_let_in_more() -> None:
    """A contract that trades much and is held little stays out when one more tie is the cheaper way."""
    ranked = ranking([(5.0, 3.0), (5.0, 2.0), (1.0, 50.0), (1.0, 60.0)])
    found = found_thresholds(ranked, 1)
    assert passing(ranked, found) == [(5.0, 3.0), (5.0, 2.0)]


def test_numbers_without_a_midway_are_told_apart() -> None:
    """Neighbouring floats have none between them."""
    low = 1.0
    high = 1.0000000000000002
    ranked = [(high, 0.0), (low, 0.0)]
    assert passing(ranked, found_thresholds(ranked, 1)) == [(high, 0.0)]


@given(markets, st.integers(0, 60))
def test_found_thresholds_let_in_what_was_asked_for_and_little_else(
    contracts: list[Amounts], size: int
) -> None:
    """All of the first; others only where one of them has the open interest of the last that is in."""
    ranked = ranking(contracts)
    size = min(size, len(ranked))
    found = passing(ranked, found_thresholds(ranked, size))
    for contract in ranked[:size]:
        assert contract in found
    if len(found) > size:
        assert ranked[size][0] == ranked[size - 1][0]
        together = sum(contract[0] >= ranked[size - 1][0] for contract in ranked)
        assert len(found) <= together


@given(markets, targets)
def test_the_target_is_met_with_few_more_than_needed(contracts: list[Amounts], target: Target) -> None:
    """Without ties, the contracts are the fewest that will do and a twentieth, at least two, to spare."""
    distinct = list({contract[0]: contract for contract in contracts}.values())
    ranked = ranking(distinct)
    found = passing(distinct, AutoThresholds(target).follow(distinct)) if ranked else []
    size = needed(ranked, target)
    assert size <= len(found) <= size + max(2, round(size * 0.05)) * bool(size)
    if target.count:
        assert len(found) >= min(target.count, len(ranked))
    else:
        assert sum(held for held, _ in found) >= target.open_interest * sum(held for held, _ in distinct) * (
            1 - 1e-12
        )


def test_thresholds_stay_while_they_serve() -> None:
    """Jitter moves nothing; a target that is missed does, and so do too many contracts."""
    auto = AutoThresholds(Target(count=10))
    market = [(100.0 - i, 0.0) for i in range(40)]
    first = auto.follow(market)
    assert len(passing(market, first)) == 12
    assert auto.follow([(held * (1.01 if held % 2 else 0.995), 0.0) for held, _ in market]) is first
    assert auto.in_force is first
    fallen = market[5:]
    second = auto.follow(fallen)
    assert second is not first
    assert len(passing(fallen, second)) == 12
    risen = [*((99.5, 0.0) for _ in range(3)), *fallen]
    assert auto.follow(risen) is not second
    assert len(passing(risen, auto.in_force)) == 12


def test_the_share_is_watched_in_the_same_way() -> None:
    """Thresholds move when what they let in no longer holds the share."""
    auto = AutoThresholds(Target(0.4))
    market = [(100.0, 0.0), *((10.0 - i / 10, 0.0) for i in range(20))]
    first = auto.follow(market)
    assert auto.follow([(101.0, 0.0), *market[1:]]) is first
    spread = [(10.0, 0.0), *market[1:]]
    second = auto.follow(spread)
    assert second is not first
    held = sum(amount for amount, _ in passing(spread, second))
    assert held >= 0.4 * sum(amount for amount, _ in spread)


def test_before_any_contract_has_amounts_there_are_no_thresholds() -> None:
    """And an answer without amounts leaves those that are in force."""
    auto = AutoThresholds(Target(0.5))
    assert auto.follow([]) is None
    assert auto.follow([(0.0, 0.0)]) is None
    found = auto.follow([(1.0, 1.0)])
    assert found is not None
    assert auto.follow([]) is found
