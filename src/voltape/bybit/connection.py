"""Drives a session over one WebSocket: a thin driver without protocol knowledge of its own."""

import asyncio
import ssl
from typing import Protocol

import msgspec
from picows import WSError, WSFrame, WSHandshakeError, WSListener, WSMsgType, WSTransport, ws_connect
from python_socks import ProxyError

from voltape.clock import Clock
from voltape.errors import VenueError, VenueRefused
from voltape.proxy import Proxy

from .causes import Cause, Ending, closed, cut
from .coalesce import ReadCoalescer
from .lag import LagGauge
from .messages import UNREADABLE, Command, Envelope
from .session import Session
from .topics import Aside

__all__ = ["Connection", "Sink"]

_decode_command = msgspec.json.Decoder(Command).decode
_decode_envelope = msgspec.json.Decoder(Envelope).decode
_TEXT = WSMsgType.TEXT
_LONGEST_CONTROL = 125
_LARGEST_FRAME = 1 << 20
_LONGEST_MESSAGE = 1 << 20
_HANDSHAKE_TIMEOUT = 10.0
_SHORTEST_WAIT = 0.005
_LONGEST_WAIT = 1.0
_STALL_REMEMBERED = 30.0


class Sink(Protocol):
    """Where frames go: `bybit.intake.Intake`."""

    def take(self, message: bytes, arrived: int) -> str | Aside | None:
        """See `Intake.take`."""
        ...


class Connection(WSListener):
    """One socket from handshake to end.

    Attributes:
        session: its protocol state.
        frames: text messages so far. received: their bytes, about. sent: bytes of our texts.
        rejected: frames that are neither a push nor a known answer.
        unusable: pushes that could not be read or that nobody waits for.
        lag: how late its messages arrive.
        coalescer: its read mark.
    """

    def __init__(
        self,
        session: Session,
        sink: Sink,
        clock: Clock,
        *,
        coalesce: bool,
        marks: set[ReadCoalescer] | None = None,
    ) -> None:
        """Prepare to connect.

        Args:
            session: protocol state, not used before.
            sink: where frames go.
            clock: both of its times are used.
            coalesce: let the kernel collect bytes.
            marks: read marks of the connections that are read together with this one.
        """
        self.session = session
        self.frames = 0
        self.received = 0
        self.sent = 0
        self.rejected = 0
        self.unusable = 0
        self.lag = LagGauge()
        self._take = sink.take
        self._clock = clock
        self._wall_ms = clock.wall_ms
        self._pending = session.pending
        self._coalesce = coalesce
        self._marks = marks
        self.coalescer = ReadCoalescer(None, clock.monotonic())
        self._transport: WSTransport | None = None
        self._arrived = 0
        self._others = 0
        self._batch_ms = 0
        self._batch_frames = 0
        self._batch_messages = 0
        self._looked = clock.monotonic()
        self._stalled = 0.0
        self._stalled_until = self._looked
        self._sample = False
        self._fragments: list[bytes] = []
        self._fragmented = 0
        self._wake = asyncio.Event()
        self._ended: Ending | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        if self._ended is not None:
            # Nobody waits for this handshake any more.
            transport.disconnect(graceful=False)
            return
        self._transport = transport
        self._looked = self._clock.monotonic()
        if self._coalesce:
            sock = transport.underlying_transport.get_extra_info("socket")
            self.coalescer = ReadCoalescer(getattr(sock, "_sock", sock), self._clock.monotonic(), self._marks)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        # Control frames are short by the protocol, so the size tells data apart more cheaply than the type.
        if frame.payload_size > _LONGEST_CONTROL and frame.fin and not self._fragments:
            self._message(frame.get_payload_as_bytes())
        else:
            self._unusual(transport, frame)
        if frame.last_in_buffer:
            self._end_batch(frame)

    def _message(self, payload: bytes) -> None:
        self.frames += 1
        arrived = self._batch_ms
        if not arrived:
            arrived = self._batch_ms = self._wall_ms()
        topic = self._take(payload, arrived)
        if not topic:
            self._no_data(payload, topic)
        elif topic in self._pending:
            self.session.heard(topic)
            # The answer to a subscription may be as old as the contract's last change.
            self._sample = False
            if self.session.last_data is None:
                self.wake()

    def _no_data(self, payload: bytes, topic: str | Aside | None) -> None:
        self._others += 1
        if topic is None:
            self._answer(payload)
        elif isinstance(topic, Aside):
            self.session.heard(topic.topic)
        else:
            self.unusable += 1

    def _end_batch(self, last: WSFrame) -> None:
        """One read of the socket is through; its frames arrived together."""
        messages = self.messages
        if messages != self._batch_messages:
            self._arrived = self._batch_ms
            self._batch_messages = messages
            if self._sample:
                self._sample_lag(last.get_payload_as_bytes())
        # Tickers are all about as long as the last one, and the read mark needs no more than that.
        self.received += (self.frames - self._batch_frames) * last.payload_size
        self._batch_frames = self.frames
        self._batch_ms = 0
        self.coalescer.drained()

    def _sample_lag(self, payload: bytes) -> None:
        try:
            envelope = _decode_envelope(payload)
        except UNREADABLE:
            return
        if envelope.topic:
            self._sample = False
            self.lag.sample(envelope.ts, self._arrived, self._clock.monotonic())

    @property
    def messages(self) -> int:
        """Frames that brought tickers."""
        return self.frames - self._others

    def _answer(self, payload: bytes) -> None:
        try:
            command = _decode_command(payload)
        except UNREADABLE:
            self.rejected += 1
            return
        self.session.command(command, self._clock.monotonic())

    def _unusual(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind == WSMsgType.TEXT and frame.fin and not self._fragments:
            self._message(frame.get_payload_as_bytes())
        elif kind in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            self._fragments.append(frame.get_payload_as_bytes())
            self._fragmented += frame.payload_size
            if self._fragmented > _LONGEST_MESSAGE:
                self.end("a fragmented message without end", "garbled")
            elif frame.fin:
                whole, self._fragments, self._fragmented = b"".join(self._fragments), [], 0
                self._message(whole)
        elif kind == WSMsgType.CLOSE:
            code = int.from_bytes(frame.get_payload_as_bytes()[:2], "big")
            self._end(closed(code))
        elif kind == WSMsgType.BINARY:
            self.rejected += 1

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.coalescer.leave()
        now = self._clock.monotonic()
        self._end(cut(self._stall(now), now - self.session.pinged))

    def end(self, text: str, cause: Cause = "closed") -> None:
        """End the connection; the first reason given is the one that counts."""
        self._end(Ending(cause, text))

    def _end(self, ending: Ending) -> None:
        if self._ended is None:
            self._ended = ending
        self._wake.set()

    def _stall(self, now: float) -> float:
        """Longest time lately for which the event loop was held up, so that nothing was read, s."""
        remembered = self._stalled if now < self._stalled_until else 0.0
        return max(remembered, now - self._looked)

    def wake(self) -> None:
        """Have the session's texts sent now rather than when next due."""
        self._wake.set()

    async def open(self, url: str, context: ssl.SSLContext | None, proxy: Proxy | None = None) -> None:
        """Connect and finish the handshake, through `proxy` if there is one.

        Raises:
            VenueRefused: the exchange answered 403: a blocked region, or too many attempts.
            VenueError: anything else that kept the connection from opening.
        """
        opened = False
        try:
            async with asyncio.timeout(_HANDSHAKE_TIMEOUT):
                await ws_connect(
                    lambda: self,
                    url,
                    ssl_context=context,
                    websocket_handshake_timeout=_HANDSHAKE_TIMEOUT,
                    max_frame_size=_LARGEST_FRAME,
                    proxy=None if proxy is None else proxy.url,
                    proxy_ssl_context=context if proxy is not None and proxy.is_secure else None,
                    disconnect_on_exception=True,
                    logger_name="voltape",
                )
            opened = self._transport is not None
        except WSHandshakeError as error:
            status = error.response.status if error.response is not None else None
            if status is not None and int(status) == 403:
                raise VenueRefused("handshake", "403: blocked region or too many connections") from error
            if status is not None and int(status) == 429:
                raise VenueError("handshake", "429: too many requests") from error
            raise VenueError("handshake", f"answered {status}" if status else str(error)) from error
        except ssl.SSLCertVerificationError as error:
            raise VenueError("certificate", error.verify_message or str(error)) from error
        except ProxyError as error:
            raise VenueError("proxy" if proxy is None else f"proxy {proxy.where}", str(error)) from error
        except (OSError, WSError, TimeoutError) as error:
            # The way to the exchange begins at the proxy, which alone was connected to.
            what = "connect" if proxy is None or self._transport is not None else f"proxy {proxy.where}"
            raise VenueError(what, str(error) or type(error).__name__) from error
        finally:
            if not opened:
                self._give_up()
        if not opened:
            raise VenueError("handshake", "closed before it was answered")

    def _give_up(self) -> None:
        self.end("never opened")
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    async def run(self) -> Ending:
        """Drive the session until the connection ends; says how it did."""
        transport = self._transport
        if transport is None:
            return self._ended or Ending("unreachable", "never opened")
        try:
            while self._ended is None:
                now = self._clock.monotonic()
                for text in self.session.texts(now):
                    transport.send(_TEXT, text)
                    self.sent += len(text)
                self._observe(now)
                if self.session.mute(now):
                    self.end("no data for too long", "mute")
                    break
                await self._sleep(self.session.due() - now)
        finally:
            transport.disconnect(graceful=False)
        self._observe(self._clock.monotonic())
        return self._ended or Ending("closed", "ended")

    def _observe(self, now: float) -> None:
        # When the last data came is known by the wall clock, which may step; the last look bounds the error.
        age = max(0, self._wall_ms() - self._arrived) / 1000
        self.session.traffic(self.messages, max(self._looked, now - age))
        stall = now - self._looked
        if stall >= self._stalled or now >= self._stalled_until:
            self._stalled, self._stalled_until = stall, now + _STALL_REMEMBERED
        self._looked = now
        self._sample = True

    async def _sleep(self, seconds: float) -> None:
        self._wake.clear()
        if self._ended is not None:
            return
        delay = min(max(seconds, _SHORTEST_WAIT), _LONGEST_WAIT)
        handle = asyncio.get_running_loop().call_later(delay, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            handle.cancel()
