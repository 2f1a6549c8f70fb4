"""Bytes the venue sends: JSON messages in the recorded shapes, and WebSocket frames around them.

A ticker message is three fixed pieces with sequence and time between them, so that a push costs one
join. Contracts differ in the order of the keys, as recordings from different years do.
"""

from collections.abc import Sequence
from json import dumps
from struct import pack

from voltape.sim.ticker import WS_FIELDS
from voltape.sim.trading import Trade

__all__ = [
    "CLOSE",
    "PING",
    "PONG",
    "TEXT",
    "TickerBody",
    "acknowledged",
    "compact",
    "fragment",
    "framed",
    "pong",
    "refused",
    "ticker_json",
    "trades_message",
    "unframed",
]


def _split(template: str) -> tuple[str, str, str]:
    """The template cut where the two quote sizes belong."""
    head, bid, rest = template.partition('"bidSize":"')
    middle, ask, tail = rest.removeprefix("%s").partition('"askSize":"')
    return head + bid, middle + ask, tail.removeprefix("%s")


TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
_TEMPLATE = "{" + ",".join(f'"{name}":"%s"' for name in WS_FIELDS) + "}"
_BEFORE_BID_SIZE, _BEFORE_ASK_SIZE, _AFTER_ASK_SIZE = _split(_TEMPLATE)
_MEDIUM, _LARGE = 126, 65_536


def compact(value: object) -> bytes:
    """JSON without spaces."""
    return dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def framed(payload: bytes, opcode: int = TEXT) -> bytes:
    """One unmasked, final WebSocket frame, as a server sends it."""
    return _head(len(payload), opcode) + payload


def fragment(payload: bytes, opcode: int, *, final: bool) -> bytes:
    """One frame of a message that comes in several; all but the first have the opcode 0."""
    head = _head(len(payload), opcode)
    return head + payload if final else bytes((head[0] & 0x7F,)) + head[1:] + payload


def unframed(frame: bytes) -> bytes:
    """The payload of a frame that `framed` made."""
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]


class TickerBody:
    """The current message of one ticker topic, complete but for sequence and time.

    The pieces around the quote sizes are kept apart, because sizes change most often.
    """

    __slots__ = ("_between", "_end", "_newer", "_pieces", "_size", "_start", "topic")

    def __init__(self, symbol: str, *, newer: bool) -> None:
        topic = f"tickers.{symbol}"
        self.topic = topic
        self._newer = newer
        self._start = (f'{{"topic":"{topic}","ts":' if newer else f'{{"id":"{topic}-').encode()
        between = f',"type":"snapshot","id":"{topic}-' if newer else f'","topic":"{topic}","ts":'
        self._between = between.encode()
        self._end = b"}" if newer else b',"type":"snapshot"}'
        self._pieces: tuple[bytes, ...] = ()
        self._size = 0

    def load(self, values: Sequence[str]) -> None:
        """Take new ticker values, given in the order of `WS_FIELDS`."""
        lead = b'","data":' if self._newer else b',"data":'
        self._pieces = (
            lead + (_BEFORE_BID_SIZE % (values[0], values[1])).encode(),
            values[2].encode(),
            (_BEFORE_ASK_SIZE % (values[3], values[4])).encode(),
            values[5].encode(),
            (_AFTER_ASK_SIZE % tuple(values[6:])).encode() + self._end,
        )
        self._size = len(self._start) + len(self._between) + sum(map(len, self._pieces)) + 1

    def resize(self, bid_size: str, ask_size: str) -> None:
        """Take new quote sizes; all other values stay."""
        first, old_bid, second, old_ask, last = self._pieces
        bid, ask = bid_size.encode(), ask_size.encode()
        self._pieces = (first, bid, second, ask, last)
        self._size += len(bid) + len(ask) - len(old_bid) - len(old_ask)

    def frame(self, seq: int, ts_ms: int) -> bytes:
        """The framed message with this sequence number and time."""
        time, number = b"%d" % ts_ms, b"%d" % seq
        head = _head(self._size + 2 * len(time) + len(number), TEXT)
        if self._newer:
            return b"".join((head, self._start, time, self._between, number, b"-", time, *self._pieces))
        return b"".join((head, self._start, number, b"-", time, self._between, time, *self._pieces))


def ticker_json(topic: str, values: Sequence[str], seq: int, ts_ms: int, *, kind: str = "snapshot") -> bytes:
    """A ticker message written the slow way, for variants of the ordinary one."""
    data = dict(zip(WS_FIELDS, values, strict=True))
    return compact({"topic": topic, "ts": ts_ms, "type": kind, "id": f"{topic}-{seq}-{ts_ms}", "data": data})


def trades_message(topic: str, trades: Sequence[Trade], seq: int, ts_ms: int) -> bytes:
    """A batch of trades of one coin, sharing one sequence number."""
    rows = [
        {
            "p": _text(trade.price),
            "v": _text(trade.size),
            "i": trade.identity,
            "T": trade.ts_ms,
            "BT": trade.block,
            "s": trade.contract.symbol,
            "S": trade.taker,
            "seq": seq,
            "mP": _text(trade.mark),
            "iP": trade.index_text,
            "mIv": _text(trade.mark_iv),
            "iv": _text(trade.mark_iv),
        }
        for trade in trades
    ]
    return compact(
        {"id": f"{topic}-{seq}-{ts_ms}", "topic": topic, "ts": ts_ms, "data": rows, "type": "snapshot"}
    )


def acknowledged(conn_id: str, topics: Sequence[str], failed: Sequence[str] = ()) -> bytes:
    """The answer to subscribe and unsubscribe alike; it names no operation and no request."""
    data = {"failTopics": list(failed), "successTopics": list(topics)}
    return compact({"success": True, "conn_id": conn_id, "data": data, "type": "COMMAND_RESP"})


def refused(conn_id: str, reason: str) -> bytes:
    """A failed request: no `data` at all."""
    return compact({"conn_id": conn_id, "ret_msg": reason, "success": False, "type": "COMMAND_RESP"})


def pong(now_ms: int) -> bytes:
    """The answer to a JSON ping: the venue's time as a string."""
    return compact({"args": [str(now_ms)], "op": "pong"})


def _head(size: int, opcode: int) -> bytes:
    if size < _MEDIUM:
        return pack("!BB", 0x80 | opcode, size)
    if size < _LARGE:
        return pack("!BBH", 0x80 | opcode, 126, size)
    return pack("!BBQ", 0x80 | opcode, 127, size)


def _text(value: float) -> str:
    text = f"{value:.8f}".rstrip("0").rstrip(".")
    return text or "0"
