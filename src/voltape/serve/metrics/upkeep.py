"""Metrics of upkeep: what an operator decided, the history that is kept, and the jobs."""

from collections.abc import Callable

from voltape.model.job import JobRecord

from .family import Family, Samples, Scrape, counter, gauge, single

__all__ = ["UPKEEP"]


def _of_jobs(read: Callable[[JobRecord], float | None]) -> Callable[[Scrape], Samples]:
    return lambda scrape: [((one.job,), read(one)) for one in scrape.status.jobs]


def _runs(scrape: Scrape) -> Samples:
    return [
        ((one.job, result), count)
        for one in scrape.status.jobs
        for result, count in (("ok", one.runs - one.failures), ("failed", one.failures))
    ]


def _seconds(ts: int | None) -> float | None:
    return None if not ts else ts / 1000


UPKEEP: tuple[Family, ...] = (
    gauge(
        "underlying_enabled",
        "0 or 1",
        "1 for an underlying that is tracked, 0 for one that is known and is not.",
        lambda scrape: [((one.underlying,), float(one.enabled)) for one in scrape.status.control.underlyings],
        "underlying",
    ),
    gauge(
        "pinned_contracts",
        "contracts",
        "Contracts that are live because somebody wants them so.",
        single(lambda scrape: len(scrape.status.control.pins)),
    ),
    gauge(
        "history_samples",
        "samples",
        "Samples of the history of all underlyings.",
        lambda scrape: [
            (("prices",), scrape.status.history.prices),
            (("volatilities",), scrape.status.history.volatilities),
        ],
        "of",
    ),
    counter(
        "history_questions",
        "requests",
        "Questions for realised volatility.",
        lambda scrape: [
            (("answered",), scrape.status.history.asked - scrape.status.history.failures),
            (("failed",), scrape.status.history.failures),
        ],
        "result",
    ),
    counter(
        "history_ignored",
        "pieces",
        "Pieces of history in the store that are not understood.",
        single(lambda scrape: scrape.status.history.ignored),
    ),
    counter("job_runs", "runs", "Runs of each job by how they ended.", _runs, "job", "result"),
    counter(
        "job_caught_up",
        "runs",
        "Runs that made up for some that were missed.",
        _of_jobs(lambda one: one.caught_up),
        "job",
    ),
    gauge(
        "job_duration_seconds",
        "s",
        "Time that the latest run took.",
        _of_jobs(lambda one: one.duration_s),
        "job",
    ),
    gauge(
        "job_last_run_timestamp_seconds",
        "s",
        "Start of the latest run, epoch.",
        _of_jobs(lambda one: _seconds(one.ts_started)),
        "job",
    ),
    gauge(
        "job_last_ok_timestamp_seconds",
        "s",
        "Start of the latest run that went well, epoch.",
        _of_jobs(lambda one: _seconds(one.ts_ok)),
        "job",
    ),
)
"""Metrics of upkeep."""
