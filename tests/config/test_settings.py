"""Declaration of every setting."""

import re
from pathlib import Path

import msgspec
import pytest

from voltape.config import SETTINGS, Setting, Settings, Threshold

ROOT = Path(__file__).parents[2]
HERE = Path("/somewhere")
NUMBERS = [setting for setting in SETTINGS if setting.type in (int, float)]
BY_FIELD = {setting.field: setting for setting in SETTINGS}

CONTRACT_DEFAULTS = {
    "VOLTAPE_WS_URL": "wss://stream.bybit.com/v5/public/option",
    "VOLTAPE_REST_URL": "https://api.bybit.com",
    "VOLTAPE_CA_FILE": "",
    "VOLTAPE_PROXY": "",
    "VOLTAPE_UNDERLYINGS": "BTC,ETH,SOL",
    "VOLTAPE_FILTER": "liquid",
    "VOLTAPE_FILTER_MIN_VOLUME": "1000",
    "VOLTAPE_FILTER_MIN_OI": "100",
    "VOLTAPE_FILTER_LAST_TRADE_HOURS": "24",
    "VOLTAPE_FILTER_TARGET_OI": "0.95",
    "VOLTAPE_FILTER_TARGET_COUNT": "0",
    "VOLTAPE_FILTER_MONEYNESS": "0.01",
    "VOLTAPE_FILTER_NEAREST_EXPIRIES": "2",
    "VOLTAPE_FILTER_ATM_STRIKES": "3",
    "VOLTAPE_FILTER_PINS": "",
    "VOLTAPE_FILTER_WATCHED": "on",
    "VOLTAPE_FILTER_LEAVE": "0.8",
    "VOLTAPE_FILTER_DWELL": "300",
    "VOLTAPE_TRADES": "on",
    "VOLTAPE_JOBS": "on",
    "VOLTAPE_ALERTS": "on",
    "VOLTAPE_ALERT_INTERVAL": "5",
    "VOLTAPE_ALERT_TELEGRAM_TOKEN": "",
    "VOLTAPE_ALERT_TELEGRAM_CHAT": "",
    "VOLTAPE_ALERT_TELEGRAM_URL": "https://api.telegram.org",
    "VOLTAPE_ALERT_WEBHOOK_URL": "",
    "VOLTAPE_ALERT_WEBHOOK_SECRET": "",
    "VOLTAPE_API_URL": "",
    "VOLTAPE_POLL_INTERVAL": "30",
    "VOLTAPE_WS_MAX_CONNECTIONS": "8",
    "VOLTAPE_WS_TOPICS_PER_CONNECTION": "600",
    "VOLTAPE_WS_ARGS_CHARS_PER_CONNECTION": "20000",
    "VOLTAPE_WS_SUBSCRIPTION_CHUNK_SIZE": "200",
    "VOLTAPE_WS_SUBSCRIPTION_DELAY": "0.1",
    "VOLTAPE_WS_PING_INTERVAL": "18",
    "VOLTAPE_WS_RECONNECT_DELAY": "0.5",
    "VOLTAPE_WS_STALE_AFTER": "60",
    "VOLTAPE_WS_REPLACE_BELOW": "0.5",
    "VOLTAPE_WS_ROTATE_AFTER": "82800",
    "VOLTAPE_STORE_URL": "embedded",
    "VOLTAPE_STORE_LAYOUT": "packed",
    "VOLTAPE_FLUSH_INTERVAL": "0.25",
    "VOLTAPE_FLUSH_BATCH_SIZE": "500",
    "VOLTAPE_STREAM_MAXLEN": "2000",
    "VOLTAPE_AUDIT_INTERVAL": "30",
    "VOLTAPE_DATA_DIR": "the platform's data directory",
    "VOLTAPE_HTTP_HOST": "127.0.0.1",
    "VOLTAPE_HTTP_PORT": "8000",
    "VOLTAPE_API_TOKEN": "",
    "VOLTAPE_HTTP_RATE_LIMIT": "500",
    "VOLTAPE_HTTP_CORS_ORIGINS": "",
    "VOLTAPE_PROFILE": "optimized",
    "VOLTAPE_CONFLATE": "on",
    "VOLTAPE_COALESCE": "on",
    "VOLTAPE_ADAPTIVE_FLUSH": "on",
    "VOLTAPE_CACHE": "on",
    "VOLTAPE_EVENT_LOOP": "uvloop",
    "VOLTAPE_GC_TUNING": "on",
    "VOLTAPE_LOG_LEVEL": "info",
    "VOLTAPE_LOG_FORMAT": "console",
}


def by_name(setting: Setting) -> str:
    """Return the setting's name for the test report."""
    return setting.field


def test_names_and_defaults_are_the_promised_ones() -> None:
    """Other programs are written against these names; none is missing, renamed or changed."""
    assert {setting.env: setting.default_text for setting in SETTINGS} == CONTRACT_DEFAULTS


@pytest.mark.parametrize("setting", SETTINGS, ids=by_name)
def test_every_setting_says_what_it_means_and_takes(setting: Setting) -> None:
    """A description is one sentence, and what is allowed is never empty."""
    assert re.fullmatch(r".{10,}\.", setting.description)
    assert setting.allowed
    assert setting.flag == "--" + setting.field.replace("_", "-")


@pytest.mark.parametrize("setting", NUMBERS, ids=by_name)
def test_numbers_are_taken_up_to_their_bounds_and_no_further(setting: Setting) -> None:
    """Both bounds are allowed, in text or as a number; one step beyond, and no number at all, is not."""
    low, high = setting.meta.ge, setting.meta.le
    assert low is not None
    assert high is not None
    step = 1 if setting.type is int else 0.001
    for good in (low, high, str(low), f" {high} "):
        assert setting.convert(good, HERE) == float(good)
    beyond: list[object] = [low - step, high + step, str(high + step), "nan", "inf", "", "x", None, True, [1]]
    for value in beyond:
        with pytest.raises(ValueError):
            setting.convert(value, HERE)


@pytest.mark.parametrize("setting", [one for one in SETTINGS if one.type is int], ids=by_name)
def test_whole_numbers_have_no_fraction(setting: Setting) -> None:
    """A count of 2.5 is refused rather than rounded."""
    with pytest.raises(ValueError):
        setting.convert("2.5", HERE)


@pytest.mark.parametrize("setting", [one for one in SETTINGS if one.choices], ids=by_name)
def test_words_are_taken_in_any_case(setting: Setting) -> None:
    """Each listed word is taken, in capitals too; another is not."""
    for word in setting.choices:
        assert setting.convert(word.upper(), HERE) == word
        assert word in setting.allowed
    with pytest.raises(ValueError):
        setting.convert("other", HERE)


@pytest.mark.parametrize("setting", [one for one in SETTINGS if one.type is bool], ids=by_name)
def test_switches_are_on_or_off(setting: Setting) -> None:
    """The usual words are taken in any case, and TOML's own; a number or another word is not."""
    on: list[object] = ["on", " ON ", "true", "yes", "1", True]
    off: list[object] = ["off", "False", "no", "0", False]
    neither: list[object] = ["", "perhaps", None, 1, 0.0]
    for given in on:
        assert setting.convert(given, HERE) is True
    for given in off:
        assert setting.convert(given, HERE) is False
    for given in neither:
        with pytest.raises(ValueError):
            setting.convert(given, HERE)


def test_limits_of_the_exchange_cannot_be_exceeded() -> None:
    """The documented limits of one connection are upper bounds."""
    assert BY_FIELD["ws_topics_per_connection"].meta.le == 2000
    assert BY_FIELD["ws_args_chars_per_connection"].meta.le == 21_000


@pytest.mark.parametrize("setting", SETTINGS, ids=by_name)
def test_defaults_are_themselves_allowed(setting: Setting) -> None:
    """Whoever writes a default down explicitly gets the same settings."""
    value = getattr(Settings(), setting.field)
    if value is not None:
        text = setting.default_text if setting.field != "data_dir" else str(value)
        assert setting.convert(text, HERE) == value


def test_settings_cannot_be_changed() -> None:
    """The object is frozen."""
    with pytest.raises(AttributeError):
        Settings().http_port = 1  # type: ignore[misc]


def test_secrets_are_not_shown() -> None:
    """Neither form of text shows the token or the store's password; both are kept."""
    settings = Settings(api_token="hush", store_url="valkey://user:hush@store:6379/0")
    for text in (repr(settings), str(settings), f"{settings}", repr(settings.__rich_repr__())):
        assert "hush" not in text
        assert "api_token='***'" in text or "('api_token', '***')" in text
        assert "valkey://***@store:6379/0" in text
    assert settings.api_token == "hush"
    assert "hush" in settings.store_url


def test_an_unset_secret_is_shown_as_unset() -> None:
    """One can see from the text that there is no token."""
    assert "api_token=None" in repr(Settings())


def test_the_optimised_profile_has_every_optimisation() -> None:
    """Defaults: live and polled lanes, packed layout, conflation and caches."""
    settings = Settings()
    assert not settings.live_all
    assert settings.store_layout == "packed"
    assert settings.event_loop == "uvloop"
    switches = (
        settings.conflate,
        settings.coalesce,
        settings.adaptive_flush,
        settings.cache,
        settings.gc_tuning,
    )
    assert all(switches)
    assert not settings.discover


def test_all_underlyings_means_discovery() -> None:
    """An empty tuple of underlyings stands for whatever is listed."""
    assert Settings(underlyings=()).discover


def test_thresholds_have_bounds_too() -> None:
    """Limits are declared with the range that the written form is checked against."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"default": -1}, Threshold)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"default": 1, "own": {"BTC": 1e13}}, Threshold)


PAGE = ROOT / "docs/reference/settings.md"
NONE = "\N{EN DASH}"
ROW = re.compile(r"^\| `(VOLTAPE_\w+)`(?: \(or `(VOLTAPE_\w+)`\))? \|(.*)\|$", re.MULTILINE)


def test_the_reference_page_lists_every_setting_and_no_other() -> None:
    """Each setting has one row with its default and what is allowed, in the order of declaration."""
    rows = {match[1]: match for match in ROW.finditer(PAGE.read_text("utf-8"))}
    rows.pop("VOLTAPE_CONFIG")
    assert list(rows) == [setting.env for setting in SETTINGS]
    for setting in SETTINGS:
        row = rows[setting.env]
        assert (row[2] or "").removeprefix("VOLTAPE_").lower() == "".join(setting.aliases)
        default, unit, allowed, meaning = (cell.strip().replace("`", "") for cell in row[3].split(" | "))
        assert default == (setting.default_text or NONE)
        assert unit == (setting.unit or NONE)
        assert allowed == setting.allowed
        assert meaning == setting.description.replace("`", "")
