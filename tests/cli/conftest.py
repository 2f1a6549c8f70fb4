"""A clean process for every test of the command."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.calling import FakeRun


@pytest.fixture
def fake_run(monkeypatch: pytest.MonkeyPatch) -> FakeRun:
    """Put the fake where the commands import it from."""
    fake = FakeRun()
    monkeypatch.setitem(sys.modules, "voltape.run", fake)
    monkeypatch.setattr("voltape.run", fake, raising=False)
    return fake


@pytest.fixture(autouse=True)
def clean_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Run in an empty directory without settings, and give signals back afterwards."""
    for name in [name for name in os.environ if name.startswith("VOLTAPE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("voltape.log.configure", lambda *_, **__: None)
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)
