from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from tests.serve.serving import API, Site, serving
from voltape.model.efficiency import Efficiency
from voltape.model.status import Status
from voltape.model.ticker import Ticker
from voltape.serve.market import Chain
from voltape.serve.problem import Problem
from voltape.serve.routes import TickerPage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    """A served board without a token."""
    async with serving() as served:
        yield served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def document(site: Site) -> dict[str, Any]:
    """What the interface says of itself."""
    found = (await site.http.get("/openapi.json")).json()
    assert isinstance(found, dict)
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Paths, methods and operations."""
    return [(path, method, one) for path, item in document["paths"].items() for method, one in item.items()]


def resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """What a reference refers to."""
    found: Any = document
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    assert isinstance(found, dict)
    return found


async def test_answers_that_come_before_any_route_are_described(document: dict[str, Any]) -> None:
    """Each with its shape, its headers and an example; health has none of them."""
    for path, _, operation in operations(document):
        if path == f"{API}/stream":
            continue
        is_open = path in ("/healthz", "/readyz")
        assert {"401", "429"} <= set(operation["responses"]) or is_open, path
        assert "422" in operation["responses"]
        assert "400" not in operation["responses"]
    assert "Retry-After" in document["components"]["responses"]["Problem429"]["headers"]
    for shared in document["components"]["responses"].values():
        (media,) = shared["content"].values()
        msgspec.convert(media["example"], Problem)
    assert "503" in document["paths"][f"{API}/events"]["get"]["responses"]


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """And no name has modules of the program in it."""

    def references(part: object) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if "$ref" in part else []
            return own + [found for one in part.values() for found in references(one)]
        return [found for one in part for found in references(one)] if isinstance(part, list) else []

    found = set(references(document))
    assert len(found) > 20
    for reference in found:
        assert resolved(document, {"$ref": reference})
    assert all(name.isalnum() for name in document["components"]["schemas"])


async def test_operations_have_short_names(document: dict[str, Any]) -> None:
    """Each its own, so that generated clients read well."""
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    assert {"tickers", "chain", "status", "events", "stream"} <= set(names)


async def test_every_answer_in_json_has_an_example_of_its_shape(document: dict[str, Any]) -> None:
    """The program's own types take them."""
    types = {
        "chain": Chain,
        "status": Status,
        "efficiency": Efficiency,
        "ticker": Ticker,
        "tickers": TickerPage,
    }
    seen = set()
    for _, _, operation in operations(document):
        for response in operation["responses"].values():
            media = response.get("content", {}).get("application/json")
            if media is None:
                continue
            assert "example" in media, operation["operationId"]
            kind = types.get(operation["operationId"])
            if kind is not None:
                msgspec.convert(media["example"], kind)
                seen.add(kind)
    assert seen == set(types.values())


async def test_every_parameter_has_an_example_that_is_accepted(site: Site, document: dict[str, Any]) -> None:
    """No example is refused; that nothing of the name is listed is no refusal."""
    for path, method, operation in operations(document):
        if method != "get" or path in (f"{API}/events", f"{API}/stream"):
            continue
        parameters = operation.get("parameters", [])
        named = {one["name"]: one["schema"]["examples"][0] for one in parameters if one["name"] != "cursor"}
        for name in [one["name"] for one in parameters if one["in"] == "path"]:
            path = path.replace(f"{{{name}}}", str(named.pop(name)))  # noqa: PLW2901 - the path asked for
        required = {
            one["name"]: named[one["name"]]
            for one in parameters
            if one.get("required") and one["in"] == "query"
        }
        for name, value in named.items():
            answer = await site.http.get(path, params={**required, name: value})
            assert answer.status_code in (200, 404, 406, 501, 503), (path, name, answer.text)


async def test_parameters_are_described_as_they_can_be_sent(document: dict[str, Any]) -> None:
    """Without null, and with the bounds of zero."""
    parameters = {
        one["name"]: one["schema"] for one in document["paths"][f"{API}/tickers"]["get"]["parameters"]
    }
    assert parameters["kind"]["enum"] == ["call", "put"]
    assert parameters["min_strike"]["minimum"] == 0
    assert parameters["atm"]["minimum"] == 0
    assert "minimum" not in parameters["min_delta"] or parameters["min_delta"]["minimum"] < 0
    assert "null" not in str(parameters)


async def test_null_is_no_value_of_a_parameter(site: Site) -> None:
    """It would otherwise mean that there is no bound at all."""
    problem = await site.problem("/tickers?updated_within=null", 422)
    assert problem["errors"][0]["name"] == "updated_within"


async def test_the_token_is_described_where_it_is_wanted(document: dict[str, Any]) -> None:
    """By a server that has one set, for all but health."""
    assert document["security"] == []
    async with serving(token="secret") as guarded:
        answer = await guarded.http.get("/openapi.json", headers={"authorization": "Bearer secret"})
    told = answer.json()
    assert told["security"] == [{"token": []}]
    assert told["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert told["paths"]["/healthz"]["get"]["security"] == []
    assert "security" not in told["paths"][f"{API}/tickers"]["get"]
