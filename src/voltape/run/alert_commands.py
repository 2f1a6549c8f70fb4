"""`voltape alerts`: try the sinks, check the rules, list their state."""

from voltape.alerts.engine import Engine
from voltape.alerts.listing import present_lines, state_lines
from voltape.alerts.notice import trial
from voltape.alerts.readings import Needs, value_of
from voltape.alerts.sink import SendError
from voltape.clock import SystemClock
from voltape.config import Settings
from voltape.errors import SettingError

from .alerting import alert_journal, alert_rules, alert_sinks, ask_once
from .scheduling import api_url

__all__ = ["check", "listing", "try_sinks"]


async def try_sinks(settings: Settings, only: str | None) -> list[tuple[str, str | None]]:
    """Send a message by each sink, one after the other.

    Args:
        settings: all settings.
        only: one sink.

    Returns:
        Name of each sink and what is wrong with it, None where the message was taken.

    Raises:
        SettingError: a sink is configured by half, or the named one is not.
    """
    sinks = alert_sinks(settings)
    if only is not None and only not in sinks:
        raise SettingError("sink", only, f"one that is configured: {', '.join(sinks)}")
    notice = trial(SystemClock().wall_ms())
    found: list[tuple[str, str | None]] = []
    for name in sinks if only is None else [only]:
        try:
            await sinks[name].send(notice)
        except SendError as error:
            found.append((name, str(error)))
        else:
            found.append((name, None))
    return found


async def check(settings: Settings) -> tuple[list[str], str | None]:
    """Check the rules and read what they read.

    Returns:
        A table of the rules, and what keeps their values from being known, None where nothing does.

    Raises:
        SettingError: a rule or a sink is wrong.
    """
    rules, _ = alert_rules(settings)
    if not rules:
        return [f"{settings.alert_rules.file} has no rules"], None
    url = api_url(settings)
    answers = await ask_once(settings, url, Needs.of(rules))
    lines = list(present_lines(rules, {rule.name: value_of(rule, answers) for rule in rules}))
    return lines, None if answers.reachable else f"nobody answers at {url}, so that no value is known"


def listing(settings: Settings) -> list[str]:
    """A table of the rules and their state, as the watch with this data directory saved it last.

    Raises:
        SettingError: a rule or a sink is wrong.
    """
    rules, _ = alert_rules(settings)
    engine = Engine(rules, alert_journal(settings).kept.engine)
    return list(state_lines(rules, engine, SystemClock().wall_ms()))
