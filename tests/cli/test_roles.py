"""Commands that run something."""

import re
from pathlib import Path

import pytest

from tests.cli.calling import ROLES, FakeRun, code_of
from voltape.config import SETTINGS, Setting, Settings


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


@pytest.mark.parametrize("role", ["tracker", "serve", "jobs"])
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


@pytest.mark.parametrize("flag", ["--ws-url", "--rest-url"])
def test_the_demo_takes_no_other_exchange(
    flag: str, fake_run: FakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has its own; an address that would be ignored is refused instead."""
    scheme = "wss" if flag == "--ws-url" else "https"
    assert code_of("demo", flag, f"{scheme}://exchange.example") == 2
    assert capsys.readouterr().err.startswith(f"voltape: {flag}={scheme}://exchange.example: allowed is none")
    assert fake_run.calls == []


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


def test_the_help_of_a_role_names_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    """Each flag stands with its variable, so that either can be found."""
    assert code_of("up", "--help") == 0
    text = " ".join(capsys.readouterr().out.split())
    missing = [one.env for one in SETTINGS if one.flag not in text or f"[{one.env}" not in text]
    assert missing == []


def test_the_help_shows_what_a_command_alone_has_before_the_settings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nobody has to look for `--probe` below sixty settings."""
    assert code_of("doctor", "--help") == 0
    text = capsys.readouterr().out
    assert text.index("--probe") < text.index("--ws-url")


def test_the_help_is_exact_about_switches_and_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    """What is on or off says so, and what has no default names none."""
    assert code_of("up", "--help") == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "--trades on|off" in text
    assert "default ]" not in text


def test_the_list_of_commands_is_not_cut_off(capsys: pytest.CaptureFixture[str]) -> None:
    """Each command's first line fits a terminal of 80 columns."""
    assert code_of("--help") == 0
    assert "..." not in capsys.readouterr().out.partition("Commands:")[2]
