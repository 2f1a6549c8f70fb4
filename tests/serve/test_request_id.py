from typing import Any

import pytest

from voltape.serve.request_id import RequestIds, request_id


def scope(*given: bytes) -> dict[str, Any]:
    """A request with these names of its own."""
    return {"headers": [(b"host", b"x"), *((b"x-request-id", one) for one in given)]}


def test_a_request_keeps_the_name_that_its_client_gave_it() -> None:
    """So one request can be followed through several systems."""
    asked = scope(b"trace-7f.3_a~1")
    assert RequestIds("run").give(asked) == "trace-7f.3_a~1"
    assert request_id(asked) == "trace-7f.3_a~1"


@pytest.mark.parametrize(
    "given", [[], [b""], [b"a b"], [b"x" * 65], [b"a\nlevel=error"], [b"\xff"], [b"a", b"b"], [b'"']]
)
def test_any_other_is_numbered(given: list[bytes]) -> None:
    """A name that could not be written anywhere is none."""
    ids = RequestIds("run")
    assert [ids.give(scope(*given)) for _ in range(3)] == ["run-1", "run-2", "run-3"]


def test_what_was_never_named_has_no_name() -> None:
    """Rather than none that could be found in a log."""
    assert request_id(scope()) == ""
