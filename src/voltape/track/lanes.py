"""Which contracts belong to the live lane.

A contract is live when its 24 h volume or its open interest is above the threshold of its underlying. The 24 h
volume is above zero only where a trade happened within the last day, so the volume rule needs no trade time of
its own. A contract that is live stays so until it falls well below, so that nothing flaps at the threshold.
Contracts without any data are not live: the poll that fills them decides.
"""

from collections.abc import Callable, Iterable

import msgspec

from voltape.model.board import Row
from voltape.model.ticker import VALUE_FIELDS

__all__ = ["LanePolicy", "live_symbols"]

_VOLUME = VALUE_FIELDS.index("volume_24h")
_OPEN_INTEREST = VALUE_FIELDS.index("open_interest")
_LEAVE_AT = 0.8


class LanePolicy(msgspec.Struct, frozen=True):
    """Thresholds of the live lane.

    Attributes:
        live_all: every contract is live.
        min_volume, min_open_interest: threshold in units of the underlying, given the underlying.
        pinned: symbols that are live whatever they trade.
    """

    live_all: bool = True
    min_volume: Callable[[str], float] = lambda _: 1_000.0
    min_open_interest: Callable[[str], float] = lambda _: 100.0
    pinned: frozenset[str] = frozenset()


def live_symbols(rows: Iterable[Row], policy: LanePolicy) -> list[str]:
    """Symbols of the rows that belong to the live lane, in the order of `rows`."""
    if policy.live_all:
        return [row.instrument.symbol for row in rows]
    return [row.instrument.symbol for row in rows if _is_live(row, policy)]


def _is_live(row: Row, policy: LanePolicy) -> bool:
    if row.instrument.symbol in policy.pinned:
        return True
    coin = row.instrument.underlying
    factor = _LEAVE_AT if row.lane == "live" else 1.0
    volume, open_interest = row.values[_VOLUME] or 0.0, row.values[_OPEN_INTEREST] or 0.0
    return (
        volume > policy.min_volume(coin) * factor or open_interest > policy.min_open_interest(coin) * factor
    )
