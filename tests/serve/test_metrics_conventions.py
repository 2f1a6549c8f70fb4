"""Metrics keep the conventions of Prometheus: checked here, and by promtool where it can be had."""

import re
import shutil
import subprocess

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.serve.test_metrics import full_status
from voltape.push.limits import HubStatistics
from voltape.serve.metrics import FAMILIES, metrics_text
from voltape.serve.metrics.family import Family

OF_BASE_UNITS = {"s": "seconds", "bytes": "bytes", "0 to 1": "ratio", "cores": "ratio"}
"""How a unit is spelt at the end of a name."""
SECONDS_WITHOUT = ("voltape_role_cpu_seconds_total",)
NOT_BASE = re.compile(r"_(ms|milliseconds|minutes|hours|kb|mb|kilobytes|percent)(_|$)")
OPTIONAL = (
    "voltape_alert_",
    "voltape_job_",
    "voltape_underlying_enabled",
    "voltape_store_flush_interval_seconds",
)
"""Without samples in the status that the tests share."""
RESERVED: dict[str, set[str]] = {
    "gauge": set(),
    "counter": set(),
    "summary": {"quantile"},
    "histogram": {"le"},
}


def exposed() -> str:
    """What a scrape brings while every figure is there."""
    return metrics_text(full_status(), HubStatistics(clients=2, conflated=7)).decode()


def by_name(family: Family) -> str:
    """Name for the test's own."""
    return family.name


@pytest.mark.parametrize("family", FAMILIES, ids=by_name)
def test_names_follow_the_conventions(family: Family) -> None:
    """Prefix, snake case, base units written out at the end, `_total` on counters alone, no type in a name."""
    assert re.fullmatch(r"voltape(_[a-z0-9]+)+", family.name)
    assert family.name.endswith("_total") == (family.kind == "counter")
    assert not NOT_BASE.search(family.name)
    assert not re.search(r"_(gauge|counter|summary|histogram|count|sum|bucket)(_total)?$", family.name)
    spelt = OF_BASE_UNITS.get(family.unit)
    if spelt is not None and "health" not in family.name:
        assert family.name.removesuffix("_total").endswith(f"_{spelt}")


@pytest.mark.parametrize("family", FAMILIES, ids=by_name)
def test_every_metric_is_explained_and_labelled_well(family: Family) -> None:
    """One sentence of help, a unit, and labels that neither repeat the name nor are reserved."""
    assert re.fullmatch(r"[A-Z0-9].*\.", family.meaning)
    assert family.unit
    assert len(set(family.labels)) == len(family.labels)
    assert all(re.fullmatch(r"[a-z][a-z_]*", label) for label in family.labels)
    assert set(family.labels) & {"le", "quantile", "job_name", "instance"} == RESERVED[family.kind]


def test_nothing_is_exposed_twice() -> None:
    """Neither a metric nor a sample."""
    names = [family.name for family in FAMILIES]
    assert len(set(names)) == len(names)
    samples = [line.rpartition(" ")[0] for line in exposed().splitlines() if not line.startswith("#")]
    assert len(set(samples)) == len(samples)


def test_everything_has_help_and_type_and_most_have_samples() -> None:
    """A full status leaves hardly a metric without a sample, so that what is checked here is the whole."""
    families = list(text_string_to_metric_families(exposed()))
    assert len(families) == len(FAMILIES)
    assert all(family.documentation and family.type != "unknown" for family in families)
    empty = {family.name for family in families if not family.samples}
    assert [name for name in empty if not name.startswith(OPTIONAL)] == []


def test_the_number_of_series_is_bounded() -> None:
    """What grows with the market grows with underlyings and expiries, never with contracts, clients or time."""
    growing = {label for family in FAMILIES for label in family.labels}
    assert growing & {"symbol", "contract", "client", "address", "path", "message", "error"} == set()


def test_promtool_finds_nothing_to_complain_of() -> None:
    """The linter of Prometheus itself."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool on PATH")
    done = subprocess.run(
        [promtool, "check", "metrics"], input=exposed(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
