from pathlib import Path

import pytest

from tests.lanes import BUSY, FULL_RATE, LONG, PATIENT, SAMPLES, lane_of, turn_of

TESTS = Path(__file__).parent


@pytest.mark.parametrize(
    ("nodeid", "lane"),
    [
        ("tests/e2e/test_browser_pages.py::test_a[chain]", BUSY),
        ("tests/e2e/test_truth.py::test_a", BUSY),
        ("tests/e2e/test_roles.py::test_a", PATIENT),
        ("tests/docs/test_samples.py::test_a[docs/x.md:3]", PATIENT),
        ("tests/docs/test_links.py::test_a[docs/x.md]", "tests/docs/test_links.py"),
        ("tests/test_clock.py::test_a", "tests/test_clock.py"),
    ],
)
def test_whole_programs_share_two_lanes_and_other_files_have_their_own(nodeid: str, lane: str) -> None:
    """Whatever else a test's name holds."""
    assert lane_of(nodeid) == lane


def test_the_longest_go_first() -> None:
    """Whole programs, then long files, then the rest."""
    files = [
        "tests/e2e/test_truth.py",
        "tests/e2e/test_roles.py",
        "tests/bybit/test_keeper.py",
        "tests/test_clock.py",
    ]
    assert sorted([files[2], files[0], files[3], files[1]], key=turn_of) == files


@pytest.mark.parametrize("name", [*FULL_RATE, *SAMPLES, *LONG])
def test_every_file_that_is_named_exists(name: str) -> None:
    """A renamed one would silently go elsewhere."""
    assert list(TESTS.rglob(name))
