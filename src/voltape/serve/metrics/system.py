"""Metrics of the whole: readiness, switches, what the roles use, the store, the network, and the audits."""

from collections.abc import Callable

from voltape.model.status import Audit, RoleUse, StoreStatus

from .family import Family, Samples, Scrape, counter, fields, gauge, single

__all__ = ["SYSTEM"]


def _of_roles(read: Callable[[RoleUse], float | None]) -> Callable[[Scrape], Samples]:
    return lambda scrape: [((role,), read(use)) for role, use in scrape.status.resources.by_role.items()]


def _of_store(read: Callable[[StoreStatus], float | None]) -> Callable[[Scrape], Samples]:
    return lambda scrape: [((), read(scrape.status.store))]


def _audited(audit: Audit) -> list[tuple[str, int]]:
    return [
        ("equal", audit.equal),
        ("different", audit.compared - audit.equal),
        ("undecided", audit.undecided),
    ]


def _audits(scrape: Scrape) -> Samples:
    return [
        ((reference, result), count)
        for reference, audit in scrape.status.audits.items()
        for result, count in _audited(audit)
    ]


def _traffic(scrape: Scrape) -> Samples:
    return [
        ((peer, direction), count)
        for peer, traffic in scrape.status.traffic.items()
        for direction, count in (("sent", traffic.sent), ("received", traffic.received))
    ]


SYSTEM: tuple[Family, ...] = (
    gauge("ready", "0 or 1", "1 while data flows.", single(lambda scrape: scrape.status.health.ready)),
    gauge(
        "degraded",
        "faults",
        "What is wrong at present and bridged, so that data flows all the same.",
        single(lambda scrape: len(scrape.status.health.degraded)),
    ),
    gauge("uptime_seconds", "s", "Time since start.", single(lambda scrape: scrape.status.uptime_s)),
    gauge(
        "info",
        "1",
        "1, with the version, the profile and the host of the option stream.",
        lambda scrape: [((scrape.status.version, scrape.status.profile, scrape.status.exchange), 1)],
        "version",
        "profile",
        "exchange",
    ),
    gauge(
        "optimisation_info",
        "1",
        "1 for the setting that each switch has.",
        lambda scrape: [(item, 1) for item in scrape.status.optimisations.items()],
        "optimisation",
        "setting",
    ),
    counter(
        "role_cpu_seconds",
        "s",
        "Processor time of each process since it started.",
        _of_roles(lambda use: use.cpu_seconds),
        "role",
    ),
    gauge(
        "role_cpu_ratio",
        "cores",
        "The same over the last few seconds, 1 being a whole core.",
        _of_roles(lambda use: None if use.cpu_percent is None else round(use.cpu_percent / 100, 4)),
        "role",
    ),
    gauge(
        "role_memory_bytes",
        "bytes",
        "Memory of each process: proportional set size where the system tells, else resident size.",
        _of_roles(lambda use: use.memory_bytes),
        "role",
    ),
    counter(
        "role_disk_written_bytes",
        "bytes",
        "What each process has had written to disks since it started.",
        _of_roles(lambda use: use.disk_written_bytes),
        "role",
    ),
    counter(
        "traffic_bytes",
        "bytes",
        "Payload exchanged with each peer.",
        _traffic,
        "peer",
        "direction",
    ),
    gauge(
        "store_connected", "0 or 1", "1 while the store answers.", _of_store(lambda store: store.connected)
    ),
    gauge(
        "store_memory_bytes",
        "bytes",
        "Memory of the store's data.",
        _of_store(lambda store: store.memory_bytes),
    ),
    gauge(
        "store_pending",
        "contracts",
        "Contracts that wait to be written.",
        _of_store(lambda store: store.pending),
    ),
    gauge(
        "store_flush_interval_seconds",
        "s",
        "Time between two writes at present.",
        _of_store(lambda store: store.interval_s),
    ),
    counter(
        "store_written_bytes",
        "bytes",
        "Bytes sent to the store.",
        _of_store(lambda store: store.bytes_written),
    ),
    counter(
        "store_received_bytes",
        "bytes",
        "Bytes received from it.",
        _of_store(lambda store: store.bytes_received),
    ),
    counter(
        "store_records",
        "records",
        "Contract states: `records` written, `skipped` because nothing in them had changed.",
        lambda scrape: fields(scrape.status.store, "records", "skipped"),
        "outcome",
    ),
    counter(
        "store_events",
        "events",
        "Flushes, failed exchanges, and keys that the store threw away.",
        lambda scrape: fields(scrape.status.store, "flushes", "errors", "evicted"),
        "event",
    ),
    counter(
        "audit_contracts",
        "contracts",
        "Contracts compared with each reference; `undecided` where the truth may have changed meanwhile.",
        _audits,
        "reference",
        "result",
    ),
    gauge(
        "audit_accuracy_ratio",
        "0 to 1",
        "Share of the compared contracts that were equal.",
        lambda scrape: [((name,), audit.accuracy) for name, audit in scrape.status.audits.items()],
        "reference",
    ),
)
"""Metrics of the whole."""
