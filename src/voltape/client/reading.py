"""What requests carry and what is made of answers, whoever sends them."""

from typing import TypeVar

import httpx
import msgspec

from .calls import Call
from .endpoint import Endpoint
from .memory import Kept, Memory
from .problem import UnexpectedAnswer, Unreachable, problem_of

__all__ = ["Reading"]

Result = TypeVar("Result")

_REMEMBERED_BYTES = 16_000_000


class Reading:
    """An endpoint's requests and answers, and what is remembered of them."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self.memory = Memory(_REMEMBERED_BYTES)

    def recall(self, call: Call[Result]) -> Kept | None:
        """What was answered last, where the request changes nothing."""
        return self.memory.recall(call.target) if call.method == "GET" else None

    def headers(self, call: Call[Result], kept: Kept | None) -> dict[str, str]:
        """Headers of a request whose last answer was `kept`."""
        headers = self._endpoint.headers
        if call.body is not None:
            headers["content-type"] = "application/json"
        if self._endpoint.is_near:
            # Within one machine, compressing takes longer than sending.
            headers["accept-encoding"] = "identity"
        return headers if kept is None else headers | {"if-none-match": kept.etag}

    def result(self, call: Call[Result], answer: httpx.Response, kept: Kept | None) -> Result:
        """What the answer says.

        Raises:
            ApiProblem: it says no.
            UnexpectedAnswer: it cannot be read.
        """
        if answer.status_code == 304 and kept is not None:
            self.memory.reused += 1
            return self._read(call, kept.body)
        # 202: what is to be changed was sent on, and nobody has confirmed it yet.
        if answer.status_code != 200 and (answer.status_code != 202 or call.method == "GET"):
            raise problem_of(answer.status_code, answer.content, answer.headers.get("retry-after"))
        result = self._read(call, answer.content)
        if call.method == "GET" and (etag := answer.headers.get("etag")):
            self.memory.keep(call.target, Kept(etag, answer.content))
        return result

    def _read(self, call: Call[Result], body: bytes) -> Result:
        try:
            return call.read(body)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise UnexpectedAnswer(self._url(call), f"cannot be read ({error})") from error

    def failure(self, call: Call[Result], error: httpx.HTTPError) -> Unreachable:
        """The exception for an answer that did not come."""
        return Unreachable(self._url(call), str(error) or type(error).__name__)

    def _url(self, call: Call[Result]) -> str:
        return self._endpoint.url + call.target.partition("?")[0]
