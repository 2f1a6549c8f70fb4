"""Alerts from a running program to a receiver of messages, with a simulated exchange."""

import hashlib
import hmac
import json
from pathlib import Path

import pytest

from tests.alerts.receiver import Taken, receiving
from tests.e2e.program import Program, eventually, free_port, launch, running
from voltape.sim.handle import running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(120)]

SECRET = "correct-horse-battery-staple"
TOKEN = "123456:ABCDEFGHIJKLMNOP"
RULES = """
[[alert]]
name = "btc is there"
when = "index"
underlying = "BTC"
above = 1

[[alert]]
name = "btc is dear"
when = "index"
underlying = "BTC"
above = 1e12

[[alert]]
name = "nobody trades this"
when = "price"
symbol = "BTC-1JAN20-1-C-USDT"
above = 1
"""


def is_signed(taken: Taken) -> bool:
    """Whether a message is what the owner of the secret sent."""
    text = taken.headers["voltape-timestamp"].encode() + b"." + taken.body
    expected = "v1=" + hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, taken.headers["voltape-signature"])


async def in_status(program: Program, sent: int) -> bool:
    """Whether the status tells of so many messages."""
    alerts = (await program.get("/api/v1/status"))["alerts"]
    return bool(alerts["sinks"]) and alerts["sinks"]["webhook"]["sent"] == sent


async def test_an_alert_reaches_its_receiver_once_even_over_a_restart(tmp_path: Path) -> None:
    """Signed, in the status and the metrics; a receiver that is away gets it after a restart, and only once."""
    (tmp_path / "voltape.toml").write_text(RULES)
    port = free_port()
    settings: dict[str, object] = {
        "data_dir": tmp_path / "data",
        "api_token": "TOKEN",
        "alert_interval": 1,
        "alert_webhook_url": f"http://127.0.0.1:{port}/in?desk=1",
        "alert_webhook_secret": SECRET,
        "jobs": "off",
        "log_format": "json",
    }
    async with running_sim(contracts=0.1, tls=False) as sim:
        async with running("up", sim, tmp_path, **settings) as program:
            journal = tmp_path / "data" / "alerts" / "journal.json"

            async def is_waiting() -> bool:
                return journal.exists() and json.loads(journal.read_bytes())["sinks"]["webhook"]["failed"] > 0

            await eventually(is_waiting, 30, "the message waits for its receiver")
            await program.kill()
        settings["api_token"] = None
        async with (
            receiving(port=port) as receiver,
            running("up", sim, tmp_path, **settings) as program,
        ):
            (taken,) = await receiver.until(1, within=30)
            assert is_signed(taken)
            assert taken.path == "/in?desk=1"
            assert taken.json["id"] == taken.headers["voltape-id"]
            assert (taken.json["rule"], taken.json["event"]) == ("btc is there", "begin")
            assert taken.json["reading"] > taken.json["level"] == 1
            await eventually(lambda: in_status(program, 1), 30, "the status tells of it")
            alerts = (await program.get("/api/v1/status"))["alerts"]
            assert (alerts["rules"], alerts["unread"], [one["rule"] for one in alerts["firing"]]) == (
                3,
                1,
                ["btc is there"],
            )
            assert 'voltape_alert_firing{rule="btc is there"} 1.0' in (await program.answer("/metrics")).text

            process = await launch(
                "alerts", None, tmp_path / "check.log", "check", api_url=program.url, **_sinks(settings)
            )
            out, _ = await process.communicate()
            assert process.returncode == 0
            assert "> 1,000,000,000,000" in out.decode()
            assert len(receiver.taken) == 1
        assert SECRET not in program.log.read_text()


def _sinks(settings: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in settings.items() if name.startswith("alert_webhook")}


async def test_a_trial_goes_to_every_sink(tmp_path: Path) -> None:
    """By the command, as before the first night on call; the bot's token is nowhere in the log."""
    async with receiving() as hook, receiving() as telegram:
        hook.answer(500)
        process = await launch(
            "alerts", None, tmp_path / "test.log", "test",
            alert_webhook_url=hook.url, alert_webhook_secret=SECRET,
            alert_telegram_url=telegram.url, alert_telegram_token=TOKEN, alert_telegram_chat="-5",
            log_level="debug",
        )  # fmt: skip
        out, _ = await process.communicate()
    assert process.returncode == 1
    assert out.decode().splitlines() == ["telegram: ok", "webhook: answered 500", "log: ok"]
    assert is_signed(hook.taken[0])
    assert telegram.taken[0].path == f"/bot{TOKEN}/sendMessage"
    assert TOKEN not in (tmp_path / "test.log").read_text()
