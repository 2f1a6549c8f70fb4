"""Which methods each path of the interface takes."""

import re
from collections.abc import Iterable

__all__ = ["Methods"]


class Methods:
    """The methods of paths."""

    def __init__(self, routes: Iterable[tuple[str, Iterable[str]]]) -> None:
        """Take the routes: paths, with parameters in braces, and the methods of each."""
        known: dict[str, set[str]] = {}
        for path, methods in routes:
            known.setdefault(re.sub(r"\{[^}]+}", "[^/]+", path), set()).update(methods)
        self._known = [(re.compile(path), methods) for path, methods in known.items()]

    def of(self, path: str) -> str:
        """The methods that a path takes, as a header lists them; empty where nothing is served there."""
        found = {method for pattern, methods in self._known if pattern.fullmatch(path) for method in methods}
        return ", ".join(sorted(found | {"OPTIONS"})) if found else ""
