"""Figures for Prometheus, taken from the status at the moment of scraping."""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from voltape.model.status import Status
from voltape.push.limits import HubStatistics

from .cache import AnswerCache

__all__ = ["METRICS_MEDIA_TYPE", "metrics_text"]

METRICS_MEDIA_TYPE = "text/plain; version=0.0.4"
"""Without the character set, which the framework adds to every kind of text."""

Samples = Iterable[tuple[str, float | None]]


class _Once(Collector):
    """Metrics that were made already."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def metrics_text(status: Status, cache: AnswerCache, push: HubStatistics) -> bytes:
    """All figures in the Prometheus text format; what is absent is left out."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once([*_tracker(status), *_store(status), *_serving(status, cache), *_push(push)]))
    return generate_latest(registry)


def _gauge(name: str, text: str, value: float | None) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"voltape_{name}", text)
    if value is not None:
        family.add_metric([], value)
    return family


def _gauges(name: str, text: str, label: str, samples: Samples) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"voltape_{name}", text, labels=[label])
    for key, value in samples:
        if value is not None:
            family.add_metric([key], value)
    return family


def _counter(name: str, text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"voltape_{name}", text, value=value)


def _counters(name: str, text: str, label: str, samples: Samples) -> CounterMetricFamily:
    family = CounterMetricFamily(f"voltape_{name}", text, labels=[label])
    for key, value in samples:
        if value is not None:
            family.add_metric([key], value)
    return family


def _fields(struct: object, *names: str) -> Samples:
    return [(name, getattr(struct, name)) for name in names or struct.__struct_fields__]  # type: ignore[attr-defined]


def _tracker(status: Status) -> Iterator[Metric]:
    yield _gauge("ready", "1 while data flows.", float(status.health.ready))
    yield _gauge("uptime_seconds", "Seconds since start.", status.uptime_s)
    yield _gauges("contracts", "Contracts by state.", "state", _fields(status.contracts))
    yield _gauges("coverage_ratio", "Share of the market in the live lane.", "of", _fields(status.coverage))
    yield _gauges(
        "connection_health",
        "Health of each socket, 0 to 1.",
        "connection",
        [(one.id, one.health) for one in status.connections],
    )
    yield _counters(
        "messages", "Messages from the venue by what became of them.", "outcome", _fields(status.messages)
    )
    yield _counter("reconnects", "Connections that had to be made again.", status.reconnects.total)
    lag = status.lag_ms
    quantiles = [("0.5", lag.p50), ("0.95", lag.p95), ("0.99", lag.p99)]
    seconds = [(name, None if value is None else value / 1000) for name, value in quantiles]
    yield _gauges(
        "lag_seconds", "Arrival minus venue time over the last minute, by quantile.", "quantile", seconds
    )


def _store(status: Status) -> Iterator[Metric]:
    store = status.store
    yield _gauge("store_connected", "1 while the store answers.", float(store.connected))
    yield _gauge("store_memory_bytes", "Memory of the store.", store.memory_bytes)
    yield _gauge("store_pending", "Records that wait to be written.", store.pending)
    yield _counter("store_written_bytes", "Bytes written to the store.", store.bytes_written)
    yield _counters(
        "store_events", "Flushes and faults.", "event", _fields(store, "flushes", "errors", "evicted")
    )


def _serving(status: Status, cache: AnswerCache) -> Iterator[Metric]:
    roles = status.resources.by_role
    yield _gauges(
        "role_memory_bytes", "Memory by role.", "role", [(k, v.memory_bytes) for k, v in roles.items()]
    )
    yield _gauges(
        "role_cpu_percent",
        "Per cent of one core by role.",
        "role",
        [(k, v.cpu_percent) for k, v in roles.items()],
    )
    yield _counters(
        "response_cache_requests",
        "Cacheable answers by where they came from.",
        "result",
        [("hit", cache.hits), ("miss", cache.misses)],
    )
    yield _gauge("response_cache_bytes", "Bytes of kept answers.", cache.size)


def _push(push: HubStatistics) -> Iterator[Metric]:
    yield _gauge("push_clients", "Connected clients.", push.clients)
    yield _gauge("push_feeds", "Channels with subscribers.", push.feeds)
    yield _counter("push_frames", "Messages queued for clients.", push.frames)
    yield _counter("push_encoded_bytes", "Bytes of deltas as made.", push.encoded_bytes)
    yield _counter("push_conflated", "Messages that gave way to newer ones.", push.conflated)
    yield _counter("push_closed_slow", "Clients closed for lagging.", push.closed_slow)
    yield _counters(
        "push_refused",
        "What went over a limit.",
        "what",
        [
            ("client", push.refused_clients),
            ("channel", push.refused_channels),
            ("message", push.refused_messages),
        ],
    )
