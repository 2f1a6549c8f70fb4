"""The curve of one expiry."""

from math import log

import pytest

from tests.analytics.markets import chain, curved, simulated, true_iv
from voltape.analytics.slice_fit import WORST_RMSE, SliceFit, fit_slice, interpolated, variance_of
from voltape.analytics.smile import smile_of

STRIKES = [70.0, 80.0, 85.0, 90.0, 95.0, 100.0, 105.0, 110.0, 115.0, 120.0, 130.0]


def jagged(strike: float) -> float:
    """Return a volatility that no smooth curve meets."""
    return 0.5 if round(strike / 5.0) % 2 else 0.62


def iv_of(curve: SliceFit, strike: float, forward: float = 100.0) -> float | None:
    """Return the curve's volatility at a strike."""
    variance = variance_of(curve, log(strike / forward))
    return None if variance is None else (variance / curve.years) ** 0.5


@pytest.mark.parametrize("coin", ["BTC", "SOL"])
def test_the_simulated_market_is_fitted(coin: str) -> None:
    """Every expiry is met to 0.1 vol points on average and to 0.3 between and at the strikes, without arbitrage."""
    market = simulated(coin)
    for found, series in zip(market.slices(coin), market.series(coin), strict=True):
        curve = fit_slice(smile_of(found))
        assert curve.fitted
        assert curve.rmse is not None
        assert curve.rmse < 0.1
        assert (curve.butterfly_violation, curve.butterfly_strikes, curve.knots) == (False, (), ())
        assert curve.log_moneyness_low is not None
        assert curve.log_moneyness_high is not None
        for i in range(21):
            k = curve.log_moneyness_low + (curve.log_moneyness_high - curve.log_moneyness_low) * i / 20.0
            strike = series.forward * 2.718281828459045**k
            found_iv = iv_of(curve, strike, series.forward) if 0 < i < 20 else None
            assert found_iv is None or found_iv == pytest.approx(true_iv(series)(strike), abs=3e-3)


def test_a_warm_start_fits_as_well_as_a_cold_one() -> None:
    """Starting from the fit before gives an error no worse than 0.01 vol points above it."""
    smiles = [smile_of(found) for found in simulated("BTC").slices("BTC")]
    for smile in smiles:
        cold = fit_slice(smile)
        warm = fit_slice(smile, cold.svi)
        assert cold.rmse is not None
        assert warm.rmse is not None
        assert warm.rmse < cold.rmse + 0.01


def test_a_poor_fit_is_shown_with_its_error_and_not_used() -> None:
    """Above the limit the curve runs through the strikes themselves, and says why."""
    curve = fit_slice(smile_of(curved(jagged, STRIKES)))
    assert curve.fitted is False
    assert curve.reason == "error above 1 vol points"
    assert curve.svi is not None
    assert curve.rmse is not None
    assert curve.max_error is not None
    assert WORST_RMSE < curve.rmse < curve.max_error
    assert len(curve.knots) == len(STRIKES)
    assert [iv_of(curve, strike) for strike in STRIKES] == pytest.approx(
        [jagged(strike) for strike in STRIKES]
    )
    assert curve.butterfly_violation is True
    assert curve.butterfly_strikes


def test_between_knots_total_variance_is_linear() -> None:
    """Half way between two strikes in log-moneyness lies the mean of their variances."""
    curve = interpolated(
        smile_of(curved(lambda strike: 0.4 if strike < 100.0 else 0.6, [80.0, 125.0])), "because"
    )
    assert (curve.reason, curve.fitted, curve.rmse, curve.svi) == ("because", False, None, None)
    assert iv_of(curve, 100.0) == pytest.approx(((0.16 + 0.36) / 2.0) ** 0.5)


@pytest.mark.parametrize("fitted", [True, False])
def test_a_curve_ends_with_its_strikes(fitted: bool) -> None:
    """Outside the range it covers there is no variance, and at its ends there is."""
    smile = smile_of(curved(lambda strike: 0.5, STRIKES))
    curve = fit_slice(smile) if fitted else interpolated(smile, "not fitted")
    low, high = curve.log_moneyness_low, curve.log_moneyness_high
    assert low is not None
    assert high is not None
    assert variance_of(curve, low) == pytest.approx(0.025)
    assert variance_of(curve, high) == pytest.approx(0.025)
    assert variance_of(curve, low - 1e-6) is None
    assert variance_of(curve, high + 1e-6) is None


def test_remote_strikes_and_capped_volatilities_are_not_fitted() -> None:
    """Strikes beyond 0.01 delta, and the venue's cap of 500 %, take no part."""
    strikes = [30.0, *STRIKES, 300.0]
    curve = fit_slice(smile_of(curved(lambda strike: 5.0 if strike == 130.0 else 0.5, strikes)))
    assert curve.fitted
    ends = (curve.log_moneyness_low, curve.log_moneyness_high)
    assert ends == pytest.approx((log(0.8), log(1.2)))
    assert curve.strikes == 9


@pytest.mark.parametrize(
    ("strikes", "reason"),
    [
        ([90.0, 95.0, 100.0, 105.0, 110.0], "fewer than 6 usable strikes"),
        ([105.0, 110.0, 115.0, 120.0, 125.0, 130.0], "no volatility at the forward"),
    ],
)
def test_too_few_strikes_are_interpolated(strikes: list[float], reason: str) -> None:
    """A fit of next to nothing, or of one wing alone, is not tried."""
    curve = fit_slice(smile_of(curved(lambda strike: 0.5, strikes)))
    assert (curve.fitted, curve.reason, curve.svi, len(curve.knots)) == (False, reason, None, len(strikes))


def test_without_strikes_there_is_no_curve() -> None:
    """No range, no variance, no verdict."""
    curve = fit_slice(smile_of(chain(forward=None)))
    assert (curve.log_moneyness_low, curve.log_moneyness_high, curve.butterfly_violation) == (
        None,
        None,
        None,
    )
    assert variance_of(curve, 0.0) is None
