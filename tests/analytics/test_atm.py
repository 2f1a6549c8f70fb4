"""The expiry at the money."""

import pytest

from tests.analytics.markets import chain, quote, simulated
from voltape.analytics.atm import Atm, atm_of
from voltape.analytics.slices import ChainSlice, StrikePair
from voltape.analytics.smile import smile_of


def at_the_money(found: ChainSlice) -> Atm:
    """Return the figures of a slice with its own smile."""
    return atm_of(found, smile_of(found))


def test_the_strike_is_the_one_nearest_to_the_forward() -> None:
    """Of two as near the lower one counts, and the straddle is what its call and put cost."""
    pairs = [
        StrikePair(k, quote("call", k, 0.5, mark_price=7.0), quote("put", k, 0.5, mark_price=5.0))
        for k in (90.0, 98.0, 102.0)
    ]
    found = at_the_money(chain(*pairs))
    assert (found.atm_strike, found.straddle) == (98.0, 12.0)
    assert found.atm_iv == pytest.approx(0.5)


def test_the_expected_move_is_one_standard_deviation() -> None:
    """Forward times volatility times the root of the years."""
    pairs = [StrikePair(k, quote("call", k, 0.5), quote("put", k, 0.5)) for k in (90.0, 110.0)]
    found = at_the_money(chain(*pairs, years=0.25))
    assert found.expected_move == pytest.approx(25.0)
    assert found.expected_move_fraction == pytest.approx(0.25)


@pytest.mark.parametrize(
    "pair",
    [
        StrikePair(100.0, None, quote("put", 100.0, None, mark_price=5.0)),
        StrikePair(100.0, quote("call", 100.0, None), quote("put", 100.0, None, mark_price=5.0)),
    ],
)
def test_what_is_missing_is_none(pair: StrikePair) -> None:
    """Without a mark price there is no straddle, without volatility no move."""
    found = at_the_money(chain(pair))
    assert (found.atm_strike, found.straddle, found.atm_iv, found.expected_move) == (100.0, None, None, None)


def test_without_a_forward_nothing_is_at_the_money() -> None:
    """No forward: no strike, no straddle."""
    pair = StrikePair(100.0, quote("call", 100.0, 0.5), None)
    found = at_the_money(chain(pair, forward=None))
    assert (found.atm_strike, found.straddle, found.expected_move_fraction) == (None, None, None)


def test_a_straddle_is_about_four_fifths_of_the_expected_move() -> None:
    """In the simulated market the straddle at the money costs about √(2/π) of the expected move."""
    for found in map(at_the_money, simulated("BTC").slices("BTC")[3:6]):
        assert found.straddle is not None
        assert found.expected_move is not None
        assert found.straddle / found.expected_move == pytest.approx(0.798, abs=0.01)
