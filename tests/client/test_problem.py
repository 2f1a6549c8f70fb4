import inspect

import pytest

from voltape.client import problem
from voltape.client.problem import (
    ApiProblem,
    BadParameters,
    Fault,
    NotFound,
    ServerFault,
    TooManyRequests,
    Unauthorized,
    problem_of,
)
from voltape.errors import VoltapeError

DOCUMENT = (
    b'{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"limit: no",'
    b'"errors":[{"name":"limit","reason":"no"}],"instance":"/x"}'
)


def test_a_problem_document_becomes_an_exception_with_its_members() -> None:
    """Status, title, detail and errors are attributes; the text is fit to be shown."""
    error = problem_of(422, DOCUMENT)
    assert isinstance(error, BadParameters)
    assert (error.status, error.title, error.detail) == (422, "Unprocessable Entity", "limit: no")
    assert error.errors == (Fault("limit", "no"),)
    assert str(error) == "422 Unprocessable Entity: limit: no"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ApiProblem),
        (401, Unauthorized),
        (403, Unauthorized),
        (404, NotFound),
        (421, Unauthorized),
        (429, TooManyRequests),
        (500, ServerFault),
        (503, ServerFault),
    ],
)
def test_each_status_has_its_type(status: int, kind: type[ApiProblem]) -> None:
    """So that a caller can tell them apart without numbers."""
    assert type(problem_of(status, b"{}")) is kind


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"\xff"])
def test_an_answer_without_a_document_gives_its_status(content: bytes) -> None:
    """A proxy in between knows nothing of problem documents."""
    assert str(problem_of(502, content)) == "502 Bad Gateway"
    assert str(problem_of(299, content)) == "299 "


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), (None, None), ("Sat, 26 Sep 2026", None), ("-1", None)]
)
def test_the_time_to_wait_is_told_where_the_server_told_it(header: str | None, seconds: float | None) -> None:
    """In seconds."""
    assert problem_of(429, b"{}", header).retry_after_s == seconds


def test_the_docstring_prints_the_tree_as_it_is() -> None:
    """Each exception stands below its parent, and all of them can be caught as one."""
    kinds = [one for _, one in inspect.getmembers(problem, inspect.isclass) if issubclass(one, Exception)]
    ours = {one.__name__: one.__mro__[1].__name__ for one in kinds if one is not VoltapeError}
    path: list[tuple[int, str]] = [(-1, "VoltapeError")]
    printed = {}
    for line in (problem.__doc__ or "").splitlines():
        text = line.lstrip("├└─│ ")
        name, depth = text.partition(" ")[0], len(line) - len(text)
        if name in ours:
            path = [step for step in path if step[0] < depth]
            printed[name] = path[-1][1]
            path.append((depth, name))
    assert printed == ours
