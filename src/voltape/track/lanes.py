"""Which contracts belong to the live lane.

A contract is live when its open interest is above the threshold of its underlying, or when its 24 h volume is and
it has traded lately. The venue does not tell when a contract last traded, but its total volume grows when it does;
until a contract has been watched for longer than the rule allows, it has the benefit of the doubt. A contract that
is live stays so until it falls well below, so that nothing flaps at the threshold. Contracts without any data are
not live: the poll that fills them decides.
"""

from collections.abc import Callable, Iterable

import msgspec

from voltape.model.row import Row
from voltape.model.ticker import VALUE_FIELDS

__all__ = ["LanePolicy", "TradeTimes", "live_symbols"]

_VOLUME = VALUE_FIELDS.index("volume_24h")
_OPEN_INTEREST = VALUE_FIELDS.index("open_interest")
_TOTAL_VOLUME = VALUE_FIELDS.index("total_volume")
_LEAVE_AT = 0.8
_HOUR = 3_600.0


class LanePolicy(msgspec.Struct, frozen=True):
    """Thresholds of the live lane.

    Attributes:
        live_all: every contract is live.
        min_volume, min_open_interest: threshold in units of the underlying, given the underlying.
        last_trade_hours: longest time since the last trade for the volume rule, given the underlying.
        pinned: symbols that are live whatever they trade.
    """

    live_all: bool = True
    min_volume: Callable[[str], float] = lambda _: 1_000.0
    min_open_interest: Callable[[str], float] = lambda _: 100.0
    last_trade_hours: Callable[[str], float] = lambda _: 24.0
    pinned: frozenset[str] = frozenset()


class TradeTimes:
    """How long contracts have not traded, as far as we have watched them."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float | None, float]] = {}

    def look(self, rows: Iterable[Row], now: float) -> None:
        """Note which total volumes have changed; `now` is monotonic, and contracts not in `rows` are forgotten."""
        before, self._seen = self._seen, {}
        for row in rows:
            total = row.values[_TOTAL_VOLUME]
            known = before.get(row.instrument.symbol)
            self._seen[row.instrument.symbol] = (
                known if known is not None and known[0] == total else (total, now)
            )

    def idle_hours(self, symbol: str, now: float) -> float:
        """Hours since the contract was last seen to trade, or first seen at all; 0 where it is not known."""
        known = self._seen.get(symbol)
        return 0.0 if known is None else (now - known[1]) / _HOUR


def live_symbols(
    rows: Iterable[Row], policy: LanePolicy, idle_hours: Callable[[str], float] = lambda _: 0.0
) -> list[str]:
    """Symbols of the rows that belong to the live lane, in the order of `rows`.

    Args:
        rows: contracts to choose from.
        policy: thresholds.
        idle_hours: time since the last trade of a symbol, as `TradeTimes` tells.
    """
    if policy.live_all:
        return [row.instrument.symbol for row in rows]
    return [row.instrument.symbol for row in rows if _is_live(row, policy, idle_hours)]


def _is_live(row: Row, policy: LanePolicy, idle_hours: Callable[[str], float]) -> bool:
    if row.instrument.symbol in policy.pinned:
        return True
    coin = row.instrument.underlying
    factor = _LEAVE_AT if row.lane == "live" else 1.0
    volume, open_interest = row.values[_VOLUME] or 0.0, row.values[_OPEN_INTEREST] or 0.0
    if open_interest > policy.min_open_interest(coin) * factor:
        return True
    traded = idle_hours(row.instrument.symbol) <= policy.last_trade_hours(coin)
    return traded and volume > policy.min_volume(coin) * factor
