"""What one check found."""

import json

import pytest

from voltape.doctor.finding import Finding, State, as_json


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


def test_findings_are_there_for_programs() -> None:
    """Whether all is well, and each with its parts."""
    findings = [Finding("rest", "ok", "answers"), Finding("clock", "fail", "late", "Mend it.")]
    told = json.loads(as_json(findings))
    assert told["ok"] is False
    assert told["findings"][1] == {"subject": "clock", "state": "fail", "text": "late", "advice": "Mend it."}
    assert json.loads(as_json(findings[:1]))["ok"] is True
