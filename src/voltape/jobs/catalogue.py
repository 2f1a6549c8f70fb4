"""The jobs there are, and when they run."""

from typing import NamedTuple

from voltape.model.job import Schedule

__all__ = ["JOBS", "Job"]

_HOUR = 3600
_DAY = 24 * _HOUR


class Job(NamedTuple):
    """One job.

    Attributes:
        name: on the command line and in metrics. meaning: what it does.
        schedule: when. timeout_s: longest time that a run may take.
    """

    name: str
    meaning: str
    schedule: Schedule
    timeout_s: float


def _daily(hour: int, minute: int) -> Schedule:
    return Schedule(_DAY, hour * _HOUR + minute * 60)


JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        Job(
            "universe",
            "compares the contracts of the store with the exchange's complete list, after the daily expiry",
            _daily(8, 5),
            180.0,
        ),
        Job(
            "sweep",
            "removes contracts from the store that have expired and that the exchange's complete list no longer has",
            _daily(8, 20),
            180.0,
        ),
        Job(
            "audit",
            "compares sampled contracts of the store with the exchange's REST interface",
            Schedule(_HOUR, 40 * 60),
            180.0,
        ),
        Job("report", "writes the efficiency report of the day", _daily(0, 10), 60.0),
        Job("retention", "removes reports that are older than 90 days", _daily(3, 30), 60.0),
    )
}
"""By name; the times keep clear of the full hour, when everybody asks the exchange."""
