"""The health of a connection as a number."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.bybit.health import Vitals, health, usual_lag
from voltape.bybit.succession import SuccessionOptions

MARK = SuccessionOptions().replace_below
WELL = Vitals(silence=0.0, allowed=7.0)
SHARE = st.floats(0, 1)
LAG = st.none() | st.floats(-1e6, 1e6)
VITALS = st.builds(
    Vitals,
    silence=st.floats(0, 200),
    allowed=st.floats(0.1, 100),
    lag=LAG,
    usual_lag=LAG,
    trip=st.none() | st.floats(0, 100),
    errors=SHARE,
    unheard=SHARE,
)


@given(VITALS)
def test_health_is_a_share_and_nothing_only_when_mute(vitals: Vitals) -> None:
    """From 0 to 1, whatever was measured; 0 says that data has been missing for longer than allowed."""
    assert 0.0 <= health(vitals) <= 1.0
    assert (health(vitals) == 0.0) == (vitals.silence > vitals.allowed)


@given(VITALS, st.sampled_from(["silence", "lag", "trip", "errors", "unheard"]), st.floats(0, 100))
def test_no_trouble_ever_raises_the_health(vitals: Vitals, name: str, more: float) -> None:
    """Monotone in each figure, whatever the others are."""
    before = getattr(vitals, name)
    if before is None:
        return
    after = min(1.0, before + more) if name in {"errors", "unheard"} else before + more
    worse = msgspec.structs.replace(vitals, **{name: after})
    assert health(worse) <= health(vitals)


@given(VITALS, st.floats(0, 100))
def test_patience_never_lowers_the_health(vitals: Vitals, more: float) -> None:
    """A quieter connection is allowed longer silence, and is the healthier for the same one."""
    patient = msgspec.structs.replace(vitals, allowed=vitals.allowed + more)
    assert health(patient) >= health(vitals)


@given(st.floats(0, 60), SHARE)
def test_a_quiet_market_alone_makes_nobody_sick(silence: float, unheard: float) -> None:
    """Long silence and topics that never speak stay above the mark for replacement."""
    assert health(Vitals(silence=silence, allowed=60.0, unheard=unheard)) > MARK


@pytest.mark.parametrize(
    ("vitals", "expected"),
    [
        (WELL, 1.0),
        (Vitals(silence=3.5, allowed=7.0), 0.85),
        (Vitals(silence=0.0, allowed=7.0, lag=600.0, usual_lag=100.0), 1.0),
        (Vitals(silence=0.0, allowed=7.0, lag=2_100.0, usual_lag=100.0), 0.25),
        (Vitals(silence=0.0, allowed=7.0, lag=100.0, usual_lag=2_100.0), 1.0),
        (Vitals(silence=0.0, allowed=7.0, lag=9_000.0), 1.0),
        (Vitals(silence=0.0, allowed=7.0, trip=0.2), 1.0),
        (Vitals(silence=0.0, allowed=7.0, trip=2.0), 0.5),
        (Vitals(silence=0.0, allowed=7.0, trip=30.0), 0.4),
        (Vitals(silence=0.0, allowed=7.0, errors=0.1), 0.5),
        (Vitals(silence=0.0, allowed=7.0, errors=1.0), 0.1),
        (Vitals(silence=0.0, allowed=7.0, unheard=1.0), 0.75),
        (Vitals(silence=7.1, allowed=7.0), 0.0),
    ],
)
def test_each_trouble_has_its_weight(vitals: Vitals, expected: float) -> None:
    """The formula of the module's text, figure by figure."""
    assert health(vitals) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("others", "lowest", "usual"),
    [
        ([], None, None),
        ([], 30.0, 30.0),
        ([5.0], 30.0, 5.0),
        ([9.0, 5.0], 30.0, 7.0),
        ([2_000.0, 5.0, 9.0], None, 9.0),
    ],
)
def test_lag_is_compared_with_the_others_or_with_its_own_best(
    others: list[float], lowest: float | None, usual: float | None
) -> None:
    """The median, so that one sick sibling does not excuse another."""
    assert usual_lag(others, lowest) == usual
