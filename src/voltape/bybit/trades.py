"""Trades: wire to model, and the intake that puts each on the tape once, whatever way it came.

The usual message goes through one typed decode. Where the decoder refuses it, each trade is looked at by itself, and an
empty value counts as absent; a bad one is rejected without the others. The venue has no zero among the volatilities and
the index, so zero means there that it did not tell.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Final, TypeVar

import msgspec

from voltape.model.row import Row
from voltape.model.tape import Tapes
from voltape.model.trade import Side, Trade, notional_of

from .messages import UNREADABLE, RestTrade, WireTrade
from .topics import Aside, trade_topic

__all__ = ["Backfill", "TradeCounters", "TradeIntake", "TradePage", "trades_of_page", "trades_of_push"]

_log = logging.getLogger(__name__)

_Wire = TypeVar("_Wire", WireTrade, RestTrade)
_Found = tuple[list[Trade], list[str]]

_LONGEST_NAME = 64
_SAMPLE_EVERY = 1_000
_SIDES: Final[dict[str, Side]] = {"Buy": "buy", "Sell": "sell"}

_decode_push = msgspec.json.Decoder(list[WireTrade], strict=False).decode
_decode_page = msgspec.json.Decoder(list[RestTrade], strict=False).decode
_decode_items = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_any = msgspec.json.Decoder().decode


class TradeCounters(msgspec.Struct):
    """What happened to trades since start; see `model.status.TradeUse`."""

    received: int = 0
    duplicates: int = 0
    rejected: int = 0
    backfilled: int = 0
    outdated: int = 0


class TradePage(msgspec.Struct, frozen=True):
    """Latest trades of an underlying as REST told of them.

    Attributes:
        underlying: the coin.
        trades: understood ones, oldest first.
        rows: how many there were, rejected ones included.
        rejected: why each of the others was not understood.
        ts: venue time of the answer, epoch ms.
    """

    underlying: str
    trades: list[Trade]
    rows: int
    rejected: list[str]
    ts: int


class Backfill(msgspec.Struct, frozen=True):
    """What a page of REST brought: trades that are news, and the number of the others."""

    fresh: list[Trade]
    known: int


def trades_of_push(underlying: str, data: bytes | msgspec.Raw, arrived: int, latest_ts: int) -> _Found:
    """Trades of a push in the order of matching, and why others were rejected.

    Args:
        underlying: the coin that the topic names.
        data: the push's `data`.
        arrived: our clock, epoch ms.
        latest_ts: last possible time of a trade, epoch ms.
    """
    return _trades(underlying, data, arrived, latest_ts, WireTrade, _decode_push)


def trades_of_page(underlying: str, rows: bytes | msgspec.Raw, arrived: int, latest_ts: int) -> _Found:
    """Trades of a REST answer, oldest first, and why others were rejected; arguments as for `trades_of_push`."""
    trades, rejected = _trades(underlying, rows, arrived, latest_ts, RestTrade, _decode_page)
    trades.reverse()
    return trades, rejected


def _trades(
    underlying: str,
    data: bytes | msgspec.Raw,
    arrived: int,
    latest_ts: int,
    kind: type[_Wire],
    decode: Callable[[bytes | msgspec.Raw], list[_Wire]],
) -> _Found:
    try:
        wires = decode(data)
        rejected: list[str] = []
    except UNREADABLE:
        wires, rejected = _one_by_one(data, kind)
    trades = []
    for wire in wires:
        trade = _trade(underlying, wire, arrived, latest_ts)
        if isinstance(trade, Trade):
            trades.append(trade)
        else:
            rejected.append(trade)
    return trades, rejected


def _one_by_one(data: bytes | msgspec.Raw, kind: type[_Wire]) -> tuple[list[_Wire], list[str]]:
    try:
        items = _decode_items(data)
    except UNREADABLE as error:
        return [], [str(error)]
    wires, rejected = [], []
    for item in items:
        try:
            given = _decode_any(item)
            filled = {name: value for name, value in given.items() if value not in ("", None)}
            wires.append(msgspec.convert(filled, kind, strict=False))
        except (*UNREADABLE, AttributeError) as error:
            rejected.append(str(error))
    return wires, rejected


def _trade(underlying: str, wire: WireTrade | RestTrade, arrived: int, latest_ts: int) -> Trade | str:
    """The trade, or why it is none."""
    fault = _fault(underlying, wire, latest_ts)
    if fault is not None:
        return fault
    index_price = wire.iP or None
    return Trade(
        id=wire.identity,
        symbol=wire.symbol,
        underlying=underlying,
        ts_exchange=wire.time,
        ts_received=arrived,
        side=_SIDES[wire.side],
        price=wire.price,
        size=wire.size,
        notional=notional_of(wire.size, index_price),
        iv=wire.iv or None,
        mark_price=wire.mP,
        mark_iv=wire.mIv or None,
        index_price=index_price,
        block=wire.block,
        sequence=wire.sequence,
    )


def _fault(underlying: str, wire: WireTrade | RestTrade, latest_ts: int) -> str | None:
    numbers = (wire.price, wire.size, wire.iv or 0.0, wire.mP or 0.0, wire.mIv or 0.0, wire.iP or 0.0)
    if not all(map(isfinite, numbers)):
        return "a value is not a finite number"
    if wire.price <= 0 or wire.size <= 0:
        return f"price {wire.price:g} and size {wire.size:g} are not those of a trade"
    if not 0 < wire.time <= latest_ts:
        return f"its time {wire.time} is not possible"
    if wire.side not in _SIDES:
        return f"its side is {wire.side[:16]!r}"
    if not (0 < len(wire.identity) <= _LONGEST_NAME and len(wire.symbol) <= _LONGEST_NAME):
        return "its names are empty or too long"
    if not wire.symbol.startswith(f"{underlying}-"):
        return f"it is in {wire.symbol!r}"
    return None


class TradeIntake:
    """Takes trades from the socket and from REST onto the tapes, each once.

    Attributes:
        topics: what the socket is to bring, by topic.
        tapes: where trades go; somebody else commits them.
        counters: see `TradeCounters`.
        pushed: venue time of the newest trade that the socket brought of each underlying, epoch ms.
    """

    def __init__(self, tapes: Tapes, rows: Mapping[str, Row]) -> None:
        """Put trades on `tapes`, naming contracts of `rows` by the names that those have in memory already."""
        self.topics: dict[str, Aside] = {}
        self.tapes = tapes
        self.counters = TradeCounters()
        self.pushed: dict[str, int] = {}
        self._rows = rows
        self._coins: dict[str, str] = {}

    def expect(self, underlyings: Iterable[str]) -> list[str]:
        """Expect trades of exactly these underlyings from now on; returns their topics."""
        self._coins = {trade_topic(coin): coin for coin in underlyings}
        self.topics = {topic: self.topics.get(topic, Aside(topic)) for topic in self._coins}
        return list(self.topics)

    def take(self, aside: Aside, data: bytes | msgspec.Raw, arrived: int, latest_ts: int) -> None:
        """Take a push.

        Args:
            aside: its topic, out of `topics`.
            data: see `trades_of_push`.
            arrived: our clock, epoch ms.
            latest_ts: last possible time of a trade, epoch ms.
        """
        coin = self._coins[aside.topic]
        trades, rejected = trades_of_push(coin, data, arrived, latest_ts)
        self._reject(coin, rejected)
        self.counters.received += len(trades)
        for trade in trades:
            self._offer(trade)
        newest = max([trade.ts_exchange for trade in trades], default=0)
        self.pushed[coin] = max(newest, self.pushed.get(coin, 0))

    def backfill(self, page: TradePage) -> Backfill:
        """Take what REST told of."""
        self._reject(page.underlying, page.rejected)
        fresh = [trade for trade in page.trades if self._offer(trade, asked=True)]
        self.counters.backfilled += len(fresh)
        return Backfill(fresh, len(page.trades) - len(fresh))

    def _offer(self, trade: Trade, *, asked: bool = False) -> bool:
        row = self._rows.get(trade.symbol)
        if row is not None:
            trade = msgspec.structs.replace(trade, symbol=row.instrument.symbol)
        verdict = self.tapes.offer(trade)
        if not asked:
            self.counters.duplicates += verdict == "known"
            self.counters.outdated += verdict == "old"
        return verdict == "new"

    def _reject(self, underlying: str, reasons: list[str]) -> None:
        for reason in reasons:
            self.counters.rejected += 1
            if self.counters.rejected % _SAMPLE_EVERY == 1:
                _log.warning("trade %d rejected: %s: %s", self.counters.rejected, underlying, reason[:200])
