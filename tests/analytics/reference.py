"""Black-76 by QuantLib, which shares nothing with this program."""

from typing import NamedTuple

import QuantLib

from voltape.analytics.slices import Kind

__all__ = ["ReferenceGreeks", "reference_greeks", "reference_iv"]


class ReferenceGreeks(NamedTuple):
    """Price and greeks in the venue's units."""

    price: float
    delta: float
    gamma: float
    vega: float
    theta: float


def reference_greeks(forward: float, strike: float, years: float, vol: float, kind: Kind) -> ReferenceGreeks:
    """Return QuantLib's figures; its theta is per day of the 365 in a year."""
    found = QuantLib.BlackCalculator(
        QuantLib.PlainVanillaPayoff(_side(kind), strike), forward, vol * years**0.5, 1.0
    )
    return ReferenceGreeks(
        price=found.value(),
        delta=found.deltaForward(),
        gamma=found.gammaForward(),
        vega=found.vega(years) / 100.0,
        # With neither interest nor carry the theta of the forward is that of the spot.
        theta=found.thetaPerDay(forward, years),
    )


def reference_iv(price: float, forward: float, strike: float, years: float, kind: Kind) -> float:
    """Return the volatility that QuantLib finds."""
    width: float = QuantLib.blackFormulaImpliedStdDev(
        _side(kind), strike, forward, price, 1.0, 0.0, 0.2, 1e-12, 1000
    )
    return width / float(years**0.5)


def _side(kind: Kind) -> int:
    side: int = QuantLib.Option.Call if kind == "call" else QuantLib.Option.Put
    return side
