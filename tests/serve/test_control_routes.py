"""What is tracked and pinned is changed over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.serve.operating import CALL, GONE, controlled
from tests.serve.serving import API, Site
from voltape.model.control import ControlRequest, ControlState, Outcome, UnderlyingChoice


async def put(site: Site, path: str, content: bytes = b"", **headers: str) -> httpx.Response:
    """Send a body as it is."""
    return await site.http.put(API + path, content=content, headers=headers)


ON, OFF = b'{"enabled":true}', b'{"enabled": false}\n'


async def test_an_underlying_is_switched_by_its_name_in_any_case() -> None:
    """The answer says what is wanted, that it is in force, and is kept nowhere."""
    async with controlled() as (site, operator):
        answer = await put(site, "/underlyings/sol", ON)
        assert answer.status_code == 200
        assert answer.json() == {"underlying": "SOL", "enabled": True, "decided": True, "confirmed": True}
        assert answer.headers["cache-control"] == "no-store"
        assert (await put(site, "/underlyings/BTC", OFF)).json()["enabled"] is False
        assert operator.asked == [
            ControlRequest("underlying", "SOL", True),
            ControlRequest("underlying", "BTC", False),
        ]


async def test_what_is_not_confirmed_in_time_is_accepted() -> None:
    """202 says that it was sent, with the wanted state."""
    async with controlled() as (site, operator):
        operator.outcome = Outcome("sent")
        answer = await put(site, "/underlyings/SOL", ON)
        assert answer.status_code == 202
        assert answer.json() == {"underlying": "SOL", "enabled": True, "decided": True, "confirmed": False}
        answer = await put(site, f"/pins/{CALL}")
        assert (answer.status_code, answer.json()["confirmed"]) == (202, False)


async def test_an_underlying_is_left_to_the_settings() -> None:
    """The answer says what follows from them."""
    async with controlled() as (site, operator):
        answer = await site.http.delete(f"{API}/underlyings/btc")
        assert answer.status_code == 200
        assert answer.json() == {"underlying": "BTC", "enabled": True, "decided": False, "confirmed": True}
        assert operator.asked == [ControlRequest("underlying", "BTC", None)]


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (b"", {"body"}),
        (b"{", {"body"}),
        (b"\xff", {"body"}),
        (b"[" * 1000, {"body"}),
        (b"null", {"body"}),
        (b"[]", {"body"}),
        (b"true", {"body"}),
        (b"{}", {"enabled"}),
        (b'{"enabled":null}', {"enabled"}),
        (b'{"enabled":1}', {"enabled"}),
        (b'{"enabled":"true"}', {"enabled"}),
        (b'{"enabled":[true]}', {"enabled"}),
        (b'{"enabled":true,"since":"now"}', {"since"}),
        (b'{"on":true}', {"on", "enabled"}),
    ],
)
async def test_a_body_that_cannot_be_used_is_refused_by_field(body: bytes, faults: set[str]) -> None:
    """Nothing is guessed, and the tracker is not asked."""
    async with controlled() as (site, operator):
        answer = await put(site, "/underlyings/SOL", body)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert {error["name"] for error in answer.json()["errors"]} == faults
        assert operator.asked == []


async def test_a_body_that_is_too_long_is_not_read() -> None:
    """413, for one that says how long it is as for one that does not."""

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 100

    async with controlled() as (site, operator):
        assert (await put(site, "/underlyings/SOL", b" " * 2000 + ON)).status_code == 413
        answer = await site.http.put(f"{API}/underlyings/SOL", content=parts())
        assert answer.status_code == 413
        assert operator.asked == []


WRITES = [
    ("PUT", "/underlyings/SOL"),
    ("DELETE", "/underlyings/SOL"),
    ("PUT", f"/pins/{CALL}"),
    ("DELETE", f"/pins/{CALL}"),
]


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_without_a_token_set_writes_are_refused(method: str, path: str) -> None:
    """The answer says which setting would allow them; sending any token changes nothing."""
    async with controlled(token=None) as (site, operator):
        for headers in ({}, {"authorization": "Bearer anything"}):
            answer = await site.http.request(method, API + path, content=ON, headers=headers)
            assert answer.status_code == 403
            assert "writes are refused" in answer.json()["detail"]
            assert "VOLTAPE_API_TOKEN" in answer.json()["detail"]
        assert operator.asked == []


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("token", ["", "Bearer wrong", "Basic secret", "secret"])
async def test_a_wrong_token_changes_nothing(method: str, path: str, token: str) -> None:
    """Every write wants the exact one."""
    async with controlled() as (site, operator):
        answer = await site.http.request(method, API + path, content=ON, headers={"authorization": token})
        assert answer.status_code == 401
        assert operator.asked == []


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_what_the_tracker_cannot_do_is_told(method: str, path: str) -> None:
    """404 with the nearest of the names it knows, 503 with its reason, 503 without a tracker."""
    async with controlled() as (site, operator):
        operator.outcome = Outcome("unknown", known=["SOLO", CALL[:-1], "XYZ"])
        answer = await site.http.request(method, API + path, content=ON)
        assert answer.status_code == 404
        assert "near it are" in answer.json()["detail"]
        operator.outcome = Outcome("unavailable", "no tracker writes to the store")
        answer = await site.http.request(method, API + path, content=ON)
        assert (answer.status_code, answer.json()["detail"]) == (503, "no tracker writes to the store")
        site.app.desk.control = None
        answer = await site.http.request(method, API + path, content=ON)
        assert answer.status_code == 503


@pytest.mark.parametrize("name", ["BTC-PERP", "B%20C", "%C3%9F", "x" * 21, "a.b", "%00"])
async def test_what_cannot_be_a_coin_is_not_asked_for(name: str) -> None:
    """Nothing of the sort is sent to the exchange."""
    async with controlled() as (site, operator):
        assert (await put(site, f"/underlyings/{name}", ON)).status_code == 404
        assert (await put(site, f"/underlyings/{'x' * 65}", ON)).status_code == 422
        assert operator.asked == []


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_pins_are_of_contracts_that_are_listed_or_pinned(method: str) -> None:
    """In either case of letters; any other symbol is unknown, with near ones."""
    async with controlled() as (site, operator):
        for symbol in (CALL.lower(), GONE):
            answer = await site.http.request(method, f"{API}/pins/{symbol}")
            assert answer.status_code == 200
            expected = {"symbol": symbol.upper(), "pinned": method == "PUT", "confirmed": True}
            assert answer.json() == expected
        answer = await site.http.request(method, f"{API}/pins/BTC-25DEC26-100001-C-USDT")
        assert answer.status_code == 404
        assert CALL in answer.json()["detail"]
        assert [request.name for request in operator.asked] == [CALL, GONE]


async def test_pins_are_listed_with_where_they_come_from() -> None:
    """Also those whose contract is not on the board."""
    async with controlled() as (site, _):
        pins = (await site.http.get(f"{API}/pins")).json()
        assert pins == {
            "count": 2,
            "data": [
                {"symbol": CALL, "decided": False, "listed": True},
                {"symbol": GONE, "decided": True, "listed": False},
            ],
        }


async def test_underlyings_say_whether_they_are_tracked() -> None:
    """A stopped one is there without contracts, and a change shows at once although answers are kept."""
    async with controlled() as (site, operator):

        async def enabled() -> dict[str, Any]:
            data = (await site.http.get(f"{API}/underlyings")).json()["data"]
            return {one["underlying"]: (one["enabled"], one["contracts"] > 0) for one in data}

        before = await enabled()
        assert before["BTC"] == (True, True)
        assert before["SOL"][0] is False
        operator.present = ControlState([UnderlyingChoice("XRP", True, True)])
        assert await enabled() == before
        await put(site, "/underlyings/XRP", ON)
        after = await enabled()
        assert after["XRP"] == (True, False)
        assert after["BTC"] == (True, True)


async def test_the_document_has_the_body_and_every_answer() -> None:
    """A client that is generated from it sends what is wanted."""
    async with controlled() as (site, _):
        paths = (await site.http.get("/openapi.json")).json()["paths"]
        operation = paths[f"{API}/underlyings/{{coin}}"]["put"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert (schema["required"], schema["additionalProperties"]) == (["enabled"], False)
        assert {"200", "202", "401", "403", "404", "413", "422", "503"} <= operation["responses"].keys()
        assert paths[f"{API}/pins/{{symbol}}"].keys() == {"put", "delete"}
