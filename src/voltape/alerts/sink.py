"""Where messages go, and how that can fail."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from voltape.errors import VoltapeError

from .http import Answer, ask
from .notice import Notice

__all__ = ["Line", "SendError", "Sink", "failure_of", "retry_after"]

_TIMEOUT_S = 20.0
_MOST_BYTES = 16_384
_LONGEST_WAIT_S = 3600.0
_UNWANTED = frozenset({400, 413, 422})
"""Answers that are about this message, so that others may get through."""


class SendError(VoltapeError):
    """A message did not get through.

    Attributes:
        why: what happened, without address or secret.
        retry_after_s: how long to leave the sink alone, where it said so.
        unwanted: whether it is the message that is refused.
    """

    def __init__(self, why: str, retry_after_s: float | None = None, *, unwanted: bool = False) -> None:
        super().__init__(why, retry_after_s, unwanted)
        self.why = why
        self.retry_after_s = retry_after_s
        self.unwanted = unwanted

    def __str__(self) -> str:
        return self.why


class Sink(Protocol):
    """Somebody who takes messages."""

    async def send(self, notice: Notice) -> None:
        """Have it taken.

        Raises:
            SendError: it was not, or nobody knows.
        """
        ...


class Line(msgspec.Struct, frozen=True):
    """The way to a server: checked certificates, or none without TLS, and a proxy if there is one.

    A connection is made for every message. They are rare, and nothing of it stays in memory.

    Attributes:
        verify: makes the context that checks certificates.
        proxy: its URL.
        timeout_s: longest time that an attempt takes.
    """

    verify: Callable[[], ssl.SSLContext]
    proxy: str | None = None
    timeout_s: float = _TIMEOUT_S

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Send JSON; redirects are not followed.

        Raises:
            SendError: there was no answer.
        """
        try:
            async with asyncio.timeout(self.timeout_s):
                secure = url.startswith("https:") or (self.proxy or "").startswith("https:")
                # Loading a list of certificates costs memory, and without TLS nobody looks at it.
                context = self.verify() if secure else None
                if self.proxy is None:
                    return await ask("POST", url, headers, content, context, _MOST_BYTES)
                from .proxied import post  # noqa: PLC0415 - most ways lead through no proxy

                return await post(self.proxy, url, headers, content, context, _MOST_BYTES)
        except TimeoutError:
            raise SendError("no answer in time") from None
        except ssl.SSLCertVerificationError as error:
            raise SendError(f"its certificate is not trusted ({error.verify_message})") from None
        except OSError as error:
            # The chain of causes could carry the address, and with it a token.
            raise SendError((error.strerror or f"no connection ({type(error).__name__})").lower()) from None
        except VoltapeError as error:
            raise SendError(str(error)) from None


def failure_of(answer: Answer, wait_s: float | None = None, said: str = "") -> SendError | None:
    """What is wrong with an answer; None where the message was taken.

    Args:
        answer: the server's.
        wait_s: how long its body asks us to wait.
        said: what its body says.
    """
    if 200 <= answer.status < 300:
        return None
    text = f"answered {answer.status}" + (f" {said}" if said else "")
    wait = retry_after(answer) if wait_s is None else min(max(wait_s, 0.0), _LONGEST_WAIT_S)
    return SendError(text, wait, unwanted=answer.status in _UNWANTED)


def retry_after(answer: Answer) -> float | None:
    """Seconds that `Retry-After` asks for, at most an hour; a date in it is not heeded."""
    raw = answer.headers.get("retry-after", "").strip()
    return min(float(raw), _LONGEST_WAIT_S) if raw.isdecimal() else None
