"""Why connections end, and who is to blame."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.bybit.causes import CAUSES, SELF_INFLICTED, Cause, EndingLog, attempt_failed, closed, cut
from voltape.errors import VenueError, VenueRefused


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (0, "closed"),
        (1000, "closed"),
        (1001, "closed"),
        (1012, "closed"),
        (4001, "closed"),
        (1008, "slow_reader"),
        (1013, "slow_reader"),
        (1002, "protocol"),
        (1003, "protocol"),
        (1007, "protocol"),
        (1009, "protocol"),
    ],
)
def test_a_close_code_says_who_is_to_blame(code: int, cause: Cause) -> None:
    """Maintenance is theirs; what breaks a rule or is too slow is ours."""
    assert closed(code).cause == cause
    assert str(code or "no code") in closed(code).text


@pytest.mark.parametrize(
    ("stalled", "unpinged", "cause"),
    [(0.9, 18.0, "cut"), (5.0, 18.0, "slow_reader"), (16.0, 18.0, "slow_reader"), (35.0, 53.0, "no_ping")],
)
def test_a_cut_without_a_word_is_explained_by_what_we_did(
    stalled: float, unpinged: float, cause: Cause
) -> None:
    """Exchanges cut slow readers and silent clients without saying why."""
    assert cut(stalled, unpinged).cause == cause


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (VenueRefused("handshake", "403: blocked region or too many connections"), "over_limit"),
        (VenueError("handshake", "429: too many requests"), "over_limit"),
        (VenueError("handshake", "answered 502"), "refused"),
        (VenueError("certificate", "expired"), "certificate"),
        (VenueError("connect", "ConnectionRefusedError"), "unreachable"),
    ],
)
def test_a_failed_attempt_has_its_cause(error: VenueError, cause: Cause) -> None:
    """Limits are told from an exchange that is down."""
    assert attempt_failed(error).cause == cause
    assert attempt_failed(error).text == str(error)


@given(st.integers(0, 65_535), st.floats(0, 1e6), st.floats(0, 1e6))
def test_there_are_only_a_few_causes(code: int, stalled: float, unpinged: float) -> None:
    """Whatever happens ends up in a small set, which metrics can bear as labels."""
    assert {closed(code).cause, cut(stalled, unpinged).cause} <= set(CAUSES)
    assert set(CAUSES) > SELF_INFLICTED
    assert len(CAUSES) < 16


def test_ends_are_counted_by_cause_and_forgotten_after_an_hour() -> None:
    """The hour slides; the totals stay."""
    log = EndingLog()
    for at, cause in ((0.0, "cut"), (1_800.0, "mute"), (3_700.0, "cut")):
        log.ended(cause, at)  # type: ignore[arg-type]
    log.refused("over_limit", 3_700.0)
    assert (log.total, dict(log.causes)) == (3, {"cut": 2, "mute": 1, "over_limit": 1})
    assert log.last_hour(3_700.0) == 2
    assert log.causes_last_hour(3_700.0) == {"mute": 1, "cut": 1, "over_limit": 1}
    assert log.last_hour(7_300.0) == 0
    assert log.causes_last_hour(7_300.0) == {}
