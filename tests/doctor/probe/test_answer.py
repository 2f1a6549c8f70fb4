"""What a probe has found, in words and for programs."""

import msgspec

from voltape.doctor.probe.answer import Answer, ProbeReport, as_json, as_text

ANSWER = Answer(
    "bad topic",
    "refused",
    "tickers.X",
    ["{}"],
    {"--max-args": "300"},
    [{"kind": "ack_failed", "ret_msg": "no"}],
)
REPORT = ProbeReport(
    ["wss://a", "https://b"],
    "2026-11-22T18:00:00Z",
    12.3,
    4,
    20,
    [ANSWER],
    "voltape sim --max-args 300",
    ANSWER.faults,
)


def test_an_answer_is_one_line() -> None:
    """Question, outcome, and what was done and seen."""
    assert str(ANSWER) == "bad topic           refused: tickers.X"


def test_the_report_for_programs_reads_back() -> None:
    """Nothing is lost on the way."""
    assert msgspec.json.decode(as_json(REPORT), type=ProbeReport) == REPORT


def test_the_report_for_people_has_evidence_and_what_sets_a_simulator() -> None:
    """The last lines can be pasted."""
    text = as_text(REPORT)
    assert text.startswith(
        "Probe of wss://a and https://b\n2026-11-22T18:00:00Z, 12 s, 4 connections, 20 requests\n"
    )
    assert "bad topic           refused: tickers.X\n    {}\n" in text
    assert text.endswith(
        '    voltape sim --max-args 300\n    POST /sim/fault {"kind":"ack_failed","ret_msg":"no"}\n'
    )
