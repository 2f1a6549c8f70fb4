"""The REST interface as a Litestar application: routes, checks of parameter names, errors as problems."""

import inspect
import logging
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from .analytics import ANALYTICS_ROUTES
from .control_routes import CONTROL_ROUTES
from .desk import Desk
from .gate import MAX_BODY_BYTES
from .history import HISTORY_ROUTES
from .parameters import ALLOWED, ticker_request
from .problem import FAULT, PROBLEM_MEDIA_TYPE, Fault, ProblemError, bad_parameters, problem_bytes
from .reply import FORMS
from .request_id import request_id
from .routes import ROUTES

__all__ = ["make_interface"]

_log = logging.getLogger(__name__)

Sent = Request[Any, Any, State]

_DESCRIPTION = (
    "Live state of the Bybit options market. Absent values are null. Times are ISO 8601 UTC in fields that end in "
    "_at, and epoch milliseconds in fields that start with ts_. IV is a fraction, vega is per vol point, theta per "
    "day; sizes, volumes and open interest are in units of the underlying."
)


class _Names(msgspec.Struct, frozen=True):
    allowed: frozenset[str]
    required: frozenset[str]


def make_interface(desk: Desk, version: str) -> Litestar:
    """Assemble the application.

    Args:
        desk: where answers are made.
        version: the program's, for the OpenAPI document.
    """
    every: list[HTTPRouteHandler] = [*ROUTES, *ANALYTICS_ROUTES, *HISTORY_ROUTES, *CONTROL_ROUTES]
    names = {route.fn: _names_of(route.fn, _path_names(route.paths)) for route in every}

    async def check_names(request: Sent) -> None:
        known = names.get(request.route_handler.fn)
        if known is not None:
            _check_names(known, request.scope["query_string"])

    return Litestar(
        route_handlers=every,
        dependencies={
            "desk": Provide(lambda: desk, sync_to_thread=False),
            "asked": Provide(ticker_request, sync_to_thread=False),
        },
        before_request=check_names,
        request_max_body_size=MAX_BODY_BYTES,
        state=State({FORMS: desk.forms}),
        exception_handlers={
            ProblemError: _problem,
            HTTPException: _http_problem,
            Exception: _internal_problem,
        },
        openapi_config=OpenAPIConfig(
            title="voltape",
            version=version,
            description=_DESCRIPTION,
            use_handler_docstrings=True,
            operation_id_creator=lambda handler, _method, _path: handler.fn.__name__,
            render_plugins=[JsonRenderPlugin()],
        ),
        logging_config=None,
    )


def _path_names(paths: Collection[str]) -> set[str]:
    return {part[1:].partition(":")[0] for path in paths for part in path.split("/") if part.startswith("{")}


def _names_of(function: Callable[..., Any], path_names: set[str]) -> _Names:
    parameters = dict(inspect.signature(function).parameters)
    if "asked" in parameters:
        parameters |= inspect.signature(ticker_request).parameters
    for name in ("desk", "request", "asked", *path_names):
        parameters.pop(name, None)
    required = [name for name, one in parameters.items() if one.default is inspect.Parameter.empty]
    return _Names(frozenset(parameters), frozenset(required))


def _check_names(names: _Names, query: bytes) -> None:
    if not query and not names.required:
        return
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    given = Counter(name for name, _ in pairs)
    faults = [Fault(name[:64], _unknown(names.allowed)) for name in given if name not in names.allowed]
    faults += [Fault(name, "given more than once") for name in given if given[name] > 1]
    # It would be read as no value at all, by everybody but whoever sent it.
    faults += [Fault(name, _allowed(name)) for name, value in pairs if value.lower() == "null"]
    faults += [Fault(name, f"is required: {ALLOWED[name]}") for name in sorted(names.required - set(given))]
    if faults:
        raise bad_parameters(faults)


def _unknown(allowed: Collection[str]) -> str:
    known = ", ".join(sorted(allowed))
    return f"unknown parameter; there are {known}" if known else "unknown parameter; this takes none"


def _problem(request: Sent, error: ProblemError, headers: dict[str, str] | None = None) -> Response[bytes]:
    own = {name.decode(): value.decode() for name, value in error.headers}
    return Response(
        problem_bytes(error, request_id(request.scope)),
        status_code=error.status,
        media_type=PROBLEM_MEDIA_TYPE,
        headers={"cache-control": "no-store", **own, **(headers or {})},
    )


def _http_problem(request: Sent, error: HTTPException) -> Response[bytes]:
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        names = [str(one.get("key", "")) for one in error.extra]
        return _problem(request, bad_parameters([Fault(name, _allowed(name)) for name in names]))
    status, detail, path = error.status_code, error.detail, request.scope["path"][:200]
    if status == 404:
        detail = f"nothing is served at {path!r}"
    elif status == 405:
        detail = f"{path!r} does not take {request.scope['method']}"
        allowed = (error.headers or {}).get("allow", "")
        # Whatever can be read has a head.
        return _problem(request, ProblemError(status, detail), {"allow": allowed.replace("GET", "GET, HEAD")})
    return _problem(request, ProblemError(status, detail), error.headers)


def _allowed(name: str) -> str:
    return f"allowed is {ALLOWED[name]}" if name in ALLOWED else "cannot be used"


def _internal_problem(request: Sent, error: Exception) -> Response[bytes]:
    _log.error("%s %s failed", request.scope["method"], request.scope["path"], exc_info=error)
    return _problem(request, ProblemError(500, FAULT))
