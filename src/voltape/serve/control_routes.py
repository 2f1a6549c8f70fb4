"""Routes that change what is tracked and pinned while the system runs.

They want a token to be set, which the gate has compared by the time they are asked. Every one of them may be repeated
without harm.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import Parameter

from voltape.model.control import ControlRequest, ControlState, Outcome

from .desk import Desk
from .parameters import ALLOWED, Symbol
from .problem import PROBLEM_MEDIA_TYPE, Fault, Problem, ProblemError, bad_parameters, not_found
from .reply import Reply, request_key
from .routes import API, Answers, Listing, Sent

__all__ = ["CONTROL_ROUTES", "Pin", "PinWish", "UnderlyingWish"]

_LARGEST_BODY = 1024
_UNDERLYINGS = f"{API}/underlyings"
_COIN = re.compile(r"[A-Za-z0-9]{1,20}", re.ASCII)
_SWITCH = "true or false"
_NOT_SENT = "no tracker can be asked to do it"
_REFUSED = "writes are refused: set VOLTAPE_API_TOKEN, and send it as 'Authorization: Bearer …'"

Coin = Annotated[str, Parameter(description=ALLOWED["underlying"], max_length=64)]


def _problem(description: str) -> ResponseSpec:
    return ResponseSpec(Problem, False, description, PROBLEM_MEDIA_TYPE)


_WRITE = {
    401: _problem("The token is missing or wrong."),
    403: _problem("No token is set, so that writes are refused."),
    404: _problem("Nothing of that name is listed."),
    422: _problem("Parameters or body cannot be used."),
    503: _problem("No tracker, or the exchange or the disk is of no use to it; nothing was changed."),
}
_TOO_LONG = {413: _problem(f"The body is longer than {_LARGEST_BODY} bytes.")}


class UnderlyingWish(msgspec.Struct, frozen=True):
    """Whether an underlying is to be tracked; `confirmed` where the tracker has saved it and carries it out.

    `decided` is false where that is left to the settings.
    """

    underlying: str
    enabled: bool
    decided: bool
    confirmed: bool


class PinWish(msgspec.Struct, frozen=True):
    """Whether a contract is to be pinned; `confirmed` where the tracker has saved it and carries it out."""

    symbol: str
    pinned: bool
    confirmed: bool


class Pin(msgspec.Struct, frozen=True):
    """A pinned contract; `decided` by request and not by the settings, `listed` where it is on the board."""

    symbol: str
    decided: bool
    listed: bool


def _answers(wish: type[msgspec.Struct]) -> dict[int, ResponseSpec]:
    sent = "The tracker, in another process, has not confirmed it within three seconds."
    return {202: ResponseSpec(wish, False, sent), **_WRITE}


@dataclass
class _Switch(Operation):
    """Describes the body, which the route itself reads, to say what is wrong with it."""

    def __post_init__(self) -> None:
        schema = Schema(
            type=OpenAPIType.OBJECT,
            properties={"enabled": Schema(type=OpenAPIType.BOOLEAN, description="whether to track it")},
            required=["enabled"],
            additional_properties=False,
            examples=[{"enabled": True}],
        )
        self.request_body = RequestBody(
            content={"application/json": OpenAPIMediaType(schema=schema)}, required=True
        )


def _state(desk: Desk) -> ControlState:
    return ControlState() if desk.control is None else desk.control.state()


def _check_writable(desk: Desk) -> None:
    if not desk.writable:
        raise ProblemError(403, _REFUSED)


async def _carried_out(desk: Desk, request: ControlRequest) -> Outcome:
    """What became of a request.

    Raises:
        ProblemError: 404 or 503.
    """
    if desk.control is None:
        raise ProblemError(503, _NOT_SENT)
    outcome = await desk.control.carry_out(request)
    if outcome.verdict == "unknown":
        what = "underlying" if request.subject == "underlying" else "contract"
        raise not_found(what, request.name, outcome.known)
    if outcome.verdict == "unavailable":
        raise ProblemError(503, outcome.detail or _NOT_SENT)
    desk.forget(request_key(_UNDERLYINGS, b""))
    return outcome


def _answer(wish: msgspec.Struct, outcome: Outcome) -> Response[Any]:
    status = 200 if outcome.verdict == "done" else 202
    return Response(wish, status_code=status, headers={"cache-control": "no-store"})


def _enabled(body: bytes) -> bool:
    """The switch in a body.

    Raises:
        ProblemError: 422.
    """
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise bad_parameters([Fault("body", f"is not JSON: {error}")]) from error
    if not isinstance(found, dict):
        raise bad_parameters([Fault("body", 'is to be an object, such as {"enabled": true}')])
    faults = list(_faults(found))
    if faults:
        raise bad_parameters(faults)
    return bool(found["enabled"])


def _faults(found: dict[str, Any]) -> Iterable[Fault]:
    for name in found:
        if name != "enabled":
            yield Fault(name[:64], "unknown field; there is enabled")
    if "enabled" not in found:
        yield Fault("enabled", f"is required: {_SWITCH}")
    elif not isinstance(found["enabled"], bool):
        yield Fault("enabled", f"allowed is {_SWITCH}")


def _coin(desk: Desk, name: str) -> str:
    if _COIN.fullmatch(name) is None:
        known = [choice.underlying for choice in _state(desk).underlyings]
        raise not_found("underlying", name, known or desk.board.underlyings())
    return name.upper()


def _symbol(desk: Desk, name: str, state: ControlState) -> str:
    """The symbol in the board's spelling, of a contract that is listed or pinned."""
    if state.pins_symbol(name.upper()):
        return name.upper()
    return desk.row(name).instrument.symbol


@put(
    _UNDERLYINGS + "/{coin:str}",
    summary="Start or stop tracking an underlying",
    status_code=200,
    responses=_answers(UnderlyingWish) | _TOO_LONG,
    operation_class=_Switch,
    request_max_body_size=_LARGEST_BODY,
)
async def switch_underlying(desk: Answers, request: Sent, coin: Coin) -> Response[UnderlyingWish]:
    """Track an underlying of the exchange from now on, or do so no longer, whatever the settings say.

    202 where the tracker, in another process, has not confirmed it within three seconds.
    """
    _check_writable(desk)
    enabled = _enabled(await request.body())
    name = _coin(desk, coin)
    outcome = await _carried_out(desk, ControlRequest("underlying", name, enabled))
    return _answer(UnderlyingWish(name, enabled, True, outcome.verdict == "done"), outcome)


@delete(
    _UNDERLYINGS + "/{coin:str}",
    summary="Leave an underlying to the settings",
    status_code=200,
    responses=_answers(UnderlyingWish),
)
async def release_underlying(desk: Answers, coin: Coin) -> Response[UnderlyingWish]:
    """Take back what was decided about an underlying."""
    _check_writable(desk)
    name = _coin(desk, coin)
    outcome = await _carried_out(desk, ControlRequest("underlying", name))
    enabled = bool((outcome.state or _state(desk)).enabled(name))
    return _answer(UnderlyingWish(name, enabled, False, outcome.verdict == "done"), outcome)


@get(f"{API}/pins", sync_to_thread=False, summary="Pinned contracts")
def pins(desk: Answers, request: Sent) -> Reply[Listing[Pin]]:
    """Give the contracts that are live whatever they trade."""
    rows = desk.board.rows
    found = [Pin(pin.symbol, pin.decided, pin.symbol in rows) for pin in _state(desk).pins]
    key = request_key(request.scope["path"], request.scope["query_string"])
    return Reply(desk.answer(key, None, Listing(len(found), found)))


@put(
    f"{API}/pins/{{symbol:str}}",
    summary="Pin a contract",
    status_code=200,
    responses=_answers(PinWish),
    request_max_body_size=_LARGEST_BODY,
)
async def pin(desk: Answers, symbol: Symbol) -> Response[PinWish]:
    """Keep a contract live whatever it trades, until it expires or is unpinned."""
    return await _pinned(desk, symbol, on=True)


@delete(
    f"{API}/pins/{{symbol:str}}", summary="Unpin a contract", status_code=200, responses=_answers(PinWish)
)
async def unpin(desk: Answers, symbol: Symbol) -> Response[PinWish]:
    """Treat a contract like any other, also where the settings pin it."""
    return await _pinned(desk, symbol, on=False)


async def _pinned(desk: Desk, symbol: str, *, on: bool) -> Response[PinWish]:
    _check_writable(desk)
    name = _symbol(desk, symbol, _state(desk))
    outcome = await _carried_out(desk, ControlRequest("pin", name, on))
    return _answer(PinWish(name, on, outcome.verdict == "done"), outcome)


CONTROL_ROUTES = (switch_underlying, release_underlying, pins, pin, unpin)
"""Every route of run-time control."""
