"""The whole probe."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.bybit.exchange import running_exchange
from voltape.config import Settings
from voltape.doctor.probe import ProbeReport, probe
from voltape.errors import VenueError
from voltape.sim.handle import running_sim

QUESTIONS = {
    "compression",
    "bad topic",
    "duplicate topic",
    "no request",
    "one request",
    "batches",
    "no reads",
    "rate and size",
    "no ping",
}


@pytest.mark.slow
@pytest.mark.timeout(90)
async def test_the_program_probes_and_writes_reports_that_set_a_simulator(tmp_path: Path) -> None:
    """Over TLS: every question is answered, and a simulator starts with the switches of the report."""
    switches: dict[str, Any] = {"chars_limit": "request", "ping_timeout": 2, "stall_timeout": 60}
    async with running_sim(tls=True, rate=600, contracts=0.5, seed=3, **switches) as sim:
        done = subprocess.run(  # noqa: ASYNC221 - the simulator is a process of its own
            [
                *(sys.executable, "-m", "voltape", "doctor", "--probe", "--probe-seconds", "5"),
                *("--rest-url", sim.rest_url, "--ws-url", sim.ws_url, "--ca-file", str(sim.ca_file)),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=tmp_path,
        )
        opened = len(await sim.connections())
    assert (done.returncode, done.stderr) == (0, "")
    report = msgspec.json.decode((tmp_path / "voltape-probe.json").read_bytes(), type=ProbeReport)
    assert {answer.question for answer in report.answers} == QUESTIONS
    assert report.connections == opened
    assert "--chars-limit request" in report.sim
    assert report.sim in (tmp_path / "voltape-probe.txt").read_text()
    assert report.sim in done.stdout
    options: dict[str, Any] = dict(zip(report.sim.split()[2::2], report.sim.split()[3::2], strict=True))
    assert 2 <= float(options["--ping-timeout"]) < 7
    assert float(options["--stall-timeout"]) >= 5
    async with running_sim(**{name.lstrip("-").replace("-", "_"): value for name, value in options.items()}):
        pass


async def test_a_refusal_ends_the_probe() -> None:
    """Whoever is not wanted does not go on asking."""
    async with running_exchange() as exchange:
        exchange.fault("refuse", status=403)
        told: list[str] = []
        settings = Settings(ws_url=exchange.ws_url, rest_url=exchange.rest_url, underlyings=("BTC",))
        report = await probe(settings, 1.0, told.append)
    assert {answer.question for answer in report.answers} == QUESTIONS
    assert {answer.outcome for answer in report.answers} == {"not settled"}
    assert report.connections <= 2
    assert report.sim == "voltape sim"
    assert any("nothing else is asked" in line for line in told)


async def test_an_exchange_that_cannot_be_reached_is_an_error() -> None:
    """Nothing could be asked."""
    settings = Settings(ws_url="ws://127.0.0.1:1", rest_url="http://127.0.0.1:1")
    with pytest.raises(VenueError):
        await probe(settings, 1.0, lambda _: None)
