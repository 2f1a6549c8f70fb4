"""What is known of each job's runs, kept in a file so that a restart forgets nothing."""

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from voltape.flow.whole_file import replace_file
from voltape.model.job import DAY_MS, JobRecord

from .catalogue import JOBS

__all__ = ["Ledger", "lines_of"]

_log = logging.getLogger(__name__)

_decode = msgspec.json.Decoder(list[JobRecord]).decode


class Ledger:
    """Records by job, in the order of the catalogue."""

    def __init__(self, file: Path, now_ms: int) -> None:
        """Read the file; a job that it does not know begins its record now.

        Args:
            file: where the ledger is kept. now_ms: our clock, epoch ms.
        """
        self._file = file
        known = {record.job: record for record in self._read()}
        self._records = [known.get(name) or JobRecord(name, ts_since=now_ms) for name in JOBS]
        for record in self._records:
            job = JOBS[record.job]
            record.meaning, record.schedule = job.meaning, str(job.schedule)
            record.ts_since = _plausible(record.ts_since, now_ms)
            if record.ts_started is not None:
                record.ts_started = _plausible(record.ts_started, now_ms)
            record.ts_next = job.schedule.following(now_ms)

    def _read(self) -> list[JobRecord]:
        try:
            return _decode(self._file.read_bytes())
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError) as error:
            _log.warning("the ledger of jobs begins anew, %s cannot be read: %s", self._file, error)
            return []

    @property
    def records(self) -> list[JobRecord]:
        """All of them."""
        return self._records

    def text(self) -> bytes:
        """All of them as JSON."""
        return msgspec.json.encode(self._records)

    def save(self) -> None:
        """Write the file, whole or not at all; a disk that refuses costs only the memory of it."""
        try:
            replace_file(self._file, self.text())
        except OSError as error:
            _log.warning("the ledger of jobs is not saved: %s", error)


def _plausible(ts: int, now_ms: int) -> int:
    """A time of the past; one of a clock that was ahead by days must not keep a job waiting until it is right again."""
    return ts if ts < now_ms + DAY_MS else now_ms


def lines_of(records: Iterable[JobRecord]) -> Iterator[str]:
    """A table for people."""
    rows = [("job", "when", "latest run", "result", "found")]
    for record in records:
        latest = "never" if record.ts_started is None else _shown(record.ts_started)
        rows.append((record.job, record.schedule, latest, record.result, record.said))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        yield "  ".join(
            [*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]
        ).rstrip()


def _shown(ts: int) -> str:
    return datetime.fromtimestamp(ts / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
