"""What is open in each contract of one series at one moment: the input of everything about positioning.

Open interest and volume are in units of the underlying, so that contracts of either settlement coin add up. Greeks
are the exchange's: delta on the forward of the expiry, gamma per 1 USD of that forward, vega per vol point (0.01),
theta per calendar day, all for one unit of the underlying.
"""

from collections.abc import Iterable
from math import fsum
from typing import NamedTuple

from voltape.model.instrument import Kind
from voltape.model.row import Series, days_to_expiry
from voltape.model.ticker import VALUE_FIELDS

from .slices import YEAR_MS, is_price

__all__ = ["Position", "PositionSlice", "index_price_of", "position_slice", "ratio", "total"]

_OPEN_INTEREST, _VOLUME, _MARK_IV, _DELTA, _GAMMA, _VEGA, _THETA, _FORWARD, _INDEX = map(
    VALUE_FIELDS.index,
    (
        "open_interest",
        "volume_24h",
        "mark_iv",
        "delta",
        "gamma",
        "vega",
        "theta",
        "underlying_price",
        "index_price",
    ),
)


class Position(NamedTuple):
    """One contract. Absent values are None.

    Attributes:
        strike, kind: which.
        open_interest, volume_24h: units of the underlying.
        mark_iv: fraction a year.
        delta, gamma, vega, theta: see the module.
    """

    strike: float
    kind: Kind
    open_interest: float | None = None
    volume_24h: float | None = None
    mark_iv: float | None = None
    delta: float | None = None
    gamma: float | None = None
    vega: float | None = None
    theta: float | None = None


class PositionSlice(NamedTuple):
    """All contracts of one series at one moment.

    Attributes:
        expiry: ISO date.
        days_to_expiry: 0 from expiry on.
        years: time to expiry in years of 365 days, 0 from expiry on.
        forward: the exchange's price of the underlying for the expiry.
        index_price: spot index, from the freshest contract. ts_exchange: that contract's time, epoch ms.
        positions: the contracts by strike.
    """

    expiry: str
    days_to_expiry: float
    years: float
    forward: float | None
    index_price: float | None
    ts_exchange: int | None
    positions: tuple[Position, ...]


def position_slice(series: Series, now_ms: int, forward: float | None = None) -> PositionSlice:
    """What is open in a series of the board.

    Args:
        series: which.
        now_ms: the moment, epoch ms.
        forward: of the expiry; that of the freshest contract if left out.
    """
    freshest = index_price = None
    forward_ts = index_ts = -1
    positions = []
    for row in series.rows.values():
        contract, values, ts = row.instrument, row.values, row.ts_exchange
        positions.append(
            Position(
                contract.strike,
                contract.kind,
                values[_OPEN_INTEREST],
                values[_VOLUME],
                values[_MARK_IV],
                values[_DELTA],
                values[_GAMMA],
                values[_VEGA],
                values[_THETA],
            )
        )
        if ts is not None and ts > forward_ts and _is_price(values[_FORWARD]):
            forward_ts, freshest = ts, values[_FORWARD]
        if ts is not None and ts > index_ts and _is_price(values[_INDEX]):
            index_ts, index_price = ts, values[_INDEX]
    return PositionSlice(
        expiry=series.expiry,
        days_to_expiry=days_to_expiry(series.expiry_ms, now_ms),
        years=max(0, series.expiry_ms - now_ms) / YEAR_MS,
        forward=freshest if forward is None else forward,
        index_price=index_price,
        ts_exchange=index_ts if index_ts >= 0 else None,
        positions=tuple(positions),
    )


def _is_price(value: float | None) -> bool:
    return value is not None and is_price(value)


def index_price_of(slices: Iterable[PositionSlice]) -> float | None:
    """Spot index of the underlying, from the freshest of its contracts."""
    newest = max(slices, key=lambda one: one.ts_exchange or -1, default=None)
    return None if newest is None else newest.index_price


def total(values: Iterable[float | None]) -> float | None:
    """Sum of the values that are there; None where there is none."""
    found = [value for value in values if value is not None]
    return fsum(found) if found else None


def ratio(part: float | None, whole: float | None) -> float | None:
    """`part` by `whole` to six decimals; None where either is absent or the whole is zero."""
    return None if part is None or not whole else round(part / whole, 6)
