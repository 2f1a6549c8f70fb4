"""Raw SVI: total variance of one expiry over log-moneyness, by five parameters.

    w(k) = a + b·(rho·(k - m) + √((k - m)² + sigma²))

Sources: J. Gatheral, A parsimonious arbitrage-free implied volatility parameterization (2004); J. Gatheral and
A. Jacquier, Arbitrage-free SVI volatility surfaces, Quantitative Finance 14 (2014), whose condition by V. Durrleman,
g(k) ≥ 0, says that the smile implies no negative probability:

    g(k) = (1 - k·w'/(2w))² - (w'²/4)·(1/w + 1/4) + w''/2
"""

from math import inf, sqrt

import msgspec

__all__ = ["Svi", "density_factor", "total_variance"]


class Svi(msgspec.Struct, frozen=True, gc=False):
    """Parameters of the module's formula; b ≥ 0, |rho| ≤ 1, sigma > 0."""

    a: float
    b: float
    rho: float
    m: float
    sigma: float


def total_variance(svi: Svi, k: float) -> float:
    """Total variance IV²·T at log-moneyness `k`."""
    x = k - svi.m
    return svi.a + svi.b * (svi.rho * x + sqrt(x * x + svi.sigma * svi.sigma))


def density_factor(svi: Svi, k: float) -> float:
    """Durrleman's g at log-moneyness `k`: the sign of the implied probability density; -inf without variance there."""
    x = k - svi.m
    reach = sqrt(x * x + svi.sigma * svi.sigma)
    w = svi.a + svi.b * (svi.rho * x + reach)
    if w <= 0.0:
        return -inf
    first = svi.b * (svi.rho + x / reach)
    second = svi.b * svi.sigma * svi.sigma / (reach * reach * reach)
    lean = 1.0 - k * first / (2.0 * w)
    return lean * lean - 0.25 * first * first * (1.0 / w + 0.25) + 0.5 * second
