import json

import pytest

from voltape.serve.problem import Fault, ProblemError, bad_parameters, not_found, problem_bytes


def test_a_problem_has_the_members_of_the_standard() -> None:
    """With the status phrase for a title, since its type is the status alone."""
    problem = json.loads(problem_bytes(ProblemError(404, "no such thing")))
    assert problem == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "no such thing",
    }


def test_bad_parameters_are_listed_and_told() -> None:
    """Once for programs, once for people."""
    error = bad_parameters([Fault("a", "too big"), Fault("b", "too small")])
    problem = json.loads(problem_bytes(error))
    assert problem["status"] == 422
    assert problem["detail"] == "a: too big; b: too small"
    assert problem["errors"] == [{"name": "a", "reason": "too big"}, {"name": "b", "reason": "too small"}]
    assert str(error) == "422: a: too big; b: too small"


def test_what_is_near_may_be_told_by_who_knows_better() -> None:
    """Spelling is the rule for names that say nothing but themselves; it does not replace an empty list."""
    assert not_found("expiry", "2026-12-26", ["2026-11-26", "2026-12-25"], ["2026-12-25"]).detail == (
        "no expiry '2026-12-26'; near it are 2026-12-25"
    )
    assert "there are 2026-11-26" in not_found("expiry", "2026-12-26", ["2026-11-26"], []).detail


@pytest.mark.parametrize(
    ("name", "known", "words"),
    [
        ("BTV", ["BTC", "ETH"], "near it are BTC"),
        ("zzz", ["BTC", "ETH"], "there are BTC, ETH"),
        ("zzz", [str(number) for number in range(50)], "11, …"),
        ("zzz", [], "none at all yet"),
        ("z" * 5000, ["BTC"], "…"),
    ],
)
def test_what_is_not_found_comes_with_a_hint_of_bounded_length(
    name: str, known: list[str], words: str
) -> None:
    """Near names, or some that exist."""
    error = not_found("underlying", name, known)
    assert error.status == 404
    assert words in error.detail
    assert len(error.detail) < 300
