import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.alerts.rules import made
from voltape.alerts.rule import Level, Sense, Subject

NUMBERS = st.floats(-1e9, 1e9)
SENSES: st.SearchStrategy[Sense] = st.sampled_from(["above", "below", "reaches"])


@given(SENSES, NUMBERS, st.floats(0, 1e6), NUMBERS)
def test_nothing_is_beyond_and_clear_at_once(
    sense: Sense, value: float, slack: float, reading: float
) -> None:
    """Whatever the level, so that an alert cannot begin and end by the same reading."""
    level = Level(sense, value, value + slack if sense == "below" else value - slack)
    assert not (level.is_beyond(reading) and level.is_clear(reading))


@pytest.mark.parametrize(
    ("sense", "beyond"),
    [("above", [False, False, True]), ("below", [True, False, False]), ("reaches", [False, True, True])],
)
def test_the_level_itself_is_only_reached(sense: Sense, beyond: list[bool]) -> None:
    """Above and below leave it out."""
    level = Level(sense, 10.0, 10.0)
    assert [level.is_beyond(reading) for reading in (9.0, 10.0, 11.0)] == beyond


@given(NUMBERS)
def test_without_hysteresis_every_reading_is_one_or_the_other(reading: float) -> None:
    """Nothing is undecided where `clear` is the level."""
    for sense in ("above", "below", "reaches"):
        level = Level(sense, 5.0, 5.0)
        assert level.is_beyond(reading) != level.is_clear(reading)


def test_a_subject_reads_as_words() -> None:
    """As in messages."""
    assert str(Subject(underlying="BTC", expiry="2026-12-25")) == "BTC 2026-12-25"
    assert (
        str(made(when="iv", underlying=None, symbol="btc-25dec26-1-c-usdt").subject) == "BTC-25DEC26-1-C-USDT"
    )
