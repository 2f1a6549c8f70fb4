"""Every figure that a run can yield, with what it may be at most and what we reach for.

The budgets are those of the design. A figure without one is there to understand the others by.
"""

from typing import NamedTuple

__all__ = ["BUDGETS", "LOADS", "Budget"]


class Budget(NamedTuple):
    """One figure: what it says, in which unit, and its two limits; less is better in all of them."""

    what: str
    unit: str
    limit: float | None = None
    reach: float | None = None


LOADS = {
    "even": "2,600 messages/s, evenly paced",
    "bursts": "2,600 messages/s in 100 ms bursts",
    "full": "20,000 messages/s, evenly paced",
}
"""The loads that a contestant is put under, by the name that the figures carry."""

_CORE_LIMITS = {"even": (7.0, 4.0), "bursts": (7.0, 4.0), "full": (35.0, 25.0)}


def _under_load(load: str) -> dict[str, Budget]:
    limit, reach = _CORE_LIMITS[load]
    return {
        f"{load}.rate": Budget("messages that the exchange sent", "per s"),
        f"{load}.sim.core": Budget("CPU of the simulated exchange, with voltape's tracker", "% of a core"),
        f"{load}.floor.core": Budget("CPU of a client that only receives", "% of a core"),
        f"{load}.floor.message": Budget("CPU of a client that only receives", "ms per 1,000 messages"),
        f"{load}.tracker.core": Budget(
            "CPU of the tracker, every contract live", "% of a core", limit, reach
        ),
        f"{load}.tracker.message": Budget("CPU of the tracker, every contract live", "ms per 1,000 messages"),
        f"{load}.tracker.ratio": Budget(
            "CPU of the tracker over that of the receive-only client", "ratio", None, 1.0
        ),
        f"{load}.tracker.store_core": Budget("CPU of the tracker's store", "% of a core"),
        f"{load}.tracker.lost": Budget("messages sent to the tracker and not received", "messages", 0, 0),
        f"{load}.tracker.reconnects": Budget("connections lost by the tracker", "connections", 0, 0),
        f"{load}.tracker.lag_p50": Budget("exchange to tracker, p50", "ms"),
        f"{load}.tracker.lag_p95": Budget("exchange to tracker, p95", "ms"),
        f"{load}.tracker.lag_p99": Budget("exchange to tracker, p99", "ms"),
        f"{load}.tracker.store_bytes": Budget("bytes to the store per message received", "bytes", 120, 60),
        f"{load}.tracker.memory": Budget("memory of the tracker and its store (PSS)", "MB"),
    }


BUDGETS: dict[str, Budget] = {
    **_under_load("even"),
    "even.board": Budget("board in Valkey, all contracts", "kB", 450, 330),
    "even.up.core": Budget("CPU of `voltape up`, all its processes", "% of a core"),
    "even.up.message": Budget("CPU of `voltape up`, all its processes", "ms per 1,000 messages"),
    "even.up.lost": Budget("messages sent to `voltape up` and not received", "messages", 0, 0),
    "even.up.memory": Budget("memory of `voltape up`, all its processes (PSS)", "MB", 80, 60),
    "even.up.resident": Budget("the same with shared pages in full (RSS)", "MB"),
    **_under_load("bursts"),
    **_under_load("full"),
    "start.delivered": Budget("process start to every topic delivering", "s"),
    "start.fresh": Budget("process start to every contract fresh", "s", 4, 2),
    "recovery.all": Budget("all connections cut to every topic delivering", "s", 2, 1),
    "latency.board_p50": Budget("exchange to board, p50", "ms"),
    "latency.board_p95": Budget("exchange to board, p95", "ms", 400, 250),
    "latency.board_p99": Budget("exchange to board, p99", "ms"),
    "latency.client_p50": Budget("exchange to push client, p50", "ms"),
    "latency.client_p95": Budget("exchange to push client, p95", "ms", 600, 400),
    "latency.client_p99": Budget("exchange to push client, p99", "ms"),
    "api.chain_p50": Budget("full chains in turn, 200 requests/s: p50", "ms"),
    "api.chain_p95": Budget("full chains in turn, 200 requests/s: p95", "ms", 5, 2),
    "api.chain_p99": Budget("full chains in turn, 200 requests/s: p99", "ms", 15, 5),
    "api.largest_p50": Budget("largest chain, 200 requests/s: p50", "ms"),
    "api.largest_p95": Budget("largest chain, 200 requests/s: p95", "ms", 5, 2),
    "api.largest_p99": Budget("largest chain, 200 requests/s: p99", "ms", 15, 5),
    "api.failed": Budget("of these requests, not answered with 200", "requests", 0, 0),
    "api.all_cold": Budget("all contracts as JSON, made anew", "ms"),
    "api.all_cached": Budget("all contracts as JSON, from the cache", "ms"),
    "dashboard.script": Budget("the dashboard's JavaScript, gzipped", "kB", 120, 80),
}
"""Figures by name; the order is that of the table."""
