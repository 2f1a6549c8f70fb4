"""Written forms of setting values."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.config.forms import (
    Threshold,
    parse_coins,
    parse_host,
    parse_origins,
    parse_path,
    parse_pem,
    parse_rest_url,
    parse_store_url,
    parse_symbols,
    parse_threshold,
    parse_token,
    parse_ws_url,
    redacted,
)
from voltape.sim.certificate import server_context

HERE = Path("/somewhere")
BUILT_IN = Threshold(1000.0)
AMOUNTS = st.floats(0, 1e12, allow_nan=False)
COINS = st.from_regex(r"[A-Z0-9]{1,20}", fullmatch=True)


@given(AMOUNTS, st.dictionaries(COINS, AMOUNTS, max_size=5))
def test_a_threshold_reads_back_what_was_written(general: float, own: dict[str, float]) -> None:
    """The general limit and every limit of an underlying survive the written form."""
    text = ",".join([repr(general), *(f"{coin}:{limit!r}" for coin, limit in own.items())])
    threshold = parse_threshold(text, BUILT_IN)
    assert threshold == Threshold(general, own)
    assert {coin: threshold.of(coin) for coin in own} == own


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("100", Threshold(100.0)),
        (100, Threshold(100.0)),
        (0.5, Threshold(0.5)),
        ("BTC:25,SOL:1000", Threshold(1000.0, {"BTC": 25.0, "SOL": 1000.0})),
        ("100, btc : 25", Threshold(100.0, {"BTC": 25.0})),
        ("BTC:25,100", Threshold(100.0, {"BTC": 25.0})),
    ],
)
def test_a_threshold_may_differ_per_underlying(raw: object, expected: Threshold) -> None:
    """Underlyings without a limit of their own take the general one, given or built in."""
    threshold = parse_threshold(raw, BUILT_IN)
    assert threshold == expected
    assert threshold.of("XRP") == expected.default


def test_a_threshold_is_shown_as_it_is_written() -> None:
    """The text of a threshold is one that can be given back."""
    threshold = Threshold(100.0, {"BTC": 25.0, "SOL": 0.5})
    assert str(threshold) == "100,BTC:25,SOL:0.5"
    assert parse_threshold(str(threshold), BUILT_IN) == threshold


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "x",
        "-1",
        "nan",
        "inf",
        "1e13",
        "1,2",
        "BTC:1,BTC:2",
        "BTC:",
        ":1",
        "BTC:x",
        "B-C:1",
        "BTC:1:2",
        -1,
        True,
        ["1"],
    ],
)
def test_a_threshold_that_means_nothing_is_refused(raw: object) -> None:
    """Neither negative, unbounded, repeated nor unreadable limits are taken."""
    with pytest.raises(ValueError):
        parse_threshold(raw, BUILT_IN)


@pytest.mark.parametrize(
    ("raw", "coins"),
    [
        ("BTC,ETH", ("BTC", "ETH")),
        (" eth , btc,ETH", ("ETH", "BTC")),
        (["BTC", "1000PEPE"], ("BTC", "1000PEPE")),
        ("all", ()),
        ("ALL", ()),
        (["all"], ()),
    ],
)
def test_coins_keep_their_order_and_lose_repetition(raw: object, coins: tuple[str, ...]) -> None:
    """A list in either notation becomes capitals without repetition; `all` becomes the empty tuple."""
    assert parse_coins(raw) == coins


@pytest.mark.parametrize("raw", ["", ",", "BTC,", "BTC ETH", "all,BTC", "BTC-USDT", [], [1], 1, "A" * 21])
def test_what_is_no_list_of_coins_is_refused(raw: object) -> None:
    """Empty lists, empty entries and other characters are not taken."""
    with pytest.raises(ValueError):
        parse_coins(raw)


@pytest.mark.parametrize(
    ("raw", "symbols"),
    [
        ("", ()),
        ("btc-25dec26-100000-c-usdt", ("BTC-25DEC26-100000-C-USDT",)),
        (
            "BTC-25DEC26-1-C, XRP-25DEC26-0.5-P-USDT,BTC-25DEC26-1-C",
            ("BTC-25DEC26-1-C", "XRP-25DEC26-0.5-P-USDT"),
        ),
        (["BTC-25DEC26-1-C"], ("BTC-25DEC26-1-C",)),
        ([], ()),
    ],
)
def test_symbols_keep_their_order_and_lose_repetition(raw: object, symbols: tuple[str, ...]) -> None:
    """A list in either notation becomes capitals without repetition; nothing is no symbols."""
    assert parse_symbols(raw) == symbols


@pytest.mark.parametrize(
    "raw", [",", "BTC", "BTC-25DEC26-1-C,", "BTC-25DEC26-1-C;ETH", "A-B-C-D-E-F", [1], 1]
)
def test_what_is_no_list_of_symbols_is_refused(raw: object) -> None:
    """Empty entries, coins and other characters are not taken."""
    with pytest.raises(ValueError):
        parse_symbols(raw)


def test_paths_start_from_where_they_were_given() -> None:
    """A relative path is relative to its base, an absolute one is kept, `~` is the home directory."""
    assert parse_path("data/here", HERE) == Path("/somewhere/data/here")
    assert parse_path("/data", HERE) == Path("/data")
    assert parse_path("~/data", HERE) == Path.home() / "data"


@pytest.mark.parametrize("raw", ["", " ", "a\0b", 1, "~nobody-of-this-name/x"])
def test_what_is_no_path_is_refused(raw: object) -> None:
    """Empty text, other types and unknown homes are not taken."""
    with pytest.raises(ValueError):
        parse_path(raw, HERE)


def test_a_pem_file_must_be_readable_and_hold_a_certificate(tmp_path: Path) -> None:
    """A missing file, a directory, a file of another kind and one with a spoilt certificate are refused."""
    server_context("localhost", tmp_path / "good.pem")
    (tmp_path / "other.txt").write_text("hello")
    spoilt = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    (tmp_path / "spoilt.pem").write_text(spoilt)
    assert parse_pem("good.pem", tmp_path) == tmp_path / "good.pem"
    for name in ("missing.pem", "other.txt", "spoilt.pem", "."):
        with pytest.raises(ValueError):
            parse_pem(name, tmp_path)


@pytest.mark.parametrize(
    "url", ["wss://stream.bybit.com/v5/public/option", "ws://127.0.0.1:9000", "ws://[::1]:9000/x", "wss://h."]
)
def test_stream_urls_may_be_any_websocket_address(url: str) -> None:
    """Secure and plain addresses are taken as they are."""
    assert parse_ws_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "stream.bybit.com",
        "https://x",
        "ws://",
        "ws:///path",
        "ws://h:0",
        "ws://h:65536",
        "ws://h:x",
        "ws://[::1",
        "ws://h/?a=1",
        "ws://h/?",
        "ws://h/#a",
        "ws://u:p@h",
        "ws://a b",
        "ws://hé",
        1,
    ],
)
def test_what_is_no_stream_url_is_refused(url: object) -> None:
    """Other schemes, missing hosts, impossible ports, credentials and queries are not taken."""
    with pytest.raises(ValueError):
        parse_ws_url(url)


def test_rest_urls_lose_their_last_slash() -> None:
    """Paths can be appended to the base as it is kept."""
    assert parse_rest_url("https://api.bybit.com/") == "https://api.bybit.com"
    with pytest.raises(ValueError):
        parse_rest_url("wss://api.bybit.com")


@pytest.mark.parametrize(
    "url",
    [
        "embedded",
        "valkey://localhost",
        "valkeys://user:pass@store:6380/3",
        "redis://store/0",
        "rediss://:secret@store:6380",
        "valkey+cluster://store:7000",
    ],
)
def test_store_urls_name_a_server_or_the_embedded_one(url: str) -> None:
    """Each scheme of the contract is taken."""
    assert parse_store_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "Embedded!",
        "memcached://x",
        "valkey://",
        "valkey://h/x",
        "valkeys://h?ssl_cert_reqs=none",
        "valkey+cluster://h/1",
    ],
)
def test_what_is_no_store_url_is_refused(url: str) -> None:
    """Other schemes, database names and options that could turn verification off are not taken."""
    with pytest.raises(ValueError):
        parse_store_url(url)


@pytest.mark.parametrize(
    ("raw", "host"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("192.0.2.7", "192.0.2.7"),
        ("::", "::"),
        ("[::1]", "::1"),
        ("localhost", "localhost"),
        ("a-b.example", "a-b.example"),
    ],
)
def test_hosts_are_addresses_or_names(raw: str, host: str) -> None:
    """IPv6 loses its brackets, everything else is kept."""
    assert parse_host(raw) == host


@pytest.mark.parametrize(
    "raw", ["", "127.0.0.300", "1.2.3", "a b", "-a", "a..b", "http://x", "h:1", "x" * 254, 1]
)
def test_what_is_no_host_is_refused(raw: object) -> None:
    """Mistyped addresses, URLs and ports are not taken for names."""
    with pytest.raises(ValueError):
        parse_host(raw)


@pytest.mark.parametrize("raw", ["", "a b", "tab\t", "é", "x" * 513, 1])
def test_a_token_fits_into_a_header(raw: object) -> None:
    """Spaces, control and other characters are refused, visible ASCII is taken."""
    assert parse_token("s3cret~!") == "s3cret~!"
    with pytest.raises(ValueError):
        parse_token(raw)


PASSWORDS = st.text(st.characters(blacklist_categories=("Z", "C")), min_size=1).map(
    lambda text: f"pw{text}wp"
)


@given(PASSWORDS)
def test_no_password_of_a_url_is_shown(password: str) -> None:
    """Whatever an unescaped password holds, nothing of it is left."""
    assert redacted(f"valkey://user:{password}@store:6379/0") == "valkey://***@store:6379/0"


def test_a_url_without_credentials_is_shown_whole() -> None:
    """Only credentials are replaced."""
    assert redacted("valkey://store:6379/0") == "valkey://store:6379/0"


@pytest.mark.parametrize(
    ("raw", "origins"),
    [
        ("", ()),
        ("*", ("*",)),
        ("https://Desk.example", ("https://desk.example",)),
        ("https://desk.example/, http://localhost:5173", ("https://desk.example", "http://localhost:5173")),
        (["http://[::1]:8000", "http://[::1]:8000"], ("http://[::1]:8000",)),
    ],
)
def test_origins_are_as_browsers_send_them(raw: object, origins: tuple[str, ...]) -> None:
    """Scheme, name and port, in small letters."""
    assert parse_origins(raw) == origins


@pytest.mark.parametrize(
    "raw",
    [
        "desk.example",
        "https://",
        "ftp://desk.example",
        "https://desk.example/page",
        "*,https://a.example",
        "null",
        ",",
        5,
    ],
)
def test_what_no_browser_would_send_is_no_origin(raw: object) -> None:
    """It would never match, and whoever wrote it would wonder."""
    with pytest.raises(ValueError):
        parse_origins(raw)
