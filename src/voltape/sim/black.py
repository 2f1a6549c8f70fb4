"""Black-76 on a forward, with no discounting: what the venue's marks and greeks follow.

Kept apart from the product's own analytics on purpose: the simulator must not share a mistake with
the code that is tested against it. Units are the venue's: delta on the forward, gamma per unit of
price, vega per volatility point (0.01), theta per calendar day, years of 365 days.
"""

from math import erf, erfc, exp, log, pi, sqrt
from typing import NamedTuple

__all__ = ["IV_CAP", "Greeks", "implied_vol", "price", "value"]

IV_CAP = 5.0
"""Highest implied volatility the venue shows, as a fraction."""

_ROOT_2 = sqrt(2.0)
_ROOT_2PI = sqrt(2.0 * pi)
_DAYS = 365.0
_MIN_VOL = 1e-4
_MAX_STEPS = 40
_TOLERANCE = 1e-6
# Newton's method squares its error, so a step this small leaves about a millionth.
_NEWTON_TOLERANCE = 1e-3


class Greeks(NamedTuple):
    """Mark price and sensitivities of one contract, for one unit of the underlying."""

    price: float
    delta: float
    gamma: float
    vega: float
    theta: float


def value(forward: float, strike: float, vol: float, years: float, *, call: bool) -> Greeks:
    """Mark price and greeks for a volatility given as a fraction and a positive time to expiry."""
    width = vol * sqrt(years)
    d1 = log(forward / strike) / width + 0.5 * width
    n1 = 0.5 + 0.5 * erf(d1 / _ROOT_2)
    n2 = 0.5 + 0.5 * erf((d1 - width) / _ROOT_2)
    density = exp(-0.5 * d1 * d1) / _ROOT_2PI
    worth = forward * n1 - strike * n2
    if not call:
        worth += strike - forward
        n1 -= 1.0
    return Greeks(
        price=max(worth, 0.0),
        delta=n1,
        gamma=density / (forward * width),
        vega=forward * density * sqrt(years) * 0.01,
        theta=-forward * density * vol / (2.0 * sqrt(years)) / _DAYS,
    )


def price(forward: float, strike: float, vol: float, years: float, *, call: bool) -> float:
    """Price alone; see `value`."""
    return value(forward, strike, vol, years, call=call).price


def implied_vol(
    target: float, forward: float, strike: float, years: float, *, call: bool, start: float = 0.5
) -> float:
    """Volatility that gives `target`: 0 below intrinsic value, never above the cap.

    Newton's steps from `start`, kept inside a shrinking bracket, so that it always ends. Works on the
    out-of-the-money side, where nothing cancels.
    """
    extra = target - max(forward - strike if call else strike - forward, 0.0)
    if extra <= 0.0:
        return 0.0
    shift = log(forward / strike)
    sign = -1.0 if shift > 0.0 else 1.0
    root = sqrt(years)
    low, high, vol = _MIN_VOL, IV_CAP, start
    for _ in range(_MAX_STEPS):
        width = vol * root
        d1 = shift / width + 0.5 * width
        worth = sign * (
            forward * 0.5 * erfc(-sign * d1 / _ROOT_2) - strike * 0.5 * erfc(-sign * (d1 - width) / _ROOT_2)
        )
        miss = worth - extra
        if miss > 0.0:
            high = vol
        else:
            low = vol
        slope = forward * exp(-0.5 * d1 * d1) / _ROOT_2PI * root
        trial = vol - miss / slope if slope > 1e-9 else 0.0
        near = _NEWTON_TOLERANCE
        if not low < trial < high:
            trial = 0.5 * (low + high)
            near = _TOLERANCE
        if abs(trial - vol) < near:
            return trial
        vol = trial
    return vol
