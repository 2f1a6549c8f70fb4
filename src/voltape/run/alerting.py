"""Alerts, for a role and for the commands about them, made from the settings."""

import asyncio
import logging
from collections.abc import Mapping
from random import Random

import msgspec

from voltape.alerts.asking import Asker
from voltape.alerts.declaration import rules_of
from voltape.alerts.journal import Journal
from voltape.alerts.log_sink import LogSink
from voltape.alerts.post import Post
from voltape.alerts.readings import Answers, Needs
from voltape.alerts.rule import Rule
from voltape.alerts.sink import Line, Sink
from voltape.alerts.telegram import Telegram
from voltape.alerts.watch import Watch
from voltape.alerts.webhook import Webhook
from voltape.clock import SystemClock
from voltape.config import Settings, proxy_of_process
from voltape.errors import SettingError
from voltape.jobs.process import AlreadyRunning, only_one
from voltape.model.alert import AlertUse
from voltape.tls import client_context

from .store_of_jobs import jobs_store, tell_alerts

__all__ = ["alert_journal", "alert_rules", "alert_sinks", "ask_once", "keep_watch"]

_log = logging.getLogger(__name__)

_FOLDER = "alerts"
_WAIT_S = 30.0


def alert_sinks(settings: Settings) -> dict[str, Sink]:
    """The sinks that are configured, by name.

    Raises:
        SettingError: one is configured by half.
    """
    found: dict[str, Sink] = {}
    token, chat = settings.alert_telegram_token, settings.alert_telegram_chat
    if token is not None and chat is not None:
        base = settings.alert_telegram_url
        found["telegram"] = Telegram(_line(settings, base), base, token, chat)
    elif token is not None or chat is not None:
        missing = "VOLTAPE_ALERT_TELEGRAM_TOKEN" if token is None else "VOLTAPE_ALERT_TELEGRAM_CHAT"
        raise SettingError(missing, "", "one, because the other half of the sink telegram is set")
    url, secret = settings.alert_webhook_url, settings.alert_webhook_secret
    if url is not None and secret is not None:
        found["webhook"] = Webhook(_line(settings, url), url, secret, SystemClock().wall_ms)
    elif url is not None:
        raise SettingError("VOLTAPE_ALERT_WEBHOOK_SECRET", "", "one, with which messages are signed")
    found["log"] = LogSink()
    return found


def _line(settings: Settings, url: str) -> Line:
    proxy = proxy_of_process(settings, url)
    return Line(lambda: client_context(settings.ca_file), None if proxy is None else proxy.url)


def alert_rules(settings: Settings) -> tuple[list[Rule], Mapping[str, Sink]]:
    """The rules of the file, and the sinks that they may name.

    Raises:
        SettingError: a rule or a sink is wrong.
    """
    sinks = alert_sinks(settings)
    return rules_of(settings.alert_rules.file, settings.alert_rules.tables, sinks), sinks


def alert_journal(settings: Settings) -> Journal:
    """What is remembered of alerts on this machine."""
    return Journal(settings.data_dir / _FOLDER / "journal.json")


async def ask_once(settings: Settings, api_url: str, needs: Needs) -> Answers:
    """Answers of the running system."""
    return await _asker(settings, api_url).ask(needs)


def _asker(settings: Settings, api_url: str) -> Asker:
    return Asker(api_url, settings.api_token, lambda: client_context(settings.ca_file))


async def keep_watch(settings: Settings, api_url: str) -> None:
    """Watch the rules until cancelled; waits while another process watches with the same data directory."""
    rules, sinks = alert_rules(settings)
    waits = False
    while True:
        try:
            with only_one(settings.data_dir / _FOLDER, "watch"):
                await _watch(settings, api_url, rules, sinks)
        except AlreadyRunning:
            if not waits:
                _log.warning("another process watches the alerts of this data directory; waiting for its end")
            waits = True
            await asyncio.sleep(_WAIT_S)


async def _watch(settings: Settings, api_url: str, rules: list[Rule], sinks: Mapping[str, Sink]) -> None:
    clock, journal = SystemClock(), alert_journal(settings)
    post = Post(sinks, journal, clock, Random())  # noqa: S311 - jitter, not a secret

    async def tell(use: AlertUse) -> None:
        await tell_alerts(jobs_store(settings), msgspec.json.encode(use))

    watch = Watch(rules, journal, post, clock, _asker(settings, api_url).ask, tell, settings.alert_interval)
    _log.info("watching %d alert rules, told by %s", len(rules), ", ".join(sinks))
    try:
        async with asyncio.TaskGroup() as group:
            for name in sinks:
                group.create_task(post.run(name), name=f"alerts by {name}")
            await watch.run()
    finally:
        await watch.save()
