"""Every figure that a run can yield, with what it may be at most and what we reach for.

The budgets are those of the design and of the plan behind the optimisations. A figure without one is there to
understand the others by. A figure's first word is the benchmark that yields it.
"""

from typing import NamedTuple

__all__ = [
    "BUDGETS",
    "COUNTS",
    "LAYOUTS",
    "LOADS",
    "PACES",
    "PROGRAMS",
    "RATES",
    "SWITCHES",
    "VOLTAPE",
    "Budget",
]


class Budget(NamedTuple):
    """One figure: what it says, in which unit, and its two limits; less is better where there are any."""

    what: str
    unit: str
    limit: float | None = None
    reach: float | None = None


LOADS = {
    "even": "2,600 messages/s, evenly paced",
    "bursts": "2,600 messages/s in 100 ms bursts",
    "full": "20,000 messages/s, evenly paced",
    "flood": "20,000 messages/s in 100 ms bursts",
}
"""The loads that a contestant is put under, by the name that the figures carry."""

PROGRAMS = {
    "before": "the program before",
    "plain": "the tracker, profile `plain`",
    "tracker": "the tracker, every contract live",
    "liquid": "the tracker, filter `liquid`",
    "floor": "a client that only receives",
}
"""Contestants by the name that the figures carry."""

VOLTAPE = ("plain", "tracker", "liquid")
"""Those of `PROGRAMS` that are voltape's tracker."""

COUNTS = {"500": 0.25, "2000": 1.0, "8000": 4.0, "20000": 10.0}
"""Numbers of contracts at which the cost is measured, about, with the exchange's scale for each."""

RATES = (50, 500, 2_600, 20_000)
"""Messages per second at which coalescing is measured."""

PACES = {"even": "evenly paced", "bursts": "in 100 ms bursts"}
"""Ways in which coalescing is measured."""

SWITCHES: dict[str, tuple[str, dict[str, str]]] = {
    "all_on": ("every optimisation on", {}),
    "asyncio": ("`VOLTAPE_EVENT_LOOP=asyncio`", {"event_loop": "asyncio"}),
    "no_gc_tuning": ("`VOLTAPE_GC_TUNING=off`", {"gc_tuning": "off"}),
    "no_conflate": ("`VOLTAPE_CONFLATE=off`", {"conflate": "off"}),
    "no_adaptive_flush": ("`VOLTAPE_ADAPTIVE_FLUSH=off`", {"adaptive_flush": "off"}),
    "hash_layout": ("`VOLTAPE_STORE_LAYOUT=hash`", {"store_layout": "hash"}),
}
"""Single optimisations switched off: how it is shown, and the settings."""

LAYOUTS = {
    "packed": "`packed`: one packed value per contract, a hash per chain",
    "hash": "`hash`: one hash per contract, short names",
    "long": "one hash per contract, long names and EXPIRE, as before",
}
"""Layouts of the store; the last exists in the benchmark only."""

_CORE_LIMITS = {"even": (7.0, 4.0), "bursts": (7.0, 4.0), "full": (35.0, 25.0), "flood": (35.0, 25.0)}
_US = "µs per message"


def _of_program(load: str, name: str, shown: str) -> dict[str, Budget]:
    """Figures that any program has."""
    core = f"CPU of {shown}"
    limit, reach = _CORE_LIMITS[load] if name == "tracker" else (None, None)
    figures = {
        f"{load}.{name}.core": Budget(core, "% of a core", limit, reach),
        f"{load}.{name}.message": Budget(core, _US),
    }
    if name == "floor":
        return figures
    none = 0 if name in VOLTAPE else None
    return figures | {
        f"{load}.{name}.store_core": Budget(f"CPU of the store of {shown}", "% of a core"),
        f"{load}.{name}.lost": Budget(f"sent to {shown} and not received", "messages", none, none),
        f"{load}.{name}.reconnects": Budget(f"connections lost by {shown}", "connections", none, none),
        f"{load}.{name}.store_bytes": Budget(
            f"bytes to the store per message received, {shown}",
            "bytes",
            *((120, 60) if name == "tracker" else (None, None)),
        ),
        f"{load}.{name}.memory": Budget(f"memory of {shown}, with its store (PSS)", "MB"),
    }


def _of_voltape(load: str, name: str, shown: str) -> dict[str, Budget]:
    return {
        f"{load}.{name}.lag_{share}": Budget(f"exchange to tracker, {share}, {shown}", "ms")
        for share in ("p50", "p95", "p99")
    }


def _under_load(load: str) -> dict[str, Budget]:
    figures = {
        f"{load}.rate": Budget("messages that the exchange sent", "per s"),
        f"{load}.sim.core": Budget("CPU of the simulated exchange, with voltape's tracker", "% of a core"),
    }
    for name, shown in PROGRAMS.items():
        figures |= _of_program(load, name, shown)
        if name in VOLTAPE:
            figures |= _of_voltape(load, name, shown)
    return figures | {
        f"{load}.before.received": Budget("messages that the program before got through", "per s"),
        f"{load}.tracker.ratio": Budget(
            "CPU of the tracker over that of the receive-only client", "ratio", None, 1.0
        ),
        f"{load}.tracker.of_before": Budget(
            "CPU per message of the tracker, share of that of the program before", "%", 5.0, None
        ),
    }


_SYSTEM = {
    "even.board": Budget("board in Valkey, all contracts", "kB", 450, 330),
    "even.up.core": Budget("CPU of `voltape up`, all its processes", "% of a core"),
    "even.up.message": Budget("CPU of `voltape up`, all its processes", _US),
    "even.up.lost": Budget("sent to `voltape up` and not received", "messages", 0, 0),
    "even.up.reconnects": Budget("connections lost by `voltape up`", "connections", 0, 0),
    "even.up.memory": Budget("memory of `voltape up`, all its processes (PSS)", "MB", 80, 60),
    "even.up.resident": Budget("the same with shared pages in full (RSS)", "MB"),
    "even.up.disk": Budget("disk writes of `voltape up`, its store's snapshots included", "kB/s"),
    "even.up.of_before_disk": Budget(
        "disk writes of `voltape up`, share of those of the program before", "%", 40
    ),
    "even.before.system_core": Budget("CPU of the program before with its store and API", "% of a core"),
    "even.before.store_memory": Budget("memory of the store of the program before, by its own count", "kB"),
    "even.tracker.store_memory": Budget("memory of the tracker's store, by its own count", "kB"),
    "even.before.disk": Budget("disk writes of the program before, with its store", "kB/s"),
    "even.before.wire": Budget("bytes from the exchange to the program before", "kB/s"),
    "even.tracker.wire": Budget("bytes from the exchange with every contract live", "kB/s"),
    "even.liquid.wire": Budget("bytes from the exchange with the filter `liquid`", "kB/s"),
    "even.liquid.of_all": Budget("socket traffic of `liquid`, share of that with all live", "%", 50),
    "even.liquid.live": Budget("contracts that the filter `liquid` keeps live", "contracts"),
    "even.liquid.missing_open_interest": Budget("open interest that is not live with `liquid`", "%", 5),
    "even.liquid.missing_volume": Budget("volume that is not live with `liquid`", "%", 5),
}


def _limits() -> dict[str, Budget]:
    return {
        f"limit.{name}.{what}": Budget(f"{text}, {PROGRAMS[name]}", "per s")
        for name in ("before", "plain", "tracker", "floor")
        for what, text in (
            ("kept", "highest rate tried at which nothing was lost"),
            ("lost_at", "rate at which it first fell behind, lost data or was cut"),
        )
    }


def _contracts() -> dict[str, Budget]:
    return {
        f"contracts.{name}.{what}_{count}": Budget(
            f"{PROGRAMS[name]}, {int(count):,} contracts: {text}", unit
        )
        for count in COUNTS
        for name in ("tracker", "floor")
        for what, text, unit in (
            ("core", "CPU", "% of a core"),
            ("message", "CPU", _US),
            ("memory", "memory", "MB"),
        )
        if what != "memory" or name == "tracker"
    }


def _coalescing() -> dict[str, Budget]:
    figures: dict[str, Budget] = {}
    for pace, shown in PACES.items():
        for rate in RATES:
            name, load = f"coalescing.{pace}", f"{rate:,} messages/s {shown}"
            figures |= {
                f"{name}.{kind}_{rate}": Budget(f"{load}: CPU with coalescing {kind}", _US)
                for kind in ("on", "off")
            }
            figures |= {
                f"{name}.{share}_{kind}_{rate}": Budget(
                    f"{load}: exchange to tracker, {share}, coalescing {kind}", "ms"
                )
                for kind in ("on", "off")
                for share in ("p50", "p99")
            }
            # In a quiet market a read mark may hold a message for one flush interval.
            limit = 250 if rate == RATES[0] else 30
            figures[f"{name}.added_p50_{rate}"] = Budget(f"{load}: added delay, p50", "ms")
            figures[f"{name}.added_p99_{rate}"] = Budget(f"{load}: added delay, p99", "ms", limit)
    return figures


def _switches() -> dict[str, Budget]:
    return {
        f"switches.{name}.{load}": Budget(f"{shown}, at {rate} messages/s", _US)
        for name, (shown, _) in SWITCHES.items()
        for load, rate in (("even", "2,600"), ("full", "20,000"))
    }


def _layouts() -> dict[str, Budget]:
    return {
        f"layouts.{name}.{what}": Budget(f"{shown}: {text}", unit)
        for name, shown in LAYOUTS.items()
        for what, text, unit in (
            ("client", "CPU of the writer per record", "µs"),
            ("server", "CPU of the store per record", "µs"),
            ("bytes", "bytes to the store per record", "bytes"),
            ("change", "bytes to the store when prices and greeks change", "bytes"),
            ("memory", "memory of all contracts", "kB"),
        )
    }


BUDGETS: dict[str, Budget] = {
    **_under_load("even"),
    **_SYSTEM,
    **_under_load("bursts"),
    **_under_load("full"),
    **_under_load("flood"),
    "start.delivered": Budget("process start to every topic delivering", "s"),
    "start.fresh": Budget("process start to every contract fresh", "s", 4, 2),
    "recovery.all": Budget("all connections cut to every topic delivering", "s", 2, 1),
    "latency.board_p50": Budget("exchange to board, p50", "ms"),
    "latency.board_p95": Budget("exchange to board, p95", "ms", 400, 250),
    "latency.board_p99": Budget("exchange to board, p99", "ms"),
    "latency.client_p50": Budget("exchange to push client, p50", "ms"),
    "latency.client_p95": Budget("exchange to push client, p95", "ms", 600, 400),
    "latency.client_p99": Budget("exchange to push client, p99", "ms"),
    "latency.crowd_board_p50": Budget("exchange to board, 100 more clients: p50", "ms"),
    "latency.crowd_board_p95": Budget("exchange to board, 100 more clients: p95", "ms"),
    "latency.crowd_board_p99": Budget("exchange to board, 100 more clients: p99", "ms"),
    "latency.crowd_client_p50": Budget("exchange to push client, 100 more clients: p50", "ms"),
    "latency.crowd_client_p95": Budget("exchange to push client, 100 more clients: p95", "ms", 400, 300),
    "latency.crowd_client_p99": Budget("exchange to push client, 100 more clients: p99", "ms"),
    "latency.idle_memory": Budget("memory of 1,000 push clients that follow nothing", "MB", 30, 25),
    "api.chain_p50": Budget("full chains in turn, 200 requests/s: p50", "ms"),
    "api.chain_p95": Budget("full chains in turn, 200 requests/s: p95", "ms", 5, 2),
    "api.chain_p99": Budget("full chains in turn, 200 requests/s: p99", "ms", 15, 5),
    "api.largest_p50": Budget("largest chain, 200 requests/s: p50", "ms"),
    "api.largest_p95": Budget("largest chain, 200 requests/s: p95", "ms", 5, 2),
    "api.largest_p99": Budget("largest chain, 200 requests/s: p99", "ms", 15, 5),
    "api.failed": Budget("of these requests, not answered with 200", "requests", 0, 0),
    "api.all_cold": Budget("all contracts as JSON, made anew", "ms", 60, 30),
    "api.all_cached": Budget("all contracts as JSON, from the cache", "ms", 5, 3),
    "api.wrk_rate": Budget("largest chain, wrk with 16 connections: answers per second", "1/s"),
    "api.wrk_p50": Budget("largest chain, wrk with 16 connections: p50", "ms"),
    "api.wrk_p99": Budget("largest chain, wrk with 16 connections: p99", "ms"),
    "api.wrk_failed": Budget("of these requests, not answered with 200", "requests", 0, 0),
    "api.before_p50": Budget("the program before, chains in turn, 2 requests/s: p50", "ms"),
    "api.before_p95": Budget("the program before, chains in turn, 2 requests/s: p95", "ms"),
    "dashboard.script": Budget("the dashboard's JavaScript, gzipped", "kB", 120, 80),
    "browser.first_chain": Budget("from navigation to the first chain on screen", "ms", 500, 300),
    "browser.cell_p50": Budget("exchange to the cell's text: p50", "ms"),
    "browser.cell_p95": Budget("exchange to the cell's text: p95", "ms", 600, 400),
    "browser.cell_p99": Budget("exchange to the cell's text: p99", "ms"),
    "browser.longest_task": Budget("longest task of a chain on screen", "ms", 100, 50),
    "soak.heap_growth": Budget("heap grown in a long run of the flat list", "MB", 5, 2),
    "soak.longest_task": Budget("longest task in it", "ms", 100, 50),
    **_limits(),
    **_contracts(),
    **_coalescing(),
    **_layouts(),
    **_switches(),
}
"""Figures by name; the order is that of the tables."""
