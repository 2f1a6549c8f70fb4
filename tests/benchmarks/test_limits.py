"""When a contestant has kept up with a rate."""

import pytest

from benchmarks.limits import Step

KEPT = Step(rate=10_000, sent=9_950, lost=0, cut=0, backlog=0.2)


def test_nothing_lost_cut_or_piled_up_is_kept_up() -> None:
    """A short backlog is what any network has."""
    assert KEPT.kept


@pytest.mark.parametrize("change", [{"lost": 1}, {"cut": 1}, {"backlog": 1.5}])
def test_any_of_them_is_the_limit(change: dict[str, float]) -> None:
    """One message lost, one connection cut, or more than a second behind."""
    assert not KEPT._replace(**change).kept  # type: ignore[arg-type]
