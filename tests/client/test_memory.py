from hypothesis import given
from hypothesis import strategies as st

from voltape.client.memory import Kept, Memory


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 60)), max_size=60))
def test_what_is_remembered_never_exceeds_its_bound(answers: list[tuple[str, int]]) -> None:
    """Whatever is answered, the bytes held are those of the answers held, and at most as many as allowed."""
    memory = Memory(100)
    for target, size in answers:
        memory.keep(target, Kept(target, bytes(size)))
        held = [kept for kept in map(memory.recall, "abcdef") if kept is not None]
        assert memory.held == sum(len(kept.body) for kept in held) <= 100


def test_the_newest_answer_replaces_the_one_before() -> None:
    """And one that is too large leaves nothing behind that is older."""
    memory = Memory(100)
    memory.keep("a", Kept("1", b"one"))
    memory.keep("a", Kept("2", b"two"))
    assert memory.recall("a") == Kept("2", b"two")
    memory.keep("a", Kept("3", bytes(26)))
    assert memory.recall("a") is None


def test_an_answer_that_is_used_stays_longer() -> None:
    """The one that was used least lately gives way, however old the others are."""
    memory = Memory(100)
    for target in "abcd":
        memory.keep(target, Kept(target, bytes(25)))
    assert memory.recall("a") is not None
    memory.keep("e", Kept("e", bytes(25)))
    assert [memory.recall(target) is None for target in "abcde"] == [False, True, False, False, False]
