"""The programs that set-up runs are quiet when they succeed and tell why when they don't."""

import sys
from pathlib import Path

import pytest

from tools.step import StepFailed, run


def test_a_successful_program_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """Its output is of no interest once it has worked."""
    run([sys.executable, "-c", "print('noise')"])
    assert capfd.readouterr() == ("", "")


def test_a_failed_program_is_reported_with_its_last_words() -> None:
    """The error carries the exit code and what the program said, on either stream."""
    with pytest.raises(StepFailed) as caught:
        run([sys.executable, "-c", "import sys; sys.exit('no disk space')"])
    assert caught.value.code == 1
    assert "no disk space" in str(caught.value)


def test_a_program_that_is_not_there_is_a_failed_step(tmp_path: Path) -> None:
    """A missing program is told like a failed one, without a traceback."""
    with pytest.raises(StepFailed, match="missing"):
        run([tmp_path / "missing"])
