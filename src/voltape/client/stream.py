"""Driving a session over real sockets, blocking or not, with reconnects in between.

Both drivers do the same: the first connection has to succeed, so that a wrong address is told at once; from then on
a lost one is made again for ever, with growing waits that start over once data has come.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Generator
from typing import Any

import websockets.asyncio.client
import websockets.sync.client
from websockets.exceptions import InvalidStatus, WebSocketException

from voltape.flow.backoff import Backoff

from .endpoint import Endpoint
from .problem import ApiProblem, ServerFault, TooManyRequests, Unreachable, problem_of
from .session import Interrupted, StreamMessage, StreamSession

__all__ = ["messages", "messages_async"]

_OPEN_WITHIN_S = 10.0
_CLOSE_WITHIN_S = 1.0
_MAX_MESSAGE_BYTES = 32_000_000
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 15.0


class _Recovery:
    """What to do about the end of a connection."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._backoff = Backoff(_FIRST_WAIT_S, _LONGEST_WAIT_S, random.Random())  # noqa: S311 - spreads waits
        self.opened = False

    def from_end(self, error: Exception, session: StreamSession) -> Interrupted:
        """Words and a wait before the next attempt.

        Raises:
            ClientError: trying again would not help, or nothing was ever reached.
        """
        found = _problem(error)
        if found is not None and not isinstance(found, ServerFault | TooManyRequests):
            raise found from error
        if not self.opened:
            raise (found or Unreachable(self._endpoint.url, _words(error))) from error
        if session.closed():
            self._backoff.reset()
        wait = self._backoff.next()
        if found is not None and found.retry_after_s is not None:
            wait = max(wait, found.retry_after_s)
        return Interrupted(_words(error), wait)


def messages(endpoint: Endpoint, session: StreamSession) -> Generator[StreamMessage, None, None]:
    """Messages of the session's channels until the generator is closed; blocks while none comes.

    Raises:
        ClientError: see `_Recovery.from_end`, and what the session raises.
    """
    recovery = _Recovery(endpoint)
    while True:
        try:
            with websockets.sync.client.connect(endpoint.stream_url, **_options(endpoint)) as socket:
                recovery.opened = True
                for text in session.opened():
                    socket.send(text)
                while True:
                    message, reply = session.received(socket.recv(timeout=session.patience_s))
                    if reply is not None:
                        socket.send(reply)
                    if message is not None:
                        yield message
        except (OSError, WebSocketException) as error:
            interruption = recovery.from_end(error, session)
            yield interruption
            time.sleep(interruption.retry_in_s)


async def messages_async(endpoint: Endpoint, session: StreamSession) -> AsyncGenerator[StreamMessage, None]:
    """The same without blocking."""
    recovery = _Recovery(endpoint)
    while True:
        try:
            async with websockets.asyncio.client.connect(endpoint.stream_url, **_options(endpoint)) as socket:
                recovery.opened = True
                for text in session.opened():
                    await socket.send(text)
                while True:
                    async with asyncio.timeout(session.patience_s):
                        frame = await socket.recv()
                    message, reply = session.received(frame)
                    if reply is not None:
                        await socket.send(reply)
                    if message is not None:
                        yield message
        except (OSError, WebSocketException) as error:
            interruption = recovery.from_end(error, session)
            yield interruption
            await asyncio.sleep(interruption.retry_in_s)


def _options(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "additional_headers": endpoint.headers,
        "ssl": endpoint.context() if endpoint.is_secure else None,
        "proxy": None if endpoint.is_near else True,
        # The server offers none, and its heartbeats tell that it lives.
        "compression": None,
        "ping_interval": None,
        "open_timeout": _OPEN_WITHIN_S,
        "close_timeout": _CLOSE_WITHIN_S,
        "max_size": _MAX_MESSAGE_BYTES,
    }


def _problem(error: Exception) -> ApiProblem | None:
    if not isinstance(error, InvalidStatus):
        return None
    answer = error.response
    return problem_of(answer.status_code, bytes(answer.body or b""), answer.headers.get("retry-after"))


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "nothing was heard in time"
    return str(error) or type(error).__name__
