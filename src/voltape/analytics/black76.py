"""Black-76 on a forward, without discounting: price, greeks and implied volatility of one European option.

With x = ln(F/K), s = sigma·√T, d1 = x/s + s/2, d2 = d1 - s, N the normal distribution and φ its density:

    call = F·N(d1) - K·N(d2)        put = call - F + K
    delta = N(d1) for a call, N(d1) - 1 for a put          (on the forward)
    gamma = φ(d1) / (F·s)                                  (per unit of price)
    vega  = F·φ(d1)·√T / 100                               (per vol point, 0.01)
    theta = -F·φ(d1)·sigma / (2·√T) / 365                      (per calendar day)

These are the venue's own units. Source: F. Black, The pricing of commodity contracts, Journal of Financial Economics 3
(1976), with a rate of zero, which is what the venue's marks follow.
"""

from math import erfc, exp, inf, isfinite, log, pi, sqrt

import msgspec

from .slices import Kind, is_price

__all__ = ["Greeks", "greeks", "implied_vol", "normal", "price"]

_ROOT_HALF = sqrt(0.5)
_ROOT_2PI = sqrt(2.0 * pi)
_DAYS = 365.0
_VOL_POINT = 0.01
_MAX_STEPS = 64
_NEAR = 1e-13
_ROUNDED = 1e-6
_TINY = 1e-300
_WIDEST = 64.0
"""Largest sigma·√T looked at: the option is then worth its bound to the last digit."""
_NARROWEST = 1e-9


class Greeks(msgspec.Struct, frozen=True, gc=False):
    """Price and sensitivities of one option on one unit of the underlying; see the module for the units."""

    price: float
    delta: float
    gamma: float
    vega: float
    theta: float


def normal(x: float) -> float:
    """Standard normal distribution function, exact to the last digits in the lower tail too."""
    return 0.5 * erfc(-x * _ROOT_HALF)


def _extra(x: float, width: float) -> float:
    """Price of the out-of-the-money option over √(F·K), for x = -|ln(F/K)| and a width sigma·√T above 0."""
    d1 = x / width + 0.5 * width
    half = exp(0.5 * x)
    return half * normal(d1) - normal(d1 - width) / half


def _lack(x: float, width: float) -> float:
    """What `_extra` lacks to its bound e^(x/2), without loss of digits."""
    d1 = x / width + 0.5 * width
    half = exp(0.5 * x)
    return half * normal(-d1) + normal(d1 - width) / half


def price(forward: float, strike: float, years: float, vol: float, kind: Kind) -> float | None:
    """Undiscounted price, in units of the forward; intrinsic value at zero time or volatility.

    None where there is no such option: a forward or strike that is no price (`slices.is_price`), a negative time or
    volatility, or a number that is not finite.
    """
    if not (is_price(forward) and is_price(strike) and 0.0 <= years < inf and 0.0 <= vol < inf):
        return None
    intrinsic = max(forward - strike if kind == "call" else strike - forward, 0.0)
    width = vol * sqrt(years)
    if width < _NARROWEST:
        return intrinsic
    # Intrinsic value and the out-of-the-money twin: nothing cancels, and parity is exact.
    return intrinsic + max(sqrt(forward * strike) * _extra(-abs(log(forward / strike)), width), 0.0)


def greeks(forward: float, strike: float, years: float, vol: float, kind: Kind) -> Greeks | None:
    """Price and greeks; None where `price` is, and at zero time or volatility, where there are no greeks."""
    worth = price(forward, strike, years, vol, kind)
    if worth is None or vol * sqrt(years) < _NARROWEST:
        return None
    root = sqrt(years)
    width = vol * root
    d1 = log(forward / strike) / width + 0.5 * width
    density = forward * exp(-0.5 * d1 * d1) / _ROOT_2PI
    return Greeks(
        price=worth,
        delta=normal(d1) if kind == "call" else -normal(-d1),
        gamma=density / (forward * forward * width),
        vega=density * root * _VOL_POINT,
        theta=-density * vol / (2.0 * root) / _DAYS,
    )


def implied_vol(target: float, forward: float, strike: float, years: float, kind: Kind) -> float | None:
    """The volatility (a fraction) at which the option is worth `target`.

    None where there is none: a price at or below intrinsic value, at or above its bound (the forward for a call, the
    strike for a put), no time left, or an input that is not positive and finite.

    The logarithm of the out-of-the-money price is a rising concave function of sigma·√T, so Halley's steps on it
    converge fast from the point of inflection √(2·|ln F/K|) of the price; in the upper half of the range the logarithm
    of what the price lacks to its bound serves the same way. A shrinking bracket guards the steps, so that it always
    ends. What remains is the rounding of the price itself: an error of about (target · 2e-16) / (100 · vega), which is
    large only for options deep in the money. Idea: P. Jäckel, By Implication (2006) and Let's Be Rational (2015).
    """
    if not (is_price(forward) and is_price(strike) and 0.0 < years < inf and isfinite(target)):
        return None
    root = sqrt(forward * strike)
    beta = (target - max(forward - strike if kind == "call" else strike - forward, 0.0)) / root
    x = -abs(log(forward / strike))
    if beta <= 0.0 or beta >= exp(0.5 * x):
        return None
    width = _width_of(x, beta)
    return None if width is None else width / sqrt(years)


def _width_of(x: float, beta: float) -> float | None:
    """sigma·√T at which `_extra` is `beta`."""
    # Near its bound the price hardly moves, but what it lacks to the bound still does.
    bound = exp(0.5 * x)
    lacking = beta > 0.5 * bound
    found, sign = (_lack, -1.0) if lacking else (_extra, 1.0)
    goal = log(bound - beta if lacking else beta)
    low, high, miss = _NARROWEST, _WIDEST, inf
    # At the money the price is nearly linear: β ≈ s/√(2π).
    width = min(max(sqrt(-2.0 * x), beta * _ROOT_2PI, 1e-6), 8.0)
    for _ in range(_MAX_STEPS):
        worth = found(x, width)
        miss = log(worth) - goal if worth > 0.0 else -inf
        if sign * miss > 0.0:
            high = width
        else:
            low = width
        trial = width - _step(x, width, worth, sign, miss) if worth > 0.0 else high
        if not low < trial < high:
            trial = sqrt(low * high) if high > 4.0 * low else 0.5 * (low + high)
        done = abs(trial - width) <= _NEAR * width
        width = trial
        if done:
            break
    # Steps that do not end dispute about rounding; a price that a float cannot hold ends anywhere.
    return width if abs(miss) < _ROUNDED else None


def _step(x: float, width: float, worth: float, sign: float, miss: float) -> float:
    """Halley's step for the logarithm of `worth`, which rises or falls with the width by `sign`."""
    # Derivative of `_extra` by the width: e^(-(x²/s² + s²/4)/2) / √(2π).
    density = exp(-0.5 * (x * x / (width * width) + 0.25 * width * width))
    slope = sign * max(density, _TINY) / _ROOT_2PI / worth
    newton = miss / slope
    bend = x * x / (width * width * width) - 0.25 * width - slope
    return newton / max(1.0 - 0.5 * newton * bend, 0.5)
