import pytest

from tests.alerts.rules import NOW_MS, made
from voltape.alerts.kinds import Unit
from voltape.alerts.notice import notice_of, shown, trial


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (108_603.456, "price", "108,603.46"),
        (0.00123, "price", "0.00123"),
        (0.4651, "share", "46.51 %"),
        (0.99999, "share", "99.999 %"),
        (1.0, "share", "100 %"),
        (55.5, "percent", "55.5 %"),
        (73.9e6, "bytes", "73.9 MB"),
        (1.0, "switch", "yes"),
        (0.0, "switch", "no"),
        (12.0, "count", "12"),
    ],
)
def test_values_read_well(value: float, unit: Unit, text: str) -> None:
    """As many digits as a person wants, and what is all but the whole does not look like it."""
    assert shown(value, unit) == text


def test_a_beginning_says_what_was_read_and_what_it_was_compared_with() -> None:
    """Level, subject and reading."""
    notice = notice_of(made(name="btc"), "begin", 1, 101.5, NOW_MS, NOW_MS)
    assert notice.text == "btc: BTC: index 101.5, above 100"
    assert (notice.reading, notice.level, notice.subject) == (101.5, 100.0, {"underlying": "BTC"})
    assert notice.at == "2026-11-18T11:06:40.000Z"


def test_a_move_says_within_which_time() -> None:
    """A share of what was, in per cent."""
    rule = made(when="index_move", above=None, by="3%", within="15m")
    assert notice_of(rule, "begin", 1, 0.034, NOW_MS, NOW_MS).text == (
        "one: BTC: index move 3.4 %, at least 3 % within 15 min"
    )


def test_an_end_says_how_long_it_lasted() -> None:
    """Of a switch in its own words, without numbers."""
    rule = made(when="stall", above=None)
    begin = notice_of(rule, "begin", 1, 1.0, NOW_MS, NOW_MS)
    end = notice_of(rule, "end", 2, 0.0, NOW_MS + 600_000, NOW_MS)
    assert begin.text == "one: BTC: data has stopped"
    assert end.text == "one: over after 10 min: BTC: data flows again"
    assert (begin.reading, begin.level) == (None, None)


def test_a_ratio_says_of_what() -> None:
    """By volume or by open interest."""
    rule = made(when="put_call_ratio", of="volume")
    assert notice_of(rule, "begin", 1, 101, NOW_MS, NOW_MS).text.startswith(
        "one: BTC: put call ratio by volume"
    )


def test_a_trial_is_marked_as_one() -> None:
    """Nobody takes it for an alert."""
    assert (trial(NOW_MS).event, trial(NOW_MS).rule) == ("test", "test")
