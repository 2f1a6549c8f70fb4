"""`voltape alerts`."""

from pathlib import Path

import pytest

from tests.cli.calling import FakeRun, code_of, voltape
from tests.e2e.program import free_port

RULES = """
[[alert]]
name = "btc"
when = "index"
underlying = "BTC"
above = 100000
"""


@pytest.fixture(autouse=True)
def rules(tmp_path: Path) -> None:
    """A file with a rule in the working directory."""
    (tmp_path / "voltape.toml").write_text(RULES)


def test_words_that_mean_nothing_are_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    """What there is is told."""
    wrong: list[tuple[str, ...]] = [(), ("tell",), ("test", "log", "more")]
    for words in wrong:
        assert code_of("alerts", *words) == 2
        assert "`test [SINK]`" in capsys.readouterr().err


def test_every_sink_is_tried_and_its_result_told(capsys: pytest.CaptureFixture[str]) -> None:
    """One that does not take it is exit code 1; the others are tried all the same."""
    assert code_of("alerts", "test") == 0
    assert capsys.readouterr().out == "log: ok\n"
    url = f"http://127.0.0.1:{free_port()}/in"
    flags = ("--alert-webhook-url", url, "--alert-webhook-secret", "correct-horse-battery")
    assert code_of("alerts", "test", *flags) == 1
    hook, log = capsys.readouterr().out.splitlines()
    assert hook.startswith("webhook: connect")
    assert log == "log: ok"
    assert code_of("alerts", "test", "log", *flags) == 0


def test_a_sink_that_is_not_configured_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    """And so is one that is configured by half."""
    assert code_of("alerts", "test", "telegram") == 2
    assert "sink=telegram: allowed is one that is configured: log" in capsys.readouterr().err
    assert code_of("alerts", "test", "--alert-telegram-chat", "5") == 2
    assert "VOLTAPE_ALERT_TELEGRAM_TOKEN" in capsys.readouterr().err
    assert code_of("alerts", "test", "--alert-webhook-url", "https://desk.example/in") == 2
    assert "VOLTAPE_ALERT_WEBHOOK_SECRET" in capsys.readouterr().err


def test_rules_are_checked_even_where_nothing_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """Their values are unknown then, which is exit code 1."""
    assert code_of("alerts", "check", "--http-port", str(free_port())) == 1
    streams = capsys.readouterr()
    assert "index BTC" in streams.out
    assert "> 100,000" in streams.out
    assert "nobody answers" in streams.err


def test_the_state_of_the_rules_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """As the watch saved it; before the first, all are armed."""
    assert code_of("alerts", "list", "--data-dir", "data") == 0
    assert "armed" in capsys.readouterr().out


def test_a_wrong_rule_is_one_line_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For the commands about alerts, and for the roles that watch them, before anything is started."""
    (tmp_path / "voltape.toml").write_text(RULES.replace("100000", '"high"'))
    line = "voltape: voltape.toml: alert 1 \"btc\": above: 'high' is not allowed, allowed is a number"
    for words in (("alerts", "check"), ("alerts", "list")):
        assert code_of(*words) == 2
        assert capsys.readouterr().err.startswith(line)
    roles: list[tuple[str, ...]] = [("up",), ("demo",), ("jobs", "--store-url", "valkey://store")]
    for role in roles:
        done = voltape(*role)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(line)


def test_roles_that_watch_nothing_do_not_look_at_the_rules(tmp_path: Path, fake_run: FakeRun) -> None:
    """The same file serves every role."""
    (tmp_path / "voltape.toml").write_text(RULES.replace("100000", '"high"'))
    assert code_of("serve", "--store-url", "valkey://store") == 0


def test_an_alert_that_is_no_table_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the reader of settings."""
    (tmp_path / "voltape.toml").write_text("alert = 5")
    assert code_of("alerts", "check") == 2
    assert (
        capsys.readouterr().err
        == "voltape: voltape.toml: alert=5: allowed is tables, each headed [[alert]]\n"
    )
