"""Counting the board: how many contracts are where, and what share of the market is live.

One pass over all rows; it is not free, so a census is kept for a moment.
"""

import msgspec

from voltape.clock import Clock
from voltape.model.board import Board
from voltape.model.row import Row
from voltape.model.status import Contracts, Coverage, LaneCounts
from voltape.model.ticker import VALUE_FIELDS

__all__ = ["Census", "Count"]

_VOLUME = VALUE_FIELDS.index("volume_24h")
_OPEN_INTEREST = VALUE_FIELDS.index("open_interest")
_KEPT = 2.0
_KEPT_IN_FLUX = 0.2


class Count(msgspec.Struct):
    """Contracts of an underlying, or of all, and their volume and open interest.

    Attributes:
        listed, stale: contracts. live, polled: contracts with data, by lane. live_lane: with or without data.
        volume, open_interest: in units of the underlying. live_volume, live_open_interest: the live lane's part.
    """

    listed: int = 0
    live: int = 0
    polled: int = 0
    stale: int = 0
    live_lane: int = 0
    volume: float = 0.0
    open_interest: float = 0.0
    live_volume: float = 0.0
    live_open_interest: float = 0.0

    def add(self, row: Row) -> None:
        """Count one row."""
        values = row.values
        volume, open_interest = values[_VOLUME] or 0.0, values[_OPEN_INTEREST] or 0.0
        self.listed += 1
        self.stale += row.stale
        self.volume += volume
        self.open_interest += open_interest
        if row.lane == "live":
            self.live_lane += 1
            self.live += row.has_data
            self.live_volume += volume
            self.live_open_interest += open_interest
        else:
            self.polled += row.has_data

    @property
    def settled(self) -> bool:
        """Whether every contract has data and none is stale."""
        return not self.stale and self.live + self.polled == self.listed

    def join(self, other: "Count") -> None:
        """Add another count to this one."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def contracts(self) -> Contracts:
        """The counts in the shape of the whole status; what the socket knows is for the caller to fill."""
        return Contracts(listed=self.listed, live=self.live, polled=self.polled, stale=self.stale)

    def lanes(self) -> LaneCounts:
        """The counts in the shape of one underlying's status."""
        return LaneCounts(listed=self.listed, live=self.live, polled=self.polled, stale=self.stale)

    def coverage(self) -> Coverage:
        """The live lane's shares."""
        return Coverage(
            volume=_share(self.live_volume, self.volume),
            open_interest=_share(self.live_open_interest, self.open_interest),
            contracts=_share(self.live_lane, self.listed),
        )


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 6) if whole else None


class Census:
    """Counts by underlying, at most two seconds old; fresher while contracts wait for data or are stale."""

    def __init__(self, board: Board, clock: Clock) -> None:
        self._board = board
        self._clock = clock
        self._taken = float("-inf")
        self._listed = -1
        self._kept = _KEPT
        self._counts: dict[str, Count] = {}

    def by_underlying(self) -> dict[str, Count]:
        """Counts of every underlying on the board."""
        now = self._clock.monotonic()
        if now - self._taken >= self._kept or len(self._board.rows) != self._listed:
            counts: dict[str, Count] = {}
            for row in self._board.rows.values():
                coin = row.instrument.underlying
                count = counts.get(coin)
                if count is None:
                    count = counts[coin] = Count()
                count.add(row)
            self._counts, self._taken, self._listed = counts, now, len(self._board.rows)
            settled = all(count.settled for count in counts.values())
            self._kept = _KEPT if settled else _KEPT_IN_FLUX
        return self._counts

    def total(self) -> Count:
        """Counts of the whole board."""
        total = Count()
        for count in self.by_underlying().values():
            total.join(count)
        return total
