"""Subscription intents as topic strings and request texts."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

__all__ = [
    "PING",
    "TICKERS",
    "TRADES",
    "Aside",
    "args_chars",
    "chunks",
    "is_event",
    "request",
    "symbol_of",
    "ticker_topic",
    "trade_topic",
]

TICKERS = "tickers."
"""Prefix of a contract's ticker topic."""

TRADES = "publicTrade."
"""Prefix of an underlying's trade topic; one per contract is acknowledged and never delivers."""

PING = b'{"op":"ping"}'
"""The heartbeat: the venue counts only this text message, not WebSocket pings."""

_encode = msgspec.json.Encoder().encode


def ticker_topic(symbol: str) -> str:
    """Topic of a contract's ticker."""
    return TICKERS + symbol


def symbol_of(topic: str) -> str:
    """Symbol of a ticker topic; strikes may hold dots, so only the prefix is cut."""
    return topic[len(TICKERS) :]


def trade_topic(underlying: str) -> str:
    """Topic of the trades in all contracts of an underlying."""
    return TRADES + underlying


def is_event(topic: str) -> bool:
    """Whether a topic tells of events, and so may be silent for hours although all is well with it."""
    return topic.startswith(TRADES)


class Aside:
    """A topic that has just delivered and whose data says nothing of whether tickers flow.

    It counts as false, so that the receive path of tickers needs no further look to tell the two apart.
    """

    __slots__ = ("topic",)

    def __init__(self, topic: str) -> None:
        self.topic = topic

    def __bool__(self) -> Literal[False]:
        return False


def args_chars(topic: str) -> int:
    """Characters that a topic takes of a connection's argument limit: itself, its quotes and a comma."""
    return len(topic) + 3


def chunks(topics: Iterable[str], size: int, chars: int) -> list[list[str]]:
    """Cut topics into requests of at most `size` topics and `chars` characters each, keeping their order."""
    result: list[list[str]] = []
    room = 0
    for topic in topics:
        need = args_chars(topic)
        if not result or len(result[-1]) >= size or need > room:
            result.append([])
            room = chars
        result[-1].append(topic)
        room -= need
    return result


def request(op: str, topics: Sequence[str]) -> bytes:
    """Text of a `subscribe` or `unsubscribe` request."""
    return _encode({"op": op, "args": topics})
