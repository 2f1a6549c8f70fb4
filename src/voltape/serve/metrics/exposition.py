"""The text format of Prometheus."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from voltape.model.status import Status
from voltape.push.limits import HubStatistics

from .families import FAMILIES
from .family import Family, Scrape

__all__ = ["METRICS_MEDIA_TYPE", "metrics_text"]

METRICS_MEDIA_TYPE = "text/plain; version=0.0.4"
"""Without the character set, which the framework adds to every kind of text."""

_KINDS: dict[str, type[GaugeMetricFamily | CounterMetricFamily]] = {
    "gauge": GaugeMetricFamily,
    "counter": CounterMetricFamily,
}


class _Once(Collector):
    """Metrics that were made already."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def metrics_text(status: Status, push: HubStatistics) -> bytes:
    """All figures in the Prometheus text format; what is absent is left out."""
    scrape = Scrape(status, push)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once([_metric(family, scrape) for family in FAMILIES]))
    return generate_latest(registry)


def _metric(family: Family, scrape: Scrape) -> Metric:
    metric = _KINDS[family.kind](family.name, family.meaning, labels=family.labels)
    for labels, value in family.samples(scrape):
        if value is not None:
            metric.add_metric(labels, value)
    return metric
