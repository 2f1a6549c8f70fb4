"""The tracker: keeps the board complete, correct and fresh."""

__all__: list[str] = []
