"""Judgements of a system at an even load, for tests of what is made of them."""

from typing import Any

from tests.model.statuses import NOW_MS, at_work
from voltape.model.efficiency import Efficiency, MeasuredBaseline
from voltape.model.figures import Figures
from voltape.model.optimization_metrics import efficiency_of
from voltape.model.usage_window import UsageWindow

__all__ = ["MEASURED", "judged"]

MEASURED = MeasuredBaseline(
    figures=Figures(
        cpu_percent=100,
        memory_mb=60,
        reconnections_hour=120,
        response_time_ms=400,
        cpu_ms_message=1.0,
        disk_mb_hour=36,
        network_mb_hour=4320,
    ),
    result="run.json",
    measured_at="2026-11-22T12:00:00Z",
    commit="abc",
    machine="2 cores",
    contracts=2012,
)


def judged(seconds: int = 100, measured: MeasuredBaseline | None = MEASURED, **changes: Any) -> Efficiency:
    """The judgement after so many seconds at an even load."""
    window = UsageWindow()
    for second in range(0, seconds + 1, 10):
        window.add(second, NOW_MS + 1000 * second, at_work(second, **changes))
    now = at_work(seconds, **changes)
    return efficiency_of(now, window, now.ts, measured)
