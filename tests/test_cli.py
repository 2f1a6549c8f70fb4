"""The command `voltape`."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.model.judged import judged
from tests.push.boards import make_board
from tests.serve.serving import serving
from voltape import __version__, cli
from voltape.config import SETTINGS, Setting, Settings
from voltape.errors import SchemaError, SettingError, StoreError, VoltapeError
from voltape.model.efficiency import Efficiency

if TYPE_CHECKING:
    from voltape.export.order import Order
    from voltape.report import Enquiry

ROLES = ["up", "tracker", "serve", "demo"]


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
    monkeypatch.setattr("voltape.log.configure", lambda *_: None)
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


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


def by_name(setting: Setting) -> str:
    """Return the setting's name for the test report."""
    return setting.field


@pytest.mark.parametrize("role", ["up", "demo"])
def test_a_role_gets_the_settings_and_gives_the_exit_code(role: str, fake_run: FakeRun) -> None:
    """Flags become settings, and what the role returns becomes the exit code."""
    fake_run.answer = 3
    assert code_of(role, "--http-port", "8123", "--underlyings", "BTC,XRP") == 3
    ((name, settings, *_),) = fake_run.calls
    assert name == role
    assert isinstance(settings, Settings)
    assert settings.http_port == 8123
    assert settings.underlyings == ("BTC", "XRP")


@pytest.mark.parametrize("role", ["tracker", "serve"])
def test_a_role_apart_needs_a_shared_store(
    role: str, fake_run: FakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    """An embedded store is nobody else's; an external one is taken."""
    assert code_of(role) == 2
    assert re.match(r"voltape: VOLTAPE_STORE_URL=embedded: .+\n$", capsys.readouterr().err)
    assert fake_run.calls == []
    assert code_of(role, "--store-url", "valkey://store") == 0
    assert [call[0] for call in fake_run.calls] == [role]


def test_the_demo_leaves_real_data_alone(fake_run: FakeRun) -> None:
    """Unless told otherwise it takes a free port and a directory of its own that is gone afterwards."""
    assert code_of("demo") == 0
    ((_, settings, switches),) = fake_run.calls
    assert isinstance(settings, Settings)
    assert settings.http_port == 0
    assert settings.data_dir != Settings().data_dir
    assert not settings.data_dir.exists()
    assert switches == {}


def test_the_demo_passes_switches_on_to_the_simulator(fake_run: FakeRun, tmp_path: Path) -> None:
    """Only what was given is passed on; settings that were given are kept."""
    words = [
        "--sim-rate",
        "500",
        "--sim-seed",
        "7",
        "--http-port",
        "8123",
        "--data-dir",
        str(tmp_path / "mine"),
    ]
    assert code_of("demo", *words) == 0
    ((_, settings, switches),) = fake_run.calls
    assert isinstance(settings, Settings)
    assert (settings.http_port, settings.data_dir) == (8123, tmp_path / "mine")
    assert switches == {"rate": 500.0, "seed": 7}


@pytest.mark.parametrize(
    "error",
    [
        VoltapeError("127.0.0.1:8000 is taken"),
        StoreError("embedded", "the data directory\ncannot be read"),
        SchemaError("embedded", "schema 9"),
        PermissionError(13, "Permission denied", "/data"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_stands_in_the_way_is_one_line_and_exit_code_1(
    error: Exception, fake_run: FakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    """An expected failure shows no traceback."""
    fake_run.answer = error
    assert code_of("up") == 1
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err == f"voltape: {' '.join(str(error).split())}\n"


def test_a_defect_keeps_its_traceback(fake_run: FakeRun) -> None:
    """An error nobody expected is not dressed up as the user's."""
    fake_run.answer = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        cli.main(["up"])


def test_an_interrupt_before_the_role_listens_is_a_clean_end(fake_run: FakeRun) -> None:
    """Ctrl-C and SIGTERM while libraries are still being imported end with exit code 0."""
    fake_run.answer = KeyboardInterrupt()
    assert code_of("up") == 0
    fake_run.answer = 0
    assert code_of("up") == 0
    handler = signal.getsignal(signal.SIGTERM)
    assert callable(handler)
    with pytest.raises(SystemExit) as caught:
        handler(signal.SIGTERM, None)
    assert caught.value.code == 0


@pytest.mark.parametrize("setting", SETTINGS, ids=by_name)
@pytest.mark.parametrize("role", [*ROLES])
def test_every_setting_is_a_flag_that_is_checked(
    setting: Setting, role: str, fake_run: FakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    """A value that no setting takes ends with exit code 2 and a line with name, value and what is allowed."""
    assert code_of(role, setting.flag, "\x00") == 2
    shown = "***" if setting.secret else "\\x00"
    assert capsys.readouterr().err == f"voltape: {setting.flag}={shown}: allowed is {setting.allowed}\n"
    assert fake_run.calls == []


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["up", "--http-prot", "1"], "--http-port"),
        (["upp"], "upp"),
        (["up", "--http-port"], "--http-port"),
        (["up", "surplus"], "surplus"),
        (["demo", "--sim-rate", "-1"], "--sim-rate"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    words: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line names the word that is wrong."""
    assert code_of(*words) == 2
    error = capsys.readouterr().err
    assert error.startswith("voltape: ")
    assert error.count("\n") == 1
    assert text in error


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The help lists what there is, and only that."""
    assert code_of() == 2
    listed = re.findall(r"^  (\w+)  ", capsys.readouterr().err.partition("Commands:")[2], re.MULTILINE)
    assert listed == ["up", "tracker", "serve", "sim", "demo", "doctor", "report", "top", "export"]
    assert code_of("--help") == 0


def test_the_help_of_a_role_names_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    """Each flag stands with its variable, so that either can be found."""
    assert code_of("up", "--help") == 0
    text = " ".join(capsys.readouterr().out.split())
    missing = [one.env for one in SETTINGS if one.flag not in text or f"[{one.env}" not in text]
    assert missing == []


def test_the_doctor_prints_a_line_per_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 as soon as one check failed, else 0; flags reach the examination."""
    from voltape import doctor  # noqa: PLC0415 - after the other tests' imports are seen to be lazy

    given: list[Mapping[str, object]] = []
    findings = [doctor.Finding("one", "ok", "fine"), doctor.Finding("two", "warn", "odd", "Look.")]

    def examine(flags: Mapping[str, object]) -> list[doctor.Finding]:
        given.append(flags)
        return findings

    monkeypatch.setattr(doctor, "examine", examine)
    assert code_of("doctor", "--http-port", "1") == 0
    assert capsys.readouterr().out.splitlines() == [str(finding) for finding in findings]
    assert given[0]["http_port"] == "1"
    findings.append(doctor.Finding("three", "fail", "broken", "Mend it."))
    assert code_of("doctor") == 1


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


def test_the_version_is_told_without_importing_anything_heavy() -> None:
    """Not even settings are loaded for it, so it is instant on a slow machine."""
    program = (
        "import sys; from voltape.cli import main\n"
        "try: main(['--version'])\n"
        "finally: print([name for name in sys.modules if name.startswith('voltape')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    version, modules = done.stdout.splitlines()
    assert version == f"voltape {__version__}"
    assert modules == "['voltape', 'voltape.errors', 'voltape.cli']"


def test_settings_alone_import_nothing_heavy() -> None:
    """A refused setting is told before any library of a role is loaded."""
    program = (
        "import sys; from voltape.cli import main\n"
        "try: main(['up', '--http-port', 'x'])\n"
        "finally: print(sorted({'asyncio', 'cryptography', 'httpx', 'litestar', 'picows', 'pybit', 'structlog', "
        "'uvicorn', 'valkey', 'voltape.run', 'voltape.sim'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("environ", "words", "line"),
    [
        (
            {"VOLTAPE_HTTP_PORT": "70000"},
            ["up"],
            "VOLTAPE_HTTP_PORT=70000: allowed is a whole number from 0 to 65535",
        ),
        (
            {"VOLTAPE_HTTP_PORTS": "1"},
            ["up"],
            "VOLTAPE_HTTP_PORTS=1: allowed is a known name, the nearest is VOLTAPE_HTTP_PORT",
        ),
        ({}, ["demo", "--profile", "fast"], "--profile=fast: allowed is optimized or plain"),
        (
            {"VOLTAPE_CA_FILE": "/nowhere.pem"},
            ["tracker"],
            "VOLTAPE_CA_FILE=/nowhere.pem: allowed is the path of a readable PEM file",
        ),
    ],
)
def test_the_program_refuses_bad_settings_as_promised(
    environ: dict[str, str], words: list[str], line: str
) -> None:
    """The real process: exit code 2, one line on standard error, nothing on standard output."""
    done = voltape(*words, **environ)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"voltape: {line}\n")


def test_the_program_refuses_a_bad_file_as_promised(tmp_path: Path) -> None:
    """The file in the working directory counts, without being named."""
    (tmp_path / "voltape.toml").write_text("http_port = 70000\n")
    done = voltape("serve")
    assert done.returncode == 2
    assert done.stderr == "voltape: http_port=70000: allowed is a whole number from 0 to 65535\n"


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
