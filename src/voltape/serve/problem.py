"""Errors as RFC 9457 problem documents."""

import difflib
from collections.abc import Iterable, Sequence
from http import HTTPStatus

import msgspec

from voltape.errors import VoltapeError

__all__ = [
    "FAULT",
    "PROBLEM_MEDIA_TYPE",
    "Fault",
    "Problem",
    "ProblemError",
    "bad_parameters",
    "not_found",
    "problem_bytes",
]

PROBLEM_MEDIA_TYPE = "application/problem+json"

FAULT = "this is a fault of the server; its log says more"
"""Detail of a 500."""

_encoder = msgspec.json.Encoder()


class Fault(msgspec.Struct, frozen=True):
    """One parameter that cannot be used, and why."""

    name: str
    reason: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong.

    `errors` names the parameters where they are the reason; `request_id` finds the request in the server's log.
    """

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] = []
    request_id: str = ""


class ProblemError(VoltapeError):
    """A request that is answered with a problem document.

    Attributes:
        status: HTTP status code, which is all there is to its type.
        detail: this problem, in words for whoever made the request.
        faults: parameters that are the reason.
        headers: what the answer's headers say of it.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        faults: Iterable[Fault] = (),
        headers: Iterable[tuple[bytes, bytes]] = (),
    ) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.faults = list(faults)
        self.headers = list(headers)

    def __str__(self) -> str:
        return f"{self.status}: {self.detail}"


def problem_bytes(error: ProblemError, request_id: str = "") -> bytes:
    """The problem document of a request as JSON."""
    status = error.status
    title = HTTPStatus(status).phrase
    return _encoder.encode(Problem("about:blank", title, status, error.detail, error.faults, request_id))


def bad_parameters(faults: Iterable[Fault]) -> ProblemError:
    """Problem for parameters that are unknown, malformed, out of range or contradict each other."""
    listed = list(faults)
    detail = "; ".join(f"{fault.name}: {fault.reason}" for fault in listed)
    return ProblemError(422, detail, listed)


def not_found(what: str, name: str, known: Iterable[str], near: Sequence[str] | None = None) -> ProblemError:
    """Problem for a name that is not on the board, with the known names that are nearest to it.

    Args:
        what: what was looked for, `underlying`.
        name: the name as given.
        known: names that exist.
        near: which of them to offer; those that are spelled alike if left out.
    """
    names = list(known)
    shown = name if len(name) <= 60 else name[:57] + "…"
    if near is None:
        near = difflib.get_close_matches(name[:60], names, n=3, cutoff=0.6)
    if near:
        hint = f"near it are {', '.join(near)}"
    elif not names:
        hint = "there is none at all yet"
    else:
        hint = f"there are {', '.join(names[:12])}{', …' if len(names) > 12 else ''}"
    return ProblemError(404, f"no {what} {shown!r}; {hint}")
