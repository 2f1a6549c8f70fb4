"""Flags of the commands, and the settings that they make."""

# ruff: noqa: PLC0415 - imports wait for the command that needs them, as the package says

from collections.abc import Callable, Container
from typing import TYPE_CHECKING

import click

from voltape.errors import SettingError

if TYPE_CHECKING:
    from voltape.config import Setting, Settings

__all__ = ["ADDRESS_SETTINGS", "ADDRESS_SWITCHES", "apart", "role", "started"]


def started(flags: dict[str, object], defaults: dict[str, object] | None = None) -> "Settings":
    """Settings of a role, and its log set up."""
    from voltape.config import colours_wanted, load_from_process

    settings = load_from_process(flags, defaults or {})
    from voltape import log

    log.configure(settings.log_level, settings.log_format, colours=colours_wanted())
    return settings


def apart(settings: "Settings") -> "Settings":
    """Settings of a role that runs alone, which needs a store that others can reach."""
    if settings.store_url == "embedded":
        allowed = "the URL of a shared store for a role that runs alone (`voltape up` embeds one)"
        raise SettingError("VOLTAPE_STORE_URL", settings.store_url, allowed)
    return settings


def role(
    callback: Callable[..., int], *more: click.Parameter, only: Container[str] | None = None
) -> Callable[[], click.Command]:
    """Maker of the command that calls `callback`; every setting (or `only` some) is one of its flags, and so is `more`."""

    def make() -> click.Command:
        from voltape.config import SETTINGS, as_flag

        # What this command alone has comes first: the settings are many, and the same everywhere.
        options: list[click.Parameter] = list(more)
        options += [
            click.Option([*map(as_flag, setting.names)], metavar=_metavar(setting), help=_help(setting))
            for setting in SETTINGS
            if only is None or setting.field in only
        ]
        options.append(click.Option(["--config"], metavar="FILE", help="Settings file. [VOLTAPE_CONFIG]"))
        return click.Command(callback.__name__, callback=callback, params=options, help=callback.__doc__)

    return make


def _metavar(setting: "Setting") -> str:
    words = ("on", "off") if setting.type is bool else setting.choices
    return "|".join(words) or setting.unit.upper().replace(" ", "-") or "VALUE"


def _help(setting: "Setting") -> str:
    default = f", default {setting.default_text}" if setting.default_text else ""
    return f"{setting.description} [{setting.env}{default}]"


ADDRESS_SETTINGS = ("http_host", "http_port", "ca_file")
"""Settings that say where the running system is."""
ADDRESS_SWITCHES = (
    click.Option(
        ["--url"], metavar="URL", help="Where the system answers, if not at the settings' host and port."
    ),
    click.Option(
        ["--api-token", "--token", "api_token"], metavar="TOKEN", help="Its token. [VOLTAPE_API_TOKEN]"
    ),
)
"""Switches that say so."""
