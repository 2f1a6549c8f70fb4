"""What clients like."""

import pytest

from voltape.serve.accept import weights


@pytest.mark.parametrize(
    ("accepted", "found"),
    [
        ("gzip", [("gzip", 1.0)]),
        ("GZip ; Q = 0.5 , br", [("gzip", 0.5), ("br", 1.0)]),
        ("text/csv;header=present;q=0.25", [("text/csv", 0.25)]),
        ("a;q=, b;q=high", [("a", 0.0), ("b", 0.0)]),
        ("", [("", 1.0)]),
    ],
)
def test_each_name_has_its_weight(accepted: str, found: list[tuple[str, float]]) -> None:
    """Whatever the letters and blanks; what cannot be read is not liked."""
    assert list(weights(accepted)) == found
