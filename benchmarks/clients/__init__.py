"""Programs that a benchmark runs as processes of their own, so that their cost is not the harness's."""

__all__: list[str] = []
