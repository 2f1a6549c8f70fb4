import msgspec
import pytest

from tests.model.judged import MEASURED, judged
from tests.report.proof import PROOF
from voltape.model.efficiency import Efficiency
from voltape.model.status import Audit
from voltape.report.layout import WIDTH, amount, lines_of, percent

URL = "http://127.0.0.1:8000"


def text_of(report: Efficiency) -> str:
    """The report as it is printed."""
    return "\n".join(lines_of(report, URL))


def row(report: Efficiency, label: str) -> list[str]:
    """The cells of the line that begins with a label."""
    line = next(line for line in lines_of(report, URL) if line.startswith(label))
    return line.removeprefix(label).split()


def test_a_figure_stands_beside_its_baselines_and_its_target() -> None:
    """Now, plan, before, changes against both, limit, verdict."""
    report = judged()
    assert row(report, "CPU, % of a core") == ["10", "103", "100", "-90%", "-90%", "<20", "met"]
    assert row(report, "accuracy, %") == ["100", "-", "-", "-", "-", "100", "met"]
    assert row(report, "memory, MB") == ["70", "244", "60", "-71%", "+17%", "<100", "met"]


def test_what_is_not_known_is_a_dash_with_a_reason() -> None:
    """Never zero."""
    report = judged(20, measured=None, audits={})
    assert row(report, "accuracy, %") == ["-", "-", "-", "-", "-", "100", "unknown"]
    text = text_of(report)
    assert "nothing was compared yet" in text
    assert "nothing measured" in text
    assert "smallest machine: unknown" in text


def test_where_the_measured_baseline_comes_from_is_told() -> None:
    """Load, machine and time."""
    figures = msgspec.structs.replace(MEASURED.figures, messages_second=1370.0)
    measured = msgspec.structs.replace(MEASURED, figures=figures, note="could not keep up")
    text = " ".join(text_of(judged(measured=measured)).split())
    assert (
        "before: measured 2026-11-22T12:00:00Z at 1,370 messages/s, 2,012 contracts, on 2 cores; could not keep up"
        in text
    )


def test_audits_name_what_differed() -> None:
    """The newest one."""
    text = text_of(judged(audits={"exchange": Audit(10, 9, 0, 0.9, "BTC-1: bid_price 5 instead of 6")}))
    assert "audit against the exchange: 9 of 10 equal, 1 wrong" in text
    assert "newest that differed: BTC-1: bid_price 5 instead of 6" in text
    assert "audits: none yet" in text_of(judged(audits={}))
    assert "audit against the store: nothing compared yet, 3 undecided" in text_of(
        judged(audits={"store": Audit(undecided=3)})
    )


def test_switches_machine_and_prices_are_there() -> None:
    """The plan's prices as the plan's."""
    text = " ".join(text_of(judged()).split())
    assert "optimisations: conflate=on, layout=packed" in text
    assert "smallest machine: 0.25 CPU, 256 MB (busiest minute 10 % of a core, 70 MB;" in text
    assert "by the same rule: plan's baseline 4 CPU, 4,096 MB, before 2 CPU, 2,048 MB" in text
    assert (
        "the plan's figures: 4 CPU, 2,048 MB at $80-120 a month before, 1 CPU, 1,024 MB at $25-40 after"
        in text
    )
    assert "optimisations: not told" in text_of(judged(optimisations={}))


@pytest.mark.parametrize("seconds", [0, 20, 600])
@pytest.mark.parametrize("measured", [MEASURED, None])
def test_lines_fit_eighty_columns(seconds: int, measured: object) -> None:
    """Whatever is known."""
    report = judged(seconds, measured=MEASURED if measured else None, uptime_s=86_400.0)
    report.coverage = PROOF
    lines = list(lines_of(report, URL, expiries=True))
    assert [line for line in lines if len(line) > WIDTH] == []
    assert [line for line in lines if line != line.rstrip()] == []


def test_columns_do_not_touch() -> None:
    """Even with the widest words in each."""
    report = judged(uptime_s=60.0)
    lines = list(lines_of(report, URL))
    heads = next(line for line in lines if "vs plan" in line)
    assert heads.split() == ["now", "plan", "before", "vs", "plan", "vs", "before", "target"]
    assert row(report, "reconnects, per h")[-2:] == ["<5", "unknown"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0, "0"),
        (0.0004, "0"),
        (0.05, "0.05"),
        (1.256, "1.26"),
        (9.999, "10"),
        (70.46, "70.5"),
        (103, "103"),
        (2160.4, "2,160"),
        (12_345, "12345"),
        (123_456.0, "123k"),
    ],
)
def test_an_amount_fits_its_column(value: float | None, text: str) -> None:
    """With as many digits as count."""
    assert amount(value) == text
    assert len(text) <= 6


@pytest.mark.parametrize(
    ("improvement", "text"),
    [
        (None, "-"),
        (75, "-75%"),
        (-3.9, "+4%"),
        (100, "-100%"),
        (99.2, "-99.2%"),
        (-12_900, "+12900%"),
        (0, "+0%"),
    ],
)
def test_an_improvement_is_shown_as_the_change_it_is(improvement: float | None, text: str) -> None:
    """Less is a minus."""
    assert percent(improvement) == text
