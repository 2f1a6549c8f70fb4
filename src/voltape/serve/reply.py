"""Sending of answers: content negotiation, conditional requests, problem documents."""

from typing import Any, TypeVar, cast

from litestar import Litestar, Request, Response
from litestar.response.base import ASGIResponse

from .asgi import Headers, Receive, Scope, Send
from .cache import Answer, coding_for
from .forms import Forms
from .problem import PROBLEM_MEDIA_TYPE, ProblemError, problem_bytes
from .request_id import request_id

__all__ = [
    "BODILESS",
    "FORMS",
    "Reply",
    "header",
    "request_key",
    "send_answer",
    "send_nothing",
    "send_problem",
]

T = TypeVar("T")

Sent = Request[Any, Any, Any]

BODILESS = "voltape.bodiless"
"""In the scope of a request whose answer's body nobody will see."""

FORMS = "forms"
"""Where a `Reply` finds its `Forms` in the state of the application that it belongs to."""


class Reply(Response[T]):
    """A route's result: an encoded answer, typed by what was encoded for the OpenAPI document."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(content=cast("T", None))
        self.answer = answer

    def to_asgi_response(self, app: Litestar | None, request: Sent, **_: Any) -> ASGIResponse:  # noqa: ANN401
        """The answer as an ASGI application; headers of the framework's own have no part in it."""
        forms: Forms = request.app.state[FORMS]

        async def respond(scope: Scope, _receive: Receive, send: Send) -> None:
            await send_answer(self.answer, forms, scope, send)

        return cast("ASGIResponse", respond)


def header(scope: Scope, name: bytes) -> str:
    """A request header's value, all of its values joined by commas where it is repeated; empty without it."""
    return ",".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)


def request_key(path: str, query: bytes) -> bytes:
    """What makes two requests ask for the same."""
    return b"%b?%b" % (path.encode(), query)


async def send_answer(answer: Answer, forms: Forms, scope: Scope, send: Send) -> None:
    """Send an answer in the form the client accepts, or 304 where the client has it."""
    coding = coding_for(header(scope, b"accept-encoding"), len(answer.body))
    known = header(scope, b"if-none-match")
    if known and answer.matches(known):
        await _send(send, 304, answer.headers(coding), b"")
        return
    body = await forms.of(answer, coding)
    headers = [
        *answer.headers(coding),
        (b"content-type", answer.media_type.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    if coding != "identity":
        headers.append((b"content-encoding", coding.encode()))
    await _send(send, 200, headers, body)


async def send_problem(error: ProblemError, scope: Scope, send: Send) -> None:
    """Send a problem document, also in answer to a WebSocket handshake."""
    body = problem_bytes(error, request_id(scope))
    headers: Headers = [
        (b"content-type", PROBLEM_MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *error.headers,
    ]
    prefix = "websocket." if scope["type"] == "websocket" else ""
    await _send(send, error.status, headers, body, prefix)


async def send_nothing(headers: Headers, send: Send) -> None:
    """Send an answer that has headers only."""
    await _send(send, 204, headers, b"")


async def _send(send: Send, status: int, headers: Headers, body: bytes, prefix: str = "") -> None:
    start = {"type": f"{prefix}http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": f"{prefix}http.response.body", "body": body})
