"""Where settings come from."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.config import SETTINGS, AlertTables, Setting, Settings, Threshold, load
from voltape.config.sources import BY_NAME, load_from_process
from voltape.errors import SettingError

BAD_VALUES = {
    "ws_url": "http://stream.bybit.com",
    "rest_url": "ftp://api.bybit.com",
    "ca_file": "/nowhere/ca.pem",
    "proxy": "socks5://proxy:1080",
    "underlyings": "BTC,,ETH",
    "filter": "some",
    "filter_min_volume": "-1",
    "filter_min_oi": "BTC:many",
    "filter_last_trade_hours": "BTC:1,BTC:2",
    "filter_target_oi": "1.1",
    "filter_target_count": "-1",
    "filter_moneyness": "2",
    "filter_nearest_expiries": "-1",
    "filter_atm_strikes": "1.5",
    "filter_pins": "BTC",
    "filter_watched": "maybe",
    "filter_leave": "-0.1",
    "filter_dwell": "-1",
    "trades": "all",
    "jobs": "all",
    "alerts": "some",
    "alert_interval": "0.5",
    "alert_telegram_token": "token",
    "alert_telegram_chat": "@",
    "alert_telegram_url": "telegram.org",
    "alert_webhook_url": "ftp://desk.example/in",
    "alert_webhook_secret": "too short",
    "api_url": "serve:8000",
    "poll_interval": "0.1",
    "ws_max_connections": "0",
    "ws_topics_per_connection": "2001",
    "ws_args_chars_per_connection": "21001",
    "ws_subscription_chunk_size": "0",
    "ws_subscription_delay": "-0.1",
    "ws_ping_interval": "31",
    "ws_reconnect_delay": "0",
    "ws_stale_after": "nan",
    "ws_replace_below": "1.5",
    "ws_rotate_after": "-1",
    "store_url": "postgres://store",
    "store_layout": "json",
    "flush_interval": "0",
    "flush_batch_size": "0",
    "stream_maxlen": "-5",
    "audit_interval": "-1",
    "data_dir": " ",
    "http_host": "not a host",
    "http_port": "65536",
    "api_token": "two words",
    "http_rate_limit": "-1",
    "http_cors_origins": "desk.example",
    "profile": "fast",
    "conflate": "some",
    "coalesce": "2",
    "adaptive_flush": "often",
    "cache": "none",
    "event_loop": "trio",
    "gc_tuning": "never",
    "log_level": "loud",
    "log_format": "xml",
}


def by_name(setting: Setting) -> str:
    """Return the setting's name for the test report."""
    return setting.field


def write(directory: Path, **values: object) -> Path:
    """Write `voltape.toml`; JSON's numbers, strings and lists are TOML's too."""
    path = directory / "voltape.toml"
    path.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items()), "utf-8")
    return path


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Return an empty working directory."""
    directory = tmp_path / "here"
    directory.mkdir()
    return directory


def test_nothing_given_gives_the_defaults(here: Path) -> None:
    """Without flags, environment and file, all settings have their declared defaults."""
    assert load({}, {"PATH": "/bin", "HOME": "/root"}, here) == Settings()


def test_every_setting_has_a_bad_value_to_test_with() -> None:
    """A new setting cannot be forgotten in the tests below."""
    assert list(BAD_VALUES) == [setting.field for setting in SETTINGS]


@pytest.mark.parametrize("setting", SETTINGS, ids=by_name)
@pytest.mark.parametrize("source", ["flag", "environment", "file"])
def test_a_bad_value_is_refused_by_the_name_the_user_wrote(setting: Setting, source: str, here: Path) -> None:
    """The error is one line with name, value and what is allowed, from whichever source the value comes."""
    bad = BAD_VALUES[setting.field]
    names = {"flag": setting.flag, "environment": setting.env, "file": setting.field}
    if source == "file":
        write(here, **{setting.field: bad})
    with pytest.raises(SettingError) as caught:
        load(
            {setting.field: bad} if source == "flag" else {},
            {setting.env: bad} if source == "environment" else {},
            here,
        )
    error = caught.value
    assert error.name == names[source]
    assert error.value == ("***" if setting.secret else bad)
    assert error.allowed == setting.allowed
    assert error.file == ("voltape.toml" if source == "file" else None)
    assert "\n" not in str(error)


PORTS = st.none() | st.integers(1, 65_535)


@given(PORTS, PORTS, PORTS)
def test_a_flag_wins_over_the_environment_over_the_file(
    flag: int | None, env: int | None, file: int | None
) -> None:
    """The first source that has a value decides; where none has, the default does."""
    with TemporaryDirectory() as directory:
        here = Path(directory)
        if file is not None:
            write(here, http_port=file)
        settings = load(
            {"http_port": None if flag is None else str(flag)},
            {} if env is None else {"VOLTAPE_HTTP_PORT": str(env)},
            here,
        )
    expected = next(value for value in (flag, env, file, 8000) if value is not None)
    assert settings.http_port == expected


FIELDS = st.sampled_from(["poll_interval", "ws_stale_after", "flush_interval", "ws_subscription_delay"])
LAYERS = st.dictionaries(FIELDS, st.floats(1, 10))


@given(LAYERS, LAYERS, LAYERS)
def test_each_setting_is_decided_by_itself(
    flags: dict[str, float], env: dict[str, float], file: dict[str, float]
) -> None:
    """Sources are merged setting by setting, never as a whole."""
    with TemporaryDirectory() as directory:
        here = Path(directory)
        write(here, **file)
        settings = load(
            {name: repr(value) for name, value in flags.items()},
            {f"VOLTAPE_{name.upper()}": repr(value) for name, value in env.items()},
            here,
        )
    merged: dict[str, Any] = file | env | flags
    assert settings == Settings(**merged)


def test_the_file_takes_toml_types(here: Path) -> None:
    """Numbers, lists and text in the file mean what the same text in the environment means."""
    write(
        here,
        underlyings=["BTC", "XRP"],
        http_port=0,
        poll_interval=5,
        filter_min_oi="50,BTC:5",
        filter_min_volume=7,
    )
    settings = load({}, {}, here)
    assert settings.underlyings == ("BTC", "XRP")
    assert settings.http_port == 0
    assert settings.poll_interval == 5.0
    assert settings.filter_min_oi == Threshold(50.0, {"BTC": 5.0})
    assert settings.filter_min_volume == Threshold(7.0)


@pytest.mark.parametrize(
    ("environ", "name", "nearest"),
    [
        ({"VOLTAPE_HTPP_PORT": "1"}, "VOLTAPE_HTPP_PORT", "VOLTAPE_HTTP_PORT"),
        ({"VOLTAPE_MIN_OI": "1"}, "VOLTAPE_MIN_OI", "VOLTAPE_FILTER_MIN_OI"),
        ({"VOLTAPE_Http_Port": "1"}, "VOLTAPE_Http_Port", "VOLTAPE_HTTP_PORT"),
        ({"VOLTAPE_": ""}, "VOLTAPE_", "VOLTAPE_"),
    ],
)
def test_an_unknown_name_in_the_environment_is_refused(
    environ: dict[str, str], name: str, nearest: str, here: Path
) -> None:
    """The error names the nearest known setting."""
    with pytest.raises(SettingError) as caught:
        load({}, environ, here)
    assert caught.value.name == name
    assert f"the nearest is {nearest}" in caught.value.allowed


def test_an_unknown_key_in_the_file_is_refused(here: Path) -> None:
    """Keys have to be known, tables are no settings, and the nearest key is named."""
    write(here, http_prot=1)
    with pytest.raises(SettingError, match=r"^voltape.toml: http_prot=1: .* nearest is http_port$"):
        load({}, {}, here)
    (here / "voltape.toml").write_text("[http]\nport = 1\n")
    with pytest.raises(SettingError, match=r"^voltape.toml: http="):
        load({}, {}, here)


def test_an_unknown_flag_is_refused(here: Path) -> None:
    """A flag that no setting has is an error here too, not only in the command line's parser."""
    with pytest.raises(SettingError, match=r"^--http-prot=1: .* nearest is --http-port$"):
        load({"http_prot": "1"}, {}, here)


def test_a_mistyped_secret_is_not_shown(here: Path) -> None:
    """The value under an unknown name that looks like a secret's is replaced."""
    for name in ("VOLTAPE_API_TOKNE", "VOLTAPE_PASSWORD", "VOLTAPE_STORE_SECRET"):
        with pytest.raises(SettingError) as caught:
            load({}, {name: "hush"}, here)
        assert "hush" not in str(caught.value)


def test_a_refused_secret_is_not_shown(here: Path) -> None:
    """Neither a bad token nor the password in a bad URL gets into the error."""
    for environ in ({"VOLTAPE_API_TOKEN": "hush hush"}, {"VOLTAPE_STORE_URL": "valky://u:hu/sh@store"}):
        with pytest.raises(SettingError) as caught:
            load({}, environ, here)
        assert "sh" not in str(caught.value.value)


def test_an_error_stays_one_short_line(here: Path) -> None:
    """Line breaks and control characters are escaped, long values cut."""
    with pytest.raises(SettingError) as caught:
        load({}, {"VOLTAPE_HTTP_HOST": "a\nb\x1b[31m" + "x" * 10_000}, here)
    text = str(caught.value)
    assert text.isprintable()
    assert text.startswith("VOLTAPE_HTTP_HOST=a\\nb\\x1b[31mxxx")
    assert len(text) < 300


def test_both_names_of_the_batch_size_are_known(here: Path) -> None:
    """The documented short form can be read in two ways; either works, both at once do not."""
    assert load({}, {"VOLTAPE_BATCH_SIZE": "7"}, here).flush_batch_size == 7
    assert load({}, {"VOLTAPE_FLUSH_BATCH_SIZE": "7"}, here).flush_batch_size == 7
    assert load({"flush_batch_size": "8"}, {"VOLTAPE_BATCH_SIZE": "7"}, here).flush_batch_size == 8
    with pytest.raises(SettingError, match="not both"):
        load({}, {"VOLTAPE_BATCH_SIZE": "7", "VOLTAPE_FLUSH_BATCH_SIZE": "7"}, here)


def test_an_empty_variable_is_no_value_where_none_is_allowed(here: Path) -> None:
    """Compose files pass unset variables on as empty ones; a number cannot be empty."""
    settings = load({}, {"VOLTAPE_CA_FILE": "", "VOLTAPE_API_TOKEN": "", "VOLTAPE_CONFIG": ""}, here)
    assert settings == Settings()
    with pytest.raises(SettingError, match=r"^VOLTAPE_HTTP_PORT=: "):
        load({}, {"VOLTAPE_HTTP_PORT": ""}, here)


def test_another_file_can_be_named(here: Path, tmp_path: Path) -> None:
    """The flag names the file before the environment does, and then only that file is read."""
    write(here, http_port=1)
    other = write(tmp_path, http_port=2)
    third = tmp_path / "third.toml"
    third.write_text("http_port = 3\n")
    assert load({}, {}, here).http_port == 1
    assert load({}, {"VOLTAPE_CONFIG": str(other)}, here).http_port == 2
    assert load({"config": "../third.toml"}, {"VOLTAPE_CONFIG": str(other)}, here).http_port == 3


@pytest.mark.parametrize("content", [None, b"http_port = ", b"\xff", b"a = 1\na = 2\n"])
def test_a_named_file_must_be_there_and_be_toml(content: bytes | None, here: Path) -> None:
    """A missing or malformed file is an error that names where its name came from."""
    if content is not None:
        (here / "mine.toml").write_bytes(content)
    with pytest.raises(SettingError, match=r"^VOLTAPE_CONFIG=mine.toml: .*readable TOML file \(.+\)$"):
        load({}, {"VOLTAPE_CONFIG": "mine.toml"}, here)
    with pytest.raises(SettingError, match=r"^--config=mine.toml: "):
        load({"config": "mine.toml"}, {}, here)


def test_a_malformed_file_in_the_working_directory_is_not_ignored(here: Path) -> None:
    """A file nobody named may be missing, but not be wrong."""
    (here / "voltape.toml").write_text("http_port =\n")
    with pytest.raises(SettingError, match=r"^voltape\.toml="):
        load({}, {}, here)
    (here / "voltape.toml").unlink()
    (here / "voltape.toml").mkdir()
    with pytest.raises(SettingError, match=r"^voltape\.toml="):
        load({}, {}, here)


def test_relative_paths_start_from_the_file_that_holds_them(here: Path, tmp_path: Path) -> None:
    """In a file they are relative to it, elsewhere to the working directory."""
    other = write(tmp_path, data_dir="data")
    assert load({"config": str(other)}, {}, here).data_dir == tmp_path / "data"
    assert load({}, {"VOLTAPE_DATA_DIR": "data"}, here).data_dir == here / "data"


def test_the_plain_profile_switches_every_optimisation_off(here: Path) -> None:
    """All contracts live, readable layout, no conflation, no caches."""
    settings = load({}, {"VOLTAPE_PROFILE": "plain"}, here)
    assert settings.live_all
    assert settings.store_layout == "hash"
    assert settings.event_loop == "asyncio"
    switches = (
        settings.conflate,
        settings.coalesce,
        settings.adaptive_flush,
        settings.cache,
        settings.gc_tuning,
    )
    assert not any(switches)


def test_what_the_user_gave_wins_over_the_profile(here: Path) -> None:
    """An explicit setting is kept under the plain profile, from any source."""
    write(here, filter="liquid")
    settings = load({"store_layout": "packed"}, {"VOLTAPE_PROFILE": "plain"}, here)
    assert not settings.live_all
    assert settings.store_layout == "packed"
    assert not settings.conflate


def test_a_caller_may_bring_other_defaults(here: Path) -> None:
    """They stand in for the declared ones and lose to everything that was given."""
    own = {"http_port": 0, "data_dir": here}
    assert load({}, {}, here, own) == Settings(http_port=0, data_dir=here)
    assert load({"http_port": "9"}, {}, here, own).http_port == 9


def test_the_process_has_an_environment_and_a_directory(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are those of this process."""
    for setting in BY_NAME.values():
        monkeypatch.delenv(setting.env, raising=False)
    monkeypatch.setenv("VOLTAPE_POLL_INTERVAL", "11")
    monkeypatch.chdir(here)
    write(here, http_port=12)
    settings = load_from_process({"flush_interval": "1"})
    assert (settings.poll_interval, settings.http_port, settings.flush_interval) == (11.0, 12, 1.0)


def test_pages_of_all_sites_and_a_token_do_not_go_together(here: Path) -> None:
    """Whoever guards the data does not mean all sites."""
    with pytest.raises(SettingError) as caught:
        load({"api_token": "secret"}, {"VOLTAPE_HTTP_CORS_ORIGINS": "*"}, here)
    assert caught.value.name == "VOLTAPE_HTTP_CORS_ORIGINS"
    assert load({}, {"VOLTAPE_HTTP_CORS_ORIGINS": "*"}, here).http_cors_origins == ("*",)


def test_the_rules_of_alerts_come_from_the_file_as_they_are(here: Path) -> None:
    """They are no setting, and whoever watches them says what is wrong with one."""
    (here / "voltape.toml").write_text('alerts = "off"\n[[alert]]\nname = "one"\n[[alert]]\nanything = 5\n')
    settings = load({}, {}, here)
    assert settings.alert_rules == AlertTables("voltape.toml", ({"name": "one"}, {"anything": 5}))
    assert not settings.watches_alerts
    assert load({"alerts": "on"}, {}, here).watches_alerts
    named = here / "desk.toml"
    named.write_text("[[alert]]\n")
    assert load({}, {"VOLTAPE_CONFIG": str(named)}, here).alert_rules.file == "desk.toml"


def test_rules_of_alerts_have_no_name_elsewhere(here: Path) -> None:
    """Neither in the environment nor as one table."""
    with pytest.raises(SettingError, match="VOLTAPE_ALERT=x"):
        load({}, {"VOLTAPE_ALERT": "x"}, here)
    with pytest.raises(SettingError, match="VOLTAPE_ALERT_RULES"):
        load({}, {"VOLTAPE_ALERT_RULES": "x"}, here)
    (here / "voltape.toml").write_text("[alert]\nname = 5\n")
    with pytest.raises(SettingError, match=r"^voltape.toml: alert=.* headed"):
        load({}, {}, here)
