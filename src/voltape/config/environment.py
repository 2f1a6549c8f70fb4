"""Settings as variables, for a process that is to have the same ones."""

import os
from collections.abc import Mapping

from voltape.config.forms import Threshold
from voltape.config.setting import ENV_PREFIX
from voltape.config.settings import SETTINGS, Settings

__all__ = ["environment_of", "process_environment"]


def environment_of(settings: Settings) -> dict[str, str]:
    """Variables that `load` makes the same settings of; what is not set has none."""
    found = {}
    for setting in SETTINGS:
        value = getattr(settings, setting.field)
        if value is not None:
            found[setting.env] = "all" if setting.field == "underlyings" and not value else _text(value)
    return found


def _text(value: object) -> str:
    match value:
        case bool():
            return "on" if value else "off"
        case tuple():
            return ",".join(value)
        case float():
            return repr(value)
        case Threshold():
            parts = [repr(value.default), *(f"{coin}:{limit!r}" for coin, limit in value.own.items())]
            return ",".join(parts)
    return str(value)


def process_environment(settings: Settings, **more: str) -> dict[str, str]:
    """This process's environment with these settings instead of those in it, and some others besides."""
    kept: Mapping[str, str] = {
        name: value for name, value in os.environ.items() if not name.startswith(ENV_PREFIX)
    }
    return {**kept, **environment_of(settings), **more, "VOLTAPE_CONFIG": os.devnull}
