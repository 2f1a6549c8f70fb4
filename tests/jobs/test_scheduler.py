import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from voltape.clock import ManualClock
from voltape.jobs.catalogue import JOBS, Job
from voltape.jobs.ledger import Ledger
from voltape.jobs.process import Ended
from voltape.jobs.scheduler import Scheduler
from voltape.model.job import Outcome

MIDNIGHT = 1_795_392_000_000  # 2026-11-23
HOUR_S = 3600


class Stand:
    """A scheduler with a clock that jumps to the next instant whenever it would wait."""

    def __init__(self, folder: Path, wall_ms: int = MIDNIGHT) -> None:
        self.clock = ManualClock(wall_ms)
        self.file = folder / "ledger.json"
        self.runs: list[tuple[str, float]] = []
        self.told: list[bytes] = []
        self.under_way = 0
        self.results: dict[str, Outcome] = {}
        self.wanted = 0
        self.enough = asyncio.Event()

    async def launch(self, job: Job) -> Ended:
        """Note the run; it takes no time."""
        assert self.under_way == 0
        self.under_way += 1
        await asyncio.sleep(0)
        self.under_way -= 1
        self.runs.append((job.name, (self.clock.wall_ms() - MIDNIGHT) / 3_600_000))
        if len(self.runs) == self.wanted:
            self.enough.set()
            await asyncio.Event().wait()
        outcome = self.results.get(job.name, Outcome(ok=True, said="fine"))
        return Ended("ok" if outcome.ok else "failed", outcome, 0.5)

    async def tell(self, records: bytes) -> None:
        """Note what was told."""
        self.told.append(records)

    async def until_runs(self, number: int) -> Ledger:
        """Let the scheduler go until so many runs have begun; gives its ledger."""
        self.wanted = number
        ledger = Ledger(self.file, self.clock.wall_ms())
        scheduler = Scheduler(ledger, self.clock, self.launch, self.tell, settle_s=0.0)
        task = asyncio.create_task(scheduler.run())
        async with asyncio.timeout(10):
            await self.enough.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        self.enough.clear()
        return ledger


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """A scheduler whose waits move the clock."""
    found = Stand(tmp_path)
    sleep = asyncio.sleep

    async def skip(seconds: float) -> None:
        found.clock.advance(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", skip)
    return found


async def test_each_job_runs_at_its_times(stand: Stand) -> None:
    """One after the other, over a whole day."""
    await stand.until_runs(12)
    times = dict(stand.runs[1:])
    assert stand.runs[0][0] == "report"
    assert stand.runs[0][1] == pytest.approx(10 / 60, abs=0.02)
    assert times["retention"] == pytest.approx(3.5, abs=0.02)
    assert times["universe"] == pytest.approx(8 + 5 / 60, abs=0.02)
    assert times["sweep"] == pytest.approx(8 + 20 / 60, abs=0.02)
    audits = [at for name, at in stand.runs if name == "audit"]
    assert audits == pytest.approx([40 / 60 + hour for hour in range(len(audits))], abs=0.02)


async def test_what_was_missed_is_made_up_for_once(stand: Stand) -> None:
    """After a week without anybody, every job runs once, and the hourly one goes on by the hour."""
    await stand.until_runs(1)
    stand.runs.clear()
    stand.clock.advance(7 * 24 * HOUR_S)
    ledger = await stand.until_runs(6)
    assert sorted(name for name, _ in stand.runs[:5]) == sorted(JOBS)
    assert {one.job: one.caught_up for one in ledger.records} == dict.fromkeys(JOBS, 1)
    assert stand.runs[5][0] == "audit"


async def test_a_run_that_took_everything_down_is_not_begun_again(stand: Stand) -> None:
    """The ledger has it before it starts."""
    await stand.until_runs(1)
    first = stand.runs[0]
    stand.runs.clear()
    await stand.until_runs(1)
    assert stand.runs[0] != first


async def test_what_went_wrong_is_counted_and_logged(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    """The last good run stays known."""
    ledger = await stand.until_runs(3)
    audit = next(one for one in ledger.records if one.job == "audit")
    good = audit.ts_ok
    assert good is not None
    stand.results["audit"] = Outcome(ok=False, said="one of 200 is wrong", figures={"accuracy": 0.995})
    stand.runs.clear()
    ledger = await stand.until_runs(2)
    audit = next(one for one in ledger.records if one.job == "audit")
    assert (audit.result, audit.said, audit.failures) == ("failed", "one of 200 is wrong", 1)
    assert audit.ts_ok is not None
    assert audit.ts_started is not None
    assert good <= audit.ts_ok < audit.ts_started
    assert "one of 200 is wrong" in caplog.text


async def test_others_are_told_of_every_run(stand: Stand) -> None:
    """At the start, and after each; what they are told is in the file as well."""
    await stand.until_runs(3)
    assert len(stand.told) == 3
    assert [records.count(b'"runs":1') for records in stand.told] == [0, 1, 2]


async def test_a_step_of_the_clock_repeats_nothing(stand: Stand) -> None:
    """Back by an hour: the audit of that hour has been made."""
    await stand.until_runs(2)
    stand.clock.step_wall(-HOUR_S)
    stand.runs.clear()
    await stand.until_runs(1)
    assert stand.runs[0][0] == "audit"
    assert stand.runs[0][1] == pytest.approx(1 + 40 / 60, abs=0.02)
