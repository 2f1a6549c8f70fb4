"""Rows of the board, the series they belong to, and what changed in them.

A change is a bit per field, found only when somebody asks.
"""

from datetime import UTC, datetime
from itertools import compress
from operator import ne

from .instrument import Instrument
from .ticker import EMPTY_VALUES, META_FIELDS, VALUE_FIELDS, Lane, Ticker, Values

__all__ = ["FIELD_BITS", "TS_BITS", "Change", "Row", "Series", "changed_fields"]

FIELD_BITS: dict[str, int] = {name: 1 << i for i, name in enumerate((*VALUE_FIELDS, *META_FIELDS))}
"""Bit of each field that can change, in a `Change`'s mask."""

TS_BITS = FIELD_BITS["ts_exchange"] | FIELD_BITS["ts_received"]
"""Bits of the two times, which change together."""

_ALL_BITS = (1 << len(FIELD_BITS)) - 1
_VALUE_BITS = tuple(1 << i for i in range(len(VALUE_FIELDS)))
_MS_PER_DAY = 86_400_000


class Row:
    """One contract on the board.

    Attributes:
        instrument: the contract. series: where it belongs.
        change: what changed since the last commit, None for nothing.
        slot: small number that names the contract within its underlying in the store; reused after expiry.
        values: latest values.
        ts_exchange, ts_received: see `Ticker`; None before any data.
        sequence: the venue's sequence number of the pushed values, 0 where it gave none.
        pushed_ts: venue time of the newest pushed values, 0 before the first.
        confirmed: monotonic time when the values were last known to be current; -inf before that.
        lane, stale: see `Ticker`.
    """

    __slots__ = (
        "_head",
        "change",
        "confirmed",
        "instrument",
        "lane",
        "pushed_ts",
        "sequence",
        "series",
        "slot",
        "stale",
        "ts_exchange",
        "ts_received",
        "values",
    )

    def __init__(self, instrument: Instrument, series: "Series", slot: int, lane: Lane) -> None:
        self.instrument = instrument
        self.series = series
        self.slot = slot
        self.change: Change | None = None
        self.values: Values = EMPTY_VALUES
        self.ts_exchange: int | None = None
        self.ts_received: int | None = None
        self.sequence = 0
        self.pushed_ts = 0
        self.confirmed = float("-inf")
        self.lane: Lane = lane
        self.stale = True
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

    def ticker(self, now_ms: int) -> Ticker:
        """The row with names, as of `now_ms` (epoch ms)."""
        contract = self.instrument
        days = max(0.0, round((contract.expiry_ms - now_ms) / _MS_PER_DAY, 3))
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

    The values that changed are found when somebody asks, because most often nobody does.

    Attributes:
        row: the row.
        before: its values at the last commit.
        meta: bits of what changed beside the values.
    """

    __slots__ = ("_mask", "before", "meta", "row")

    def __init__(self, row: Row, mask: int | None = None) -> None:
        """Start from the row's present values; a `mask` given says outright what changed."""
        self.row = row
        self.before = row.values
        self.meta = 0
        self._mask = mask

    def everything(self) -> None:
        """Count every field as changed: the row is new to whoever listens."""
        self._mask = _ALL_BITS

    @property
    def mask(self) -> int:
        """Bits of `FIELD_BITS` that differ."""
        mask = self._mask
        if mask is None:
            mask = self.meta
            after = self.row.values
            if after is not self.before:
                mask |= sum(compress(_VALUE_BITS, map(ne, self.before, after)))
            self._mask = mask
        return mask


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
