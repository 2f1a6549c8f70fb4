"""The venue's figures against our own."""

import pytest

from tests.analytics.markets import chain, quote, simulated
from voltape.analytics.black76 import greeks
from voltape.analytics.checks import FIELDS, CheckSummary, check, check_slice, summary_of
from voltape.analytics.slices import Quote, StrikePair


def fields_of(summary: CheckSummary) -> dict[str, float | None]:
    """Return the largest difference by field."""
    return {field.field: field.largest for field in summary.fields}


def stated(strike: float = 105.0, iv: float = 0.5, years: float = 0.1, **changed: float | None) -> Quote:
    """Return a call at a forward of 100 that states Black-76's figures, except for those changed."""
    found = greeks(100.0, strike, years, iv, "call")
    assert found is not None
    values: dict[str, float | None] = {
        "mark_price": found.price,
        "underlying_price": 100.0,
        "delta": found.delta,
        "gamma": found.gamma,
        "vega": found.vega,
        "theta": found.theta,
    }
    made = quote("call", strike, iv, **(values | changed))
    return Quote(**{name: getattr(made, name) for name in made.__struct_fields__} | {"years": years})


def test_equal_figures_show_no_difference() -> None:
    """Where the venue states Black-76 every field is met."""
    summary = check([chain(StrikePair(105.0, stated(), None))])
    assert (summary.contracts, summary.incomplete, summary.damped) == (1, 0, 0)
    assert list(fields_of(summary)) == list(FIELDS)
    assert list(fields_of(summary).values()) == pytest.approx([0.0] * 6, abs=1e-12)


@pytest.mark.parametrize("field", FIELDS[2:])
def test_a_difference_is_ours_minus_the_venues(field: str) -> None:
    """It shows in its own field, with the contract that has it, and in no other."""
    right = stated()
    wrong = stated(110.0, **{field: getattr(stated(110.0), field) - 0.25})
    summary = check([chain(StrikePair(105.0, right, None), StrikePair(110.0, wrong, None))])
    for found in summary.fields:
        if found.field == field:
            assert (found.contracts, found.symbol) == (2, "X-110-C")
            assert (found.largest, found.mean) == pytest.approx((0.25, 0.125))
            assert found.rms == pytest.approx(0.25 / 2.0**0.5)
        else:
            assert found.largest == pytest.approx(0.0, abs=1e-12)


def test_an_iv_is_solved_from_the_mark_price() -> None:
    """A mark price one vega too high means an IV about one vol point above the stated one."""
    vega = greeks(100.0, 105.0, 0.1, 0.5, "call")
    assert vega is not None
    dear = stated(mark_price=vega.price + vega.vega)
    found = fields_of(check([chain(StrikePair(105.0, dear, None))]))
    assert found["mark_iv"] == pytest.approx(0.01, rel=1e-2)
    assert found["mark_price"] == pytest.approx(-vega.vega)


def test_an_iv_that_the_price_cannot_carry_is_not_compared() -> None:
    """Far out of the money a price of eight decimals says nothing about volatility."""
    remote = stated(400.0, 0.4, 0.05)
    (found,) = check_slice(chain(StrikePair(400.0, remote, None))).contracts
    assert found.mark_price == pytest.approx(0.0, abs=1e-12)
    assert found.mark_iv is None


def test_gamma_and_theta_of_the_last_day_are_left_out() -> None:
    """Within 24 hours the venue damps both; the rest is compared as ever."""
    today = stated(100.5, years=0.9 / 365.0, gamma=0.0, theta=0.0)
    summary = check([chain(StrikePair(100.5, today, None))])
    assert (summary.contracts, summary.damped) == (1, 1)
    compared = {field.field: field.contracts for field in summary.fields}
    assert compared == dict.fromkeys(FIELDS, 1) | {"gamma": 0, "theta": 0}
    assert fields_of(summary)["gamma"] is None


@pytest.mark.parametrize(
    "bare",
    [
        stated(underlying_price=None),
        quote("call", 105.0, None, underlying_price=100.0),
        stated(underlying_price=-1.0),
    ],
)
def test_what_cannot_be_computed_is_counted(bare: Quote) -> None:
    """Without a forward or a mark IV there is nothing of ours to compare with."""
    summary = check([chain(StrikePair(105.0, bare, None))])
    assert (summary.contracts, summary.incomplete) == (1, 1)
    assert [(field.contracts, field.mean, field.rms, field.symbol) for field in summary.fields] == [
        (0, None, None, None)
    ] * 6


def test_an_absent_figure_of_the_venue_is_no_difference() -> None:
    """A greek that the venue does not state is not compared, instead of being taken for 0."""
    (found,) = check_slice(chain(StrikePair(105.0, stated(delta=None, mark_price=None), None))).contracts
    assert (found.delta, found.mark_price, found.mark_iv) == (None, None, None)
    assert found.vega == pytest.approx(0.0, abs=1e-12)


def test_expiries_compared_apart_are_summarised_together() -> None:
    """The summary is the same whether all are compared at once or one after the other."""
    chains = simulated("SOL").slices("SOL")
    assert summary_of([check_slice(chain) for chain in chains]) == check(chains)


@pytest.mark.parametrize("coin", ["BTC", "ETH", "SOL", "XRP"])
def test_the_simulated_market_is_recomputed(coin: str) -> None:
    """All its figures are met to the last of their eight decimals, damped ones of the last day left out."""
    market = simulated(coin)
    summary = check(market.slices(coin))
    assert summary.incomplete == 0
    assert summary.damped > 0
    found = fields_of(summary)
    assert found.pop("mark_iv") == pytest.approx(0.0, abs=1e-4)
    assert list(found.values()) == pytest.approx([0.0] * 5, abs=1.01e-8)
    counted = {field.field: field.contracts for field in summary.fields}
    assert counted["delta"] == summary.contracts
    assert counted["gamma"] == counted["theta"] == summary.contracts - summary.damped
    assert counted["mark_iv"] > 0.7 * summary.contracts
