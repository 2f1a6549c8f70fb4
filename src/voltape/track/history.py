"""Sampling the board: the spot index once a minute, volatilities once an hour.

Samples are stamped with the venue's time, so that neither a wrong clock here nor a step of it matters. Only what the
venue has told lately is sampled: an index price of a contract that is not stale, and volatilities once most contracts
are fresh. An hour that begins during an outage is sampled when that is over, and one that is an outage altogether
has no sample.
"""

import asyncio
from collections.abc import Iterable

from voltape.analytics.reading import Reading, Steps, read
from voltape.flow.steps import run_in_turns
from voltape.model.history import MINUTE_S, VOLATILITY_FIELDS, Histories
from voltape.model.row import Row
from voltape.model.ticker import VALUE_FIELDS

from .feed import Feed

__all__ = ["HistoryKeeper", "fresh_index_price", "volatilities"]

_INDEX_PRICE = VALUE_FIELDS.index("index_price")
_SETTLED_S = 5.0
"""s after the start before anything is sampled, so that what the store has comes first."""
_FRESH = 0.8
"""Share of the contracts that must be fresh for volatilities."""
_SHORTEST_S = 0.05


class HistoryKeeper:
    """Keeps the histories of what is on the board."""

    def __init__(self, feed: Feed, histories: Histories) -> None:
        self._feed = feed
        self._histories = histories

    async def run(self) -> None:
        """Sample at every minute of the venue's clock, for ever."""
        await asyncio.sleep(_SETTLED_S)
        while True:
            await self.sample()
            left = MINUTE_S - self._feed.venue_time.now_ms() / 1_000 % MINUTE_S
            await asyncio.sleep(max(left, _SHORTEST_S))

    async def sample(self) -> None:
        """Take the samples that are due now."""
        board, now_ms = self._feed.board, self._feed.venue_time.now_ms()
        now = now_ms // 1_000
        for underlying in board.underlyings():
            rows = list(board.rows_of(underlying))
            price = fresh_index_price(rows)
            if price is None:
                continue
            self._histories.put_price(underlying, now, price)
            if self._histories.of(underlying).volatilities.at(now) is None and _is_fresh(rows):
                monotonic = self._feed.clock.monotonic
                reading = await run_in_turns(read(underlying, board.expiries(underlying), now_ms), monotonic)
                found = await run_in_turns(volatilities(reading), monotonic)
                self._histories.put_volatility(underlying, now, found)


def fresh_index_price(rows: Iterable[Row]) -> float | None:
    """The spot index of an underlying, from the newest of its contracts that are not stale; None where all are."""
    newest, price = -1, None
    for row in rows:
        found = row.values[_INDEX_PRICE]
        if found and not row.stale and row.ts_exchange is not None and row.ts_exchange > newest:
            newest, price = row.ts_exchange, found
    return price


def volatilities(reading: Reading) -> Steps[list[float | None]]:
    """The values of a volatility sample, in the order of `VOLATILITY_FIELDS`."""
    index = yield from reading.variance_index()
    term = yield from reading.term_structure()
    found: dict[str, float | None] = {"volatility_index": index.value}
    found |= {f"atm_iv_{tenor.days:g}d": tenor.atm_iv for tenor in term.tenors}
    return [found[name] for name in VOLATILITY_FIELDS]


def _is_fresh(rows: list[Row]) -> bool:
    return sum(not row.stale for row in rows) >= _FRESH * len(rows)
