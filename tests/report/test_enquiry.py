import asyncio
import socket
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.model.judged import judged
from tests.serve.serving import serving
from voltape.errors import SettingError
from voltape.report.enquiry import Enquiry, NoReport, address_of, ask


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - nothing listens
        ("::", "http://[::1]:8000"),
        ("tape.example", "http://tape.example:8000"),
    ],
)
def test_a_server_that_listens_everywhere_is_found_on_this_machine(host: str, url: str) -> None:
    """IPv6 addresses stand in brackets."""
    assert address_of(host, 8000) == url


def test_a_port_that_the_server_chose_is_unknown() -> None:
    """Zero says nothing about it."""
    with pytest.raises(SettingError, match="VOLTAPE_HTTP_PORT=0"):
        address_of("127.0.0.1", 0)


@pytest.mark.parametrize(
    "url", ["", "tape.example:8000", "ftp://tape.example", "http://", "http://x:99999", "http://x:0"]
)
def test_what_is_no_address_is_refused_before_anybody_is_asked(url: str) -> None:
    """As a setting that is not allowed."""
    with pytest.raises(SettingError, match="--url"):
        ask(Enquiry(url))


async def test_the_answer_of_a_real_server_is_read() -> None:
    """With its token, and whether or not the address ends in a slash."""
    async with serving(token="secret") as site:
        found, text = await asyncio.to_thread(ask, Enquiry(site.server.url + "/", "secret"))
        assert found.coverage.contracts.listed == 24
        assert text.startswith(b"{\n")


@pytest.mark.parametrize(
    ("token", "text"), [(None, "a token is wanted"), ("wrong", "the token is another one")]
)
async def test_a_refused_token_is_told(token: str | None, text: str) -> None:
    """And how to give the right one."""
    async with serving(token="secret") as site:
        with pytest.raises(NoReport, match=f"{text}.*VOLTAPE_API_TOKEN"):
            await asyncio.to_thread(ask, Enquiry(site.server.url, token))


def test_nobody_at_the_address_is_one_line() -> None:
    """With the address, and what to look at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(NoReport) as caught:
            ask(Enquiry(url))
    assert str(caught.value).startswith(f"{url}: no answer (")
    assert "voltape up" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "content", "text"),
    [
        (404, b"", "no efficiency report"),
        (502, b"", "answered 502 Bad Gateway"),
        (200, b"<html>", "no report that can be read"),
        (200, b"{}", "no report that can be read"),
    ],
)
def test_another_program_at_the_address_is_told_from_ours(
    status: int, content: bytes, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it answers."""
    monkeypatch.setattr(httpx.Client, "request", lambda *_, **__: httpx.Response(status, content=content))
    with pytest.raises(NoReport, match=text):
        ask(Enquiry("http://127.0.0.1:1"))


def test_the_text_keeps_what_a_newer_version_says_besides(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the answer itself, for programs that know more than we do."""
    content = msgspec.json.encode(msgspec.to_builtins(judged()) | {"later": [1.5]})
    monkeypatch.setattr(httpx.Client, "request", lambda *_, **__: httpx.Response(200, content=content))
    found, text = ask(Enquiry("http://127.0.0.1:1"))
    assert found == judged()
    assert msgspec.json.decode(text) == msgspec.json.decode(content)


def test_a_file_of_certificates_is_read_for_tls_only(tmp_path: Path) -> None:
    """One that cannot be used is told."""
    pem = tmp_path / "ca.pem"
    pem.write_text("nothing")
    with pytest.raises(NoReport):
        ask(Enquiry("http://127.0.0.1:1", ca_file=pem))
    with pytest.raises(OSError, match=r"certificate|PEM|SSL|NO_CERT"):
        ask(Enquiry("https://127.0.0.1:1", ca_file=pem))
