"""What one metric is: its name, type, labels, meaning and unit, and where its samples come from."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias

import msgspec

from voltape.model.status import Status
from voltape.push.limits import HubStatistics

__all__ = [
    "Family",
    "Kind",
    "Samples",
    "Scrape",
    "counter",
    "fields",
    "gauge",
    "histogram",
    "single",
    "summary",
]

Kind: TypeAlias = Literal["gauge", "counter", "summary", "histogram"]

Samples: TypeAlias = Iterable[tuple[Sequence[str], float | None]]
"""Label values and value; None where the figure is absent, which leaves the sample out."""


class Scrape(msgspec.Struct, frozen=True):
    """What the samples of one scrape are taken from."""

    status: Status
    push: HubStatistics


class Family(msgspec.Struct, frozen=True):
    """One metric, as it is declared, documented and exposed.

    Attributes:
        name: full name, that of a counter with `_total`.
        kind: its type; a summary has quantiles alone, a histogram classes of what is there now.
        labels: names of its labels; the number of their values is bounded.
        meaning: one sentence.
        unit: of the value; empty for a plain number.
        samples: takes them from a scrape.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    meaning: str
    unit: str
    samples: Callable[[Scrape], Samples]


def gauge(name: str, unit: str, meaning: str, samples: Callable[[Scrape], Samples], *labels: str) -> Family:
    """Declare a value that goes up and down; `name` is without the prefix."""
    return Family(f"voltape_{name}", "gauge", labels, meaning, unit, samples)


def counter(name: str, unit: str, meaning: str, samples: Callable[[Scrape], Samples], *labels: str) -> Family:
    """Declare a value that only grows; `name` is without prefix and suffix."""
    return Family(f"voltape_{name}_total", "counter", labels, meaning, unit, samples)


def summary(name: str, unit: str, meaning: str, samples: Callable[[Scrape], Samples], *labels: str) -> Family:
    """Declare quantiles of the latest values, the label `quantile` being the last one."""
    return Family(f"voltape_{name}", "summary", (*labels, "quantile"), meaning, unit, samples)


def histogram(
    name: str, unit: str, meaning: str, samples: Callable[[Scrape], Samples], *labels: str
) -> Family:
    """Declare counts of present values up to each bound, the label `le` being the last one, up to `+Inf`."""
    return Family(f"voltape_{name}", "histogram", (*labels, "le"), meaning, unit, samples)


def single(read: Callable[[Scrape], float | None]) -> Callable[[Scrape], Samples]:
    """Samples of a metric without labels."""
    return lambda scrape: [((), read(scrape))]


def fields(struct: msgspec.Struct, *names: str) -> Samples:
    """One sample per field, the field's name being the label; all fields unless named."""
    return [((name,), getattr(struct, name)) for name in names or struct.__struct_fields__]
