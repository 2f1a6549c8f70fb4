"""Messages of the push stream, and the names of its channels.

A channel is a numbered sequence: one `Snapshot`, then `Delta` messages, each with the number of the message
before it plus one. A client that sees any other number has lost something and subscribes again, which is
answered with a fresh snapshot. One that lost its connection resumes, which is answered with what it missed, or with
a snapshot where that is gone. In a delta, contracts in `removed` leave first, then `data` is merged: an object
with all fields of a ticker is a contract that joined.
"""

from typing import Literal

import msgspec

from voltape.errors import VoltapeError
from voltape.model.instrument import expiry_from_text

__all__ = [
    "Channel",
    "ChannelKind",
    "Delta",
    "Encoding",
    "GapNotice",
    "Heartbeat",
    "Hello",
    "Refusal",
    "RequestError",
    "Resume",
    "ServerMessage",
    "Snapshot",
    "Subscribe",
    "Unsubscribe",
    "channel_from_name",
    "encode",
    "request_from_text",
]

Encoding = Literal["json", "msgpack"]
"""How messages are written: JSON in text frames or MessagePack in binary frames."""

ChannelKind = Literal["chain", "tickers", "ticker", "trades", "status", "analytics"]


class RequestError(VoltapeError):
    """A client's message is not a request; the connection goes on.

    Attributes:
        why: what is wrong with it.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return f"not a request: {self.why}"


class Subscribe(msgspec.Struct, frozen=True, tag_field="op", tag="subscribe"):
    """Start channels, or ask for a fresh snapshot of channels that run.

    Attributes:
        channels: names of channels.
        max_hz: most deltas per second and channel that the client wants; None for every one.
    """

    channels: list[str]
    max_hz: float | None = None


class Unsubscribe(msgspec.Struct, frozen=True, tag_field="op", tag="unsubscribe"):
    """Stop channels; stopping one that does not run is no error."""

    channels: list[str]


class Resume(msgspec.Struct, frozen=True, tag_field="op", tag="resume"):
    """Go on with a channel of an earlier connection.

    Attributes:
        channel: its name.
        seq: number of the last message that was received of it.
        max_hz: as it was subscribed to.
    """

    channel: str
    seq: int
    max_hz: float | None = None


class Hello(msgspec.Struct, frozen=True, tag_field="type", tag="hello"):
    """First message on a connection; a heartbeat follows every `heartbeat_s` seconds."""

    ts: int
    version: str
    heartbeat_s: float


class Snapshot(msgspec.Struct, frozen=True, tag_field="type", tag="snapshot"):
    """Complete state of a channel: tickers, or the channel's own object."""

    channel: str
    seq: int
    ts: int
    data: object


class Delta(msgspec.Struct, frozen=True, tag_field="type", tag="delta"):
    """What changed since the message before: `symbol` and changed fields, or the channel's own object."""

    channel: str
    seq: int
    ts: int
    data: object
    removed: list[str] | msgspec.UnsetType = msgspec.UNSET


class Heartbeat(msgspec.Struct, frozen=True, tag_field="type", tag="heartbeat"):
    """Sign of life of the server, whether or not the market moves."""

    ts: int


class GapNotice(msgspec.Struct, frozen=True, tag_field="type", tag="gap"):
    """Data from the venue may have been missed; `channel` is None where it concerns all of them."""

    ts: int
    channel: str | None
    detail: str
    started_at: str
    ended_at: str | None


class Refusal(msgspec.Struct, frozen=True, tag_field="type", tag="error"):
    """A request, or one channel of it, was refused; the connection goes on."""

    ts: int
    channel: str | None
    detail: str


ServerMessage = Hello | Snapshot | Delta | Heartbeat | GapNotice | Refusal

_json = msgspec.json.Encoder()
_msgpack = msgspec.msgpack.Encoder()
_requests = msgspec.json.Decoder(Subscribe | Unsubscribe | Resume)


def encode(message: ServerMessage, encoding: Encoding) -> bytes:
    """The message as it goes into a frame."""
    return _json.encode(message) if encoding == "json" else _msgpack.encode(message)


def request_from_text(text: str | bytes) -> Subscribe | Unsubscribe | Resume:
    """Decode a client's message, which is JSON whatever the encoding of the answers.

    Raises:
        RequestError: it is not JSON, or not a request, or its `max_hz` is not a positive number.
    """
    try:
        request: Subscribe | Unsubscribe | Resume = _requests.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise RequestError(str(error)) from error
    if not isinstance(request, Unsubscribe) and request.max_hz is not None and not request.max_hz > 0:
        why = f"max_hz is {request.max_hz}, allowed is a number above 0"
        raise RequestError(why)
    return request


class Channel(msgspec.Struct, frozen=True):
    """A channel's name taken apart; fields that its kind does not have are empty."""

    name: str
    kind: ChannelKind
    underlying: str = ""
    expiry: str = ""
    symbol: str = ""


def channel_from_name(name: str) -> Channel | None:
    """Take a name such as `chain.COIN.EXPIRY`, `ticker.SYMBOL` or `status` apart; None where it is no channel's.

    The symbol is all that follows the first dot, since strikes may have a decimal point.
    """
    kind, _, rest = name.partition(".")
    if kind == "chain":
        underlying, _, text = rest.partition(".")
        expiry = expiry_from_text(text)
        if underlying and expiry is not None:
            return Channel(name, "chain", underlying=underlying, expiry=expiry)
    elif kind == "tickers" and rest:
        return Channel(name, "tickers", underlying=rest)
    elif kind == "ticker" and rest:
        return Channel(name, "ticker", symbol=rest)
    elif kind == "analytics" and rest:
        return Channel(name, "analytics", underlying=rest)
    elif kind == "trades" and rest:
        return Channel(name, "trades", underlying=rest)
    elif name == "status":
        return Channel(name, "status")
    return None
