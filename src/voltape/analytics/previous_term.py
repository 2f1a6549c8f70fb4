"""The term structure of a day ago, as it was sampled then: ATM IV at the fixed tenors.

It is the hourly sample nearest to 24 hours ago, at most an hour and a half off.
"""

import msgspec

from voltape.model.history import DAY_S, TENORS, VOLATILITY_FIELDS, Samples

__all__ = ["TOLERANCE_S", "PreviousTenor", "PreviousTerm", "previous_term"]

TOLERANCE_S = 5_400
"""Seconds by which the sample may be off."""


class PreviousTenor(msgspec.Struct, frozen=True):
    """ATM IV at a fixed number of days from then; None where it was not known."""

    days: float
    atm_iv: float | None


class PreviousTerm(msgspec.Struct, frozen=True):
    """Term structure at `ts`, epoch ms."""

    ts: int
    tenors: tuple[PreviousTenor, ...]


def previous_term(volatilities: Samples, now_ms: int) -> PreviousTerm | None:
    """Term structure of a day ago; None where nothing was sampled about then.

    Args:
        volatilities: by the hour.
        now_ms: epoch ms.
    """
    sample = volatilities.nearest(now_ms // 1_000 - DAY_S, TOLERANCE_S)
    if sample is None:
        return None
    found = dict(zip(VOLATILITY_FIELDS, sample.values, strict=True))
    tenors = [PreviousTenor(float(days), volatilities.certain(found[f"atm_iv_{days}d"])) for days in TENORS]
    return PreviousTerm(sample.ts * 1_000, tuple(tenors))
