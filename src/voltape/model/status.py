"""The state of the running system, in the shape of `GET /api/v1/status`.

The tracker fills all of it but `cache`; a serving role apart from the tracker reads it from the store and adds
its own `cache` and its own entry in `resources.by_role`.
"""

from typing import Literal

import msgspec

__all__ = [
    "CacheUse",
    "ConnectionStatus",
    "Contracts",
    "Coverage",
    "Gap",
    "Health",
    "LagMs",
    "LaneCounts",
    "Messages",
    "Reconnects",
    "Resources",
    "RoleUse",
    "Status",
    "StoreStatus",
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


class UnderlyingShare(msgspec.Struct):
    """Coverage and freshness of one underlying."""

    underlying: str
    contracts: LaneCounts
    coverage: Coverage
    last_data_age_s: float | None = None
    stalled: bool = False


class ConnectionStatus(msgspec.Struct):
    """One socket of the pool. `health` runs from 0 (useless) to 1 (perfect)."""

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
    """Connections that had to be made again, and what cut them."""

    total: int = 0
    last_hour: int = 0
    causes: dict[str, int] = {}


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


class CacheUse(msgspec.Struct):
    """Response cache of the serving role."""

    hits: int = 0
    misses: int = 0
    hit_rate: float | None = None


class RoleUse(msgspec.Struct):
    """CPU (per cent of one core since the last sample) and memory (PSS where the system tells, else RSS)."""

    cpu_percent: float | None = None
    memory_bytes: int | None = None


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

    `exchange` is the host of the option stream, so that nobody takes a simulated market for the real one.
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
