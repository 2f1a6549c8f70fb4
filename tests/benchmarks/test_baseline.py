"""The baseline that the product carries."""

import msgspec
import pytest

from benchmarks.baseline import baseline_of
from benchmarks.budgets import BUDGETS
from benchmarks.figures import figures_of
from tests.benchmarks.results import made_up

SAMPLES = {
    "even.rate": [2_600.0],
    "even.before.received": [2_000.0],
    "even.before.system_core": [100.0],
    "even.before.store_bytes": [600.0],
    "even.before.wire": [1_400.0],
    "even.before.memory": [70.0],
    "even.before.store_memory": [2_500.0],
}


def test_a_baseline_is_in_the_units_of_the_product() -> None:
    """Per cent of a core, megabytes, and what a message costs of those that it got through."""
    run = msgspec.structs.replace(made_up(), figures=figures_of(SAMPLES, BUDGETS))
    baseline = baseline_of(run, "run.json")
    assert baseline is not None
    figures = baseline.figures
    assert (figures.cpu_percent, figures.cpu_ms_message, figures.memory_mb) == (100.0, 0.5, 70.0)
    assert (figures.store_memory_mb, figures.store_bytes_message) == (2.5, 600.0)
    assert figures.network_bytes_message == pytest.approx(700 + 600)
    assert figures.network_mb_hour == pytest.approx(2.6 * 3_600)
    assert baseline.result == "run.json"


def test_what_was_not_measured_is_absent() -> None:
    """No disk account on this system is no zero, and reconnects by the hour were not measured."""
    run = msgspec.structs.replace(made_up(), figures=figures_of(SAMPLES, BUDGETS))
    baseline = baseline_of(run, "run.json")
    assert baseline is not None
    assert baseline.figures.disk_mb_hour is None
    assert baseline.figures.reconnections_hour is None


def test_without_the_program_before_there_is_no_baseline() -> None:
    """An older run has none."""
    assert baseline_of(made_up(), "run.json") is None
