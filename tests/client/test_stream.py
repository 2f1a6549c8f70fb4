"""The drivers against a server that does as told."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, closing
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from voltape.client.endpoint import Endpoint, endpoint_at
from voltape.client.problem import NotFound, Unauthorized
from voltape.client.session import Interrupted, StreamMessage, StreamSession
from voltape.client.stream import messages, messages_async
from voltape.push.protocol import Delta, Hello, ServerMessage, Snapshot, encode

Script = Callable[[ServerConnection, int], Awaitable[None]]
Door = Callable[[ServerConnection, Request], Response | None]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Come back at once."""
    monkeypatch.setattr("voltape.client.stream._FIRST_WAIT_S", 0.001)
    monkeypatch.setattr("voltape.client.stream._LONGEST_WAIT_S", 0.002)


@asynccontextmanager
async def scripted(script: Script, door: Door | None = None) -> AsyncIterator[Endpoint]:
    """A server that plays a script on each connection, given its number; it ends with the script."""
    count = 0

    async def handle(connection: ServerConnection) -> None:
        nonlocal count
        count += 1
        await script(connection, count)

    async with serve(handle, "127.0.0.1", 0, process_request=door) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield endpoint_at(f"http://127.0.0.1:{port}", "secret", None)


async def say(connection: ServerConnection, *said: ServerMessage) -> None:
    """Send messages."""
    for message in said:
        await connection.send(encode(message, "msgpack"))


async def heard(connection: ServerConnection) -> dict[str, Any]:
    """The next request."""
    found: dict[str, Any] = json.loads(await connection.recv())
    return found


async def cut_once(connection: ServerConnection, number: int) -> None:
    """Cut the first connection after a delta; on the second, go on or start afresh as asked."""
    request = await heard(connection)
    if number == 1:
        assert request == {"op": "subscribe", "channels": ["status"], "max_hz": None}
        await say(connection, Hello(1, "1", 5.0), Snapshot("status", 3, 1, {}), Delta("status", 4, 2, {}))
        return
    assert request == {"op": "resume", "channel": "status", "seq": 4, "max_hz": None}
    await say(connection, Hello(3, "1", 5.0), Delta("status", 5, 3, {}), Delta("status", 7, 4, {}))
    assert await heard(connection) == {"op": "subscribe", "channels": ["status"], "max_hz": None}
    await say(connection, Snapshot("status", 7, 5, {}))
    await connection.wait_closed()


def told(found: list[StreamMessage]) -> list[object]:
    """Types and numbers of what was seen."""
    return [
        (type(one).__name__, one.seq) if isinstance(one, Snapshot | Delta) else type(one).__name__
        for one in found
    ]


SEEN = ["Hello", ("Snapshot", 3), ("Delta", 4), "Interrupted", "Hello", ("Delta", 5), ("Snapshot", 7)]


async def test_a_lost_connection_is_made_again_and_goes_on() -> None:
    """The taker sees the interruption, what was missed, and after a hole a snapshot."""
    async with scripted(cut_once) as endpoint:
        found: list[StreamMessage] = []
        async with aclosing(messages_async(endpoint, StreamSession(["status"]))) as stream:
            async for message in stream:
                found.append(message)
                if len(found) == len(SEEN):
                    break
    assert told(found) == SEEN


async def test_the_blocking_driver_does_the_same() -> None:
    """In a thread."""
    async with scripted(cut_once) as endpoint:

        def take() -> list[StreamMessage]:
            with closing(messages(endpoint, StreamSession(["status"]))) as stream:
                return [message for _, message in zip(SEEN, stream, strict=False)]

        assert told(await asyncio.to_thread(take)) == SEEN


async def test_a_silent_connection_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A heartbeat that is too late means that nobody is there any more."""
    monkeypatch.setattr("voltape.client.session._GRACE_S", 0.05)

    async def silent(connection: ServerConnection, number: int) -> None:
        await say(connection, Hello(1, "1", 0.01))
        await connection.wait_closed()

    async with (
        scripted(silent) as endpoint,
        aclosing(messages_async(endpoint, StreamSession(["status"]))) as stream,
    ):
        assert isinstance(await anext(stream), Hello)
        lost = await anext(stream)
        assert isinstance(lost, Interrupted)
        assert lost.reason == "nothing was heard in time"


async def test_a_server_that_is_busy_is_asked_again_when_it_says() -> None:
    """After a first success, an answer of 429 or 5xx is a reason to wait, and 404 one to end."""
    answers = [None, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.NOT_FOUND]

    def door(connection: ServerConnection, request: Request) -> Response | None:
        assert request.headers["Authorization"] == "Bearer secret"
        status = answers.pop(0)
        if status is None:
            return None
        response = connection.respond(status, "")
        response.headers["Retry-After"] = "0"
        return response

    async def greet(connection: ServerConnection, number: int) -> None:
        await heard(connection)
        await say(connection, Hello(1, "1", 5.0))

    async with scripted(greet, door) as endpoint:
        stream = messages_async(endpoint, StreamSession(["status"]))
        assert isinstance(await anext(stream), Hello)
        interruptions = [await anext(stream) for _ in range(3)]
        assert all(isinstance(one, Interrupted) for one in interruptions)
        with pytest.raises(NotFound):
            await anext(stream)


async def test_a_wrong_token_is_told_and_not_tried_again() -> None:
    """With the words of the problem document."""

    def door(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(
            HTTPStatus.UNAUTHORIZED, json.dumps({"title": "Unauthorized", "detail": "a token"})
        )

    async def never(connection: ServerConnection, number: int) -> None:
        raise AssertionError

    async with scripted(never, door) as endpoint:
        with pytest.raises(Unauthorized, match="401 Unauthorized: a token"):
            await anext(messages_async(endpoint, StreamSession(["status"])))


@pytest.mark.parametrize("blocking", [False, True])
async def test_waits_grow_while_nobody_answers(blocking: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data that came before the connection was lost does not count for those that were never made."""
    monkeypatch.setattr("voltape.client.stream._LONGEST_WAIT_S", 1.0)
    attempts = 0

    def door(connection: ServerConnection, request: Request) -> Response | None:
        nonlocal attempts
        attempts += 1
        return None if attempts == 1 else connection.respond(HTTPStatus.BAD_GATEWAY, "")

    async def cut(connection: ServerConnection, number: int) -> None:
        await heard(connection)
        await say(connection, Snapshot("status", 3, 1, {}))

    async with scripted(cut, door) as endpoint:
        waits = await (_blocking_waits if blocking else _waits)(endpoint)
    # The step doubles each time, and a wait is at least half of it.
    assert waits[-1] >= 0.001 * 2**5 / 2


async def _waits(endpoint: Endpoint) -> list[float]:
    async with aclosing(messages_async(endpoint, StreamSession(["status"]))) as stream:
        assert isinstance(await anext(stream), Snapshot)
        return [one.retry_in_s for _ in range(6) if isinstance(one := await anext(stream), Interrupted)]


async def _blocking_waits(endpoint: Endpoint) -> list[float]:
    def take() -> list[float]:
        with closing(messages(endpoint, StreamSession(["status"]))) as stream:
            assert isinstance(next(stream), Snapshot)
            return [one.retry_in_s for _ in range(6) if isinstance(one := next(stream), Interrupted)]

    return await asyncio.to_thread(take)
