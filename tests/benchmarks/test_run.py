"""Which benchmarks are run."""

from benchmarks.run import BENCHMARKS, ON_REQUEST, chosen


def test_a_complete_run_leaves_out_what_has_to_be_named() -> None:
    """The long run in a browser would make a complete run ten minutes longer."""
    assert "soak" in ON_REQUEST
    assert chosen([]) == [name for name in BENCHMARKS if name not in ON_REQUEST]


def test_named_ones_are_run_in_their_order() -> None:
    """Whatever the order in which they are named."""
    assert chosen(["soak", "even"]) == ["even", "soak"]
