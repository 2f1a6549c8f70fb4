"""One connection of the probe: sends what it is told, keeps the answers, and counts the data."""

import asyncio
import ssl
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import msgspec
from picows import (
    WSError,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    ws_connect,
)
from python_socks import ProxyError

from voltape.clock import Clock
from voltape.errors import VenueError, VenueRefused
from voltape.proxy import Proxy

__all__ = ["Line", "Lines", "Reply", "reply_from"]

PING = b'{"op":"ping"}'
PING_EVERY = 18.0
HANDSHAKE_WITHIN = 10.0
ANSWERS_KEPT = 200


class Push(msgspec.Struct):
    """What is of interest in any message."""

    topic: str = ""
    type: str = ""
    id: str = ""
    ts: int = 0
    op: str = ""
    ret_msg: str | None = None


class Topics(msgspec.Struct):
    """Fate of the topics of a request."""

    failTopics: list[str] = []  # noqa: N815 - the exchange's word
    successTopics: list[str] = []  # noqa: N815 - the exchange's word


class Reply(msgspec.Struct):
    """An answer to a request; every part may be missing."""

    success: bool | None = None
    ret_msg: str | None = None
    req_id: str | None = None
    data: Topics | None = None


_decode_push = msgspec.json.Decoder(Push).decode
_decode_reply = msgspec.json.Decoder(Reply).decode


def reply_from(text: bytes) -> Reply | None:
    """An answer, None where it is of no known form."""
    try:
        return _decode_reply(text)
    except msgspec.DecodeError:
        return None


class Line(WSListener):
    """A connection.

    Attributes:
        pongs: answers to our pings. data: messages with a topic. payload: their bytes.
        sizes: data messages by size. kinds: by type. topics: by topic. last: time of the last of each topic, monotonic.
        latest_ts: venue time of the last message of each topic, epoch ms.
        repeated: messages that came twice in a row.
        closed_at: monotonic time of the end, None while open. how: what ended it.
    """

    def __init__(self, clock: Clock) -> None:
        self.pongs = 0
        self.data = 0
        self.payload = 0
        self.sizes: Counter[int] = Counter()
        self.kinds: Counter[str] = Counter()
        self.topics: Counter[str] = Counter()
        self.last: dict[str, float] = {}
        self.latest_ts: dict[str, int] = {}
        self.repeated = 0
        self.opened_at = clock.monotonic()
        self.closed_at: float | None = None
        self.how = ""
        self.sent = 0
        self._clock = clock
        self._answers: deque[bytes] = deque(maxlen=ANSWERS_KEPT)
        self._ids: dict[str, str] = {}
        self._changed = asyncio.Event()
        self._transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            code = int.from_bytes(frame.get_payload_as_bytes()[:2], "big")
            self.how = f"a close frame, code {code or 'missing'}"
        elif frame.msg_type in (WSMsgType.TEXT, WSMsgType.BINARY):
            self._take(frame.get_payload_as_bytes())

    def _take(self, text: bytes) -> None:
        try:
            push = _decode_push(text)
        except msgspec.DecodeError:
            push = Push()
        if push.topic:
            self._count(push, len(text))
        elif "pong" in (push.op, push.ret_msg):
            self.pongs += 1
        else:
            self._answers.append(text)
        self._changed.set()

    def _count(self, push: Push, size: int) -> None:
        self.data += 1
        self.payload += size
        self.sizes[size] += 1
        self.kinds[push.type] += 1
        self.topics[push.topic] += 1
        self.last[push.topic] = self._clock.monotonic()
        self.latest_ts[push.topic] = push.ts
        if push.id:
            self.repeated += self._ids.get(push.topic) == push.id
            self._ids[push.topic] = push.id

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.closed_at = self._clock.monotonic()
        self.how = self.how or "without a close frame"
        self._changed.set()

    @property
    def closed(self) -> bool:
        """Whether the connection has ended."""
        return self.closed_at is not None

    @property
    def lasted(self) -> float:
        """Time since it opened, or for which it was open, s."""
        return (self._clock.monotonic() if self.closed_at is None else self.closed_at) - self.opened_at

    def say(self, text: bytes) -> None:
        """Send a text message."""
        if self._transport is not None and not self.closed:
            self.sent += 1
            self._transport.send(WSMsgType.TEXT, text)

    def ask(self, operation: str, topics: list[str], **more: str) -> None:
        """Send a request."""
        self.say(msgspec.json.encode({**more, "op": operation, "args": topics}))

    def ping(self) -> None:
        """Send the heartbeat."""
        self.say(PING)

    def stop_reading(self) -> None:
        """Leave what comes to the kernel from now on."""
        if self._transport is not None:
            self._transport.underlying_transport.pause_reading()

    def read_again(self) -> None:
        """Read again."""
        if self._transport is not None and not self.closed:
            self._transport.underlying_transport.resume_reading()

    async def answer(self, within: float) -> bytes | None:
        """The next answer to a request, None where none comes or the connection ends."""
        await self.until(lambda: bool(self._answers), within)
        return self._answers.popleft() if self._answers else None

    async def until(self, condition: Callable[[], object], within: float) -> bool:
        """Wait for a condition on what has come; False where the time or the connection ends before."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    if self.closed:
                        return False
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None and not self.closed:
            self._transport.disconnect(graceful=False)


class Lines:
    """Opens connections to one exchange.

    Attributes:
        opened: so far.
        requests: text messages that were sent on those which are closed.
    """

    def __init__(self, url: str, context: ssl.SSLContext, clock: Clock, proxy: Proxy | None) -> None:
        self.opened = 0
        self.requests = 0
        self.clock = clock
        self._url = url
        self._context = context
        self._proxy = proxy

    @asynccontextmanager
    async def open(
        self, *, pings: bool = True, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[tuple[Line, Mapping[str, str]]]:
        """A connection while the block lasts, and the headers of the handshake's answer.

        Args:
            pings: send the heartbeat when it is due.
            headers: more headers of the handshake.

        Raises:
            VenueError: it could not be opened.
        """
        line = Line(self.clock)
        answered = await self._connect(line, headers or {})
        pinging = asyncio.create_task(_keep_pinging(line)) if pings else None
        try:
            yield line, answered
        finally:
            if pinging is not None:
                pinging.cancel()
            self.requests += line.sent
            line.close()

    async def _connect(self, line: Line, headers: Mapping[str, str]) -> Mapping[str, str]:
        told: dict[str, str] = {}

        def listener(_request: WSUpgradeRequest, response: WSUpgradeResponse) -> Line:
            told.update({name.lower(): value for name, value in response.headers.items()})
            return line

        self.opened += 1
        proxy = self._proxy
        try:
            await ws_connect(
                listener,
                self._url,
                ssl_context=self._context if self._url.startswith("wss:") else None,
                websocket_handshake_timeout=HANDSHAKE_WITHIN,
                extra_headers=headers,
                logger_name="voltape.probe",
                proxy=None if proxy is None else proxy.url,
                proxy_ssl_context=self._context if proxy is not None and proxy.is_secure else None,
            )
        except WSHandshakeError as error:
            status = None if error.response is None else int(error.response.status)
            kind = VenueRefused if status == 403 else VenueError
            raise kind("handshake", f"answered {status}" if status else str(error)) from error
        except (OSError, WSError, TimeoutError, ProxyError) as error:
            raise VenueError("connect", str(error) or type(error).__name__) from error
        line.opened_at = self.clock.monotonic()
        return told


async def _keep_pinging(line: Line) -> None:
    while not line.closed:
        line.ping()
        await asyncio.sleep(PING_EVERY)
