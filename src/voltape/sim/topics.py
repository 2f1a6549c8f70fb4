"""Topics of the option socket: what is sent for a contract, and to whom."""

from typing import Any

from voltape.sim.books import DEPTHS, Book
from voltape.sim.contract import Contract
from voltape.sim.link import Link
from voltape.sim.market import Market
from voltape.sim.ticker import WS_FIELDS
from voltape.sim.wire import TickerBody, compact, framed

__all__ = ["BookTopic", "TickerTopic"]

_BID_SIZE, _ASK_SIZE = WS_FIELDS.index("bidSize"), WS_FIELDS.index("askSize")
_OLDEST_CHANGE_MS = 1_500_000


class BookTopic:
    """One connection's subscription to a contract's order book."""

    def __init__(self, link: Link, topic: str) -> None:
        self.link = link
        self.topic = topic
        self._book = Book()

    @staticmethod
    def exists(depth: str) -> bool:
        """Whether options have books of this depth."""
        return depth in DEPTHS

    def open(self, contract: Contract, seq: int, ts_ms: int) -> None:
        """Send the snapshot; its engine time is that of the last change, which may be long ago."""
        changed_ms = ts_ms - contract.next_noise() % _OLDEST_CHANGE_MS
        self._send("snapshot", self._book.snapshot(contract, seq), seq, ts_ms, changed_ms)

    def follow(self, contract: Contract, seq: int, ts_ms: int) -> None:
        """Send what has changed since the last message, if anything."""
        delta = self._book.delta(contract, seq)
        if delta is not None:
            self._send("delta", delta, seq, ts_ms, ts_ms)

    def _send(self, kind: str, data: dict[str, Any], seq: int, ts_ms: int, changed_ms: int) -> None:
        message = {
            "topic": self.topic,
            "ts": ts_ms,
            "type": kind,
            "id": f"{self.topic}-{seq}-{ts_ms}",
            "data": data,
            "cts": changed_ms,
        }
        self.link.push(self.topic, framed(compact(message)))


class TickerTopic:
    """One ticker topic: its contract, its subscribers, and the last message sent for it.

    `books` are the subscriptions to the same contract's order book, which follow the ticker's quotes.
    `count` is of all messages, `pushes` of those that went to all subscribers. `sent` tells whether
    the contract's current values have gone out to somebody.
    """

    __slots__ = (
        "body",
        "books",
        "contract",
        "count",
        "loaded",
        "pushes",
        "sent",
        "sent_at",
        "seq",
        "subscribers",
        "ts_ms",
    )

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.body = TickerBody(contract.symbol, newer=contract.number % 2 == 0)
        self.subscribers: list[Link] = []
        self.books: list[BookTopic] = []
        self.loaded: tuple[str, ...] = ()
        self.ts_ms = 0
        self.seq = 0
        self.count = 0
        self.pushes = 0
        self.sent_at = 0.0
        self.sent = False

    @property
    def wanted(self) -> bool:
        """Whether anybody listens."""
        return bool(self.subscribers or self.books)

    @property
    def message_id(self) -> str:
        """Identity of the message that carried the current values; empty if none did."""
        return f"{self.body.topic}-{self.seq}-{self.ts_ms}" if self.sent else ""

    def refresh(self, market: Market) -> bool:
        """Bring the values to the market's current step; false if they did not change."""
        before = self.contract.values
        changed = market.refresh(self.contract) and self.contract.values != before
        if changed:
            self.sent = False
            self.ts_ms = max(market.now_ms, self.ts_ms)
        return changed

    def vary(self, market: Market) -> None:
        """Change the quote sizes only; the ready message is patched, not rebuilt."""
        was_loaded = self.loaded is self.contract.values
        market.vary(self.contract)
        values = self.contract.values
        bid, ask = values[_BID_SIZE], values[_ASK_SIZE]
        if was_loaded and not bid == ask == "0":
            self.body.resize(bid, ask)
            self.loaded = values

    def frame(self, seq: int, ts_ms: int) -> bytes:
        """The framed message with the current values; its time is always newer than the last one's."""
        if self.loaded is not self.contract.values:
            self.loaded = self.contract.values
            self.body.load(self.loaded)
        self.seq = seq
        self.ts_ms = max(ts_ms, self.ts_ms + 1)
        return self.body.frame(seq, self.ts_ms)

    def truth(self) -> dict[str, Any]:
        """Current values and the message that carried them."""
        contract = self.contract
        return {
            "symbol": contract.symbol,
            "underlying": contract.coin.name,
            "data": dict(zip(WS_FIELDS, contract.values, strict=True)),
            "ts": self.ts_ms,
            "id": self.message_id,
            "sent": self.sent,
            "count": self.count,
        }
