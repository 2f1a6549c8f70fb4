"""Rows of the board, the series they belong to, and what changed in them.

A change is a bit per field, found only when somebody asks.
"""

from datetime import UTC, datetime
from functools import lru_cache
from itertools import compress
from operator import ne

from .instrument import Instrument, member_of
from .ticker import EMPTY_VALUES, META_FIELDS, VALUE_FIELDS, Lane, Ticker, Values

__all__ = ["FIELD_BITS", "TS_BITS", "Change", "Row", "Series", "changed_fields", "days_to_expiry"]

FIELD_BITS: dict[str, int] = {name: 1 << i for i, name in enumerate((*VALUE_FIELDS, *META_FIELDS))}
"""Bit of each field that can change, in a `Change`'s mask."""

TS_BITS = FIELD_BITS["ts_exchange"] | FIELD_BITS["ts_received"]
"""Bits of the two times, which change together."""

_ALL_BITS = (1 << len(FIELD_BITS)) - 1
_VALUE_BITS = tuple(1 << i for i in range(len(VALUE_FIELDS)))
_ANY_VALUE = (1 << len(VALUE_FIELDS)) - 1
_MS_PER_DAY = 86_400_000
_INSTANTS = 64
"""Pairs of expiry and time whose days are remembered: rounding costs as much as all else in naming a row."""


@lru_cache(maxsize=_INSTANTS)
def days_to_expiry(expiry_ms: int, now_ms: int) -> float:
    """Days from `now_ms` to `expiry_ms` (both epoch ms), 0 after it."""
    return max(0.0, round((expiry_ms - now_ms) / _MS_PER_DAY, 3))


class Row:
    """One contract on the board.

    Attributes:
        instrument: the contract. series: where it belongs.
        change: what changed since the last commit, None for nothing.
        member: its name within its series.
        slot: small number that names the contract within its underlying in the store; reused after expiry.
        values: latest values.
        ts_exchange, ts_received: see `Ticker`; None before any data.
        sequence: the venue's sequence number of the pushed values, 0 where it gave none.
        pushed_ts: venue time of the newest pushed values, 0 before the first.
        confirmed: monotonic time when the values were last known to be current; -inf before that.
        told: monotonic time when the venue last spoke of the contract, by push or poll; -inf before that.
        lane, stale: see `Ticker`.
        version: board version of its last change.
    """

    __slots__ = (
        "_head",
        "change",
        "confirmed",
        "instrument",
        "lane",
        "member",
        "pushed_ts",
        "sequence",
        "series",
        "slot",
        "stale",
        "told",
        "ts_exchange",
        "ts_received",
        "values",
        "version",
    )

    def __init__(self, instrument: Instrument, series: "Series", slot: int, lane: Lane) -> None:
        self.instrument = instrument
        self.series = series
        self.member = member_of(instrument.underlying, instrument.symbol)
        self.slot = slot
        self.change: Change | None = None
        self.values: Values = EMPTY_VALUES
        self.ts_exchange: int | None = None
        self.ts_received: int | None = None
        self.sequence = 0
        self.pushed_ts = 0
        self.confirmed = float("-inf")
        self.told = float("-inf")
        self.lane: Lane = lane
        self.stale = True
        self.version = 0
        expiry_at = datetime.fromtimestamp(instrument.expiry_ms / 1000, UTC)
        self._head = (
            instrument.symbol,
            instrument.underlying,
            instrument.settle,
            instrument.expiry,
            expiry_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )

    @property
    def has_data(self) -> bool:
        """Whether any values have arrived for the contract."""
        return self.ts_received is not None

    @property
    def pushed(self) -> bool:
        """Whether the present values came by the socket, not from a poll."""
        return self.pushed_ts != 0 and self.pushed_ts == self.ts_exchange

    @property
    def expiry_at(self) -> str:
        """Instant of expiry, ISO 8601 UTC."""
        return self._head[-1]

    def ticker(self, now_ms: int) -> Ticker:
        """The row with names, as of `now_ms` (epoch ms)."""
        contract = self.instrument
        days = days_to_expiry(contract.expiry_ms, now_ms)
        return Ticker(  # type: ignore[call-arg]
            *self._head,
            days,
            contract.strike,
            contract.kind,
            *self.values,  # type: ignore[arg-type]
            self.ts_exchange,
            self.ts_received,
            self.lane,
            self.stale,
        )

    def field(self, name: str) -> object:
        """One changeable field by its name in `FIELD_BITS`."""
        if name in META_FIELDS:
            return getattr(self, name)
        return self.values[VALUE_FIELDS.index(name)]


class Change:
    """What changed in one row since the last commit.

    The values that changed are found when somebody asks, because most often nobody does. A value that went and came
    back has changed all the same: somebody may have read it in between.

    Attributes:
        row: the row.
        before: its values at the last commit or at the last step since, None where they were not kept.
        meta: bits of what changed beside the step that is under way.
        record: the row's state in the store's form if it has been made already, None after any further change.
    """

    __slots__ = ("_mask", "before", "meta", "record", "row")

    def __init__(self, row: Row, mask: int | None = None, before: Values | None = None) -> None:
        """Start from the values `before`; a `mask` given says outright what changed."""
        self.row = row
        self.before = before
        self.meta = 0
        self.record: bytes | None = None
        self._mask = mask

    def step(self) -> None:
        """The row is about to change once more before the commit."""
        self.record = None
        if self.before is not None:
            self.meta |= _differing(self.before, self.row.values)
            self.before = self.row.values

    def joined(self, later: "Change") -> "Change":
        """This change and a later one of the same row as one."""
        both = Change(self.row, before=later.before)
        both.meta = self.meta | later.meta
        both.record = later.record
        if self.before is not None and later.before is not None:
            both.meta |= _differing(self.before, later.before)
        else:
            both.before = None
        if self.settled or later.settled:
            both._mask = both.mask | self.mask | later.mask
        return both

    @property
    def settled(self) -> bool:
        """Whether the mask is known: given outright, or found already."""
        return self._mask is not None

    def everything(self) -> None:
        """Count every field as changed: the row is new to whoever listens."""
        self._mask = _ALL_BITS

    @property
    def mask(self) -> int:
        """Bits of `FIELD_BITS` that differ."""
        mask = self._mask
        if mask is None:
            mask = self.meta
            mask |= _ANY_VALUE if self.before is None else _differing(self.before, self.row.values)
            self._mask = mask
        return mask


def _differing(before: Values, after: Values) -> int:
    return 0 if after is before else sum(compress(_VALUE_BITS, map(ne, before, after)))


def changed_fields(change: Change) -> dict[str, object]:
    """`symbol` and the changed fields with their present values: one element of a pushed delta."""
    row, mask = change.row, change.mask
    fields: dict[str, object] = {"symbol": row.instrument.symbol}
    values = row.values
    for i, name in enumerate(VALUE_FIELDS):
        if mask >> i & 1:
            fields[name] = values[i]
    if mask >> len(VALUE_FIELDS):
        for name in META_FIELDS:
            if mask & FIELD_BITS[name]:
                fields[name] = getattr(row, name)
    return fields


class Series:
    """All contracts of one underlying and one expiry.

    Attributes:
        underlying, expiry, expiry_ms: the key and its instant.
        rows: contracts by symbol, ordered by strike, then settle coin, call before put.
        version: board version of the last change of any row; also grows when a contract joins or leaves.
    """

    __slots__ = ("expiry", "expiry_ms", "rows", "underlying", "version")

    def __init__(self, underlying: str, expiry: str, expiry_ms: int) -> None:
        self.underlying = underlying
        self.expiry = expiry
        self.expiry_ms = expiry_ms
        self.rows: dict[str, Row] = {}
        self.version = 0

    def insert(self, row: Row) -> None:
        """Put a contract in its place."""
        self.rows[row.instrument.symbol] = row
        ordered = sorted(
            self.rows.items(),
            key=lambda item: (item[1].instrument.strike, item[1].instrument.settle, item[1].instrument.kind),
        )
        self.rows = dict(ordered)
