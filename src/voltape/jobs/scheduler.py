"""Running jobs when they are due: one at a time, each in a process of its own, within its time.

A run that was missed, because nobody was there, is made up for once, whatever number was missed. The clock is looked at
again every minute, so that a step of it neither skips a day nor repeats one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from voltape.clock import Clock
from voltape.model.job import JobRecord, Outcome

from .catalogue import JOBS, Job
from .ledger import Ledger
from .process import Ended

__all__ = ["Scheduler"]

_log = logging.getLogger(__name__)

_LOOK_S = 60.0
_SETTLE_S = 60.0
"""Time after the start before anything runs: a board that has just been restored is no subject of an audit."""
_TELL_S = 3600.0
"""Time after which the records are told again, should the store have lost them."""


class Scheduler:
    """Runs jobs; start `run` as a service."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        launch: Callable[[Job], Awaitable[Ended]],
        tell: Callable[[bytes], Awaitable[None]],
        *,
        settle_s: float = _SETTLE_S,
    ) -> None:
        """Prepare.

        Args:
            ledger: what is known of earlier runs.
            clock: time.
            launch: runs a job to its end.
            tell: puts the records, as JSON, where others read of the runs; it may fail in silence.
            settle_s: time before the first run.
        """
        self._ledger = ledger
        self._clock = clock
        self._launch = launch
        self._tell_others = tell
        self._settle_s = settle_s
        self._told_at = float("-inf")

    async def run(self) -> None:
        """Run what is due until cancelled."""
        await self._tell()
        await asyncio.sleep(self._settle_s)
        while True:
            job = self._due()
            if job is not None:
                await self._carry_out(job)
                continue
            if self._clock.monotonic() - self._told_at > _TELL_S:
                await self._tell()
            await asyncio.sleep(self._wait_s())

    def _due(self) -> Job | None:
        now = self._clock.wall_ms()
        for record in self._ledger.records:
            if record.due(JOBS[record.job].schedule, now):
                return JOBS[record.job]
        return None

    def _wait_s(self) -> float:
        now = self._clock.wall_ms()
        following = min(job.schedule.following(now) for job in JOBS.values())
        return min(max((following - now) / 1000, 0.05), _LOOK_S)

    async def _carry_out(self, job: Job) -> None:
        record = next(one for one in self._ledger.records if one.job == job.name)
        now = self._clock.wall_ms()
        record.caught_up += record.missed(job.schedule, now)
        record.ts_started = now
        # Said before it begins, so that one that takes the machine down is not begun again at once.
        await asyncio.to_thread(self._ledger.save)
        ended = await self._launch(job)
        _enter(record, ended)
        record.ts_next = job.schedule.following(self._clock.wall_ms())
        _log.log(
            logging.INFO if ended.result == "ok" else logging.WARNING,
            "job %s: %s after %.1f s: %s",
            job.name,
            ended.result,
            ended.duration_s,
            ended.outcome.said,
        )
        await self._tell()

    async def _tell(self) -> None:
        """Put the records where `serve` and `tracker` find them."""
        self._told_at = self._clock.monotonic()
        await asyncio.to_thread(self._ledger.save)
        await self._tell_others(self._ledger.text())


def _enter(record: JobRecord, ended: Ended) -> None:
    outcome: Outcome = ended.outcome
    record.result, record.said, record.figures = ended.result, outcome.said, outcome.figures
    record.duration_s = round(ended.duration_s, 3)
    record.runs += 1
    if ended.result == "ok":
        record.ts_ok = record.ts_started
    else:
        record.failures += 1
