"""`voltape jobs`."""

import pytest

from tests.cli.calling import FakeRun, code_of


def test_words_that_mean_nothing_are_wrong_use(fake_run: FakeRun, capsys: pytest.CaptureFixture[str]) -> None:
    """What there is is told."""
    assert code_of("jobs", "walk") == 2
    assert "`list`" in capsys.readouterr().err
    assert code_of("jobs", "run", "nothing") == 2
    assert "there is no job nothing; there are universe" in capsys.readouterr().err
    assert fake_run.calls == []


def test_the_runs_are_listed_without_a_running_system(capsys: pytest.CaptureFixture[str]) -> None:
    """From the ledger of this machine."""
    assert code_of("jobs", "list", "--data-dir", "data") == 0
    assert "never" in capsys.readouterr().out
