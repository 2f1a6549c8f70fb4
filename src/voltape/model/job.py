"""Jobs: when they are due, and what became of their runs."""

from typing import Literal

import msgspec

__all__ = ["DAY_MS", "JobRecord", "Outcome", "Result", "Schedule"]

DAY_MS = 86_400_000

Result = Literal["never", "ok", "failed", "timeout"]


class Schedule(msgspec.Struct, frozen=True):
    """Instants at a fixed distance, counted from midnight UTC.

    Attributes:
        every_s: distance; a whole part of a day. offset_s: of the first one after midnight.
    """

    every_s: int
    offset_s: int = 0

    def latest(self, now_ms: int) -> int:
        """The newest instant that is not after `now_ms`, epoch ms."""
        every, offset = self.every_s * 1000, self.offset_s * 1000
        return (now_ms - offset) // every * every + offset

    def following(self, now_ms: int) -> int:
        """The first instant after `now_ms`, epoch ms."""
        return self.latest(now_ms) + self.every_s * 1000

    def __str__(self) -> str:
        minutes = self.offset_s // 60
        if self.every_s * 1000 == DAY_MS:
            return f"daily at {minutes // 60:02}:{minutes % 60:02} UTC"
        return f"every {self.every_s // 60} min"


class Outcome(msgspec.Struct, frozen=True):
    """What a job found: whether all is well, in words, and in numbers."""

    ok: bool
    said: str
    figures: dict[str, float] = {}


class JobRecord(msgspec.Struct):
    """The runs of one job, as far as they are known.

    Attributes:
        job: name. meaning: what it does. schedule: in words.
        result: of the latest run. said: what that found, in words. figures: the same in numbers.
        ts_started, duration_s: of the latest run; null before the first.
        ts_ok: start of the latest run that went well.
        runs, failures: by this record; a failure is a run that found something wrong, broke or took too long.
        caught_up: runs that made up for some that were missed.
        ts_since: when the record began.
        ts_next: when the next run is due.
    """

    job: str
    meaning: str = ""
    schedule: str = ""
    result: Result = "never"
    said: str = ""
    figures: dict[str, float] = {}
    ts_started: int | None = None
    duration_s: float | None = None
    ts_ok: int | None = None
    runs: int = 0
    failures: int = 0
    caught_up: int = 0
    ts_since: int = 0
    ts_next: int = 0

    def due(self, schedule: Schedule, now_ms: int) -> bool:
        """Whether a run is due: no instant has passed without one since the record began."""
        return schedule.latest(now_ms) > max(self.ts_started or 0, self.ts_since)

    def missed(self, schedule: Schedule, now_ms: int) -> bool:
        """Whether the run that is due is late by a whole distance, so that others were missed before it."""
        before = schedule.latest(now_ms) - schedule.every_s * 1000
        return before > max(self.ts_started or 0, self.ts_since)
