"""Calling the command, in this process and in one of its own, with the roles standing aside."""

import os
import subprocess
import sys
from types import ModuleType

import pytest

from voltape import cli
from voltape.config import Settings

__all__ = ["ROLES", "FakeRun", "code_of", "voltape"]

ROLES = ["up", "tracker", "serve", "jobs", "demo"]


class FakeRun(ModuleType):
    """Stands in for `voltape.run`: remembers what it was called with, and answers as told."""

    def __init__(self) -> None:
        super().__init__("voltape.run")
        self.calls: list[tuple[object, ...]] = []
        self.answer: int | BaseException = 0
        for role in ROLES:
            setattr(self, role, self._role(role))

    def _role(self, name: str) -> object:
        def role(settings: Settings, *rest: object) -> int:
            self.calls.append((name, settings, *rest))
            if isinstance(self.answer, BaseException):
                raise self.answer
            return self.answer

        return role


def code_of(*words: str) -> int:
    """Run a command in this process and return its exit code."""
    with pytest.raises(SystemExit) as caught:
        cli.main(words)
    assert isinstance(caught.value.code, int)
    return caught.value.code


def voltape(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "voltape", *words],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
