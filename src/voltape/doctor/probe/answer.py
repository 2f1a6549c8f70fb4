"""What a probe has found: the answers to open questions about the exchange, and the report of them."""

import msgspec
from msgspec import Struct

__all__ = ["Answer", "ProbeReport", "as_json", "as_text"]


class Answer(Struct, frozen=True, omit_defaults=False):
    """The answer to one question.

    Attributes:
        question: short name.
        outcome: a word or two; `not settled` where the question stays open.
        text: what was done and seen, in one line.
        evidence: texts of the exchange, shortened, and counts that the outcome rests on.
        options: switches of `voltape sim` that make it behave the same; a value of None is a switch without one.
        faults: what its control endpoint takes to the same end.
    """

    question: str
    outcome: str
    text: str
    evidence: list[str] = []
    options: dict[str, str | None] = {}
    faults: list[dict[str, str | float]] = []

    def __str__(self) -> str:
        return f"{self.question:<18}  {self.outcome}: {self.text}"


class ProbeReport(Struct, frozen=True):
    """All that was found.

    Attributes:
        exchange: addresses that were asked.
        started_at, took_s: when, ISO 8601 UTC, and for how long.
        connections, requests: opened and sent in all.
        answers: in the order in which they came.
        sim: the command line of a simulator that behaves the same, as far as it has switches for it.
        faults: what to POST to `/sim/fault` of it.
    """

    exchange: list[str]
    started_at: str
    took_s: float
    connections: int
    requests: int
    answers: list[Answer]
    sim: str
    faults: list[dict[str, str | float]]


def as_json(report: ProbeReport) -> bytes:
    """The report for programs."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def as_text(report: ProbeReport) -> str:
    """The report for people."""
    lines = [
        f"Probe of {' and '.join(report.exchange)}",
        f"{report.started_at}, {report.took_s:.0f} s, {report.connections} connections, {report.requests} requests",
        "",
    ]
    for answer in report.answers:
        lines += [str(answer), *(f"    {piece}" for piece in answer.evidence)]
    lines += ["", "A simulator that behaves the same:", f"    {report.sim}"]
    for fault in report.faults:
        lines.append(f"    POST /sim/fault {msgspec.json.encode(fault).decode()}")
    return "\n".join(lines) + "\n"
