from typing import Any

import pytest

from voltape.serve.cors import Cors
from voltape.serve.gate import MAX_BODY_BYTES, MAX_TARGET_BYTES, Gate, loopback_names, safety_headers
from voltape.serve.problem import ProblemError


def scope(kind: str = "http", /, query: bytes = b"", **headers: str) -> dict[str, Any]:
    """A request as the server hands it over."""
    named = {"host": "localhost:8000", **headers}
    return {
        "type": kind,
        "path": "/x",
        "raw_path": b"/x",
        "query_string": query,
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }


def refused(gate: Gate, asked: dict[str, Any], *, wants_token: bool = True) -> int | None:
    """Status of the refusal, None where the request passes."""
    try:
        gate.check(asked, wants_token=wants_token)
    except ProblemError as error:
        return error.status
    return None


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer secret", None),
        ("bearer  secret ", None),
        ("Bearer secre", 401),
        ("Bearer secrets", 401),
        ("Bearer ", 401),
        ("Basic secret", 401),
        ("secret", 401),
        ("", 401),
        ("Bearer sécret", 401),
    ],
)
def test_only_the_exact_token_passes(authorization: str, status: int | None) -> None:
    """Sent as Bearer, the scheme in any case."""
    assert refused(Gate("secret"), scope(authorization=authorization)) == status


def test_a_token_of_any_letters_can_be_sent() -> None:
    """As UTF-8 in a header and in a query."""
    gate = Gate("gehëim✓")
    assert refused(gate, scope(authorization="Bearer gehëim✓")) is None
    assert refused(gate, scope("websocket", b"token=geh%C3%ABim%E2%9C%93")) is None
    assert refused(gate, scope("websocket", b"token=%FF%FE")) == 401


def test_a_websocket_may_give_the_token_in_the_query_from_which_it_is_taken() -> None:
    """Nothing after the gate can log it, and the other parameters stay."""
    asked = scope("websocket", b"encoding=msgpack&token=secret")
    assert refused(Gate("secret"), asked) is None
    assert asked["query_string"] == b"encoding=msgpack"
    assert refused(Gate("secret"), scope("websocket", b"token=wrong")) == 401
    assert refused(Gate("secret"), scope("http", b"token=secret")) == 401


def test_without_a_token_set_none_is_wanted() -> None:
    """And what needs none never wants one."""
    assert refused(Gate(None), scope()) is None
    assert refused(Gate("secret"), scope(), wants_token=False) is None


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", None),
        ("LOCALHOST:8000", None),
        ("127.0.0.1:9", None),
        ("[::1]:8000", None),
        ("rebound.example", 421),
        ("rebound.example:8000", 421),
        ("localhost.rebound.example", 421),
        ("127.0.0.1@rebound.example", 421),
        ("", 421),
        ("[", 421),
    ],
)
def test_a_loopback_server_answers_to_loopback_names_only(host: str, status: int | None) -> None:
    """A name that was pointed at this machine from elsewhere reads nothing."""
    gate = Gate(None)
    gate.names = loopback_names("127.0.0.1")
    assert refused(gate, scope(host=host)) == status
    assert refused(Gate(None), scope(host=host)) is None


def test_a_server_for_others_answers_to_any_name() -> None:
    """Its name is not known here."""
    assert loopback_names("0.0.0.0") is None  # noqa: S104 - the name of a setting, nothing listens
    assert loopback_names("192.0.2.7") is None
    assert loopback_names("127.1.2.3") is not None
    assert loopback_names("localhost") is not None


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [
        ("", "localhost:8000", None),
        ("http://localhost:8000", "localhost:8000", None),
        ("https://tape.example", "tape.example", None),
        ("https://tape.example", "tape.example:443", None),
        ("http://tape.example:80", "tape.example", None),
        ("http://LOCALHOST:8000", "localhost:8000", None),
        ("http://localhost:8001", "localhost:8000", 403),
        ("http://evil.example", "localhost:8000", 403),
        ("http://localhost:8000.evil.example", "localhost:8000", 403),
        ("null", "localhost:8000", 403),
        ("file://", "localhost:8000", 403),
        ("http://[", "localhost:8000", 403),
    ],
)
def test_a_websocket_from_a_page_of_another_site_is_refused(
    origin: str, host: str, status: int | None
) -> None:
    """Browsers send the origin; other programs need none."""
    assert refused(Gate(None), scope("websocket", host=host, origin=origin)) == status
    assert refused(Gate(None), scope("http", host=host, origin=origin)) is None


def test_an_address_has_a_bound() -> None:
    """Path and query together."""
    assert refused(Gate(None), scope(query=b"x" * (MAX_TARGET_BYTES - 2))) is None
    assert refused(Gate(None), scope(query=b"x" * (MAX_TARGET_BYTES - 1))) == 414


@pytest.mark.parametrize(
    ("length", "status"),
    [("0", None), (str(MAX_BODY_BYTES), None), (str(MAX_BODY_BYTES + 1), 413), ("9" * 400, 413), ("", None)],
)
def test_a_body_has_a_bound(length: str, status: int | None) -> None:
    """Known by what is announced, before any of it is read."""
    asked = scope()
    asked["headers"].append((b"content-length", length.encode()))
    assert refused(Gate(None), asked) == status


def test_a_page_of_a_named_site_may_open_a_websocket() -> None:
    """As it may read everything else."""
    gate = Gate(None, Cors(("https://desk.example",)))
    assert refused(gate, scope("websocket", origin="https://desk.example")) is None
    assert refused(gate, scope("websocket", origin="https://evil.example")) == 403


def test_pages_and_answers_have_a_strict_policy() -> None:
    """No inline script, nothing from elsewhere, no frames."""
    page, answer = dict(safety_headers(page=True)), dict(safety_headers(page=False))
    policy = page[b"content-security-policy"].decode()
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert b"default-src 'none'" in answer[b"content-security-policy"]
    assert page[b"x-content-type-options"] == answer[b"x-content-type-options"] == b"nosniff"
