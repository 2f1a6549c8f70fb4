"""The interface's description, completed by what holds for all of it.

The framework makes it of the routes' types. What it cannot know is added here: the token, answers that come before any
route is asked, and examples.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .example import PARAMETER_EXAMPLES, example_of
from .problem import PROBLEM_MEDIA_TYPE

__all__ = ["completed"]

_OPEN = ("/healthz", "/readyz")
_METHODS = ("get", "put", "post", "delete")
_DATES = [{"format": "date"}, {"pattern": "^[0-3]?[0-9][A-Za-z]{3}[0-9]{2}$"}]
_SIGNED = ("min_delta", "max_delta")
_NOTHING_SAID = ("deprecated", "allowEmptyValue", "allowReserved")
_REQUEST_ID = {
    "X-Request-ID": {
        "description": "The name of the request: its own `X-Request-ID`, or one that the server gave it.",
        "schema": {"type": "string"},
    }
}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
_WANTED = {"WWW-Authenticate": {"description": "`Bearer`", "schema": {"type": "string"}}}
_SCHEMAS = "#/components/schemas/"
_PROBLEM_REF = {"$ref": f"{_SCHEMAS}Problem"}

_PROBLEMS: Mapping[str, tuple[str, str, str, Mapping[str, Any]]] = {
    "401": (
        "Unauthorized",
        "A token is set, and the request carries none or another one.",
        "send the API token as 'Authorization: Bearer …'",
        _WANTED,
    ),
    "422": (
        "Unprocessable Entity",
        "Parameters are unknown, malformed, out of range, or contradict each other.",
        "limit: allowed is a whole number from 1 to 5000",
        {},
    ),
    "429": (
        "Too Many Requests",
        "More requests than `VOLTAPE_HTTP_RATE_LIMIT` allows.",
        "too many requests; the next one will do in 0.4 s",
        _RETRY_AFTER,
    ),
    "503": (
        "Service Unavailable",
        "There is no room now.",
        "2048 clients are connected, which is the limit",
        _RETRY_AFTER,
    ),
}
"""Title, meaning, an example's detail and headers of the problems that many operations share."""

_STREAM = {
    "get": {
        "summary": "The push stream over a WebSocket",
        "description": "Docs: the push protocol. Whoever asks without a WebSocket is told so.",
        "operationId": "stream",
        "parameters": [
            {
                "name": "encoding",
                "in": "query",
                "description": "of the server's messages",
                "required": False,
                "schema": {"type": "string", "enum": ["json", "msgpack"], "default": "json"},
            }
        ],
        "responses": {
            "101": {"description": "The WebSocket is open."},
            "426": {
                "description": "This was no request for a WebSocket.",
                "content": {PROBLEM_MEDIA_TYPE: {"schema": _PROBLEM_REF}},
            },
        },
    }
}


def completed(document: dict[str, Any], *, wants_token: bool) -> dict[str, Any]:
    """Complete an OpenAPI document; it is changed in place.

    Args:
        document: as the framework made it, of types that JSON knows.
        wants_token: whether this server has a token set.
    """
    document["paths"]["/api/v1/stream"] = _STREAM
    components = document["components"]
    names = {name: _short(name) for name in components["schemas"]}
    _rename(document, {f"{_SCHEMAS}{name}": f"{_SCHEMAS}{short}" for name, short in names.items()})
    components["schemas"] = {names[name]: schema for name, schema in components["schemas"].items()}
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "`VOLTAPE_API_TOKEN`, where one is set."}
    }
    document["security"] = [{"token": []}] if wants_token else []
    components["responses"] = {f"Problem{status}": _problem(status) for status in _PROBLEMS}
    _allow_fields(components["schemas"])
    for path, operation in _operations(document):
        _complete(path, operation, components["schemas"])
    return document


def _short(name: str) -> str:
    """The name of a schema without the modules that the framework puts into it."""
    generic = re.fullmatch(r"([A-Z]\w*)_([\w.]+)_", name)
    if generic is not None:
        argument = generic[2].rpartition(".")[2]
        return f"{generic[1]}Of{argument[0].upper()}{argument[1:]}"
    # Two types of the same name have been told apart by their modules.
    *_, module, own = ["", *name.rsplit("_", 1)[0].split("_"), name.rpartition("_")[2]]
    if "_" not in name or module == own.lower():
        return own
    return f"{module.capitalize()}{own}"


def _rename(part: object, references: Mapping[str, str]) -> None:
    """Change what `$ref` says, wherever there is one."""
    if isinstance(part, dict):
        if part.get("$ref") in references:
            part["$ref"] = references[part["$ref"]]
        for one in part.values():
            _rename(one, references)
    elif isinstance(part, list):
        for one in part:
            _rename(one, references)


def _allow_fields(schemas: dict[str, Any]) -> None:
    """Say that a page of tickers has only the fields that were asked for."""
    some = {key: value for key, value in schemas["Ticker"].items() if key != "required"}
    some["description"] = "A ticker with the `fields` that were asked for."
    schemas["TickerFields"] = {**some, "title": "TickerFields"}
    items = [{"$ref": f"{_SCHEMAS}{name}"} for name in ("Ticker", "TickerFields")]
    schemas["TickerPage"]["properties"]["data"]["items"] = {"anyOf": items}


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, item[method]


def _problem(status: str) -> dict[str, Any]:
    title, meaning, detail, headers = _PROBLEMS[status]
    example: dict[str, Any] = {"type": "about:blank", "title": title, "status": int(status), "detail": detail}
    if status == "422":
        name, _, reason = detail.partition(": ")
        example["errors"] = [{"name": name, "reason": reason}]
    example["request_id"] = "3f9c1a52-1c"
    return {
        "description": meaning,
        "headers": {**_REQUEST_ID, **headers},
        "content": {PROBLEM_MEDIA_TYPE: {"schema": _PROBLEM_REF, "example": example}},
    }


def _complete(path: str, operation: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    responses = operation["responses"]
    # The framework's own refusal of parameters is not what is sent: see `interface`.
    responses.pop("400", None)
    shared = {"422"}
    if path in _OPEN:
        operation["security"] = []
    else:
        shared |= {"401", "429"}
    if path == "/api/v1/events":
        shared.add("503")
    for status in sorted(shared):
        responses[status] = {"$ref": f"#/components/responses/Problem{status}"}
    operation.pop("deprecated", None)
    operation["responses"] = dict(sorted(responses.items()))
    if "200" in responses:
        responses["200"]["description"] = f"{operation['summary']}."
    for response in responses.values():
        if "$ref" not in response:
            _exemplify(response, schemas)
    for parameter in operation.get("parameters", []):
        _describe(parameter)


def _exemplify(response: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    response["headers"] = {**_REQUEST_ID, **(response.get("headers") or {})}
    for kind, media in (response.get("content") or {}).items():
        if kind == "application/json" and "example" not in media and "schema" in media:
            media["example"] = example_of(media["schema"], schemas)


def _describe(parameter: dict[str, Any]) -> None:
    for word in _NOTHING_SAID:
        if parameter.get(word) is False:
            del parameter[word]
    name = parameter["name"]
    schema = parameter["schema"] = _given(parameter["schema"])
    if name == "atm" or (name.startswith(("min_", "max_")) and name not in _SIGNED):
        # The framework takes a bound of 0 for none.
        schema.setdefault("minimum", 0)
    if name == "expiry":
        schema["anyOf"] = _DATES
    if name in PARAMETER_EXAMPLES:
        schema["examples"] = [PARAMETER_EXAMPLES[name]]


def _given(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter's schema without null, which nobody can send, and with its kind beside its bounds."""
    said = {key: value for key, value in schema.items() if key != "description"}
    either = [one for one in said.pop("oneOf", []) if one.get("type") != "null"]
    if len(either) == 1:
        said |= either[0]
    elif either:
        said["anyOf"] = either
    if isinstance(said.get("type"), list):
        kinds = [kind for kind in said["type"] if kind != "null"]
        said["type"] = kinds[0] if len(kinds) == 1 else kinds
    if "enum" in said:
        said["enum"] = [one for one in said["enum"] if one is not None]
    return said
