"""Declaration of every setting, and what else is known about each from that declaration."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from voltape.config.forms import PLAIN_FORMS, Threshold, parse_path, parse_pem, parse_threshold, redacted

__all__ = ["ENV_PREFIX", "SETTINGS", "Setting", "Settings", "as_flag"]

ENV_PREFIX = "VOLTAPE_"


def as_flag(field: str) -> str:
    """Spelling of a field's name on the command line."""
    return "--" + field.replace("_", "-")


def default_data_dir() -> Path:
    """Where the platform wants a program to keep its data."""
    import platformdirs  # noqa: PLC0415 - costs time and memory, needed only where nothing was configured

    return Path(platformdirs.user_data_dir("voltape", appauthor=False))


def _count(low: int, high: int, description: str, unit: str = "") -> Meta:
    return Meta(ge=low, le=high, description=description, extra={"unit": unit})


def _seconds(low: float, high: float, description: str) -> Meta:
    return Meta(ge=low, le=high, description=description, extra={"unit": "s"})


def _word(description: str) -> Meta:
    return Meta(description=description, extra={})


def _form(form: str, allowed: str, description: str, **more: object) -> Meta:
    return Meta(description=description, extra={"form": form, "allowed": allowed, **more})


def _threshold(unit: str, description: str) -> Meta:
    allowed = "a number from 0 to 1e12, or one per underlying as BTC:25,SOL:1000, or both as 100,BTC:25"
    return _form("threshold", allowed, description, unit=unit)


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that can be configured; made by `load`, by hand in tests only (nothing is checked then)."""

    ws_url: Annotated[
        str,
        _form("ws_url", "a URL that starts with wss:// or ws://", "Public option stream of the exchange."),
    ] = "wss://stream.bybit.com/v5/public/option"
    rest_url: Annotated[
        str, _form("rest_url", "a URL that starts with https:// or http://", "REST base of the exchange.")
    ] = "https://api.bybit.com"
    ca_file: Annotated[
        Path | None,
        _form(
            "pem",
            "the path of a readable PEM file",
            "Extra certificates trusted for stream and REST; verification itself cannot be switched off.",
        ),
    ] = None
    underlyings: Annotated[
        tuple[str, ...],
        _form(
            "coins",
            "coins separated by commas, such as BTC,ETH,SOL, or all",
            "Coins whose options are tracked; `all` takes whatever the exchange lists.",
        ),
    ] = ("BTC", "ETH", "SOL")
    filter: Annotated[
        Literal["liquid", "all"],
        _word(
            "`liquid` keeps contracts that pass the thresholds live and polls the rest; `all` keeps all live."
        ),
    ] = "liquid"
    filter_min_volume: Annotated[
        Threshold, _threshold("underlying units", "Volume in 24 h from which a contract is liquid.")
    ] = Threshold(1000.0)
    filter_min_oi: Annotated[
        Threshold, _threshold("underlying units", "Open interest from which a contract is liquid.")
    ] = Threshold(100.0)
    filter_last_trade_hours: Annotated[
        Threshold, _threshold("h", "Time since its last trade within which a contract is liquid.")
    ] = Threshold(24.0)
    poll_interval: Annotated[float, _seconds(0.5, 3600, "Time between REST ticker polls per underlying.")] = (
        30.0
    )
    ws_max_connections: Annotated[
        int, _count(1, 100, "Most stream connections; only as many are opened as the topics need.")
    ] = 8
    ws_topics_per_connection: Annotated[
        int, _count(1, 2000, "Most topics on one connection; the exchange documents 2,000.")
    ] = 600
    ws_args_chars_per_connection: Annotated[
        int,
        _count(
            100,
            21_000,
            "Most characters of topics on one connection; the exchange documents 21,000.",
            "characters",
        ),
    ] = 20_000
    ws_subscription_chunk_size: Annotated[int, _count(1, 2000, "Topics in one subscription request.")] = 200
    ws_subscription_delay: Annotated[
        float, _seconds(0, 10, "Pause between subscription requests on one connection.")
    ] = 0.1
    ws_ping_interval: Annotated[
        float,
        _seconds(0.1, 25, "Time between JSON pings; without one the exchange hangs up after about 30 s."),
    ] = 18.0
    ws_reconnect_delay: Annotated[
        float, _seconds(0.01, 30, "First wait before reconnecting; doubles with jitter up to 30 s.")
    ] = 0.5
    ws_stale_after: Annotated[
        float, _seconds(1, 3600, "Time without data after which a connection is unhealthy.")
    ] = 60.0
    store_url: Annotated[
        str,
        _form(
            "store_url",
            "embedded, or a URL that starts with valkey://, valkeys://, redis://, rediss:// or valkey+cluster://",
            "Where state is kept: `embedded` starts a private Valkey, a URL names a server of yours.",
        ),
    ] = "embedded"
    store_layout: Annotated[
        Literal["packed", "hash"],
        _word(
            "`packed` is one value per contract in a hash per chain; `hash` one readable hash per contract."
        ),
    ] = "packed"
    flush_interval: Annotated[float, _seconds(0.01, 10, "Time between two writes to the store.")] = 0.25
    flush_batch_size: Annotated[
        int, _count(1, 100_000, "Changed contracts that make a write come early.", "contracts")
    ] = 500
    stream_maxlen: Annotated[
        int, _count(1, 1_000_000, "Entries kept in the change stream of each underlying.", "entries")
    ] = 2000
    data_dir: Annotated[
        Path,
        _form(
            "path",
            "the path of a directory",
            "Directory of the embedded store, the archive and caches; made if it does not exist.",
            default="the platform's data directory",
        ),
    ] = msgspec.field(default_factory=default_data_dir)
    http_host: Annotated[
        str, _form("host", "an IP address or a host name", "Where the API and the dashboard listen.")
    ] = "127.0.0.1"
    http_port: Annotated[int, _count(0, 65_535, "Port of the API and the dashboard; 0 takes a free one.")] = (
        8000
    )
    api_token: Annotated[
        str | None,
        _form(
            "token",
            "1 to 512 visible ASCII characters without spaces",
            "Bearer token, needed for everything but health and the dashboard's files; unset, writes are refused.",
            secret=True,
        ),
    ] = None
    profile: Annotated[
        Literal["optimized", "plain"],
        _word("`plain` switches every optimisation off: the rollback, and the baseline of the report."),
    ] = "optimized"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], _word("Least severe log records that are written.")
    ] = "info"
    log_format: Annotated[
        Literal["console", "json"], _word("Log lines for people, or one JSON object per line.")
    ] = "console"

    @property
    def discover(self) -> bool:
        """Whether all underlyings that the exchange lists are tracked (`underlyings` is empty then)."""
        return not self.underlyings

    @property
    def live_all(self) -> bool:
        """Whether every contract belongs to the live lane."""
        return self.filter == "all"

    @property
    def layout(self) -> Literal["packed", "hash"]:
        """Store layout in force."""
        return self.store_layout

    @property
    def conflate(self) -> bool:
        """Whether only the newest message per contract is decoded and written at a flush."""
        return self.profile != "plain"

    @property
    def cache(self) -> bool:
        """Whether responses are cached."""
        return self.profile != "plain"

    def shown(self) -> Iterator[tuple[str, object]]:
        """Names and values fit for logs: tokens and passwords are replaced."""
        for setting in SETTINGS:
            yield setting.field, setting.shown(getattr(self, setting.field))

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self.shown())})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return list(self.shown())


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
        return self.default is None

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


# The short form of this name in the documentation can be read in two ways; both are accepted.
ALIASES = {"flush_batch_size": ("batch_size",)}


def _declared() -> Iterator[Setting]:
    hints = get_type_hints(Settings, include_extras=True)
    for field in msgspec.structs.fields(Settings):
        kind, meta = get_args(hints[field.name])
        default = meta.extra["default"] if field.default is msgspec.NODEFAULT else field.default
        yield Setting(field.name, kind, meta, default, ALIASES.get(field.name, ()))


SETTINGS: tuple[Setting, ...] = tuple(_declared())
