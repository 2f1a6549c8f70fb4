"""The OpenAPI description of an operation whose answer comes in several formats."""

from dataclasses import dataclass

from litestar.openapi.spec import (
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Schema,
)

from .formats import MEDIA_TYPES

__all__ = ["TickerOperation"]

_TEXT = Schema(type=OpenAPIType.STRING)
_HEADERS = {
    "X-Total-Count": OpenAPIHeader(
        schema=Schema(type=OpenAPIType.INTEGER),
        description="Tickers on all pages; not in JSON, which has `total`.",
    ),
    "X-Next-Cursor": OpenAPIHeader(
        schema=_TEXT, description="Where the next page begins; absent on the last one, and in JSON."
    ),
    "Content-Disposition": OpenAPIHeader(schema=_TEXT, description="Name for the file; not in JSON."),
}


@dataclass
class TickerOperation(Operation):
    """An operation that answers in JSON, as its route says, and in the other formats besides."""

    def __post_init__(self) -> None:
        answer = (self.responses or {}).get("200")
        if not isinstance(answer, OpenAPIResponse) or answer.content is None:
            return
        for form, media_type in MEDIA_TYPES.items():
            if form != "json":
                name = media_type.partition(";")[0]
                schema = Schema(type=OpenAPIType.STRING, content_media_type=name)
                answer.content[name] = OpenAPIMediaType(schema=schema)
        answer.headers = {**(answer.headers or {}), **_HEADERS}
