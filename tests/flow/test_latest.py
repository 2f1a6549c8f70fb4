"""Newest message per key: what survives between two drains."""

from hypothesis import given
from hypothesis import strategies as st

from voltape.flow.latest import LatestMap, Slot


def filled(*messages: tuple[int, bytes]) -> tuple[LatestMap[None], Slot[None]]:
    """Return a map with one key that was offered these messages, each arriving a tick after the other."""
    latest: LatestMap[None] = LatestMap()
    slot = latest.add("a", None)
    for arrived, (ts, payload) in enumerate(messages, start=1):
        latest.offer(slot, ts, payload, arrived)
    return latest, slot


def test_a_slot_starts_empty() -> None:
    """Nothing is drained before anything was offered."""
    latest, slot = filled()
    assert (latest.filled, latest.drain()) == (0, [])
    assert (slot.payload, slot.spare) == (None, None)


def test_the_newest_message_stays_with_its_times() -> None:
    """Trap 16: of a burst the last state is kept, not the first."""
    latest, slot = filled((10, b"old"), (20, b"new"))
    assert latest.drain() == [slot]
    assert (slot.payload, slot.ts, slot.arrived) == (b"new", 20, 2)
    assert (slot.spare, slot.spare_ts, slot.spare_arrived) == (b"old", 10, 1)
    assert (latest.conflated, latest.out_of_order) == (1, 0)


def test_a_late_message_is_counted_and_becomes_the_spare() -> None:
    """Trap 10: an older message that arrives later does not replace the newer one."""
    latest, slot = filled((20, b"new"), (10, b"late"))
    assert (slot.payload, slot.ts, slot.arrived) == (b"new", 20, 1)
    assert (slot.spare, slot.spare_ts, slot.spare_arrived) == (b"late", 10, 2)
    assert (latest.conflated, latest.out_of_order) == (0, 1)


def test_of_two_with_the_same_time_the_later_arrival_stays() -> None:
    """A source clock that stands still does not freeze the key."""
    _, slot = filled((10, b"first"), (10, b"second"))
    assert (slot.payload, slot.spare) == (b"second", b"first")


def test_an_older_spare_does_not_replace_a_newer_one() -> None:
    """The fallback is the newest of the displaced."""
    _, slot = filled((30, b"c"), (20, b"b"), (10, b"a"))
    assert (slot.spare, slot.spare_ts) == (b"b", 20)


def test_a_drained_and_cleared_slot_takes_any_message_again() -> None:
    """After a drain the order starts over: the board, not the map, remembers what was shown."""
    latest, slot = filled((20, b"new"))
    latest.drain()
    slot.clear()
    latest.offer(slot, 10, b"older", 5)
    assert latest.drain() == [slot]
    assert (slot.payload, slot.spare) == (b"older", None)


def test_adding_a_known_key_returns_its_slot_about_the_new_subject() -> None:
    """What was kept stays; the subject is the one given last."""
    latest: LatestMap[str] = LatestMap()
    slot = latest.add("a", "first")
    latest.offer(slot, 1, b"x", 1)
    assert latest.add("a", "second") is slot
    assert (slot.subject, slot.payload) == ("second", b"x")


def test_discarding_forgets_what_the_key_holds() -> None:
    """A key that leaves while it holds a message is not drained, and memory is given back."""
    latest, slot = filled((10, b"x"), (20, b"y"))
    other = latest.add("b", None)
    latest.offer(other, 1, b"z", 1)
    latest.discard("a")
    assert latest.drain() == [other]
    assert (slot.payload, slot.spare) == (None, None)
    assert list(latest.slots) == ["b"]


def test_discarding_an_empty_or_unknown_key_is_harmless() -> None:
    """Only a filled slot is taken out of the drain."""
    latest, _ = filled()
    latest.discard("a")
    latest.discard("a")
    assert latest.slots == {}


def test_an_emptied_slot_is_drained_once_when_filled_again() -> None:
    """Emptying between two drains leaves no second entry behind, however often it happens."""
    latest, slot = filled()
    for ts in range(1, 9):
        latest.offer(slot, ts, b"x", ts)
        latest.empty(slot)
    latest.empty(slot)
    assert latest.filled == 0
    latest.offer(slot, 9, b"y", 9)
    assert latest.drain() == [slot]


ARRIVALS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5)), max_size=30)


@given(st.lists(ARRIVALS, max_size=4))
def test_a_drain_gives_the_newest_and_the_best_displaced_of_each_key(
    rounds: list[list[tuple[str, int]]],
) -> None:
    """Whatever the order: highest time, latest arrival first; the runner-up is the spare; the rest is counted."""
    latest: LatestMap[str] = LatestMap()
    slots = {key: latest.add(key, key) for key in "abc"}
    lost = 0
    for arrivals in rounds:
        offered: dict[str, list[tuple[int, int]]] = {}
        for arrived, (key, ts) in enumerate(arrivals):
            latest.offer(slots[key], ts, b"%d" % arrived, arrived)
            offered.setdefault(key, []).append((ts, arrived))
        drained = latest.drain()
        assert [slot.key for slot in drained] == list(offered)
        for slot in drained:
            (ts, arrived), *rest = sorted(offered[slot.key], reverse=True)
            assert (slot.payload, slot.ts, slot.arrived) == (b"%d" % arrived, ts, arrived)
            assert (slot.spare is None) == (not rest)
            if rest:
                assert slot.spare_ts == rest[0][0]
                assert slot.spare == b"%d" % slot.spare_arrived
                assert (slot.spare_ts, slot.spare_arrived) in rest
            slot.clear()
        lost += len(arrivals) - len(drained)
        assert latest.conflated + latest.out_of_order == lost
        assert latest.filled == 0
