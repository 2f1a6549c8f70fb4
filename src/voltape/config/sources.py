"""Where settings come from: flag before environment before file before default."""

import difflib
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from voltape.config.alert_tables import ALERT_KEY, AlertTables
from voltape.config.forms import redacted
from voltape.config.setting import ENV_PREFIX, Setting, as_flag
from voltape.config.settings import SETTINGS, Settings
from voltape.errors import SettingError

__all__ = ["CONFIG_ENV", "CONFIG_FLAG", "FILE_NAME", "load", "load_from_process"]

FILE_NAME = "voltape.toml"
CONFIG_ENV = ENV_PREFIX + "CONFIG"
CONFIG_FLAG = "config"
# What the profile `plain` puts in the place of defaults; what the user gave still wins.
PLAIN_DEFAULTS: Mapping[str, Any] = {
    "filter": "all",
    "store_layout": "hash",
    "conflate": False,
    "coalesce": False,
    "adaptive_flush": False,
    "cache": False,
    "event_loop": "asyncio",
    "gc_tuning": False,
}
NOTHING: Mapping[str, Any] = {}
SHOWN_CHARS = 120
SECRET_WORDS = ("TOKEN", "SECRET", "PASS", "KEY", "AUTH")

BY_NAME: Mapping[str, Setting] = {name: setting for setting in SETTINGS for name in setting.names}


class Given(Struct, frozen=True):
    """One value as it was given.

    Attributes:
        name: the setting as the user wrote it.
        raw: text, or what TOML made of it.
        base: directory that a relative path starts from.
        file: name of the file it stands in, None where it does not come from one.
    """

    name: str
    raw: object
    base: Path
    file: str | None = None


def load_from_process(flags: Mapping[str, object], defaults: Mapping[str, Any] = NOTHING) -> Settings:
    """Settings of this process: `flags` over its environment over the file in its working directory."""
    return load(flags, os.environ, Path.cwd(), defaults)


def load(
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    cwd: Path,
    defaults: Mapping[str, Any] = NOTHING,
) -> Settings:
    """Settings from every source.

    Args:
        flags: values by field name, None where a flag was not given; `config` names the file.
        environ: the environment; every name that starts with `VOLTAPE_` has to be known.
        cwd: directory in which `voltape.toml` is looked for and from which relative paths start.
        defaults: checked values by field name that stand in for the declared defaults.

    Raises:
        SettingError: a name is unknown or a value is not allowed.
    """
    given, rules = _from_file(flags.get(CONFIG_FLAG), environ.get(CONFIG_ENV), cwd)
    given |= _from_environment(environ, cwd)
    given |= _from_flags(flags, cwd)
    values: dict[str, Any] = {field: _converted(BY_NAME[field], one) for field, one in given.items()}
    if values.get("profile") == "plain":
        defaults = {**defaults, **PLAIN_DEFAULTS}
    settings = Settings(**{**defaults, **values}, alert_rules=rules)
    if settings.api_token is not None and "*" in settings.http_cors_origins:
        raise _refused(given["http_cors_origins"], "*", "origins one by one where an API token is set")
    return settings


def _from_flags(flags: Mapping[str, object], cwd: Path) -> dict[str, Given]:
    named = [
        (name, Given(as_flag(name), raw, cwd))
        for name, raw in flags.items()
        if raw is not None and name != CONFIG_FLAG
    ]
    return _known(named, lambda setting: setting.flag)


def _from_environment(environ: Mapping[str, str], cwd: Path) -> dict[str, Given]:
    named = []
    for name, raw in environ.items():
        if not name.startswith(ENV_PREFIX) or name == CONFIG_ENV:
            continue
        field = name.removeprefix(ENV_PREFIX)
        key = field.lower() if field.isupper() else field
        setting = BY_NAME.get(key)
        # Compose files pass an unset variable on as an empty one.
        if raw or setting is None or not setting.optional:
            named.append((key, Given(name, raw, cwd)))
    return _known(named, lambda setting: setting.env)


def _from_file(flag: object, env: str | None, cwd: Path) -> tuple[dict[str, Given], AlertTables]:
    """Values and rules of the configuration file; only a file that was asked for has to exist."""
    name, asked = (as_flag(CONFIG_FLAG), flag) if flag is not None else (CONFIG_ENV, env or None)
    path = cwd / (FILE_NAME if asked is None else Path(str(asked)).expanduser())
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        if asked is None and isinstance(error, FileNotFoundError):
            return {}, AlertTables()
        why = error.strerror if isinstance(error, OSError) else _printable(error)
        subject = (FILE_NAME, path) if asked is None else (name, asked)
        raise SettingError(subject[0], _printable(subject[1]), f"a readable TOML file ({why})") from error
    rules = content.pop(ALERT_KEY, [])
    if not isinstance(rules, list):
        raise SettingError(ALERT_KEY, _printable(rules), "tables, each headed [[alert]]", path.name)
    named = [(key, Given(key, raw, path.parent, path.name)) for key, raw in content.items()]
    return _known(named, lambda setting: setting.field), AlertTables(path.name, tuple(rules))


def _known(named: Iterable[tuple[str, Given]], written: Callable[[Setting], str]) -> dict[str, Given]:
    """What one source gave, by field; `written` spells a setting the way that source does."""
    known: dict[str, Given] = {}
    for name, given in named:
        setting = BY_NAME.get(name)
        if setting is None:
            raise _unknown(name, given, written)
        if setting.field in known:
            other = known[setting.field].name
            raise _refused(given, _shown(setting, given.raw), f"either this or {other}, not both")
        known[setting.field] = given
    return known


def _unknown(name: str, given: Given, written: Callable[[Setting], str]) -> SettingError:
    near = difflib.get_close_matches(name.lower(), BY_NAME, n=1, cutoff=0)
    nearest = BY_NAME[near[0]]
    secret = nearest.secret or any(word in name.upper() for word in SECRET_WORDS)
    value = "***" if secret else _printable(given.raw)
    return _refused(given, value, f"a known name, the nearest is {written(nearest)}")


def _converted(setting: Setting, given: Given) -> object:
    try:
        return setting.convert(given.raw, given.base)
    except ValueError as error:
        raise _refused(given, _shown(setting, given.raw), setting.allowed) from error


def _refused(given: Given, value: str, allowed: str) -> SettingError:
    return SettingError(given.name, value, allowed, given.file)


def _shown(setting: Setting, raw: object) -> str:
    return "***" if setting.secret else _printable(raw)


def _printable(value: object) -> str:
    """`value` on one line of bounded length, without passwords."""
    text = redacted(str(value))
    line = "".join(char if char.isprintable() else repr(char)[1:-1] for char in text[: SHOWN_CHARS + 1])
    return line if len(text) <= SHOWN_CHARS else line[:SHOWN_CHARS] + "…"
