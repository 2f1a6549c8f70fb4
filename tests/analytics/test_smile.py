"""The smile: one point per strike, through the out-of-the-money contract."""

from math import log

import pytest

from tests.analytics.markets import chain, quote, simulated, true_iv
from voltape.analytics.black76 import greeks
from voltape.analytics.slices import StrikePair
from voltape.analytics.smile import iv_at, smile_of


def test_strikes_are_seen_through_their_out_of_the_money_contract() -> None:
    """Puts below the forward, calls from it upwards."""
    strikes = (90.0, 100.0, 110.0)
    smile = smile_of(chain(*(StrikePair(k, quote("call", k, 0.5), quote("put", k, 0.6)) for k in strikes)))
    assert [(point.kind, point.mark_iv) for point in smile.points] == [
        ("put", 0.6),
        ("call", 0.5),
        ("call", 0.5),
    ]
    assert [point.log_moneyness for point in smile.points] == pytest.approx([log(k / 100.0) for k in strikes])


def test_the_other_side_stands_in_where_a_mark_iv_is_missing() -> None:
    """An absent, zero, negative or absurd mark IV is none; a strike without any is left out."""
    smile = smile_of(
        chain(
            StrikePair(90.0, quote("call", 90.0, 0.5), quote("put", 90.0, None)),
            StrikePair(95.0, quote("call", 95.0, 0.5), quote("put", 95.0, -0.1)),
            StrikePair(105.0, quote("call", 105.0, 1e300), quote("put", 105.0, 0.0)),
            StrikePair(110.0, None, quote("put", 110.0, 0.5)),
        )
    )
    assert [(point.strike, point.kind) for point in smile.points] == [
        (90.0, "call"),
        (95.0, "call"),
        (110.0, "put"),
    ]


def test_deltas_are_black_76_on_the_forward() -> None:
    """A point's delta is that of its contract at its mark IV, and the call's delta runs from 1 to 0."""
    smile = smile_of(
        chain(*(StrikePair(k, quote("call", k, 0.5), quote("put", k, 0.5)) for k in (80.0, 100.0, 125.0)))
    )
    for point in smile.points:
        found = greeks(100.0, point.strike, 0.1, 0.5, point.kind)
        assert found is not None
        assert point.delta == pytest.approx(found.delta, abs=1e-12)
    calls = [point.call_delta for point in smile.points]
    assert calls == sorted(calls, reverse=True)
    assert 0.0 < calls[-1] < calls[0] < 1.0


def test_quotes_keep_their_absent_sides() -> None:
    """A side without a quote has no IV, never 0."""
    one_sided = quote("call", 100.0, 0.5, bid_iv=0.45)
    (point,) = smile_of(chain(StrikePair(100.0, one_sided, None))).points
    assert (point.bid_iv, point.mark_iv, point.ask_iv) == (0.45, 0.5, None)


def test_volatility_is_linear_in_total_variance_between_strikes() -> None:
    """Half way in log-moneyness lies the mean of the variances; beyond the strikes lies nothing."""
    pairs = (
        StrikePair(k, quote("call", k, iv), quote("put", k, iv)) for k, iv in ((80.0, 0.6), (125.0, 0.4))
    )
    smile = smile_of(chain(*pairs))
    assert smile.atm_iv == pytest.approx(((0.36 + 0.16) / 2.0) ** 0.5)
    assert iv_at(smile.points, log(0.8)) == pytest.approx(0.6)
    assert iv_at(smile.points, log(1.25)) == pytest.approx(0.4)
    assert iv_at(smile.points, -0.3) is None
    assert iv_at(smile.points, 0.3) is None


@pytest.mark.parametrize(("forward", "years"), [(None, 0.1), (100.0, 0.0)])
def test_without_a_forward_or_time_there_is_no_smile(forward: float | None, years: float) -> None:
    """Nothing is made up: no points and no volatility at the money."""
    pair = StrikePair(100.0, quote("call", 100.0, 0.5), quote("put", 100.0, 0.5))
    smile = smile_of(chain(pair, forward=forward, years=years))
    assert (smile.points, smile.atm_iv) == ((), None)


@pytest.mark.parametrize("coin", ["BTC", "SOL"])
def test_the_simulated_market_is_recovered_at_the_money(coin: str) -> None:
    """ATM IV is the market's own within 0.1 vol points, which the distance of the strikes explains."""
    market = simulated(coin)
    for found, series in zip(market.slices(coin), market.series(coin), strict=True):
        smile = smile_of(found)
        assert smile.forward == series.forward
        assert smile.atm_iv == pytest.approx(true_iv(series)(series.forward), abs=1e-3)
        assert all(point.mark_iv == true_iv(series)(point.strike) for point in smile.points)
