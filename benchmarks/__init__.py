"""Measurements of the whole program, each through real processes; `python -m benchmarks.run` takes them."""

__all__: list[str] = []
