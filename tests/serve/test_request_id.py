from contextvars import copy_context
from typing import Any

import pytest

from voltape.serve.request_id import RequestIds, request_id


def scope(*given: bytes) -> dict[str, Any]:
    """A request with these names of its own."""
    return {"headers": [(b"host", b"x"), *((b"x-request-id", one) for one in given)]}


def give(ids: RequestIds, asked: dict[str, Any]) -> str:
    """Name a request in a context of its own, as a server does, so that no later test runs under its name."""
    return copy_context().run(ids.give, asked)


def test_a_request_keeps_the_name_that_its_client_gave_it() -> None:
    """So one request can be followed through several systems."""
    asked = scope(b"trace-7f.3_a~1")
    assert give(RequestIds("run"), asked) == "trace-7f.3_a~1"
    assert request_id(asked) == "trace-7f.3_a~1"


@pytest.mark.parametrize(
    "given", [[], [b""], [b"a b"], [b"x" * 65], [b"a\nlevel=error"], [b"\xff"], [b"a", b"b"], [b'"']]
)
def test_any_other_is_numbered(given: list[bytes]) -> None:
    """A name that could not be written anywhere is none."""
    ids = RequestIds("run")
    assert [give(ids, scope(*given)) for _ in range(3)] == ["run-1", "run-2", "run-3"]


def test_what_was_never_named_has_no_name() -> None:
    """Rather than none that could be found in a log."""
    assert request_id(scope()) == ""
