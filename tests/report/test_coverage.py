from tests.report.proof import PROOF
from voltape.model.efficiency import CoverageProof
from voltape.model.status import Contracts, Coverage
from voltape.report.coverage import coverage_lines


def test_every_count_stands_in_its_column() -> None:
    """By underlying and over all; a share of nothing is a dash."""
    lines = list(coverage_lines(PROOF))
    assert lines[0] == "coverage: 2,400 listed, 1,802 wanted live, 1,798 acknowledged, 1,796 delivered"
    assert lines[1] == "live: - of open interest, 99.1% of volume, 75.0% of contracts"
    heads, btc, _eth, total = lines[2:6]
    assert heads.split()[4:] == [
        "listed",
        "wanted",
        "acked",
        "seen",
        "live",
        "polled",
        "stale",
        "volume",
        "OI",
    ]
    assert btc.split() == ["BTC", "1200", "901", "899", "1100", "900", "300", "7", "99.1%", "-"]
    assert total.split() == ["all", "2400", "1802", "1798", "2200", "1800", "600", "14", "99.1%", "-"]


def test_ages_are_counted_by_lane() -> None:
    """Each class apart, from the youngest to the oldest."""
    lines = list(coverage_lines(PROOF))
    at = next(number for number, line in enumerate(lines) if line.startswith("age of data"))
    assert lines[at].split()[3:] == ["<1s", "<5s", "<10s", "<30s", "<1min", "<5min", "older"]
    assert lines[at + 1].split() == ["BTC", "live", "100", "200", "300", "200", "50", "40", "10"]
    assert lines[at + 2].split() == ["BTC", "polled", "0", "0", "0", "300", "0", "0", "0"]


def test_expiries_are_shown_where_asked() -> None:
    """Below their underlying."""
    assert not any("2026-12-25" in line for line in coverage_lines(PROOF))
    lines = list(coverage_lines(PROOF, expiries=True))
    assert lines[4].split() == ["2026-12-25", "120", "90", "89", "110", "90", "30", "1", "100.0%", "-"]


def test_lines_fit_eighty_columns() -> None:
    """At the size of the real market."""
    assert max(map(len, coverage_lines(PROOF, expiries=True))) <= 80


def test_nothing_listed_is_two_lines() -> None:
    """Without tables of nothing."""
    empty = CoverageProof(contracts=Contracts(), shares=Coverage(), seen_within_s=60.0, underlyings=[])
    assert len(list(coverage_lines(empty))) == 2
