"""One client's side of the push stream: what to ask for, and what to make of each message.

It knows no socket and no clock. A number that is not the one expected means that something was missed: the channel
is asked for afresh, and its deltas are dropped until the snapshot comes. After a reconnect every channel is resumed
where it stood, which the server answers with what was missed or with a snapshot. So whoever takes the messages sees,
per channel, a snapshot and then deltas without a hole.
"""

from collections.abc import Sequence
from typing import NamedTuple, cast

import msgspec

from voltape.push.protocol import Delta, Hello, Refusal, Resume, ServerMessage, Snapshot, Subscribe

from .problem import ChannelRefused, UnexpectedAnswer

__all__ = ["Interrupted", "Receipt", "StreamMessage", "StreamSession"]

_GRACE_S = 10.0
"""How late a heartbeat may be before the connection counts as dead."""

_HEARTBEAT_S = 5.0
"""Assumed until the server says how often it sends one."""

_decoder = msgspec.msgpack.Decoder(ServerMessage)
_encoder = msgspec.json.Encoder()
_KNOWN = {"hello", "snapshot", "delta", "heartbeat", "gap", "error"}


class Interrupted(msgspec.Struct, frozen=True):
    """The connection is gone and will be made again; each channel goes on then, with a snapshot where it must.

    Attributes:
        reason: what happened, in words. retry_in_s: when the next attempt is made.
    """

    reason: str
    retry_in_s: float


StreamMessage = ServerMessage | Interrupted


class Receipt(NamedTuple):
    """What follows from a frame: the message for the taker, and the text to send back; each may be None."""

    message: ServerMessage | None
    reply: str | None = None


class StreamSession:
    """Channels of one client, over any number of connections.

    Attributes:
        flowing: whether a snapshot or a delta has come on the present connection.
        misses: deltas that had another number than the one expected.
    """

    def __init__(self, channels: Sequence[str], max_hz: float | None = None) -> None:
        """Want `channels`, at most `max_hz` deltas a second of each.

        Raises:
            ValueError: there are none, or the pace is no positive number.
        """
        if isinstance(channels, str) or not channels:
            raise ValueError("channels: a list with at least one name is wanted")
        if max_hz is not None and not max_hz > 0:
            raise ValueError(f"max_hz={max_hz!r}: allowed is a number above 0")
        self.flowing = False
        self.misses = 0
        self._max_hz = max_hz
        self._seqs: dict[str, int | None] = dict.fromkeys(channels)
        self._heartbeat_s = _HEARTBEAT_S

    @property
    def patience_s(self) -> float:
        """Silence after which the connection is dead."""
        return self._heartbeat_s + _GRACE_S

    def opened(self) -> list[str]:
        """A connection was made; the texts to send first."""
        self.flowing = False
        fresh = [channel for channel, seq in self._seqs.items() if seq is None]
        resumed = [
            _encoder.encode(Resume(channel, seq, self._max_hz)).decode()
            for channel, seq in self._seqs.items()
            if seq is not None
        ]
        return [self._request(fresh), *resumed] if fresh else resumed

    def closed(self) -> bool:
        """The connection is gone; whether it had brought data."""
        flowed, self.flowing = self.flowing, False
        return flowed

    def received(self, frame: bytes | str) -> Receipt:
        """Take a frame.

        Raises:
            ChannelRefused: no channel is left, or the request as a whole was refused.
            UnexpectedAnswer: the frame is none of this protocol.
        """
        message = _decoded(frame)
        if isinstance(message, Delta):
            return self._delta(message)
        if isinstance(message, Snapshot):
            if message.channel not in self._seqs:
                return Receipt(None)
            self._seqs[message.channel] = message.seq
            self.flowing = True
        elif isinstance(message, Refusal):
            self._refused(message)
        elif isinstance(message, Hello):
            self._heartbeat_s = message.heartbeat_s
        return Receipt(message)

    def _delta(self, delta: Delta) -> Receipt:
        seq = self._seqs.get(delta.channel)
        if seq is None:
            return Receipt(None)
        if delta.seq == seq + 1:
            self._seqs[delta.channel] = delta.seq
            self.flowing = True
            return Receipt(delta)
        self.misses += 1
        self._seqs[delta.channel] = None
        return Receipt(None, self._request([delta.channel]))

    def _refused(self, refusal: Refusal) -> None:
        if refusal.channel is not None:
            self._seqs.pop(refusal.channel, None)
        if refusal.channel is None or not self._seqs:
            raise ChannelRefused(refusal.channel, refusal.detail)

    def _request(self, channels: list[str]) -> str:
        return _encoder.encode(Subscribe(channels, self._max_hz)).decode()


def _decoded(frame: bytes | str) -> ServerMessage | None:
    """The message in a frame; None for a type that is not known, as the protocol wants it."""
    if isinstance(frame, str):
        raise UnexpectedAnswer("stream", "a text frame came where binary ones were asked for")
    try:
        return cast("ServerMessage", _decoder.decode(frame))
    except msgspec.DecodeError as error:
        if _type_of(frame) in _KNOWN:
            raise UnexpectedAnswer("stream", f"a message cannot be read ({error})") from error
        return None


def _type_of(frame: bytes) -> object:
    try:
        found = msgspec.msgpack.decode(frame)
    except msgspec.DecodeError as error:
        raise UnexpectedAnswer("stream", f"a frame cannot be read ({error})") from error
    return found.get("type", "hello") if isinstance(found, dict) else "hello"
