"""How long contracts have not traded.

The venue does not tell when a contract last traded, but its total volume grows when it does. Until a contract has
been watched for longer than a rule allows, it has the benefit of the doubt.
"""

from collections.abc import Mapping

from voltape.model.row import Row
from voltape.model.ticker import VALUE_FIELDS

__all__ = ["TradeTimes"]

_TOTAL_VOLUME = VALUE_FIELDS.index("total_volume")
_HOUR = 3_600.0


class TradeTimes:
    """How long contracts have not traded, as far as we have watched them."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float | None, float]] = {}

    def look(self, rows: Mapping[str, Row], now: float) -> None:
        """Note which total volumes have changed; `now` is monotonic, and contracts not in `rows` are forgotten."""
        seen = self._seen
        for symbol, row in rows.items():
            total = row.values[_TOTAL_VOLUME]
            known = seen.get(symbol)
            if known is None or known[0] != total:
                seen[symbol] = (total, now)
        if len(seen) > len(rows):
            self._seen = {symbol: known for symbol, known in seen.items() if symbol in rows}

    def idle(self, hours: float, now: float) -> set[str]:
        """Contracts that have not been seen to trade for longer than `hours`."""
        since = now - hours * _HOUR
        return {symbol for symbol, (_, at) in self._seen.items() if at < since}
