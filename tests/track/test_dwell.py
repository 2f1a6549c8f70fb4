"""Staying live for a while."""

from hypothesis import given
from hypothesis import strategies as st

from voltape.track.dwell import Dwell

NAMES = ("A", "B", "C")
rounds = st.lists(
    st.tuples(
        st.floats(0.0, 400.0), st.frozensets(st.sampled_from(NAMES)), st.frozensets(st.sampled_from(NAMES))
    ),
    max_size=40,
)


def test_a_contract_stays_for_the_time_after_it_was_last_chosen() -> None:
    """Every moment with a reason starts the time again; then it leaves at once."""
    dwell = Dwell(300.0)
    assert dwell.hold({"A"}, NAMES, 0.0) == {"A"}
    assert dwell.hold({"B"}, NAMES, 299.0) == {"A", "B"}
    assert dwell.hold({"B"}, NAMES, 300.0) == {"B"}
    assert dwell.hold({"A", "B"}, NAMES, 500.0) == {"A", "B"}
    assert dwell.hold(set(), NAMES, 799.0) == {"A", "B"}
    assert dwell.hold(set(), NAMES, 800.0) == set()


def test_what_is_not_listed_is_not_held() -> None:
    """An expired contract leaves at once, and is new if it comes back."""
    dwell = Dwell(300.0)
    dwell.hold({"A"}, NAMES, 0.0)
    assert dwell.hold(set(), {"B"}, 1.0) == set()
    assert dwell.hold(set(), NAMES, 2.0) == set()


def test_without_a_time_nothing_is_held() -> None:
    """A time of zero is no hysteresis in time."""
    dwell = Dwell(0.0)
    dwell.hold({"A"}, NAMES, 0.0)
    assert dwell.hold({"B"}, NAMES, 0.0) == {"B"}


@given(rounds, st.floats(0.0, 500.0))
def test_no_contract_leaves_before_its_time_and_all_enter_at_once(
    happening: list[tuple[float, frozenset[str], frozenset[str]]], seconds: float
) -> None:
    """Whatever is chosen when: in at once, out no sooner than the time after the last choice."""
    dwell = Dwell(seconds)
    now = 0.0
    chosen_at: dict[str, float] = {}
    for pause, chosen, gone in happening:
        now += pause
        listed = set(NAMES) - (gone - chosen)
        live = dwell.hold(chosen, listed, now)
        chosen_at = {name: at for name, at in chosen_at.items() if name in listed}
        chosen_at |= dict.fromkeys(chosen, now)
        assert live >= chosen
        assert live == {name for name, at in chosen_at.items() if name in chosen or at + seconds > now}
