"""The 30-day volatility index."""

from math import exp, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analytics.markets import chain, quote, simulated, true_iv
from voltape.analytics.black76 import price
from voltape.analytics.slices import ChainSlice, StrikePair
from voltape.analytics.variance_index import variance_index
from voltape.sim import black
from voltape.sim.surface import Series

NEAR, FAR = 23.0 / 365.0, 37.0 / 365.0


def priced(
    vol: float, years: float, expiry: str, width: int = 60, unquoted: tuple[int, ...] = ()
) -> ChainSlice:
    """Return a slice at a forward of 100 and one volatility; strikes named by their place may lack a bid."""
    pairs = []
    for i in range(-width, width + 1):
        strike = 100.0 * exp(0.01 * i) + 0.2
        bid = None if i in unquoted else 0.0001
        call, put = (
            quote(kind, strike, vol, mark_price=price(100.0, strike, years, vol, kind), bid_price=bid)
            for kind in ("call", "put")
        )
        pairs.append(StrikePair(strike, call, put))
    return chain(*pairs, years=years, expiry=expiry)


def swap_volatility(series: Series) -> float:
    """Return the fair volatility of a variance swap on the simulated market, by fine integration over all strikes."""
    forward, years, total = series.forward, series.years, 0.0
    reach = 8.0 * series.level * years**0.5
    steps = 2000
    for i in range(-steps, steps + 1):
        k = reach * i / steps
        strike = forward * exp(k)
        worth = black.price(forward, strike, true_iv(series)(strike), years, call=k >= 0.0)
        total += worth / strike * reach / steps
    return sqrt(2.0 * total / years)


@given(st.floats(0.3, 1.0), st.floats(0.3, 1.0))
def test_flat_smiles_give_their_own_volatility(near: float, far: float) -> None:
    """With one volatility per expiry the index is that, interpolated in total variance, to a hundredth."""
    found = variance_index([priced(near, NEAR, "2026-01-01"), priced(far, FAR, "2026-01-15")])
    total = 0.5 * (near * near * NEAR + far * far * FAR)
    assert found.value == pytest.approx(100.0 * (total / (30.0 / 365.0)) ** 0.5, rel=0.01)
    assert found.reason is None
    assert (found.days, found.prices) == (30.0, "mark")


def test_an_expiry_of_thirty_days_stands_alone() -> None:
    """Where an expiry is exactly 30 days away, the index is its own."""
    found = variance_index([priced(0.5, 30.0 / 365.0, "2026-01-01"), priced(0.9, 0.2, "2026-02-01")])
    assert found.near is not None
    assert found.value == pytest.approx(100.0 * found.near.iv)


def test_the_formula_is_the_published_one() -> None:
    """Worked by hand: three strikes on each side, their widths, and the forward's distance to the base strike."""
    strikes = {85.0: 1.0, 90.0: 2.0, 95.0: 3.5, 100.0: 6.0, 105.0: 3.6, 110.0: 2.1, 120.0: 1.1}
    pairs = (
        StrikePair(
            k,
            quote("call", k, 0.5, mark_price=p, bid_price=p),
            quote("put", k, 0.5, mark_price=p, bid_price=p),
        )
        for k, p in strikes.items()
    )
    near = chain(*pairs, forward=101.0, years=NEAR)
    found = variance_index([near, priced(0.5, FAR, "2026-01-15")]).near
    widths = (5.0, 5.0, 5.0, 5.0, 5.0, 7.5, 10.0)
    terms = (width / k**2 * p for width, (k, p) in zip(widths, strikes.items(), strict=True))
    assert found is not None
    assert found.variance == pytest.approx((2.0 * sum(terms) - 0.01**2) / NEAR)
    assert (found.base_strike, found.puts, found.calls, found.lowest_strike) == (100.0, 3, 3, 85.0)


def test_a_wing_ends_at_two_strikes_without_a_bid() -> None:
    """One strike without a bid is passed over; from two in a row on nothing counts."""
    far = priced(0.5, FAR, "2026-01-15")
    whole = variance_index([priced(0.5, NEAR, "2026-01-01"), far]).near
    gap = variance_index([priced(0.5, NEAR, "2026-01-01", unquoted=(10,)), far]).near
    cut = variance_index([priced(0.5, NEAR, "2026-01-01", unquoted=(10, 11)), far]).near
    assert whole is not None
    assert gap is not None
    assert cut is not None
    assert (gap.calls, gap.highest_strike) == (whole.calls - 1, whole.highest_strike)
    assert cut.highest_strike == pytest.approx(100.0 * exp(0.09) + 0.2)
    assert cut.variance < gap.variance == pytest.approx(whole.variance, rel=1e-3)


def test_without_expiries_around_thirty_days_there_is_no_index() -> None:
    """Nothing is extended beyond the listed expiries."""
    for chains in ([], [priced(0.5, NEAR, "2026-01-01")], [priced(0.5, t, "2026-01-01") for t in (0.2, 0.3)]):
        found = variance_index(chains)
        assert (found.value, found.reason, found.near) == (None, "no two expiries around 30 days", None)


def test_too_few_strikes_give_a_reason() -> None:
    """The expiry that fails is named, the other keeps its variance."""
    found = variance_index([priced(0.5, NEAR, "2026-01-01", width=2), priced(0.5, FAR, "2026-01-15")])
    assert found.value is None
    assert found.reason == "2026-01-01: 1 puts and 3 calls with a bid, fewer than 3 of each"
    assert found.near is None
    assert found.far is not None


@pytest.mark.parametrize(
    ("broken", "cause"),
    [
        (chain(forward=None, years=NEAR), "no forward"),
        (chain(StrikePair(200.0, None, None), years=NEAR), "no strike below the forward"),
        (
            chain(
                *(
                    StrikePair(
                        k,
                        quote("call", k, 0.5, mark_price=None if k == 100.0 else 1.0, bid_price=1.0),
                        quote("put", k, 0.5, mark_price=1.0, bid_price=1.0),
                    )
                    for k in (85.0, 90.0, 95.0, 100.0, 105.0, 110.0, 120.0)
                ),
                years=NEAR,
            ),
            "call or put without a mark price at 100",
        ),
        (
            chain(
                *(
                    StrikePair(
                        k,
                        quote("call", k, 0.5, mark_price=0.0, bid_price=1.0),
                        quote("put", k, 0.5, mark_price=0.0, bid_price=1.0),
                    )
                    for k in (85.0, 90.0, 95.0, 99.0, 105.0, 110.0, 120.0)
                ),
                years=NEAR,
            ),
            "no positive variance",
        ),
    ],
)
def test_what_is_missing_is_named(broken: ChainSlice, cause: str) -> None:
    """Each way in which an expiry cannot contribute has its own reason."""
    assert variance_index([broken, priced(0.5, FAR, "2026-01-15")]).reason == f"{broken.expiry}: {cause}"


@pytest.mark.parametrize(("coin", "slack"), [("BTC", 0.7), ("ETH", 0.9)])
def test_the_simulated_market_is_met(coin: str, slack: float) -> None:
    """Against fine integration over all strikes the index is short by what lies beyond the quoted ones."""
    market = simulated(coin)
    chains, truths = market.slices(coin), market.series(coin)
    i = next(i for i, found in enumerate(chains) if found.years > 30.0 / 365.0)
    near, far = truths[i - 1], truths[i]
    w1, w2 = (swap_volatility(series) ** 2 * series.years for series in (near, far))
    total = w1 + (w2 - w1) * (30.0 / 365.0 - near.years) / (far.years - near.years)
    found = variance_index(chains)
    assert found.value == pytest.approx(100.0 * (total * 365.0 / 30.0) ** 0.5, abs=slack)
    assert found.near is not None
    assert log(found.near.highest_strike / found.near.forward) > 0.1
