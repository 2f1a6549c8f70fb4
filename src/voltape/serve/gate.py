"""What every request must pass before anything answers it, and the headers every answer gets.

* A server that listens on loopback only answers to loopback names, so that a web page whose name was pointed
  at this machine (DNS rebinding) reads nothing.
* A browser's WebSocket must come from a page of this server, since browsers let any page open one.
* With a token set, everything but health and the dashboard's files wants it. A browser's WebSocket cannot send
  headers, so it may give the token in the query, from which it is taken before anybody can log it.
"""

import hmac
from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode, urlsplit

from .asgi import Headers, Scope
from .cors import Cors
from .problem import ProblemError
from .reply import header

__all__ = [
    "DASHBOARD_POLICY",
    "MAX_BODY_BYTES",
    "MAX_TARGET_BYTES",
    "Gate",
    "loopback_names",
    "safety_headers",
]

MAX_TARGET_BYTES = 16_384
MAX_BODY_BYTES = 65_536

DASHBOARD_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_WANTED = [(b"www-authenticate", b"Bearer")]
# What follows is the rest of the body, which nobody wants to read.
_NO_MORE = [(b"connection", b"close")]
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

_SAFETY: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_API_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_PAGE_POLICY = (b"content-security-policy", DASHBOARD_POLICY.encode())


def loopback_names(host: str) -> tuple[str, ...] | None:
    """Names a server bound to `host` answers to: loopback ones where it is loopback, else None for any."""
    return _LOOPBACK if host in _LOOPBACK or host.startswith("127.") else None


def safety_headers(*, page: bool) -> Headers:
    """Headers of every answer; `page` for what a browser shows as a page of ours."""
    return [*_SAFETY, _PAGE_POLICY if page else _API_POLICY]


class Gate:
    """The checks of the module.

    Attributes:
        names: host names the server answers to, None for any; the server sets it by where it listens.
    """

    def __init__(self, token: str | None, cors: Cors | None = None) -> None:
        """Set up the checks.

        Args:
            token: the token that is wanted; None for none.
            cors: which pages of other sites may open WebSockets, too; without it none.
        """
        self.names: Collection[str] | None = None
        self._cors = cors or Cors(())
        self._token = None if token is None else token.encode()

    def check(self, scope: Scope, *, wants_token: bool) -> None:
        """Let the request pass; takes a `token` out of a WebSocket's query.

        Raises:
            ProblemError: 401, 403, 413, 414 or 421.
        """
        given = _token_taken(scope)
        if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_TARGET_BYTES:
            detail = f"path and query are longer than {MAX_TARGET_BYTES} bytes"
            raise ProblemError(414, detail)
        host = header(scope, b"host")
        self._check_host(host)
        if scope["type"] == "websocket":
            self._check_origin(header(scope, b"origin"), host)
        else:
            _check_body(header(scope, b"content-length"))
        if wants_token and self._token is not None:
            self._check_token(header(scope, b"authorization"), given)

    def _check_host(self, host: str) -> None:
        if self.names is None:
            return
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            name = None
        if name not in self.names:
            detail = f"this server answers to {', '.join(sorted(self.names))} only"
            raise ProblemError(421, detail)

    def _check_token(self, authorization: str, given: str) -> None:
        scheme, _, credentials = authorization.partition(" ")
        is_bearer = scheme.lower() == "bearer"
        # Header values arrive as Latin-1, whatever bytes they were; the query is UTF-8.
        offered = credentials.strip().encode("latin-1") if is_bearer else given.encode()
        if not hmac.compare_digest(offered, self._token or b""):
            detail = "send the API token as 'Authorization: Bearer …'"
            raise ProblemError(401, detail, headers=_WANTED)

    def _check_origin(self, origin: str, host: str) -> None:
        if not origin or self._cors.allows(origin):
            return
        scheme, _, place = origin.lower().partition("://")
        port = {"https": ":443", "http": ":80"}.get(scheme)
        if port is None or host.lower().removesuffix(port) != place.removesuffix(port):
            detail = f"a page of {origin[:100]!r} may not open this stream"
            raise ProblemError(403, detail)


def _check_body(content_length: str) -> None:
    # Whoever sends its body in chunks is counted where the body is read.
    if content_length.isdigit() and int(content_length[:20]) > MAX_BODY_BYTES:
        detail = f"a body may have {MAX_BODY_BYTES} bytes"
        raise ProblemError(413, detail, headers=_NO_MORE)


def _token_taken(scope: Scope) -> str:
    query = scope["query_string"]
    if scope["type"] != "websocket" or b"token=" not in query:
        return ""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="replace")
    scope["query_string"] = urlencode([pair for pair in pairs if pair[0] != "token"]).encode()
    return next((value for name, value in pairs if name == "token"), "")
