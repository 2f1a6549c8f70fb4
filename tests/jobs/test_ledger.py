from pathlib import Path

import pytest

from voltape.jobs.catalogue import JOBS
from voltape.jobs.ledger import Ledger, lines_of

NOW = 1_795_373_272_547


def test_runs_are_remembered_over_a_restart(tmp_path: Path) -> None:
    """All that is known of them."""
    before = Ledger(tmp_path / "jobs" / "ledger.json", NOW)
    record = before.records[0]
    record.result, record.said, record.ts_started, record.runs = "ok", "all is well", NOW, 3
    before.save()
    after = Ledger(tmp_path / "jobs" / "ledger.json", NOW + 1000)
    assert after.records == before.records
    assert [one.job for one in after.records] == list(JOBS)


@pytest.mark.parametrize("content", [b"", b"{}", b'[{"job": 7}]', b"\xff"])
def test_a_file_that_cannot_be_read_begins_anew(tmp_path: Path, content: bytes) -> None:
    """Jobs go on, with a warning."""
    (tmp_path / "ledger.json").write_bytes(content)
    assert [one.runs for one in Ledger(tmp_path / "ledger.json", NOW).records] == [0] * len(JOBS)


def test_jobs_of_other_versions_do_no_harm(tmp_path: Path) -> None:
    """One that is no longer there is forgotten, a new one begins its record."""
    (tmp_path / "ledger.json").write_bytes(b'[{"job": "gone"}, {"job": "audit", "runs": 4, "later": true}]')
    found = {one.job: one.runs for one in Ledger(tmp_path / "ledger.json", NOW).records}
    assert found == {**dict.fromkeys(JOBS, 0), "audit": 4}


def test_times_of_a_clock_that_was_ahead_do_not_block(tmp_path: Path) -> None:
    """They count as now."""
    ahead = NOW + 90 * 86_400_000
    (tmp_path / "ledger.json").write_bytes(
        b'[{"job": "audit", "ts_since": %d, "ts_started": %d}]' % (ahead, ahead)
    )
    record = next(one for one in Ledger(tmp_path / "ledger.json", NOW).records if one.job == "audit")
    assert (record.ts_since, record.ts_started) == (NOW, NOW)


def test_a_disk_that_refuses_costs_only_the_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The scheduler goes on."""
    (tmp_path / "jobs").write_text("a file where a folder should be")
    Ledger(tmp_path / "jobs" / "ledger.json", NOW).save()
    assert "is not saved" in caplog.text


def test_the_table_has_a_line_for_each_job(tmp_path: Path) -> None:
    """And one for the heads."""
    ledger = Ledger(tmp_path / "ledger.json", NOW)
    ledger.records[0].ts_started, ledger.records[0].result = 1_795_373_272_547, "ok"
    lines = list(lines_of(ledger.records))
    assert len(lines) == 1 + len(JOBS)
    assert "2026-11-22 18:47:52 UTC  ok" in lines[1]
    assert "never" in lines[2]
