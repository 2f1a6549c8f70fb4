"""Realised volatility beside implied volatility.

    difference = 100 · (ATM IV at the tenor - realised volatility over the window)          in vol points

Realised volatility is the exchange's own, worked out each hour from the past so many days of the index; implied volatility
looks ahead as many days. The difference is what options cost above what the market has done lately, often called
the volatility risk premium: after P. Carr and L. Wu, Variance Risk Premiums, Review of Financial Studies 22 (2009).
"""

from collections.abc import Mapping

import msgspec

from voltape.model.history import TENORS, Realised

from .term_structure import TermStructure

__all__ = ["RealisedWindow", "realised_windows"]


class RealisedWindow(msgspec.Struct, frozen=True):
    """One window.

    Attributes:
        days: how far back realised volatility looks, and how far ahead the IV.
        realised: a fraction a year; None where the exchange has told none. ts_realised: when it worked that out, epoch ms.
        atm_iv: at the tenor, now.
        difference: IV less realised, vol points.
    """

    days: int
    realised: float | None
    ts_realised: int | None
    atm_iv: float | None
    difference: float | None


def realised_windows(realised: Mapping[int, Realised], term: TermStructure) -> list[RealisedWindow]:
    """Every window of `TENORS`, in order.

    Args:
        realised: by days.
        term: present term structure.
    """
    ivs = {tenor.days: tenor.atm_iv for tenor in term.tenors}
    found = []
    for days in TENORS:
        past, ahead = realised.get(days), ivs.get(days)
        found.append(
            RealisedWindow(
                days=days,
                realised=None if past is None else past.value,
                ts_realised=None if past is None else past.ts,
                atm_iv=ahead,
                difference=None if past is None or ahead is None else round(100.0 * (ahead - past.value), 4),
            )
        )
    return found
