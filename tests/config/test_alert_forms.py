"""Written forms of the settings of alerts."""

import pytest

from voltape.config.forms import (
    parse_telegram_chat,
    parse_telegram_token,
    parse_webhook_secret,
    parse_webhook_url,
)


@pytest.mark.parametrize(
    "url",
    ["https://desk.example/in", "http://127.0.0.1:9000", "https://desk.example:8443/in/a?key=x-1&b=%20"],
)
def test_a_webhook_may_have_a_query(url: str) -> None:
    """Many receivers tell their users by it."""
    assert parse_webhook_url(url) == url


@pytest.mark.parametrize(
    "raw",
    ["", "desk.example/in", "ftp://desk.example", "https://user:pass@desk.example", "https://", "https://a b",
     "https://desk.example/#x", "https://desk.example/?a#b", "https://desk.example/?" + "x" * 2000, 5],
)  # fmt: skip
def test_what_is_no_address_of_a_webhook_is_refused(raw: object) -> None:
    """Credentials do not belong into an address that may be shown."""
    with pytest.raises(ValueError):
        parse_webhook_url(raw)


@pytest.mark.parametrize(
    ("raw", "chat"), [("12345", "12345"), (-100123, "-100123"), (" @desk_alerts ", "@desk_alerts")]
)
def test_a_chat_is_a_number_or_a_public_name(raw: object, chat: str) -> None:
    """TOML may give the number as one."""
    assert parse_telegram_chat(raw) == chat


@pytest.mark.parametrize("raw", ["", "desk", "@", "1.5", "-", "@a b", None])
def test_what_is_no_chat_is_refused(raw: object) -> None:
    """Neither is a name without its sign."""
    with pytest.raises(ValueError):
        parse_telegram_chat(raw)


def test_a_token_of_a_bot_is_its_number_and_a_secret() -> None:
    """It becomes part of a path, so nothing else may be in it."""
    assert parse_telegram_token("123456:ABC-def_0123456789") == "123456:ABC-def_0123456789"
    for raw in ("", "123456", "123456:short", "123456:../../../../etc", "abc:ABCDEFGHIJKLMNOP"):
        with pytest.raises(ValueError):
            parse_telegram_token(raw)


def test_a_secret_is_long_enough_to_sign_with() -> None:
    """Sixteen characters at least."""
    assert parse_webhook_secret("x" * 16) == "x" * 16
    for raw in ("x" * 15, "x" * 513, "with space in it at all"):
        with pytest.raises(ValueError):
            parse_webhook_secret(raw)
