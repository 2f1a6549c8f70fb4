"""`voltape doctor`."""

from collections.abc import Mapping

import pytest

from tests.cli.calling import code_of


def test_the_doctor_prints_a_line_per_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 as soon as one check failed, else 0; flags reach the examination."""
    from voltape import doctor  # noqa: PLC0415 - after the other tests' imports are seen to be lazy

    given: list[Mapping[str, object]] = []
    findings = [doctor.Finding("one", "ok", "fine"), doctor.Finding("two", "warn", "odd", "Look.")]

    def examine(flags: Mapping[str, object]) -> list[doctor.Finding]:
        given.append(flags)
        return findings

    monkeypatch.setattr(doctor, "examine", examine)
    assert code_of("doctor", "--http-port", "1") == 0
    assert capsys.readouterr().out.splitlines() == [str(finding) for finding in findings]
    assert given[0]["http_port"] == "1"
    findings.append(doctor.Finding("three", "fail", "broken", "Mend it."))
    assert code_of("doctor") == 1
