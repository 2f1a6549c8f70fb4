from typing import Any

import pytest

from tests.serve.serving import API, serving
from voltape.serve.cors import Cors
from voltape.serve.problem import ProblemError

DESK = "https://desk.example"


def scope(method: str = "GET", **headers: str) -> dict[str, Any]:
    """A request with headers."""
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": method, "headers": named}


def test_off_it_says_nothing_at_all() -> None:
    """Browsers then keep answers from pages of other sites."""
    cors = Cors(())
    assert cors.headers(scope(origin=DESK)) == []
    assert cors.preflight(scope("OPTIONS", origin=DESK, access_control_request_method="GET")) is None
    assert not cors.allows(DESK)


def test_a_page_of_a_named_site_may_read() -> None:
    """It alone, and caches are told that answers differ by site."""
    cors = Cors((DESK, "http://localhost:5173"))
    told = dict(cors.headers(scope(origin=DESK)))
    assert told[b"access-control-allow-origin"] == DESK.encode()
    assert told[b"vary"] == b"origin"
    assert b"etag" in told[b"access-control-expose-headers"]
    assert dict(cors.headers(scope(origin="https://evil.example"))) == {b"vary": b"origin"}
    assert dict(cors.headers(scope())) == {b"vary": b"origin"}
    assert b"access-control-allow-credentials" not in told


def test_any_site_may_be_allowed() -> None:
    """Then answers are the same for all of them."""
    told = dict(Cors(("*",)).headers(scope(origin=DESK)))
    assert told[b"access-control-allow-origin"] == b"*"
    assert b"vary" not in told


def test_a_browser_that_asks_beforehand_is_answered() -> None:
    """With the methods and headers that this interface has; one of another site is refused."""
    cors = Cors((DESK,))
    allowed = cors.preflight(scope("OPTIONS", origin=DESK, access_control_request_method="PUT"))
    assert allowed is not None
    assert b"PUT" in dict(allowed)[b"access-control-allow-methods"]
    assert b"authorization" in dict(allowed)[b"access-control-allow-headers"]
    assert cors.preflight(scope("OPTIONS", origin=DESK)) is None
    assert cors.preflight(scope("GET", origin=DESK, access_control_request_method="GET")) is None
    with pytest.raises(ProblemError, match="403"):
        cors.preflight(scope("OPTIONS", origin="https://evil.example", access_control_request_method="GET"))


async def test_a_page_of_a_named_site_gets_through_the_whole_server() -> None:
    """With a token set it is the request that needs it, not the question beforehand."""
    asking = {
        "origin": DESK,
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization",
    }
    async with serving(token="secret", cors_origins=(DESK,)) as site:
        before = await site.http.options(f"{API}/status", headers=asking)
        assert before.status_code == 204
        assert before.headers["access-control-allow-origin"] == DESK
        refused = await site.http.get(f"{API}/status", headers={"origin": DESK})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == DESK
        answer = await site.http.get(
            f"{API}/status", headers={"origin": DESK, "authorization": "Bearer secret"}
        )
        assert answer.status_code == 200
        assert "origin" in answer.headers["vary"]
        async with site.stream("?token=secret", Origin=DESK) as page:
            assert "hello" in str(await page.recv())
