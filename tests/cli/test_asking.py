"""Commands that ask the running system."""

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.cli.calling import code_of
from tests.model.judged import judged
from tests.push.boards import make_board
from tests.serve.serving import serving
from voltape.errors import SettingError
from voltape.model.efficiency import Efficiency

if TYPE_CHECKING:
    from voltape.export.order import Order
    from voltape.report import Enquiry


class Running:
    """Stands in for a running system: remembers what it was asked, and answers with a report."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from voltape import report  # noqa: PLC0415 - after the other tests' imports are seen to be lazy

        self.asked: list[report.Enquiry] = []
        self.report = judged()
        monkeypatch.setattr(report, "ask", self._ask)

    def _ask(self, enquiry: "Enquiry") -> tuple[Efficiency, bytes]:
        self.asked.append(enquiry)
        return self.report, msgspec.json.encode(self.report)


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Running:
    """Put the fake where the command imports it from."""
    return Running(monkeypatch)


@pytest.mark.parametrize(
    ("words", "url", "token"),
    [
        ((), "http://127.0.0.1:8000", None),
        (("--http-host", "0.0.0.0", "--http-port", "8123"), "http://127.0.0.1:8123", None),  # noqa: S104 - nothing listens
        (("--url", "https://tape.example", "--token", "secret"), "https://tape.example", "secret"),
        (("--api-token", "secret"), "http://127.0.0.1:8000", "secret"),
    ],
)
def test_the_report_asks_where_the_settings_or_the_switch_say(
    words: tuple[str, ...], url: str, token: str | None, running: Running
) -> None:
    """Host, port and token are those of the system unless told otherwise."""
    assert code_of("report", *words) == 0
    ((asked),) = running.asked
    assert (asked.url, asked.token) == (url, token)


def test_the_report_takes_the_token_from_the_environment(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it does not stand on the command line."""
    monkeypatch.setenv("VOLTAPE_API_TOKEN", "secret")
    assert code_of("report") == 0
    assert running.asked[0].token == "secret"


def test_a_missed_target_is_exit_code_1(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    """One that is not known yet is none that is missed."""
    running.report.targets[0].met = None
    assert code_of("report") == 0
    assert "unknown" in capsys.readouterr().out
    running.report.targets[0].met = False
    assert code_of("report") == 1
    assert "MISSED" in capsys.readouterr().out


def test_the_report_for_programs_is_the_answer(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    """With the same exit code."""
    assert code_of("report", "--json") == 0
    assert msgspec.json.decode(capsys.readouterr().out, type=Efficiency) == running.report


class Exporting:
    """Stands in for the export: remembers what was ordered, and fails as told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from voltape.export import command  # noqa: PLC0415 - after the other tests' imports are seen to be lazy

        self.orders: list[tuple[Order, Path | None, bool]] = []
        self.failure: Exception | None = None
        monkeypatch.setattr(command, "export", self._export)

    def _export(self, order: "Order", out: Path | None, *, force: bool) -> None:
        self.orders.append((order, out, force))
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def exporting(monkeypatch: pytest.MonkeyPatch) -> Exporting:
    """Put the fake where the command imports it from."""
    return Exporting(monkeypatch)


def test_an_export_passes_on_the_filters_as_they_were_given(exporting: Exporting) -> None:
    """Those that were not are left out; without more words it is CSV on standard output."""
    assert code_of("export") == 0
    assert code_of(
        *("export", "--underlying", "BTC", "--min-iv", "0.8", "--sort", "-mark_iv", "--out", "a.parquet"),
        *("--force", "--url", "https://tape.example", "--token", "secret"),
    ) == 0  # fmt: skip
    (plain, nowhere, kept), (order, out, replaced) = exporting.orders
    assert (plain.form, plain.filters, plain.url, nowhere, kept) == (
        "csv",
        {},
        "http://127.0.0.1:8000",
        None,
        False,
    )
    assert (order.form, out, replaced) == ("parquet", Path("a.parquet"), True)
    assert order.filters == {"underlying": "BTC", "min_iv": "0.8", "sort": "-mark_iv"}
    assert (order.url, order.token) == ("https://tape.example", "secret")


def test_an_export_of_what_there_is_not_is_wrong_use(
    exporting: Exporting, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anything else that comes back stands in the way; each is one line."""
    from voltape.client import problem  # noqa: PLC0415 - after the other tests' imports are seen to be lazy

    failures: list[tuple[Exception, int]] = [
        (problem.NotFound(404, "Not Found", "no underlying 'BTV'"), 2),
        (problem.BadParameters(422, "Unprocessable Entity", "limit: no"), 2),
        (SettingError("--out", "a.csv", "a file that is not there yet"), 2),
        (problem.ServerFault(503, "Service Unavailable", "ask again"), 1),
        (problem.Unreachable("http://127.0.0.1:8000", "refused"), 1),
        (PermissionError(13, "Permission denied", "a.csv"), 1),
    ]
    for failure, code in failures:
        exporting.failure = failure
        assert code_of("export") == code
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("words", [("--format", "xlsx"), ("--out", "board.xlsx"), ("--colour", "red")])
def test_an_export_that_makes_no_sense_is_refused_before_anybody_is_asked(
    words: tuple[str, ...], exporting: Exporting
) -> None:
    """Wrong use."""
    assert code_of("export", *words) == 2
    assert exporting.orders == []


async def test_whoever_has_read_enough_of_an_export_hears_no_complaint() -> None:
    """As with `head`: the exit code says that it is not complete."""
    board = make_board([f"C{number % 30}-25DEC26-{1000 + number}-C" for number in range(900)])
    async with serving(board) as site:
        reading, writing = os.pipe()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "voltape", "export", "--url", site.server.url),
            stdout=writing,
            stderr=asyncio.subprocess.PIPE,
        )
        os.close(writing)
        assert (await asyncio.to_thread(os.read, reading, 17)) == b"symbol,underlying"
        os.close(reading)
        _, complaint = await process.communicate()
        assert (process.returncode, complaint) == (1, b"")
