"""The state of the running system, in the shape of `GET /api/v1/status`.

The tracker fills all of it but `cache`; a serving role apart from the tracker reads it from the store and adds
its own `cache` and its own entry in `resources.by_role`.
"""

from typing import Literal

import msgspec

from .alert import AlertUse
from .control import ControlState
from .history import HistoryUse
from .job import JobRecord

__all__ = [
    "AGE_BOUNDS_S",
    "Ages",
    "ApiUse",
    "Audit",
    "CacheUse",
    "ConnectionStatus",
    "Contracts",
    "Coverage",
    "ExpiryShare",
    "Gap",
    "GapCounts",
    "Health",
    "LagMs",
    "LaneCounts",
    "Messages",
    "PollUse",
    "Reconnects",
    "Resources",
    "RoleUse",
    "Status",
    "StoreStatus",
    "TradeUse",
    "Traffic",
    "UnderlyingShare",
]

ConnectionState = Literal["connecting", "subscribing", "live", "mute", "backoff", "closing", "closed"]


class Contracts(msgspec.Struct):
    """Counts of contracts: listed by the venue, wanted on the socket, acknowledged, and with data by lane."""

    listed: int = 0
    wanted: int = 0
    acknowledged: int = 0
    confirmed: int = 0
    live: int = 0
    polled: int = 0
    stale: int = 0


class LaneCounts(msgspec.Struct):
    """Counts of an underlying's contracts: listed by the venue, with data by lane, and stale."""

    listed: int = 0
    live: int = 0
    polled: int = 0
    stale: int = 0


class Coverage(msgspec.Struct):
    """Share (0 to 1) that is in the live lane; None where the whole is zero."""

    volume: float | None = None
    open_interest: float | None = None
    contracts: float | None = None


AGE_BOUNDS_S = (1.0, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds of the age classes of `Ages`, s; a last class without a bound follows."""


class Ages(msgspec.Struct):
    """How old the contracts' data is, by lane: counts per class of `AGE_BOUNDS_S`, each class apart."""

    live: list[int] = []
    polled: list[int] = []


class ExpiryShare(msgspec.Struct):
    """Coverage proof of one expiry.

    Attributes:
        expiry: UTC date.
        listed: contracts of the venue's list. wanted: of these to be carried by the socket. acknowledged: of these
            acknowledged by the venue, which proves nothing. confirmed: of these that have delivered on their
            present connection. seen: contracts of either lane the venue has told of within `seen_within_s`.
        live, polled, stale: contracts with data by lane, and stale ones.
        volume, open_interest: share (0 to 1) that is live, None where the whole is zero.
    """

    expiry: str
    listed: int = 0
    wanted: int = 0
    acknowledged: int = 0
    confirmed: int = 0
    seen: int = 0
    live: int = 0
    polled: int = 0
    stale: int = 0
    volume: float | None = None
    open_interest: float | None = None


class UnderlyingShare(msgspec.Struct):
    """Coverage and freshness of one underlying, and the same by expiry.

    `min_volume` and `min_open_interest` are the thresholds in force, None where every contract is live.
    """

    underlying: str
    contracts: LaneCounts
    coverage: Coverage
    last_data_age_s: float | None = None
    stalled: bool = False
    wanted: int = 0
    acknowledged: int = 0
    confirmed: int = 0
    seen: int = 0
    min_volume: float | None = None
    min_open_interest: float | None = None
    ages: Ages = msgspec.field(default_factory=Ages)
    expiries: list[ExpiryShare] = []


class ConnectionStatus(msgspec.Struct):
    """One socket of the pool.

    `health` runs from 0 (useless) to 1 (perfect). `lag_ms` is the smoothed arrival minus venue time, `round_trip_ms`
    that of the last ping, `errors` what the connection or the venue got wrong on it, `bytes` the payload it brought.
    """

    id: str
    state: ConnectionState
    topics: int
    args_chars: int
    messages: int
    age_s: float
    last_data_age_s: float | None
    health: float
    acknowledged: int = 0
    confirmed: int = 0
    lag_ms: float | None = None
    round_trip_ms: float | None = None
    errors: int = 0
    bytes: int = 0


class Messages(msgspec.Struct):
    """Counters since start.

    received: frames from the venue; conflated: replaced by a newer one before decoding; decoded; rejected: not
    understood or out of range; duplicates and out_of_order: understood, but not newer; unknown: for contracts not
    listed; written: records to the store.
    """

    received: int = 0
    conflated: int = 0
    decoded: int = 0
    rejected: int = 0
    duplicates: int = 0
    out_of_order: int = 0
    unknown: int = 0
    written: int = 0


class Reconnects(msgspec.Struct):
    """Connections that had to be made again, and what cut them.

    `self_inflicted` counts those for which we are to blame: cut as a slow reader, for a missing ping, over a limit.
    `rotations` and `replacements` are connections that we changed for a new one before they failed, by age and by
    health; no data is missed by those, so that they are no reconnects. `failed_topics` were refused by the venue,
    `retried_topics` asked for again.
    """

    total: int = 0
    last_hour: int = 0
    causes: dict[str, int] = {}
    causes_last_hour: dict[str, int] = {}
    self_inflicted: int = 0
    self_inflicted_last_hour: int = 0
    rotations: int = 0
    replacements: int = 0
    failed_topics: int = 0
    retried_topics: int = 0


class Gap(msgspec.Struct):
    """An interval in which data may have been missed.

    Attributes:
        scope: what was touched, `connection c1` or `underlying BTC`.
        started_at, ended_at: ISO 8601 UTC; `ended_at` None while it lasts.
        ts_started, ts_ended: the same as epoch ms.
        cause: in plain words.
        contracts: how many contracts were touched.
    """

    scope: str
    started_at: str
    ts_started: int
    cause: str
    contracts: int
    ended_at: str | None = None
    ts_ended: int | None = None


class GapCounts(msgspec.Struct):
    """Gaps since start: recorded, still open, and how many of them were forgotten because the ledger is full."""

    recorded: int = 0
    open: int = 0
    forgotten: int = 0


class LagMs(msgspec.Struct):
    """Quantiles of arrival minus venue time over the last minute, ms; None without data."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


class StoreStatus(msgspec.Struct):
    """The store as the writing role sees it."""

    kind: str = "none"
    layout: str = "packed"
    connected: bool = False
    memory_bytes: int | None = None
    bytes_written: int = 0
    pending: int = 0
    flushes: int = 0
    errors: int = 0
    evicted: int = 0
    records: int = 0
    skipped: int = 0
    bytes_received: int = 0
    interval_s: float | None = None


class Traffic(msgspec.Struct):
    """Bytes exchanged with one peer since start, of payload: without TLS, TCP and HTTP framing."""

    sent: int = 0
    received: int = 0


class PollUse(msgspec.Struct):
    """REST polls since start.

    polls: answers; failures: polls that failed; filled: rows taken; disagreed: rows that hinted at a lost topic;
    rejected: rows not understood; refreshes, refresh_failures: of the list of contracts.
    """

    polls: int = 0
    failures: int = 0
    filled: int = 0
    disagreed: int = 0
    rejected: int = 0
    refreshes: int = 0
    refresh_failures: int = 0


class TradeUse(msgspec.Struct):
    """Trades since start.

    received: brought by the socket; duplicates: of these known already; rejected: not understood or not possible;
    backfilled: news from REST; missed: of these, those that the socket should have brought; outdated: older than the tape,
    and left out; kept: on the tapes now; checks, failures: questions to REST, answered and not.
    """

    received: int = 0
    duplicates: int = 0
    rejected: int = 0
    backfilled: int = 0
    missed: int = 0
    outdated: int = 0
    kept: int = 0
    checks: int = 0
    failures: int = 0


class Audit(msgspec.Struct):
    """A sampled comparison since start: contracts compared, equal ones, and the share of these.

    `undecided`: the truth may have changed while it was read. `latest_wrong`: the newest that differed, and in what.
    """

    compared: int = 0
    equal: int = 0
    undecided: int = 0
    accuracy: float | None = None
    latest_wrong: str | None = None


class ApiUse(msgspec.Struct):
    """Requests answered by the serving role, and quantiles of the time that took over the last ones, ms.

    Attributes:
        limited: of the requests, those refused because their client makes too many.
        downloads, downloads_failed: tickers in formats other than JSON that were sent whole, and that were not.
    """

    requests: int = 0
    failed: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    sent: int = 0
    downloads: int = 0
    downloads_failed: int = 0
    limited: int = 0


class CacheUse(msgspec.Struct):
    """Response cache of the serving role; `joined` waited for an answer that somebody else had asked for."""

    hits: int = 0
    misses: int = 0
    hit_rate: float | None = None
    joined: int = 0
    bytes: int = 0
    evicted: int = 0


class RoleUse(msgspec.Struct):
    """CPU (per cent of one core since the last sample) and memory (PSS where the system tells, else RSS).

    Since the process started: `cpu_seconds` used, `disk_written_bytes` written; None where the system does not tell.
    """

    cpu_percent: float | None = None
    memory_bytes: int | None = None
    cpu_seconds: float | None = None
    disk_written_bytes: int | None = None


class Resources(msgspec.Struct):
    """Sum over the roles, and each role."""

    cpu_percent: float | None = None
    memory_bytes: int | None = None
    by_role: dict[str, RoleUse] = {}


class Health(msgspec.Struct):
    """Whether data flows: `ready` with the reasons where it does not, `degraded` with what is bridged."""

    ready: bool = False
    reasons: list[str] = []
    degraded: list[str] = []


class Status(msgspec.Struct, kw_only=True):
    """Everything of `GET /api/v1/status`; `health` is what `/readyz` answers from.

    Attributes beyond what the parts say:
        exchange: host of the option stream, so that nobody takes a simulated market for the real one.
        seen_within_s: the time that `ExpiryShare.seen` looks back. jobs: their runs; empty without a scheduler. alerts: their watch.
        traffic: by peer: `exchange socket`, `exchange rest`, `store`, `clients`.
        audits: by what the board was compared with: `store`, `exchange`. optimisations: each switch and its setting.
        control: which underlyings are tracked and which contracts are pinned, and who decided it.
    """

    version: str
    uptime_s: float
    profile: str
    contracts: Contracts
    coverage: Coverage
    connections: list[ConnectionStatus]
    messages: Messages
    reconnects: Reconnects
    gaps: list[Gap]
    lag_ms: LagMs
    store: StoreStatus
    cache: CacheUse
    resources: Resources
    health: Health
    underlyings: list[UnderlyingShare] = []
    exchange: str = ""
    ts: int = 0
    seen_within_s: float = 60.0
    traffic: dict[str, Traffic] = {}
    polls: PollUse = msgspec.field(default_factory=PollUse)
    audits: dict[str, Audit] = {}
    api: ApiUse = msgspec.field(default_factory=ApiUse)
    optimisations: dict[str, str] = {}
    gap_counts: GapCounts = msgspec.field(default_factory=GapCounts)
    trades: TradeUse = msgspec.field(default_factory=TradeUse)
    control: ControlState = msgspec.field(default_factory=ControlState)
    history: HistoryUse = msgspec.field(default_factory=HistoryUse)
    jobs: list[JobRecord] = []
    alerts: AlertUse = msgspec.field(default_factory=AlertUse)
