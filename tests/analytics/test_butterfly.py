"""Butterflies between listed strikes."""

import pytest

from tests.analytics.markets import curved, simulated
from voltape.analytics.butterfly import butterfly_strikes
from voltape.analytics.smile import smile_of

STRIKES = [80.0, 90.0, 95.0, 100.0, 105.0, 110.0, 120.0]


def test_a_flat_smile_has_fair_butterflies() -> None:
    """Black-76 with one volatility is free of arbitrage."""
    assert butterfly_strikes(smile_of(curved(lambda strike: 0.5, STRIKES))) == ()


def test_a_strike_that_is_too_dear_is_named() -> None:
    """One volatility far above its neighbours' makes its butterfly cost less than nothing."""
    smile = smile_of(curved(lambda strike: 0.7 if strike == 105.0 else 0.5, STRIKES))
    assert butterfly_strikes(smile) == (105.0,)


def test_rounding_is_no_violation() -> None:
    """Differences of half of an IV's last decimal between narrow strikes are nothing."""
    strikes = [100.0 + 0.01 * i for i in range(20)]
    smile = smile_of(curved(lambda strike: 0.5 + 0.00004 * (round(strike * 100.0) % 2), strikes))
    assert butterfly_strikes(smile) == ()


@pytest.mark.parametrize("strikes", [[], [100.0], [95.0, 105.0]])
def test_a_butterfly_needs_three_strikes(strikes: list[float]) -> None:
    """With fewer there is nothing to violate."""
    assert butterfly_strikes(smile_of(curved(lambda strike: 0.5, strikes))) == ()


def test_the_simulated_market_has_none() -> None:
    """A smooth market, rounded as the venue rounds, violates nothing."""
    assert [butterfly_strikes(smile_of(chain)) for chain in simulated("BTC").slices("BTC")] == [()] * 11
