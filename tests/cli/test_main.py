"""The command `voltape`: exit codes, and what is imported when."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.calling import FakeRun, code_of, voltape
from voltape import __version__, cli
from voltape.errors import SchemaError, StoreError, VoltapeError


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
    assert listed == list(cli.COMMANDS)
    assert code_of("--help") == 0


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
            "VOLTAPE_CA_FILE=/nowhere.pem: allowed is the path of a readable PEM file with certificates",
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
    assert (
        done.stderr == "voltape: voltape.toml: http_port=70000: allowed is a whole number from 0 to 65535\n"
    )
