import asyncio
import os
import sys
from pathlib import Path

import pytest

from voltape.jobs.catalogue import Job
from voltape.jobs.process import AlreadyRunning, launch, only_one
from voltape.model.job import Schedule

PYTHON = sys.executable
SCRIPT = """
import sys, time
assert sys.argv[1:] == ["-m", "voltape", "jobs", "run", "audit", "--json"], sys.argv
{body}
"""


def job(timeout: float = 10.0) -> Job:
    """A job with a time limit."""
    return Job("audit", "", Schedule(3600), timeout)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A program that is run instead of our own; what it does is written into it."""
    program = tmp_path / "program"
    monkeypatch.setattr(sys, "executable", str(program))
    return program


def write(program: Path, body: str) -> None:
    """Have the program do something."""
    program.write_text(f"#!{PYTHON}\n" + SCRIPT.format(body=body))
    program.chmod(0o755)


async def test_a_run_tells_what_it_found(stand_in: Path) -> None:
    """The outcome is what its process wrote."""
    write(stand_in, """print('{"ok": true, "said": "fine", "figures": {"n": 2}}')""")
    ended = await launch(job(), os.environ)
    assert (ended.result, ended.outcome.said, ended.outcome.figures) == ("ok", "fine", {"n": 2.0})
    assert 0 < ended.duration_s < 10


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("""print('{"ok": false, "said": "two missing"}')""", "two missing"),
        ("sys.exit(3)", "its process ended with 3 and said nothing"),
        (
            "import os; os.kill(os.getpid(), 9)",
            "its process was killed, as the system does where memory is short",
        ),
    ],
)
async def test_a_run_that_fails_is_told(stand_in: Path, body: str, said: str) -> None:
    """By what it says, or by how it ended."""
    write(stand_in, body)
    ended = await launch(job(), os.environ)
    assert (ended.result, ended.outcome.said) == ("failed", said)


async def test_a_run_has_its_time_and_no_more(stand_in: Path, tmp_path: Path) -> None:
    """Its process is gone afterwards."""
    write(
        stand_in, f"import os; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    )
    ended = await launch(job(1.0), os.environ)
    assert (ended.result, ended.outcome.said) == ("timeout", "not done within 1 s")
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


async def test_a_run_ends_with_whoever_waits_for_it(stand_in: Path, tmp_path: Path) -> None:
    """A role that stops leaves nothing behind."""
    write(
        stand_in,
        f"import os; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)",
    )
    task = asyncio.create_task(launch(job(), os.environ))
    async with asyncio.timeout(10):
        # What another process does is seen from outside only.
        while not (tmp_path / "pid").is_file() or not (tmp_path / "pid").read_text():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_there_are_never_two_of_one(tmp_path: Path) -> None:
    """Others may run meanwhile, and the next of the same afterwards."""
    with (
        only_one(tmp_path, "audit"),
        only_one(tmp_path, "report"),
        pytest.raises(AlreadyRunning, match="audit is running"),
        only_one(tmp_path, "audit"),
    ):
        raise AssertionError
    with only_one(tmp_path, "audit"):
        pass
