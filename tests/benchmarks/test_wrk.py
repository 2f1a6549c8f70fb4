from pathlib import Path

import pytest

from benchmarks.bench import Bench, Options
from benchmarks.wrk import Load, load_from_text, wrk

TOLD = """Running 2s test @ http://127.0.0.1:8000/api/v1/chains/BTC/2026-12-25
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     9.45ms    3.12ms  40.11ms   88.12%
    Req/Sec     1.70k   155.20     1.95k    75.00%
  Latency Distribution
     50%  890.00us
     75%    9.51ms
     90%   12.08ms
     99%    1.21s
  3391 requests in 2.00s, 98.31MB read
Requests/sec:   1694.02
Transfer/sec:     49.11MB
"""


def test_what_wrk_prints_is_understood() -> None:
    """Times in all of its units."""
    assert load_from_text(TOLD) == Load(1694.02, 0.89, 1210.0, 0)


def test_requests_that_failed_are_counted() -> None:
    """Refused by the server, or broken on the way."""
    told = TOLD.replace(
        "Requests/sec",
        "  Socket errors: connect 1, read 2, write 0, timeout 4\n  Non-2xx or 3xx responses: 100\nRequests/sec",
    )
    assert load_from_text(told).failed == 107


def test_what_is_none_of_wrk_is_an_error() -> None:
    """Rather than a figure of zero."""
    with pytest.raises(ValueError, match="unable to connect"):
        load_from_text("unable to connect to 127.0.0.1:8000 Connection refused")


async def test_without_wrk_the_run_goes_on_with_a_note(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody takes the missing figures for good ones."""
    monkeypatch.setenv("PATH", str(tmp_path))
    bench = Bench(Options(), tmp_path)
    await wrk(bench, "http://127.0.0.1:1/")
    assert bench.samples == {}
    assert "wrk is not on PATH" in bench.notes[0]


async def test_with_wrk_there_are_figures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One sample of each per repetition."""
    (tmp_path / "told").write_text(TOLD)
    tool = tmp_path / "wrk"
    tool.write_text(f"#!/bin/sh\n/bin/cat {tmp_path}/told\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    bench = Bench(Options(repeats=2), tmp_path)
    await wrk(bench, "http://127.0.0.1:1/")
    assert bench.samples["api.wrk_rate"] == [1694.02, 1694.02]
    assert set(bench.samples) == {"api.wrk_rate", "api.wrk_p50", "api.wrk_p99", "api.wrk_failed"}
