"""The watch of alerts, made from the settings."""

import asyncio
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from tests.alerts.receiver import receiving
from tests.alerts.rules import table
from tests.e2e.program import free_port
from voltape.config import AlertTables, Settings
from voltape.errors import SettingError
from voltape.jobs.process import only_one
from voltape.run.alert_commands import check
from voltape.run.alerting import alert_journal, alert_rules, alert_sinks, keep_watch

TOKEN = "123456:ABCDEFGHIJKLMNOP"
SECRET = "correct-horse-battery"


def settings(folder: Path, *tables: object, **fields: object) -> Settings:
    """Settings with rules, and a store that is not there."""
    made = Settings(data_dir=folder, alert_rules=AlertTables("voltape.toml", tables), alert_interval=1.0)
    return msgspec.structs.replace(made, store_url="valkey://127.0.0.1:1", **fields)


def test_sinks_are_there_when_they_are_configured_in_full(tmp_path: Path) -> None:
    """The log always is; half a sink is a mistake."""
    assert list(alert_sinks(settings(tmp_path))) == ["log"]
    whole = settings(
        tmp_path,
        alert_telegram_token=TOKEN,
        alert_telegram_chat="5",
        alert_webhook_url="https://desk.example/in",
        alert_webhook_secret=SECRET,
    )
    assert list(alert_sinks(whole)) == ["telegram", "webhook", "log"]
    for half in (
        {"alert_telegram_token": TOKEN},
        {"alert_telegram_chat": "5"},
        {"alert_webhook_url": "https://desk.example/in"},
    ):
        with pytest.raises(SettingError, match="VOLTAPE_ALERT_"):
            alert_sinks(settings(tmp_path, **half))


def test_a_rule_that_names_a_sink_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Before anything is started."""
    with pytest.raises(SettingError, match="'telegram' is not allowed"):
        alert_rules(settings(tmp_path, table(to=["telegram"])))


async def test_the_watch_tells_of_a_system_that_does_not_answer(tmp_path: Path) -> None:
    """Without store and without data API it still sends, and its state is on the disk when it is stopped."""
    async with receiving() as receiver:
        rule = {"name": "away", "when": "unreachable"}
        made = settings(tmp_path, rule, alert_webhook_url=receiver.url, alert_webhook_secret=SECRET)
        task = asyncio.create_task(keep_watch(made, f"http://127.0.0.1:{free_port()}"))
        (taken,) = await receiver.until(1)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert taken.json["text"] == "away: the data API does not answer"
    assert alert_journal(made).kept.engine.rules["away"].told


async def test_only_one_watches_with_a_data_directory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The other waits, and says so once."""
    async with receiving() as receiver:
        rule = {"name": "away", "when": "unreachable"}
        made = settings(tmp_path, rule, alert_webhook_url=receiver.url, alert_webhook_secret=SECRET)
        with only_one(tmp_path / "alerts", "watch"):
            task = asyncio.create_task(keep_watch(made, receiver.url))
            await asyncio.sleep(0)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        assert receiver.taken == []
    assert "another process watches" in caplog.text


async def test_a_file_without_rules_is_told_as_that(tmp_path: Path) -> None:
    """Nobody is asked then."""
    assert await check(settings(tmp_path)) == (["voltape.toml has no rules"], None)
