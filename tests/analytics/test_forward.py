"""The forward and its check by put-call parity."""

from math import log

import pytest

from tests.analytics.markets import chain, quote, simulated
from voltape.analytics.forward import forward_of
from voltape.analytics.slices import StrikePair


def pair(strike: float, call: tuple[float | None, ...], put: tuple[float | None, ...]) -> StrikePair:
    """Return a strike with bid, mark and ask of its call and its put."""
    names = ("bid_price", "mark_price", "ask_price")
    return StrikePair(
        strike,
        quote("call", strike, 0.5, **dict(zip(names, call, strict=True))),
        quote("put", strike, 0.5, **dict(zip(names, put, strict=True))),
    )


def test_parity_gives_the_forward_from_marks_and_from_quotes() -> None:
    """K + C - P from marks and from the middle of the quotes, and the tightest bounds of all strikes."""
    found = forward_of(
        chain(
            pair(90.0, (11.0, 12.0, 13.0), (1.0, 2.0, 3.0)),
            pair(100.0, (5.5, 6.0, 6.5), (5.5, 6.0, 6.5)),
        )
    )
    assert (found.parity_mark, found.parity_mid) == (100.0, 100.0)
    assert (found.parity_low, found.parity_high, found.parity_strikes) == (99.0, 101.0, 2)
    assert found.consistent is True


def test_a_forward_outside_the_bounds_is_told() -> None:
    """Where bids and asks would give free money against the venue's forward, it is not consistent."""
    found = forward_of(chain(pair(100.0, (9.0, 9.5, 10.0), (1.0, 1.5, 2.0))))
    assert (found.parity_low, found.consistent) == (107.0, False)


def test_crossed_bounds_say_nothing() -> None:
    """Quotes of different age may contradict each other; then there is no verdict."""
    found = forward_of(
        chain(pair(90.0, (13.0, 13.0, 13.1), (1.0, 1.0, 1.1)), pair(100.0, (5.0, 5.0, 5.1), (6.0, 6.0, 6.1)))
    )
    assert found.parity_low is not None
    assert found.parity_high is not None
    assert found.parity_low > found.parity_high
    assert found.consistent is None


@pytest.mark.parametrize(
    "one",
    [
        StrikePair(100.0, quote("call", 100.0, 0.5, mark_price=6.0, bid_price=5.0, ask_price=7.0), None),
        StrikePair(100.0, None, quote("put", 100.0, 0.5, mark_price=6.0, bid_price=5.0, ask_price=7.0)),
        pair(100.0, (None, None, 6.5), (5.5, 6.0, 6.5)),
        pair(100.0, (5.5, 6.0, 6.5), (5.5, None, None)),
    ],
)
def test_half_a_pair_gives_no_parity(one: StrikePair) -> None:
    """A side that is missing or not quoted is never taken for a price of zero."""
    found = forward_of(chain(one))
    assert (found.parity_mark, found.parity_mid, found.parity_low, found.parity_high) == (None,) * 4
    assert (found.parity_strikes, found.consistent) == (0, None)


def test_basis_and_carry_are_against_the_index() -> None:
    """The simulated market's carry of 6 % a year is found in every expiry that is not a matter of hours."""
    for found in map(forward_of, simulated("BTC").slices("BTC")[3:]):
        assert found.forward is not None
        assert found.index_price is not None
        assert found.basis == found.forward - found.index_price
        assert found.basis_fraction == pytest.approx(found.forward / found.index_price - 1.0)
        assert found.carry == pytest.approx(0.06, abs=1e-4)
        assert found.carry == pytest.approx(log(found.forward / found.index_price) / found.years)


def test_without_a_forward_there_is_no_basis() -> None:
    """No forward: neither basis nor carry."""
    found = forward_of(chain(forward=None))
    assert (found.basis, found.basis_fraction, found.carry) == (None, None, None)


@pytest.mark.parametrize("coin", ["BTC", "SOL", "XRP"])
def test_the_simulated_market_keeps_parity(coin: str) -> None:
    """Marks give the venue's forward to eight decimals, and every expiry's bounds enclose it."""
    for found in map(forward_of, simulated(coin).slices(coin)):
        assert found.parity_mark == pytest.approx(found.forward, abs=1e-7)
        assert found.consistent is True
