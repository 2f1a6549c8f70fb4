"""Runs the programs that set-up consists of: quiet when they succeed, their last lines when they fail."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["PIP", "StepFailed", "run", "say", "stop_all"]

PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet")
LAST_LINES = 30

_running: set[subprocess.Popen[str]] = set()
_lock = threading.Lock()


class StepFailed(Exception):
    """A program that set-up needs did not succeed.

    Attributes:
        command: what was run.
        code: its exit code.
        output: the end of what it printed.
    """

    def __init__(self, command: Sequence[str | Path], code: int, output: str) -> None:
        super().__init__(command, code, output)
        self.command = command
        self.code = code
        self.output = output

    def __str__(self) -> str:
        return f"{self.output}\n{' '.join(map(str, self.command))}: exit code {self.code}"


def say(text: str) -> None:
    """Tell the user what happens, on standard error: standard output belongs to the program set up."""
    print(f"setup: {text}", file=sys.stderr, flush=True)


def run(
    command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> None:
    """Run one program to its end.

    Raises:
        StepFailed: it could not be started or its exit code was not 0.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, "NO_COLOR": "1", **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            close_fds=False,
            start_new_session=True,
        )
    except OSError as error:
        raise StepFailed(command, 127, str(error)) from error
    with _lock:
        _running.add(process)
    output, _ = process.communicate()
    with _lock:
        _running.discard(process)
    if process.returncode != 0:
        raise StepFailed(command, process.returncode, "\n".join(output.splitlines()[-LAST_LINES:]))


def stop_all() -> None:
    """End every program still running, with the programs it started."""
    with _lock:
        for process in _running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
