"""What the scheduler of jobs carries, and what it leaves to the processes that it starts."""

import subprocess
import sys

import pytest

HEAVY = {"httpx", "litestar", "picows", "rich", "uvicorn", "valkey"}


def loaded(*modules: str) -> set[str]:
    """Packages in a new process that has imported some modules."""
    code = f"import sys, {', '.join(modules)}; print(*{{name.split('.')[0] for name in sys.modules if sys.modules[name]}})"
    return set(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
    )


def test_the_scheduler_with_alerts_leaves_its_memory_to_the_jobs() -> None:
    """It runs beside them within 64 MB: no client of the store, no HTTP library, and nothing that a log could do without."""
    assert not loaded("voltape.log", "voltape.run.jobs", "voltape.run.alerting") & HEAVY


@pytest.mark.parametrize(
    ("job", "library"), [("retention", set()), ("report", {"httpx"}), ("audit", {"httpx", "valkey"})]
)
def test_a_run_carries_what_its_job_needs(job: str, library: set[str]) -> None:
    """And none of the others' libraries; those that are loaded at work are left out here."""
    assert (loaded("voltape.log", "voltape.run.job", f"voltape.jobs.{job}") & HEAVY) <= library
