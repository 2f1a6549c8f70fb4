"""One setting as declared: its names, its texts, and what values it takes."""

from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from voltape.config.forms import (
    PLAIN_FORMS,
    parse_path,
    parse_pem,
    parse_threshold,
    redacted,
)

__all__ = [
    "ENV_PREFIX",
    "Setting",
    "as_flag",
    "count",
    "form",
    "per_second",
    "seconds",
    "share",
    "switch",
    "threshold",
    "word",
]

ENV_PREFIX = "VOLTAPE_"


def as_flag(field: str) -> str:
    """Spelling of a field's name on the command line."""
    return "--" + field.replace("_", "-")


def count(low: int, high: int, description: str, unit: str = "") -> Meta:
    """Declares a whole number."""
    return Meta(ge=low, le=high, description=description, extra={"unit": unit})


def seconds(low: float, high: float, description: str) -> Meta:
    """Declares a time."""
    return Meta(ge=low, le=high, description=description, extra={"unit": "s"})


def per_second(low: float, high: float, description: str) -> Meta:
    """Declares a rate."""
    return Meta(ge=low, le=high, description=description, extra={"unit": "1/s"})


def share(description: str) -> Meta:
    """Declares a part of a whole, from 0 to 1."""
    return Meta(ge=0, le=1, description=description, extra={"unit": "share"})


def word(description: str) -> Meta:
    """Declares one of a few words."""
    return Meta(description=description, extra={})


def switch(description: str) -> Meta:
    """Declares what is on or off."""
    return form("switch", "on or off", description)


def form(name: str, allowed: str, description: str, **more: object) -> Meta:
    """Declares a value that `forms` reads."""
    return Meta(description=description, extra={"form": name, "allowed": allowed, **more})


def threshold(unit: str, description: str) -> Meta:
    """Declares a limit that may differ per underlying."""
    allowed = "a number from 0 to 1e12, or one per underlying as BTC:25,SOL:1000, or both as 100,BTC:25"
    return form("threshold", allowed, description, unit=unit)


class Setting(Struct, frozen=True):
    """One setting as declared, with its names and texts.

    Attributes:
        field: attribute of `Settings` and key in the file.
        type: annotation of that attribute.
        meta: bounds, description and extras.
        default: value where nothing is given; a text where that depends on the machine.
        aliases: other fields' names that mean this one.
    """

    field: str
    type: Any
    meta: Meta
    default: Any
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Its field and the aliases of that."""
        return (self.field, *self.aliases)

    @property
    def env(self) -> str:
        """Name in the environment."""
        return ENV_PREFIX + self.field.upper()

    @property
    def flag(self) -> str:
        """Name on the command line."""
        return as_flag(self.field)

    @property
    def description(self) -> str:
        """What it means, in one sentence."""
        return self.meta.description or ""

    @property
    def default_text(self) -> str:
        """Its default as one would write it; empty for none."""
        if self.default is None:
            return ""
        if isinstance(self.default, bool):
            return "on" if self.default else "off"
        if isinstance(self.default, tuple):
            return ",".join(self.default)
        return f"{self.default:g}" if isinstance(self.default, float) else str(self.default)

    @property
    def unit(self) -> str:
        """Unit of a number, or empty."""
        return str(self._extra("unit") or "")

    @property
    def secret(self) -> bool:
        """Whether the value must never be shown."""
        return bool(self._extra("secret"))

    @property
    def choices(self) -> tuple[str, ...]:
        """The accepted words, if it takes one of a few."""
        return get_args(self.type) if get_origin(self.type) is Literal else ()

    @property
    def allowed(self) -> str:
        """What is accepted."""
        if self.choices:
            return f"{', '.join(self.choices[:-1])} or {self.choices[-1]}"
        if text := self._extra("allowed"):
            return str(text)
        kind = "a whole number" if self.type is int else "a number"
        return f"{kind} from {self.meta.ge} to {self.meta.le}"

    @property
    def optional(self) -> bool:
        """Whether an empty value in the environment means the same as none."""
        return self.default is None or self.default == ()

    def shown(self, value: object) -> object:
        """`value` as it may be shown."""
        if value is None:
            return None
        if self.secret:
            return "***"
        return redacted(value) if isinstance(value, str) else value

    def convert(self, raw: object, base: Path) -> object:
        """`raw` checked, relative paths from `base`; ValueError (msgspec's error is one) if not allowed."""
        match self._extra("form"):
            case "path":
                return parse_path(raw, base)
            case "pem":
                return parse_pem(raw, base)
            case "threshold":
                return parse_threshold(raw, self.default)
            case str() as form:
                return PLAIN_FORMS[form](raw)
        if isinstance(raw, str):
            raw = raw.strip().lower()
        return msgspec.convert(raw, Annotated[self.type, self.meta], strict=False)

    def _extra(self, key: str) -> object:
        return (self.meta.extra or {}).get(key)
