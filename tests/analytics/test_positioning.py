from math import fsum

import pytest
from hypothesis import given

from tests.analytics.positions import call, positions, put, series
from voltape.analytics.position import Position
from voltape.analytics.positioning import open_interest

NEAR = series(
    call(90.0, 1.0, volume_24h=10.0),
    put(90.0, 3.0, volume_24h=5.0),
    put(90.0, 1.0),
    call(100.0, 1.0),
    expiry="2026-11-27",
)
FAR = series(call(100.0, 14.0, volume_24h=5.0), put(120.0, None), expiry="2026-12-25")


def test_calls_and_puts_are_summed_apart_over_both_settlement_coins() -> None:
    """Units of the underlying add up, whatever the coin of settlement."""
    found = open_interest([NEAR, FAR])
    assert (found.call_open_interest, found.put_open_interest) == (16.0, 4.0)
    assert found.open_interest == 20.0
    assert (found.call_volume_24h, found.put_volume_24h, found.volume_24h) == (15.0, 5.0, 20.0)


def test_ratios_are_puts_by_calls() -> None:
    """Of open interest and of volume."""
    found = open_interest([NEAR, FAR])
    assert found.put_call_ratio_open_interest == 0.25
    assert found.put_call_ratio_volume == round(5 / 15, 6)


def test_a_ratio_to_nothing_is_absent() -> None:
    """No calls, or zero of them, is not a ratio."""
    assert open_interest([series(put(90.0, 1.0))]).put_call_ratio_open_interest is None
    assert open_interest([series(put(90.0, 1.0), call(90.0, 0.0))]).put_call_ratio_open_interest is None


def test_each_expiry_has_its_share() -> None:
    """Of the whole underlying."""
    near, far = open_interest([NEAR, FAR]).expiries
    assert (near.expiry, near.share_open_interest, near.share_volume) == ("2026-11-27", 0.3, 0.75)
    assert (far.expiry, far.share_open_interest, far.share_volume) == ("2026-12-25", 0.7, 0.25)


def test_strikes_are_those_of_all_expiries_in_order() -> None:
    """One entry each, absent where no contract tells."""
    strikes = open_interest([NEAR, FAR]).strikes
    assert [(one.strike, one.call_open_interest, one.put_open_interest) for one in strikes] == [
        (90.0, 1.0, 4.0),
        (100.0, 15.0, None),
        (120.0, None, None),
    ]


def test_one_expiry_keeps_its_share_of_the_whole() -> None:
    """Sums and strikes are its own."""
    found = open_interest([NEAR, FAR], "2026-12-25")
    assert [one.strike for one in found.strikes] == [100.0, 120.0]
    assert found.open_interest == 14.0
    assert [one.share_open_interest for one in found.expiries] == [0.7]


@given(near=positions, far=positions)
def test_strikes_and_expiries_add_up_to_the_whole(near: list[Position], far: list[Position]) -> None:
    """Nothing is lost or counted twice."""
    found = open_interest([series(*near), series(*far, expiry="2027-03-26")])
    whole = found.open_interest
    if whole is None:
        assert all(one.open_interest is None for one in [*near, *far])
        return
    assert fsum(one.open_interest or 0.0 for one in found.expiries) == whole
    sides = [
        value or 0.0 for one in found.strikes for value in (one.call_open_interest, one.put_open_interest)
    ]
    assert fsum(sides) == whole
    if whole:
        shares = [one.share_open_interest or 0.0 for one in found.expiries]
        assert fsum(shares) == pytest.approx(1.0, abs=1e-5)
