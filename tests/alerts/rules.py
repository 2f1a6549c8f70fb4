"""Rules for tests, written as in the settings file."""

from typing import Any

from voltape.alerts.declaration import rules_of
from voltape.alerts.rule import Rule

__all__ = ["NOW_MS", "SINKS", "made", "table"]

NOW_MS = 1_795_000_000_000
SINKS = ("telegram", "webhook", "log")


def table(**fields: Any) -> dict[str, Any]:
    """A rule as TOML gives it: the index of BTC above 100, told at once and again at once, unless said otherwise."""
    plain = {"name": "one", "when": "index", "underlying": "BTC", "above": 100, "cool_down": 0, "at_most": 60}
    fields = {name.replace("hold", "for"): value for name, value in fields.items()}
    return {name: value for name, value in (plain | fields).items() if value is not None}


def made(**fields: Any) -> Rule:
    """A rule of `table`."""
    return rules_of("voltape.toml", [table(**fields)], SINKS)[0]
