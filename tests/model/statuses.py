"""Statuses of a system at work, for tests of what is made of them."""

from typing import Any

import msgspec

from voltape.model.status import (
    ApiUse,
    Audit,
    CacheUse,
    Contracts,
    Coverage,
    Health,
    LagMs,
    Messages,
    Reconnects,
    Resources,
    RoleUse,
    Status,
    StoreStatus,
    Traffic,
)

__all__ = ["NOW_MS", "at_work", "with_roles"]

NOW_MS = 1_790_000_000_000


def with_roles(**roles: RoleUse) -> Resources:
    """Resources of these roles, memory summed up."""
    memory = [use.memory_bytes for use in roles.values() if use.memory_bytes is not None]
    return Resources(None, sum(memory) if memory else None, dict(roles))


def at_work(seconds: float = 0.0, **changes: Any) -> Status:
    """A system after so many seconds at an even load.

    It uses 9 % of a core for itself and 1 % for its store, 70 MB, takes 1,000 messages/s of 500 bytes, sends 100
    bytes to the store for each and writes 1,000 bytes/s to disk.
    """
    messages = round(seconds * 1000)
    roles = with_roles(
        up=RoleUse(None, 60_000_000, 5 + 0.09 * seconds, round(1000 * seconds)),
        valkey=RoleUse(None, 10_000_000, 1 + 0.01 * seconds, 0),
    )
    status = Status(
        version="1.2.3",
        uptime_s=7200.0 + seconds,
        profile="optimized",
        contracts=Contracts(listed=24, wanted=20, acknowledged=20, confirmed=20, live=20, polled=4),
        coverage=Coverage(0.99, 0.995, 0.83),
        connections=[],
        messages=Messages(received=messages),
        reconnects=Reconnects(total=3, last_hour=1),
        gaps=[],
        lag_ms=LagMs(),
        store=StoreStatus("embedded", memory_bytes=1_000_000, bytes_written=100 * messages),
        cache=CacheUse(),
        resources=roles,
        health=Health(ready=True),
        exchange="stream.example",
        ts=NOW_MS + round(1000 * seconds),
        traffic={
            "exchange socket": Traffic(10, 500 * messages),
            "store": Traffic(100 * messages, 0),
        },
        audits={"store": Audit(50, 50, 0, 1.0), "exchange": Audit(40, 40, 2, 1.0)},
        api=ApiUse(requests=100, p50_ms=1.0, p95_ms=4.0, p99_ms=9.0),
        optimisations={"conflate": "on", "layout": "packed"},
    )
    return msgspec.structs.replace(status, **changes)
