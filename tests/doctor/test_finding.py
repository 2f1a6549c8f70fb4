"""What one check found."""

import pytest

from voltape.doctor.finding import Finding, State


def test_a_finding_is_one_line_with_its_advice_at_the_end() -> None:
    """State and subject stand in columns, what to do follows what was seen."""
    assert str(Finding("rest", "ok", "answers")) == "ok    rest       answers"
    assert str(Finding("settings", "fail", "broken", "Mend it.")) == "fail  settings   broken. Mend it."


@pytest.mark.parametrize(
    ("state", "failed"), [("ok", False), ("warn", False), ("skip", False), ("fail", True)]
)
def test_only_a_failure_fails(state: State, failed: bool) -> None:
    """Warnings and skipped checks do not keep voltape from working."""
    assert Finding("x", state, "text").failed is failed
