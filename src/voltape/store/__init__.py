"""The store: Valkey or Redis behind the board, as a rebuildable copy of it."""

__all__: list[str] = []
