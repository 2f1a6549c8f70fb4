from voltape.analytics.realised import RealisedWindow, realised_windows
from voltape.analytics.term_structure import TENORS, FixedTenor, TermStructure
from voltape.model import history
from voltape.model.history import Realised


def term(**ivs: float) -> TermStructure:
    """A term structure that knows the ATM IV at some tenors, named like `d7`."""
    tenors = [FixedTenor(days, ivs.get(f"d{days}"), None, None) for days in TENORS]
    return TermStructure((), tuple(tenors))


def test_windows_and_tenors_are_the_same_days() -> None:
    """The model, which knows no analytics, has them a second time."""
    assert history.TENORS == TENORS


def test_the_difference_is_implied_less_realised_in_vol_points() -> None:
    """At the same number of days."""
    found = realised_windows({7: Realised(0.41, 1_000)}, term(d7=0.47, d30=0.5))
    assert found[0] == RealisedWindow(7, 0.41, 1_000, 0.47, 6.0)
    assert [window.days for window in found] == list(TENORS)


def test_what_is_absent_on_one_side_has_no_difference() -> None:
    """And the other side is shown all the same."""
    found = realised_windows({14: Realised(0.4, 1_000)}, term(d7=0.47))
    assert found[0] == RealisedWindow(7, None, None, 0.47, None)
    assert found[1] == RealisedWindow(14, 0.4, 1_000, None, None)
    assert found[2] == RealisedWindow(30, None, None, None, None)
