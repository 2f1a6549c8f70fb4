"""Which pages of other sites may read the interface in a browser: none, unless they were named."""

from collections.abc import Collection

from .asgi import Headers, Scope
from .problem import ProblemError
from .reply import header

__all__ = ["ANY_ORIGIN", "Cors"]

ANY_ORIGIN = "*"

_EXPOSED = b"content-disposition, etag, retry-after, x-next-cursor, x-request-id, x-total-count"
_PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, HEAD, PUT, POST, DELETE"),
    (
        b"access-control-allow-headers",
        b"authorization, content-type, if-none-match, last-event-id, x-request-id",
    ),
    (b"access-control-max-age", b"600"),
]


class Cors:
    """The rules for pages of other sites."""

    def __init__(self, origins: Collection[str]) -> None:
        """Allow pages of `origins`, such as `https://desk.example`; `*` for all, none at all for none."""
        self.is_on = bool(origins)
        self._any = ANY_ORIGIN in origins
        self._origins = frozenset(origins)

    def allows(self, origin: str) -> bool:
        """Whether a page of `origin` may read answers."""
        return self._any or origin in self._origins

    def headers(self, scope: Scope) -> Headers:
        """What an answer tells the browser; nothing while no origin is allowed."""
        if not self.is_on:
            return []
        # Kept answers must not be given to a page of another site than the one that asked.
        varies = [] if self._any else [(b"vary", b"origin")]
        origin = header(scope, b"origin")
        if not origin or not self.allows(origin):
            return varies
        allowed = ANY_ORIGIN if self._any else origin
        return [
            *varies,
            (b"access-control-allow-origin", allowed.encode("latin-1")),
            (b"access-control-expose-headers", _EXPOSED),
        ]

    def preflight(self, scope: Scope) -> Headers | None:
        """Headers of the answer to a browser that asks beforehand; None for any other request.

        Raises:
            ProblemError: 403, its page is of a site that was not named.
        """
        if not self.is_on or scope.get("method") != "OPTIONS":
            return None
        if not header(scope, b"access-control-request-method"):
            return None
        origin = header(scope, b"origin")
        if not self.allows(origin):
            raise ProblemError(403, f"pages of {origin[:100]!r} may not read this")
        return _PREFLIGHT
