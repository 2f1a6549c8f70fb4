"""Slots, places and rates of pushes."""

from collections import Counter

import pytest

from voltape.sim.pacing import SLOT, Pacer

WEIGHTS = {f"T{i}": 1.0 / (1 + i) for i in range(200)}


def paced(rate: float, *, seed: int = 1, burst: float = 0.0) -> Pacer:
    """A pacer over topics with a heavy tail of weights."""
    pacer = Pacer(rate, seed=seed, burst=burst)
    pacer.set_topics(WEIGHTS)
    return pacer


@pytest.mark.parametrize("rate", [50.0, 500.0, 1900.0])
def test_the_total_rate_is_met(rate: float) -> None:
    """Even where busy topics are at their ceiling, the others make up for it."""
    pacer = paced(rate)
    assert sum(len(pacer.draw()) for _ in range(2000)) / (2000 * SLOT) == pytest.approx(rate, rel=0.05)


def test_no_topic_pushes_more_than_once_per_slot() -> None:
    """A rate beyond the ceiling of all topics gives each of them every slot."""
    pacer = paced(1e9)
    for _ in range(5):
        assert Counter(name for _, name in pacer.draw()) == dict.fromkeys(WEIGHTS, 1)


def test_a_topic_keeps_its_place_in_the_slot() -> None:
    """So that two of its pushes are whole slots apart."""
    pacer = paced(1000.0)
    places: dict[str, set[float]] = {}
    for _ in range(100):
        drawn = pacer.draw()
        assert [offset for offset, _ in drawn] == sorted(offset for offset, _ in drawn)
        for offset, name in drawn:
            assert 0.0 <= offset < SLOT
            places.setdefault(name, set()).add(offset)
    assert all(len(offsets) == 1 for offsets in places.values())


def test_pushes_are_spread_evenly_or_come_in_bursts() -> None:
    """All at the slot's start with a burst of a whole slot, a few moments with a shorter one."""
    assert len({offset for offset, _ in paced(1e9).draw()}) == len(WEIGHTS)
    assert {offset for offset, _ in paced(1e9, burst=0.1).draw()} == {0.0}
    assert len({offset for offset, _ in paced(1e9, burst=0.025).draw()}) == 4


def test_the_same_seed_gives_the_same_sequence() -> None:
    """Slot by slot, also after topics came and went."""
    one, two, other = paced(300.0), paced(300.0), paced(300.0, seed=2)
    for pacer in (one, two, other):
        pacer.draw()
        pacer.set_topics(dict(list(WEIGHTS.items())[10:]) | {"NEW": 1.0})
    drawn = [[pacer.draw() for _ in range(20)] for pacer in (one, two, other)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_heavier_topics_push_more_often_and_nothing_at_rate_zero() -> None:
    """Weights are relative; the rate can be changed at any time."""
    pacer = paced(200.0)
    counts = Counter(name for _ in range(500) for _, name in pacer.draw())
    assert counts["T0"] > 3 * counts["T30"]
    pacer.set_rate(0.0)
    assert pacer.draw() == []
    pacer.set_topics({})
    assert pacer.draw() == []
    assert pacer.rate == 0.0
