from voltape.alerts.kinds import KINDS
from voltape.alerts.readings import READERS


def test_every_kind_has_a_reader_and_no_other() -> None:
    """What can be written can be read."""
    assert set(KINDS) == set(READERS)


def test_every_switch_has_words_for_both_states() -> None:
    """Its messages have no number to tell."""
    for kind in KINDS.values():
        assert (kind.measure == "switch") == bool(kind.on and kind.off)


def test_every_subject_of_a_kind_is_told_once() -> None:
    """Those it needs before those it takes."""
    assert KINDS["iv"].subjects == ("symbol", "underlying", "expiry")
    assert KINDS["put_call_ratio"].subjects == ("underlying", "expiry", "of")
