"""The dashboard's files, as the web build left them in the package."""

from contextlib import suppress
from pathlib import Path

from .cache import Answer
from .problem import ProblemError

__all__ = ["STATIC_DIR", "Dashboard"]

STATIC_DIR = Path(__file__).parent.parent / "web" / "static"

_FOR_EVER = "public, max-age=31536000, immutable"
# The browser asks for it while the script is on its way.
_FIRST_ANSWER = "<./api/v1/underlyings>; rel=preload; as=fetch; crossorigin=anonymous"
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}

_NOT_BUILT = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>voltape</title></head>
<body><p>The dashboard has not been built in this checkout: run <code>make web</code>, then load this page again.
The interface at <a href="/docs">/docs</a> works without it.</p></body></html>
"""


class Dashboard:
    """Files below one directory, read when they are asked for and kept until they change."""

    def __init__(self, directory: Path = STATIC_DIR, *, hints: bool = False) -> None:
        """Serve a directory; with hints the page names what its script will ask for first."""
        self._directory = directory.resolve()
        self._hint = _FIRST_ANSWER if hints else None
        self._answers: dict[Path, tuple[int, Answer]] = {}

    def answer(self, path: str) -> Answer:
        """The file at a path of the site; `/` is the page itself.

        Raises:
            ProblemError: 404.
        """
        if path == "/" and not (self._directory / "index.html").is_file():
            return Answer(_NOT_BUILT, "text/html; charset=utf-8")
        file = self._file(path)
        changed = file.stat().st_mtime_ns
        known = self._answers.get(file)
        if known is not None and known[0] == changed:
            return known[1]
        answer = Answer(
            file.read_bytes(),
            _MEDIA_TYPES.get(file.suffix, "application/octet-stream"),
            cache_control=self._cache_control(file),
            lasting=True,
            link=self._hint if file.name == "index.html" else None,
        )
        self._answers[file] = (changed, answer)
        return answer

    def _file(self, path: str) -> Path:
        relative = "index.html" if path == "/" else path.lstrip("/")
        # Some names are none to the system: too long, or with a NUL in them.
        with suppress(OSError, ValueError):
            file = (self._directory / relative).resolve()
            if file.is_relative_to(self._directory) and file.is_file():
                return file
        raise ProblemError(404, f"nothing is served at {path[:200]!r}")

    def _cache_control(self, file: Path) -> str:
        # The build puts a hash of the content into the names below assets.
        return _FOR_EVER if file.is_relative_to(self._directory / "assets") else "no-cache"
