"""All checks in order."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from voltape.doctor import examine
from voltape.sim.handle import running_sim

SUBJECTS = [
    "settings",
    "data",
    "memory",
    "kernel",
    "http",
    "store",
    "proxy",
    "rest",
    "clock",
    "stream",
]
OF_THE_MACHINE = ("memory", "kernel")
"""Subjects on which a machine that runs tests may well deserve a warning."""


@pytest.fixture(autouse=True)
def clean_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run in an empty directory without settings of the machine."""
    for name in [
        name for name in os.environ if name.startswith("VOLTAPE_") or name.lower().endswith("_proxy")
    ]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_a_bad_setting_ends_the_examination() -> None:
    """Nothing else can be looked at with settings that do not hold."""
    (finding,) = examine({"http_port": "x"})
    assert finding.failed
    assert finding.text == "--http-port=x: allowed is a whole number from 0 to 65535"


def test_everything_is_looked_at_whatever_fails() -> None:
    """One finding per subject, in a fixed order, though nothing can be reached."""
    findings = examine(
        {
            "rest_url": "http://127.0.0.1:1",
            "ws_url": "ws://127.0.0.1:1",
            "store_url": "valkey://127.0.0.1:1",
            "http_port": "0",
            "data_dir": "data",
        }
    )
    assert [finding.subject for finding in findings] == SUBJECTS
    states = {finding.subject: finding.state for finding in findings}
    assert (states["store"], states["rest"], states["clock"], states["stream"]) == (
        "fail",
        "fail",
        "skip",
        "fail",
    )


async def test_the_program_finds_a_working_set_up_working(tmp_path: Path) -> None:
    """Against the simulated exchange over TLS every line is fine and the exit code is 0."""
    async with running_sim(tls=True, rate=0, contracts=0.02) as sim:
        done = subprocess.run(  # noqa: ASYNC221 - the simulator is a process of its own
            [
                sys.executable,
                *("-m", "voltape", "doctor", "--http-port", "0", "--data-dir", str(tmp_path / "data")),
                *("--rest-url", sim.rest_url, "--ws-url", sim.ws_url, "--ca-file", str(sim.ca_file)),
            ],
            capture_output=True,
            text=True,
            timeout=25,
            check=False,
        )
    assert done.stderr == ""
    states = [line.split()[:2] for line in done.stdout.splitlines()]
    assert [subject for _, subject in states] == SUBJECTS
    assert {state for state, subject in states if subject not in OF_THE_MACHINE} == {"ok"}
    assert done.returncode == 0
