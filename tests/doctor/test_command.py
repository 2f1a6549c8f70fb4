"""The command's switches."""

import json
from pathlib import Path

import click
import pytest

from voltape import doctor as package
from voltape.doctor import probe as probe_package
from voltape.doctor.command import Wish, doctor
from voltape.doctor.finding import Finding
from voltape.doctor.probe.answer import Answer, ProbeReport


def flags(**given: object) -> dict[str, object]:
    """Every switch, as the command line hands them on."""
    return {name: getattr(Wish(), name) for name in Wish.__struct_fields__} | given


def test_findings_come_as_lines_or_for_programs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is the same."""
    monkeypatch.setattr(package, "examine", lambda _: [Finding("rest", "fail", "away", "Look.")])
    assert doctor(flags()) == 1
    assert capsys.readouterr().out == "fail  rest       away. Look.\n"
    assert doctor(flags(as_json=True)) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False


@pytest.mark.parametrize("given", [{"probe_seconds": 5.0}, {"at_expiry": True}, {"probe_out": "x"}])
def test_switches_of_the_probe_need_the_probe(given: dict[str, object]) -> None:
    """Whoever forgets it is told, rather than examined."""
    with pytest.raises(click.UsageError, match="belong to --probe"):
        doctor(flags(**given))


@pytest.mark.parametrize(("outcome", "code"), [("y", 0), ("not settled", 1)])
def test_a_probe_prints_and_writes_its_reports(
    outcome: str,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With `--json` nothing but the report is on standard output."""
    seen: list[object] = []

    async def probe(_settings: object, seconds: float, tell: object, *, expiring: bool) -> ProbeReport:
        seen.append((seconds, expiring))
        assert callable(tell)
        tell("under way")
        return ProbeReport(["a"], "t", 1.0, 1, 1, [Answer("x", outcome, "z")], "voltape sim", [])

    monkeypatch.setattr(probe_package, "probe", probe)
    monkeypatch.chdir(tmp_path)
    assert doctor(flags(probe=True, as_json=True, at_expiry=True)) == code
    out, err = capsys.readouterr()
    assert json.loads(out)["sim"] == "voltape sim"
    assert err == "under way\n"
    assert doctor(flags(probe=True, probe_seconds=3.0, probe_out=str(tmp_path / "mine"))) == code
    assert "voltape sim\nwritten: " in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {
        "voltape-probe.json",
        "voltape-probe.txt",
        "mine.json",
        "mine.txt",
    }
    assert seen == [(120.0, True), (3.0, False)]
