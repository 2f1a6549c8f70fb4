"""What the levels of an underlying were: bounded series of samples, one per minute or per hour.

Rules that hold whatever the clock does:

* A step of time (a minute, an hour) has one sample at most, and samples stand in the order of their times. A clock that
  was set back writes over what it wrote before, and leaves everything else where it is.
* A series has room for a number of samples, not for a span of time, so that a clock which runs far ahead for a while
  pushes out one sample with each of its own and no more. The oldest gives way.
* Whoever reads says what time it is, and sees nothing that lies after it.

An absent value is None, kept as NaN. A step in which nothing was known has no sample.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from math import isnan, nan
from typing import Literal, NamedTuple, TypeAlias

import msgspec

__all__ = [
    "DAY_S",
    "HOUR_S",
    "MINUTE_S",
    "PRICE_SAMPLES",
    "TENORS",
    "VOLATILITY_FIELDS",
    "VOLATILITY_SAMPLES",
    "Histories",
    "History",
    "HistoryUse",
    "Kind",
    "Listener",
    "Realised",
    "Sample",
    "Samples",
]

MINUTE_S = 60
HOUR_S = 3_600
DAY_S = 86_400

PRICE_SAMPLES = 1_500
"""Prices kept of an underlying, one a minute: 25 hours."""

VOLATILITY_SAMPLES = 366 * 24
"""Volatilities kept of an underlying, one an hour: 366 days."""

TENORS = (7, 14, 30, 60, 90, 180)
"""Days of the fixed tenors, and of the windows of realised volatility beside them."""

VOLATILITY_FIELDS = ("volatility_index", *(f"atm_iv_{days}d" for days in TENORS))
"""Values of a volatility sample, in their order: the 30-day index in per cent, then ATM IVs as fractions."""

_LATEST_S = 2**32 - 1
_SHOWN = ".6g"
"""Digits of a number that single precision keeps for certain: of an IV a thousandth of a vol point and less."""

Kind: TypeAlias = Literal["price", "volatility", "realised"]


class Sample(NamedTuple):
    """Values at a time.

    Attributes:
        ts: when, epoch s. values: in the order of the series' fields.
    """

    ts: int
    values: tuple[float | None, ...]


class Samples:
    """One series; see the module for its rules.

    Attributes:
        step: seconds of a step. capacity: most samples.
    """

    __slots__ = ("_columns", "_single", "_times", "capacity", "step")

    def __init__(self, step: int, capacity: int, width: int, typecode: Literal["d", "f"]) -> None:
        """Keep nothing yet.

        Args:
            step: seconds of a step.
            capacity: most samples.
            width: values of a sample.
            typecode: of `array`: double precision for what is kept to the last digit, single for volatilities.
        """
        self.step = step
        self.capacity = capacity
        self._single = typecode == "f"
        self._times = array("I")
        self._columns = tuple(array(typecode) for _ in range(width))

    def __len__(self) -> int:
        return len(self._times)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the samples take."""
        columns = sum(len(column) * column.itemsize for column in self._columns)
        return len(self._times) * self._times.itemsize + columns

    @property
    def times(self) -> tuple[int, ...]:
        """When the samples are from, epoch s, oldest first."""
        return tuple(self._times)

    def put(self, ts: int, values: Sequence[float | None]) -> bool:
        """Keep a sample, in the place of the one of its step where there is one.

        Args:
            ts: when, epoch s.
            values: as many as the series has, finite or None.

        Returns:
            False where it is older than all of a full series, lies outside of all times, or has no value.
        """
        if not 0 <= ts <= _LATEST_S or all(value is None for value in values):
            return False
        at = self._place(ts)
        if at < len(self) and self._times[at] // self.step == ts // self.step:
            self._times[at] = ts
            for column, value in zip(self._columns, values, strict=True):
                column[at] = nan if value is None else value
            return True
        if len(self) >= self.capacity:
            if at == 0:
                return False
            self._drop_oldest()
            at -= 1
        self._times.insert(at, ts)
        for column, value in zip(self._columns, values, strict=True):
            column.insert(at, nan if value is None else value)
        return True

    def _place(self, ts: int) -> int:
        """Where the first sample of this step or a later one stands."""
        return bisect_left(self._times, ts // self.step * self.step)

    def _drop_oldest(self) -> None:
        del self._times[0]
        for column in self._columns:
            del column[0]

    def at(self, ts: int) -> Sample | None:
        """The sample of the step that a time lies in."""
        at = self._place(ts)
        if at < len(self) and self._times[at] // self.step == ts // self.step:
            return self._sample(at)
        return None

    def between(self, first: int, last: int) -> Iterator[Sample]:
        """Samples of a span of time, both ends (epoch s) included, oldest first."""
        for at in range(bisect_left(self._times, first), bisect_right(self._times, last)):
            yield self._sample(at)

    def nearest(self, ts: int, tolerance: int) -> Sample | None:
        """The sample nearest to a time and within so many seconds of it; of two as near the earlier one."""
        found = self.between(ts - tolerance, ts + tolerance)
        return min(found, key=lambda sample: abs(sample.ts - ts), default=None)

    def values(self, column: int, first: int, last: int) -> Iterator[tuple[int, float | None]]:
        """Time and one value of the samples of a span, as of `between`, in the digits that are certain."""
        values = self._columns[column]
        for at in range(bisect_left(self._times, first), bisect_right(self._times, last)):
            yield self._times[at], self.certain(_known(values[at]))

    def latest(self, column: int, first: int, last: int) -> float | None:
        """The newest known value of a column in a span of time, in the digits that are certain."""
        values = self._columns[column]
        for at in reversed(range(bisect_left(self._times, first), bisect_right(self._times, last))):
            if not isnan(values[at]):
                return self.certain(values[at])
        return None

    def certain(self, value: float | None) -> float | None:
        """A value of a sample without the digits that its precision does not keep."""
        return value if value is None or not self._single else float(format(value, _SHOWN))

    def _sample(self, at: int) -> Sample:
        return Sample(self._times[at], tuple([_known(column[at]) for column in self._columns]))


def _known(value: float) -> float | None:
    return None if isnan(value) else value


class Realised(NamedTuple):
    """Realised volatility over a window: a fraction a year, and when the exchange worked it out, epoch ms."""

    value: float
    ts: int


class History:
    """What is kept of one underlying.

    Attributes:
        prices: spot index by the minute. volatilities: `VOLATILITY_FIELDS` by the hour.
        realised: the newest realised volatility by window, in days.
    """

    __slots__ = ("prices", "realised", "volatilities")

    def __init__(self) -> None:
        self.prices = Samples(MINUTE_S, PRICE_SAMPLES, 1, "d")
        self.volatilities = Samples(HOUR_S, VOLATILITY_SAMPLES, len(VOLATILITY_FIELDS), "f")
        self.realised: dict[int, Realised] = {}


Listener: TypeAlias = Callable[[str, Kind, int], None]
"""Gets an underlying, what of it has changed, and the time of that, epoch s."""


class HistoryUse(msgspec.Struct):
    """The history that is kept.

    prices, volatilities: samples of all underlyings now; asked, failures: questions for realised volatility since start,
    and those of them that failed; ignored: pieces of history in the store that are not understood.
    """

    prices: int = 0
    volatilities: int = 0
    asked: int = 0
    failures: int = 0
    ignored: int = 0


class Histories:
    """The history of every underlying; what is put here is told to whoever listens.

    Attributes:
        by_underlying: see the class.
    """

    def __init__(self) -> None:
        self.by_underlying: dict[str, History] = {}
        self._listeners: list[Listener] = []

    def of(self, underlying: str) -> History:
        """The history of an underlying, an empty one where there was none."""
        return self.by_underlying.setdefault(underlying, History())

    def drop(self, underlying: str) -> None:
        """Forget an underlying."""
        self.by_underlying.pop(underlying, None)

    def listen(self, listener: Listener) -> None:
        """Call `listener` with whatever is put from now on."""
        self._listeners.append(listener)

    def put_price(self, underlying: str, ts: int, price: float) -> None:
        """Keep a spot index price; `ts` in epoch s."""
        if self.of(underlying).prices.put(ts, (price,)):
            self._tell(underlying, "price", ts)

    def put_volatility(self, underlying: str, ts: int, values: Sequence[float | None]) -> None:
        """Keep `VOLATILITY_FIELDS`; `ts` in epoch s."""
        if self.of(underlying).volatilities.put(ts, values):
            self._tell(underlying, "volatility", ts)

    def put_realised(self, underlying: str, days: int, found: Realised) -> None:
        """Keep the realised volatility over a window unless a newer one is known."""
        kept = self.of(underlying).realised
        if days not in kept or kept[days].ts < found.ts:
            kept[days] = found
            self._tell(underlying, "realised", found.ts // 1_000)

    def use(self) -> HistoryUse:
        """How much is kept now."""
        kept = self.by_underlying.values()
        return HistoryUse(sum(len(one.prices) for one in kept), sum(len(one.volatilities) for one in kept))

    def _tell(self, underlying: str, kind: Kind, ts: int) -> None:
        for listener in self._listeners:
            listener(underlying, kind, ts)
