"""The page at `/docs`: the OpenAPI document as plain HTML, without script, style or anything from elsewhere."""

from collections.abc import Iterator
from html import escape
from typing import Any

__all__ = ["reference_page"]


def reference_page(document: dict[str, Any]) -> bytes:
    """Render an OpenAPI document.

    Args:
        document: as in `/openapi.json`.
    """
    title = escape(f"{document['info']['title']} {document['info']['version']}")
    head = f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
    return "\n".join([head, f"<body><h1>{title}</h1>", *_body(document), "</body></html>\n"]).encode()


def _body(document: dict[str, Any]) -> Iterator[str]:
    yield f"<p>{escape(document['info'].get('description', ''))}</p>"
    yield '<p>The same for programs: <a href="/openapi.json">/openapi.json</a></p>'
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"<h2><code>{escape(method.upper())} {escape(path)}</code></h2>"
            yield f"<p>{escape(operation.get('summary', ''))}. {escape(operation.get('description', ''))}</p>"
            yield from _parameters(operation.get("parameters", []))
            yield from _responses(operation["responses"])
    yield "<h2>Objects</h2>"
    for name, schema in document["components"]["schemas"].items():
        yield from _schema(name, schema)


def _parameters(parameters: list[dict[str, Any]]) -> Iterator[str]:
    if not parameters:
        return
    yield "<table><tr><th>parameter</th><th>in</th><th>required</th><th>meaning</th></tr>"
    for one in parameters:
        cells = (one["name"], one["in"], "yes" if one.get("required") else "no", one.get("description", ""))
        yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
    yield "</table>"


def _responses(responses: dict[str, Any]) -> Iterator[str]:
    yield "<ul>"
    for status, response in responses.items():
        content = response.get("content") or {}
        kinds = "; ".join(f"{kind} {_type(media.get('schema', {}))}" for kind, media in content.items())
        yield f"<li>{escape(status)}: {escape(response.get('description', ''))} {escape(kinds)}</li>"
    yield "</ul>"


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f'<h3 id="{escape(name)}">{escape(name)}</h3>'
    yield f"<p>{escape(schema.get('description', ''))}</p><ul>"
    for field, kind in schema.get("properties", {}).items():
        yield f"<li><code>{escape(field)}</code>: {escape(_type(kind))}</li>"
    yield "</ul>"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "oneOf" in schema or "anyOf" in schema:
        return " or ".join(_type(one) for one in schema.get("oneOf") or schema["anyOf"])
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    kind = schema.get("type", "anything")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)
