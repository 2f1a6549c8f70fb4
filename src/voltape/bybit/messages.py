"""Wire structs: messages exactly as the venue sends them.

Values are decimal strings on the wire; they are decoded to floats here, once. Every data field is optional,
because the venue has been seen to leave some out.
"""

import msgspec

__all__ = [
    "UNREADABLE",
    "AckTopics",
    "Command",
    "Envelope",
    "RestTicker",
    "RestTrade",
    "TickerPush",
    "WireTicker",
    "WireTrade",
]

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding foreign bytes may raise: not JSON or not the shape, not UTF-8, nested too deeply."""


class Envelope(msgspec.Struct, gc=False):
    """Outside of a pushed message; `data` stays raw bytes until somebody needs it.

    A frame without a topic (acknowledgement, pong) leaves `topic` empty.
    """

    topic: str = ""
    ts: int = 0
    type: str = ""
    data: msgspec.Raw = msgspec.Raw()


class WireTicker(msgspec.Struct, gc=False):
    """`data` of a `tickers.SYMBOL` push, in the order of `model.ticker.VALUE_FIELDS`."""

    symbol: str
    bidPrice: float | None = None
    bidSize: float | None = None
    bidIv: float | None = None
    askPrice: float | None = None
    askSize: float | None = None
    askIv: float | None = None
    lastPrice: float | None = None
    highPrice24h: float | None = None
    lowPrice24h: float | None = None
    markPrice: float | None = None
    markPriceIv: float | None = None
    indexPrice: float | None = None
    underlyingPrice: float | None = None
    openInterest: float | None = None
    volume24h: float | None = None
    turnover24h: float | None = None
    totalVolume: float | None = None
    totalTurnover: float | None = None
    delta: float | None = None
    gamma: float | None = None
    vega: float | None = None
    theta: float | None = None
    predictedDeliveryPrice: float | None = None
    change24h: float | None = None


class RestTicker(msgspec.Struct, gc=False):
    """A row of `GET /v5/market/tickers`: other names for quotes and mark IV than on the socket."""

    symbol: str
    bid1Price: float | None = None
    bid1Size: float | None = None
    bid1Iv: float | None = None
    ask1Price: float | None = None
    ask1Size: float | None = None
    ask1Iv: float | None = None
    lastPrice: float | None = None
    highPrice24h: float | None = None
    lowPrice24h: float | None = None
    markPrice: float | None = None
    markIv: float | None = None
    indexPrice: float | None = None
    underlyingPrice: float | None = None
    openInterest: float | None = None
    volume24h: float | None = None
    turnover24h: float | None = None
    totalVolume: float | None = None
    totalTurnover: float | None = None
    delta: float | None = None
    gamma: float | None = None
    vega: float | None = None
    theta: float | None = None
    predictedDeliveryPrice: float | None = None
    change24h: float | None = None


class TickerPush(msgspec.Struct, gc=False):
    """A whole ticker push, decoded in one go."""

    data: WireTicker
    id: str = ""


_PUSHED_NAMES = {
    "identity": "i",
    "symbol": "s",
    "time": "T",
    "side": "S",
    "price": "p",
    "size": "v",
    "block": "BT",
    "sequence": "seq",
}
_LISTED_NAMES = {"identity": "execId", "block": "isBlockTrade", "sequence": "seq"}


class WireTrade(msgspec.Struct, gc=False, rename=_PUSHED_NAMES):
    """An element of a `publicTrade.COIN` push."""

    identity: str
    symbol: str
    time: int
    side: str
    price: float
    size: float
    block: bool = False
    sequence: int | None = None
    iv: float | None = None
    mP: float | None = None
    mIv: float | None = None
    iP: float | None = None


class RestTrade(msgspec.Struct, gc=False, rename=_LISTED_NAMES):
    """A row of `GET /v5/market/recent-trade`: other names than on the socket for the first half."""

    identity: str
    symbol: str
    time: int
    side: str
    price: float
    size: float
    block: bool = False
    sequence: int | None = None
    iv: float | None = None
    mP: float | None = None
    mIv: float | None = None
    iP: float | None = None


class AckTopics(msgspec.Struct):
    """Topics named by an acknowledgement; both lists may be filled at once."""

    successTopics: list[str] = []
    failTopics: list[str] = []


class Command(msgspec.Struct):
    """Anything that is not a push: acknowledgement, pong, error. Unknown keys are ignored.

    The option socket's acknowledgement has neither `op` nor `req_id` nor `ret_msg`, and a failure may come
    without `data`, so every field is optional.
    """

    success: bool | None = None
    op: str = ""
    ret_msg: str = ""
    type: str = ""
    data: AckTopics | None = None
