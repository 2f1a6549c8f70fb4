"""Every key name, field name, time to live and version in the store; nothing else in voltape spells one.

Keys of an underlying carry it as a hash tag (`vt:{BTC}:…`), so that a cluster keeps them on one node; keys of
the whole system carry none. No command of voltape names two keys (reading several streams apart), and no key outside this module is ever read,
changed or deleted.
"""

from voltape.model.instrument import member_of
from voltape.model.ticker import VALUE_FIELDS

__all__ = [
    "ALERTS",
    "ALERTS_TTL_S",
    "CONTROL",
    "CONTROL_OUTCOMES",
    "CONTROL_OUTCOMES_TTL_S",
    "CONTROL_REQUESTS",
    "CONTROL_REQUESTS_TTL_S",
    "FIELD_NAMES",
    "GAPS",
    "HISTORY_TTL_S",
    "IDLE_TTL_S",
    "JOBS",
    "RUN",
    "SCHEMA",
    "SCHEMA_VERSION",
    "STATUS",
    "STATUS_TTL_S",
    "UNDERLYINGS",
    "WATCHED",
    "WATCHED_TTL_S",
    "chain",
    "changes",
    "contract",
    "expires_at_ms",
    "history",
    "instruments",
    "layout",
    "member",
    "moving",
    "series",
    "trades",
]

SCHEMA_VERSION = b"1"
"""Value of `SCHEMA`; grows when an older reader would misunderstand what is stored."""

SCHEMA = "vt:schema"
RUN = "vt:run"
UNDERLYINGS = "vt:underlyings"
STATUS = "vt:status"
GAPS = "vt:gaps"
JOBS = "vt:jobs"
ALERTS = "vt:alerts"
WATCHED = "vt:watched"
CONTROL = "vt:control"
CONTROL_REQUESTS = "vt:control:requests"
CONTROL_OUTCOMES = "vt:control:outcomes"

STATUS_TTL_S = 60
"""Life of the status: a reader that comes later than this sees no tracker at all."""

ALERTS_TTL_S = 180
"""Life of what the watch of alerts says: without it nobody watches."""

WATCHED_TTL_S = 10
"""Life of what clients watch, after the last serving role that had any renewed it."""

CONTROL_REQUESTS_TTL_S = 10
"""Life of requests to the tracker, after the newest: one that nobody took by then is void."""

CONTROL_OUTCOMES_TTL_S = 30
"""Life of outcomes, after the newest: whoever asked waits for less."""

IDLE_TTL_S = 30 * 86_400
"""Life of keys that have no natural end, renewed while voltape writes; outlives any normal outage."""

HISTORY_TTL_S = 366 * 86_400
"""Life of an underlying's history, renewed by the hour while voltape writes: what is older counts for nothing."""

_AFTER_EXPIRY_MS = 86_400_000

FIELD_NAMES = dict(
    zip(
        VALUE_FIELDS,
        (
            "bp", "bs", "bi", "ap", "as", "ai", "lp", "hi", "lo", "mp", "mi", "ip",
            "up", "oi", "v", "t", "tv", "tt", "de", "ga", "ve", "th", "dp", "ch",
        ),
        strict=True,
    )
) | {"ts_exchange": "tx", "ts_received": "tr", "lane": "ln", "stale": "st"}  # fmt: skip
"""Short field of the `hash` layout by the long name."""


def series(underlying: str) -> str:
    """Hash of an underlying's series: date of expiry to `[expiry_ms, symbol prefix]`."""
    return f"vt:{{{underlying}}}:series"


def instruments(underlying: str, expiry: str) -> str:
    """Hash of a series' contracts: member to `[slot, strike, kind, settle, tick size]`."""
    return f"vt:{{{underlying}}}:instruments:{expiry}"


def chain(underlying: str, expiry: str) -> str:
    """Hash of a series' values in the `packed` layout: member to record."""
    return f"vt:{{{underlying}}}:chain:{expiry}"


def contract(underlying: str, symbol: str) -> str:
    """Hash of one contract in the `hash` layout: short field to decimal text."""
    return f"vt:{{{underlying}}}:o:{symbol}"


def layout(underlying: str) -> str:
    """Name of the layout that holds an underlying's values."""
    return f"vt:{{{underlying}}}:layout"


def moving(underlying: str) -> str:
    """Stands while an underlying's values are brought from one layout to another, and are in both or in parts of both."""
    return f"vt:{{{underlying}}}:moving"


def changes(underlying: str) -> str:
    """Capped stream of what changed, one entry per flush."""
    return f"vt:{{{underlying}}}:changes"


def trades(underlying: str) -> str:
    """Capped stream of an underlying's trades, one entry per trade."""
    return f"vt:{{{underlying}}}:trades"


def history(underlying: str) -> str:
    """Hash of what an underlying's levels were: block of samples to its bytes."""
    return f"vt:{{{underlying}}}:history"


def member(underlying: str, symbol: str) -> str:
    """Field of a contract in the hashes of its series; what stands before it in the symbol is the symbol prefix."""
    return member_of(underlying, symbol)


def expires_at_ms(expiry_ms: int, now_ms: int) -> int:
    """When the keys of a series or contract leave the store by themselves: a day after expiry.

    What the venue still lists after its expiry lives on for a day from `now_ms`.
    """
    return max(expiry_ms, now_ms) + _AFTER_EXPIRY_MS
