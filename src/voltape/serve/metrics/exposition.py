"""The text format of Prometheus."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
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
    # The format's name of a counter is without the suffix that its samples have.
    metric = Metric(family.name.removesuffix("_total"), family.meaning, family.kind)
    for values, value in family.samples(scrape):
        if value is None:
            continue
        labels = dict(zip(family.labels, values, strict=True))
        if family.kind != "histogram":
            metric.add_sample(family.name, labels, float(value))
            continue
        metric.add_sample(f"{family.name}_bucket", labels, float(value))
        if labels["le"] == "+Inf":
            whole = {name: label for name, label in labels.items() if name != "le"}
            metric.add_sample(f"{family.name}_count", whole, float(value))
    return metric
