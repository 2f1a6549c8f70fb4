"""Declaration of every setting, and what else is known about each from that declaration."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from voltape.config.alert_tables import AlertTables
from voltape.config.forms import Threshold
from voltape.config.setting import Setting, count, form, per_second, seconds, share, switch, threshold, word

__all__ = ["SETTINGS", "Settings"]


def default_data_dir() -> Path:
    """Where the platform wants a program to keep its data."""
    import platformdirs  # noqa: PLC0415 - costs time and memory, needed only where nothing was configured

    return Path(platformdirs.user_data_dir("voltape", appauthor=False))


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that can be configured; made by `load`, by hand in tests only (nothing is checked then)."""

    ws_url: Annotated[
        str,
        form("ws_url", "a URL that starts with wss:// or ws://", "Public option stream of the exchange."),
    ] = "wss://stream.bybit.com/v5/public/option"
    rest_url: Annotated[
        str, form("rest_url", "a URL that starts with https:// or http://", "REST base of the exchange.")
    ] = "https://api.bybit.com"
    ca_file: Annotated[
        Path | None,
        form(
            "pem",
            "the path of a readable PEM file with certificates",
            "Extra certificates trusted for stream and REST; verification itself cannot be switched off.",
        ),
    ] = None
    proxy: Annotated[
        str | None,
        form(
            "proxy",
            "a URL that starts with http:// or https://, or none",
            "Proxy on the way to stream and REST; unset, HTTPS_PROXY and NO_PROXY decide, `none` goes without.",
            secret=True,
        ),
    ] = None
    underlyings: Annotated[
        tuple[str, ...],
        form(
            "coins",
            "coins separated by commas, such as BTC,ETH,SOL, or all",
            "Coins whose options are tracked; `all` takes whatever the exchange lists.",
        ),
    ] = ("BTC", "ETH", "SOL")
    filter: Annotated[
        Literal["liquid", "auto", "all"],
        word(
            "`liquid` keeps contracts that pass the thresholds live and polls the rest; `auto` finds thresholds for "
            "the targets; `all` keeps all live."
        ),
    ] = "liquid"
    filter_min_volume: Annotated[
        Threshold, threshold("underlying units", "Volume in 24 h from which a contract is liquid.")
    ] = Threshold(1000.0)
    filter_min_oi: Annotated[
        Threshold, threshold("underlying units", "Open interest from which a contract is liquid.")
    ] = Threshold(100.0)
    filter_last_trade_hours: Annotated[
        Threshold, threshold("h", "Time since its last trade within which a contract is liquid.")
    ] = Threshold(24.0)
    filter_target_oi: Annotated[
        float, share("With `auto`: share of each underlying's open interest that is live at least.")
    ] = 0.95
    filter_target_count: Annotated[
        Threshold,
        threshold(
            "contracts", "With `auto`: contracts that are live by their liquidity; 0 goes by the share."
        ),
    ] = Threshold(0.0)
    filter_moneyness: Annotated[
        float, share("Strikes within this part of the forward are live; 0 for none.")
    ] = 0.01
    filter_nearest_expiries: Annotated[
        int,
        count(0, 100, "Nearest expiries of each underlying whose strikes at the money are live.", "expiries"),
    ] = 2
    filter_atm_strikes: Annotated[
        int, count(0, 500, "Strikes live in those on each side of the one at the money.", "strikes")
    ] = 3
    filter_pins: Annotated[
        tuple[str, ...],
        form("symbols", "symbols of contracts separated by commas", "Contracts that are always live."),
    ] = ()
    filter_watched: Annotated[bool, switch("What a client is subscribed to is live.")] = True
    filter_leave: Annotated[float, share("A live contract leaves below this part of a threshold.")] = 0.8
    filter_dwell: Annotated[
        float, seconds(0, 86_400, "Time for which a contract stays live after the last reason for it.")
    ] = 300.0
    trades: Annotated[bool, switch("The trades of each underlying are kept, too.")] = True
    jobs: Annotated[bool, switch("`up` runs the jobs, too.")] = True
    alerts: Annotated[bool, switch("`up` and `jobs` watch the rules of the file, if it has any.")] = True
    alert_interval: Annotated[float, seconds(1, 60, "Time between two looks at the rules of alerts.")] = 5.0
    alert_telegram_token: Annotated[
        str | None,
        form("telegram_token", "a token as @BotFather gives it", "Bot that tells alerts.", secret=True),
    ] = None
    alert_telegram_chat: Annotated[
        str | None,
        form("telegram_chat", "a number, or @ and a name", "Chat that the bot writes into."),
    ] = None
    alert_telegram_url: Annotated[
        str,
        form("rest_url", "a URL that starts with https:// or http://", "Where Telegram's bot interface is."),
    ] = "https://api.telegram.org"
    alert_webhook_url: Annotated[
        str | None,
        form(
            "webhook_url",
            "a URL that starts with https:// or http://, without user and password",
            "Address that alerts are sent to as JSON.",
            secret=True,
        ),
    ] = None
    alert_webhook_secret: Annotated[
        str | None,
        form(
            "webhook_secret",
            "16 to 512 visible ASCII characters without spaces",
            "Secret that these are signed with.",
            secret=True,
        ),
    ] = None
    api_url: Annotated[
        str | None,
        form(
            "rest_url",
            "a URL such as http://serve:8000",
            "Where the data API answers, for jobs that run apart; unset, where the HTTP settings say.",
        ),
    ] = None
    poll_interval: Annotated[float, seconds(0.5, 3600, "Time between REST ticker polls per underlying.")] = (
        30.0
    )
    ws_max_connections: Annotated[
        int, count(1, 100, "Most stream connections; only as many are opened as the topics need.")
    ] = 8
    ws_topics_per_connection: Annotated[
        int, count(1, 2000, "Most topics on one connection; the exchange documents 2,000.")
    ] = 600
    ws_args_chars_per_connection: Annotated[
        int,
        count(
            100,
            21_000,
            "Most characters of topics on one connection; the exchange documents 21,000.",
            "characters",
        ),
    ] = 20_000
    ws_subscription_chunk_size: Annotated[int, count(1, 2000, "Topics in one subscription request.")] = 200
    ws_subscription_delay: Annotated[
        float, seconds(0, 10, "Pause between subscription requests on one connection.")
    ] = 0.1
    ws_ping_interval: Annotated[
        float,
        seconds(0.1, 25, "Time between JSON pings; without one the exchange hangs up after about 30 s."),
    ] = 18.0
    ws_reconnect_delay: Annotated[
        float, seconds(0.01, 30, "First wait before reconnecting; doubles with jitter up to 30 s.")
    ] = 0.5
    ws_stale_after: Annotated[
        float, seconds(1, 3600, "Time without data after which a connection is unhealthy.")
    ] = 60.0
    ws_replace_below: Annotated[
        float, share("Health under which a connection is replaced, the worst first; 0 for never.")
    ] = 0.5
    ws_rotate_after: Annotated[
        float, seconds(0, 604_800, "Age at which a connection is replaced before others cut it; 0 for never.")
    ] = 82_800.0
    store_url: Annotated[
        str,
        form(
            "store_url",
            "embedded, or a URL that starts with valkey://, valkeys://, redis://, rediss:// or valkey+cluster://",
            "Where state is kept: `embedded` starts a private Valkey, a URL names a server of yours.",
        ),
    ] = "embedded"
    store_layout: Annotated[
        Literal["packed", "hash"],
        word(
            "`packed` is one value per contract in a hash per chain; `hash` one readable hash per contract."
        ),
    ] = "packed"
    flush_interval: Annotated[float, seconds(0.01, 10, "Time between two writes to the store.")] = 0.25
    flush_batch_size: Annotated[
        int, count(1, 100_000, "Changed contracts that make a write come early.", "contracts")
    ] = 500
    stream_maxlen: Annotated[
        int, count(1, 1_000_000, "Entries kept in the change stream of each underlying.", "entries")
    ] = 2000
    audit_interval: Annotated[
        float,
        seconds(
            0, 3600, "Time between sampled comparisons of the board with store and exchange; 0 for none."
        ),
    ] = 30.0
    data_dir: Annotated[
        Path,
        form(
            "path",
            "the path of a directory",
            "Directory of the embedded store, the archive and caches; made if it does not exist.",
            default="the platform's data directory",
        ),
    ] = msgspec.field(default_factory=default_data_dir)
    http_host: Annotated[
        str, form("host", "an IP address or a host name", "Where the API and the dashboard listen.")
    ] = "127.0.0.1"
    http_port: Annotated[int, count(0, 65_535, "Port of the API and the dashboard; 0 takes a free one.")] = (
        8000
    )
    api_token: Annotated[
        str | None,
        form(
            "token",
            "1 to 512 visible ASCII characters without spaces",
            "Bearer token, needed for everything but health and the dashboard's files; unset, writes are refused.",
            secret=True,
        ),
    ] = None
    http_rate_limit: Annotated[
        float,
        per_second(
            0,
            1_000_000,
            "Requests that each client may make; what it saves up in 2 s comes at once; 0 for any.",
        ),
    ] = 500.0
    http_cors_origins: Annotated[
        tuple[str, ...],
        form(
            "origins",
            "origins separated by commas, such as https://desk.example, or * where no token is set",
            "Other sites whose pages may read the API in a browser; none may unless they are named.",
        ),
    ] = ()
    profile: Annotated[
        Literal["optimized", "plain"],
        word("`plain` switches every optimisation off: the rollback, and the baseline of the report."),
    ] = "optimized"
    conflate: Annotated[
        bool, switch("Decode and write only the newest message per contract and flush, not every message.")
    ] = True
    coalesce: Annotated[bool, switch("Let the kernel collect some milliseconds of messages per read.")] = True
    adaptive_flush: Annotated[
        bool, switch("Flush less often, within bounds, while the tracker is short of time.")
    ] = True
    cache: Annotated[bool, switch("Keep encoded answers as long as they are exact.")] = True
    event_loop: Annotated[
        Literal["uvloop", "asyncio"],
        word("`uvloop` is the quick event loop, `asyncio` the standard library's."),
    ] = "uvloop"
    gc_tuning: Annotated[
        bool, switch("Collect garbage rarely, and leave alone what lives as long as the process.")
    ] = True
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], word("Least severe log records that are written.")
    ] = "info"
    log_format: Annotated[
        Literal["console", "json"], word("Log lines for people, or one JSON object per line.")
    ] = "console"

    # No setting: it has no name in the environment and no flag.
    alert_rules: AlertTables = AlertTables()

    @property
    def watches_alerts(self) -> bool:
        """Whether there are alerts to watch for."""
        return self.alerts and bool(self.alert_rules.tables)

    @property
    def discover(self) -> bool:
        """Whether all underlyings that the exchange lists are tracked (`underlyings` is empty then)."""
        return not self.underlyings

    @property
    def live_all(self) -> bool:
        """Whether every contract belongs to the live lane."""
        return self.filter == "all"

    def shown(self) -> Iterator[tuple[str, object]]:
        """Names and values fit for logs: tokens and passwords are replaced."""
        for setting in SETTINGS:
            yield setting.field, setting.shown(getattr(self, setting.field))

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self.shown())})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return list(self.shown())


# The short form of this name in the documentation can be read in two ways; both are accepted.
ALIASES = {"flush_batch_size": ("batch_size",)}


def _declared() -> Iterator[Setting]:
    hints = get_type_hints(Settings, include_extras=True)
    for field in msgspec.structs.fields(Settings):
        if get_origin(hints[field.name]) is not Annotated:
            continue
        kind, meta = get_args(hints[field.name])
        default = meta.extra["default"] if field.default is msgspec.NODEFAULT else field.default
        yield Setting(field.name, kind, meta, default, ALIASES.get(field.name, ()))


SETTINGS: tuple[Setting, ...] = tuple(_declared())
