"""What the benchmarks of a run share."""

from pathlib import Path

from benchmarks.bench import Bench, Options


def test_a_benchmark_that_starts_over_leaves_nothing_of_its_first_attempt(tmp_path: Path) -> None:
    """Other benchmarks keep theirs, also one whose name begins the same."""
    bench = Bench(Options(), tmp_path)
    bench.sample("even.rate", 1.0)
    bench.sample("evening.rate", 2.0)
    bench.detail("even", contestant="floor")
    bench.forget("even")
    assert bench.samples == {"evening.rate": [2.0]}
    assert bench.details == {}
