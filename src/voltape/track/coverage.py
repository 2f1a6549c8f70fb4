"""Coverage proof: what the socket is to carry, what the venue has said of it, and what share of the market that is.

Everything is counted by series and added up from there. What a contract is worth as evidence is the last time the
venue itself told of it, by a push or a poll: that a connection is well says nothing here.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

import msgspec

from voltape.model.row import Row
from voltape.model.status import AGE_BOUNDS_S, Ages, Contracts, Coverage, ExpiryShare, LaneCounts
from voltape.model.ticker import VALUE_FIELDS

__all__ = ["SEEN_WITHIN_S", "Count", "LaneCount", "count_rows"]

SEEN_WITHIN_S = 60.0
"""How long the venue may have been silent about a contract that counts as seen, s; a bound of the age classes."""

_VOLUME = VALUE_FIELDS.index("volume_24h")
_OPEN_INTEREST = VALUE_FIELDS.index("open_interest")
_CLASSES = len(AGE_BOUNDS_S) + 1
_SEEN_CLASSES = AGE_BOUNDS_S.index(SEEN_WITHIN_S) + 1


def _no_ages() -> list[int]:
    return [0] * _CLASSES


class LaneCount(msgspec.Struct):
    """Contracts of one lane.

    Attributes:
        contracts: with or without data. with_data, stale: of these.
        volume, open_interest: their sums, in units of the underlying.
        ages: those with data by the time since the venue told of them, in classes of `AGE_BOUNDS_S`.
    """

    contracts: int = 0
    with_data: int = 0
    stale: int = 0
    volume: float = 0.0
    open_interest: float = 0.0
    ages: list[int] = msgspec.field(default_factory=_no_ages)

    @property
    def seen(self) -> int:
        """Contracts that the venue has told of within `SEEN_WITHIN_S`."""
        return sum(self.ages[:_SEEN_CLASSES])

    def join(self, other: "LaneCount") -> None:
        """Add another count to this one."""
        self.contracts += other.contracts
        self.with_data += other.with_data
        self.stale += other.stale
        self.volume += other.volume
        self.open_interest += other.open_interest
        self.ages = [mine + theirs for mine, theirs in zip(self.ages, other.ages, strict=True)]


class Count(msgspec.Struct):
    """Contracts of a series, of an underlying, or of all.

    Attributes:
        live, polled: by lane.
        wanted: contracts that the socket is to carry. acknowledged: of these, by the venue.
        confirmed: of these, by their first data on the present connection.
    """

    live: LaneCount = msgspec.field(default_factory=LaneCount)
    polled: LaneCount = msgspec.field(default_factory=LaneCount)
    wanted: int = 0
    acknowledged: int = 0
    confirmed: int = 0

    @property
    def listed(self) -> int:
        """Contracts in all."""
        return self.live.contracts + self.polled.contracts

    @property
    def stale(self) -> int:
        """Stale contracts of either lane."""
        return self.live.stale + self.polled.stale

    @property
    def seen(self) -> int:
        """Contracts of either lane that the venue has told of lately."""
        return self.live.seen + self.polled.seen

    @property
    def settled(self) -> bool:
        """Whether every contract has data and none is stale."""
        return not self.stale and self.live.with_data + self.polled.with_data == self.listed

    def join(self, other: "Count") -> None:
        """Add another count to this one."""
        self.live.join(other.live)
        self.polled.join(other.polled)
        self.wanted += other.wanted
        self.acknowledged += other.acknowledged
        self.confirmed += other.confirmed

    def contracts(self) -> Contracts:
        """The counts in the shape of the whole status."""
        return Contracts(
            listed=self.listed,
            wanted=self.wanted,
            acknowledged=self.acknowledged,
            confirmed=self.confirmed,
            live=self.live.with_data,
            polled=self.polled.with_data,
            stale=self.stale,
        )

    def lanes(self) -> LaneCounts:
        """The counts in the shape of one underlying's status."""
        return LaneCounts(
            listed=self.listed, live=self.live.with_data, polled=self.polled.with_data, stale=self.stale
        )

    def coverage(self) -> Coverage:
        """The live lane's shares."""
        return Coverage(
            volume=_share(self.live.volume, self.polled.volume),
            open_interest=_share(self.live.open_interest, self.polled.open_interest),
            contracts=_share(self.live.contracts, self.polled.contracts),
        )

    def ages(self) -> Ages:
        """The classes of both lanes."""
        return Ages(live=self.live.ages, polled=self.polled.ages)

    def expiry_share(self, expiry: str) -> ExpiryShare:
        """The counts as those of one expiry (UTC date)."""
        return ExpiryShare(
            expiry=expiry,
            listed=self.listed,
            wanted=self.wanted,
            acknowledged=self.acknowledged,
            confirmed=self.confirmed,
            seen=self.seen,
            live=self.live.with_data,
            polled=self.polled.with_data,
            stale=self.stale,
            volume=_share(self.live.volume, self.polled.volume),
            open_interest=_share(self.live.open_interest, self.polled.open_interest),
        )


def _share(live: float, polled: float) -> float | None:
    whole = live + polled
    return round(live / whole, 6) if whole else None


def count_rows(rows: Iterable[Row], now: float) -> Count:
    """Count contracts by lane, `now` being monotonic; what the socket knows is for the caller to fill."""
    live: list[Row] = []
    polled: list[Row] = []
    for row in rows:
        (live if row.lane == "live" else polled).append(row)
    return Count(_count_lane(live, now), _count_lane(polled, now))


def _count_lane(rows: Sequence[Row], now: float) -> LaneCount:
    # Lists in a row are quicker than one loop that does everything, and this runs beside the receive path.
    if not rows:
        return LaneCount()
    values = [row.values for row in rows]
    ages = [now - row.told for row in rows if row.ts_received is not None]
    return LaneCount(
        contracts=len(rows),
        with_data=len(ages),
        stale=sum([row.stale for row in rows]),
        volume=sum([one[_VOLUME] or 0.0 for one in values]),
        open_interest=sum([one[_OPEN_INTEREST] or 0.0 for one in values]),
        ages=_classes(ages),
    )


def _classes(ages: list[float]) -> list[int]:
    ages.sort()
    below = [bisect_right(ages, bound) for bound in AGE_BOUNDS_S]
    return [upper - lower for lower, upper in zip([0, *below], [*below, len(ages)], strict=True)]
