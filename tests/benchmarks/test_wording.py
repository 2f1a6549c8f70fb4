"""Numbers as people read them."""

import pytest

from benchmarks.wording import number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (0, "0"),
        (0.0, "0"),
        (7, "7"),
        (0.256, "0.26"),
        (7.04, "7.04"),
        (19.95, "19.9"),
        (1_234.5, "1,234"),
    ],
)
def test_numbers_have_as_many_digits_as_are_worth_reading(value: float | None, text: str) -> None:
    """About three, and nothing where there is no number."""
    assert number(value) == text
