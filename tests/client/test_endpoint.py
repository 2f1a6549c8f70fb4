import ssl

import pytest

from voltape.client import calls
from voltape.client.endpoint import endpoint_at
from voltape.client.memory import Kept
from voltape.client.problem import BadAddress
from voltape.client.reading import Reading


@pytest.mark.parametrize(
    ("url", "base", "stream"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", "ws://127.0.0.1:8000/api/v1/stream"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000", "ws://127.0.0.1:8000/api/v1/stream"),
        ("https://tape.example", "https://tape.example", "wss://tape.example/api/v1/stream"),
        ("https://example/tape/", "https://example/tape", "wss://example/tape/api/v1/stream"),
        ("http://[::1]:80", "http://[::1]:80", "ws://[::1]:80/api/v1/stream"),
    ],
)
def test_the_ways_to_a_system_follow_from_its_address(url: str, base: str, stream: str) -> None:
    """Requests go to the base, the stream to the same place by WebSocket."""
    endpoint = endpoint_at(url, None, None)
    assert endpoint.url == base
    assert endpoint.stream_url.partition("?")[0] == stream


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:8000", "ftp://x", "http://", "http://x:0", "http://x:y", "http://x/?a=1", "http://x#a"],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    """Before anything is sent, with what was given."""
    with pytest.raises(BadAddress, match="no address such as"):
        endpoint_at(url, None, None)


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("http://127.0.0.1:1", True),
        ("http://localhost", True),
        ("http://[::1]", True),
        ("http://10.0.0.1", False),
        ("https://tape.example", False),
    ],
)
def test_a_system_on_this_machine_is_told_from_others(url: str, near: bool) -> None:
    """No proxy leads there."""
    assert endpoint_at(url, None, None).is_near is near


def test_answers_are_compressed_from_afar_only() -> None:
    """Within one machine it would cost both sides time and save nothing."""
    near, far = (
        Reading(endpoint_at(url, None, None)) for url in ("http://127.0.0.1:8000", "https://tape.example")
    )
    call = calls.status()
    assert near.headers(call, None) == {"accept-encoding": "identity"}
    assert far.headers(call, Kept("mark", b"")) == {"if-none-match": "mark"}


def test_the_token_goes_into_a_header_and_into_no_text() -> None:
    """So that a log line or a traceback does not give it away."""
    endpoint = endpoint_at("http://x", "secret", None)
    assert endpoint.headers == {"authorization": "Bearer secret"}
    assert "secret" not in repr(endpoint)
    assert endpoint_at("http://x", None, None).headers == {}


@pytest.mark.parametrize("url", ["http://x", "https://x"])
def test_certificates_are_always_checked(url: str) -> None:
    """Whatever the address, a connection with TLS would be verified."""
    context = endpoint_at(url, None, None).context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
