"""What can come back instead of an answer, as exceptions.

ClientError
├── BadAddress         the base address is none
├── Unreachable        nobody answers there
├── UnexpectedAnswer   what answers is not voltape, or another version of it
├── ChannelRefused     the stream has no such channel, or not any more
└── ApiProblem         the server said no: status, title, detail, errors
    ├── Unauthorized   401, 403, 421: a token is wanted, or this way to ask is not allowed
    ├── NotFound       404: the detail gives the nearest names
    ├── BadParameters  422: `errors` names each
    ├── TooManyRequests  429: ask again after `retry_after_s`
    └── ServerFault    5xx
"""

from http import HTTPStatus

import msgspec

from voltape.errors import VoltapeError

__all__ = [
    "ApiProblem",
    "BadAddress",
    "BadParameters",
    "ChannelRefused",
    "ClientError",
    "Fault",
    "NotFound",
    "ServerFault",
    "TooManyRequests",
    "Unauthorized",
    "UnexpectedAnswer",
    "Unreachable",
    "problem_of",
]


class ClientError(VoltapeError):
    """Root of what a client raises."""


class BadAddress(ClientError):
    """The base address cannot be used.

    Attributes:
        url: as given.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url

    def __str__(self) -> str:
        return f"{self.url!r} is no address such as http://127.0.0.1:8000"


class Unreachable(ClientError):
    """Nobody answers.

    Attributes:
        url: what was asked. why: what happened.
    """

    def __init__(self, url: str, why: str) -> None:
        super().__init__(url, why)
        self.url = url
        self.why = why

    def __str__(self) -> str:
        return f"{self.url}: no answer ({self.why}); is `voltape up` running there?"


class UnexpectedAnswer(ClientError):
    """The answer cannot be read.

    Attributes:
        url: what was asked. why: what is wrong with what came.
    """

    def __init__(self, url: str, why: str) -> None:
        super().__init__(url, why)
        self.url = url
        self.why = why

    def __str__(self) -> str:
        return f"{self.url}: {self.why}; is it a voltape of this version?"


class ChannelRefused(ClientError):
    """The server does not send a channel that was asked for.

    Attributes:
        channel: its name, None where the request as a whole was refused. detail: why.
    """

    def __init__(self, channel: str | None, detail: str) -> None:
        super().__init__(channel, detail)
        self.channel = channel
        self.detail = detail

    def __str__(self) -> str:
        return self.detail if self.channel is None else f"{self.channel}: {self.detail}"


class Fault(msgspec.Struct, frozen=True):
    """One parameter that cannot be used, and why."""

    name: str
    reason: str


class ApiProblem(ClientError):
    """The server answered with a problem document.

    Attributes:
        status: HTTP status code. title: its name. detail: this problem, in words.
        errors: parameters that are the reason.
        retry_after_s: seconds after which to ask again, where the server said so.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        errors: tuple[Fault, ...] = (),
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(status, title, detail, errors, retry_after_s)
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return f"{self.status} {self.title}: {self.detail}" if self.detail else f"{self.status} {self.title}"


class Unauthorized(ApiProblem):
    """The token is missing or another one, or the server does not serve this way in."""


class NotFound(ApiProblem):
    """Nothing of that name is listed."""


class BadParameters(ApiProblem):
    """Parameters are unknown, malformed, out of range or contradict each other."""


class TooManyRequests(ApiProblem):
    """Asked too often; `retry_after_s` says when to come back."""


class ServerFault(ApiProblem):
    """The server could not answer."""


class _Document(msgspec.Struct):
    title: str = ""
    detail: str = ""
    errors: list[Fault] = []


_TYPES: dict[int, type[ApiProblem]] = {
    401: Unauthorized,
    403: Unauthorized,
    404: NotFound,
    421: Unauthorized,
    422: BadParameters,
    429: TooManyRequests,
}
_PHRASES = {one.value: one.phrase for one in HTTPStatus}
_documents = msgspec.json.Decoder(_Document)


def problem_of(status: int, content: bytes, retry_after: str | None = None) -> ApiProblem:
    """The exception for an answer that is no success; one without a problem document gives its status only."""
    try:
        document = _documents.decode(content)
    except (msgspec.DecodeError, UnicodeError):
        document = _Document()
    kind = _TYPES.get(status, ServerFault if status >= 500 else ApiProblem)
    title = document.title or (_PHRASES.get(status, ""))
    return kind(status, title, document.detail, tuple(document.errors), _seconds(retry_after))


def _seconds(text: str | None) -> float | None:
    # A date is allowed there too; our server sends none.
    return float(text) if text is not None and text.isascii() and text.isdecimal() else None
