"""The trade tape in the store: a capped stream per underlying, one entry per trade, in the order in which we heard of them.

An entry has always the same fields, so that the store keeps their names once for many entries; an absent value is empty
text. The same trade may stand there twice, when an answer of the store was lost: whoever reads knows trades by contract
and identifier, as `model.tape` does.

What the store lacks after an outage is found by comparison with the tape, so what waits is never more than a tape holds.
"""

import logging
from collections import deque
from collections.abc import Iterable
from typing import Final

from voltape.errors import StoreError
from voltape.model.tape import CAPACITY, Tapes
from voltape.model.trade import Side, Trade, notional_of

from . import keys
from .codec import CodecError
from .command import Command, Reply, pairs
from .link import Link

__all__ = ["TradeReader", "TradeWriter", "append", "parse_trades", "read_trades", "restore_trades"]

_log = logging.getLogger(__name__)

_PAGE = 500
_MOST_AT_ONCE = 500
_SIDES: Final[dict[bytes, Side]] = {b"buy": "buy", b"sell": "sell"}


def append(trade: Trade, maxlen: int) -> Command:
    """Command that appends a trade and keeps about `maxlen` entries."""
    fields: list[bytes | str | int] = [
        *("i", trade.id),
        *("s", trade.symbol),
        *("t", trade.ts_exchange),
        *("r", trade.ts_received),
        *("d", trade.side),
        *("p", repr(trade.price)),
        *("v", repr(trade.size)),
        *("iv", _text(trade.iv)),
        *("mp", _text(trade.mark_price)),
        *("mi", _text(trade.mark_iv)),
        *("ip", _text(trade.index_price)),
        *("b", int(trade.block)),
        *("q", "" if trade.sequence is None else trade.sequence),
    ]
    return ("XADD", keys.trades(trade.underlying), "MAXLEN", "~", maxlen, "*", *fields)


def _text(value: float | None) -> str:
    return "" if value is None else repr(value)


def parse_trades(underlying: str, reply: Reply) -> Iterable[tuple[str, Trade]]:
    """Identifier and trade of each entry in a list of entries, in order.

    Raises:
        CodecError: an entry is not ours.
    """
    for item in reply if isinstance(reply, list) else []:
        if not (isinstance(item, list) and len(item) == 2 and isinstance(item[0], bytes)):
            raise CodecError("not a stream entry")
        yield item[0].decode(), _trade(underlying, dict(pairs(item[1])))


def _trade(underlying: str, fields: dict[str, bytes]) -> Trade:
    try:
        size, index_price = float(fields["v"]), _number(fields["ip"])
        return Trade(
            id=fields["i"].decode(),
            symbol=fields["s"].decode(),
            underlying=underlying,
            ts_exchange=int(fields["t"]),
            ts_received=int(fields["r"]),
            side=_SIDES[fields["d"]],
            price=float(fields["p"]),
            size=size,
            notional=notional_of(size, index_price),
            iv=_number(fields["iv"]),
            mark_price=_number(fields["mp"]),
            mark_iv=_number(fields["mi"]),
            index_price=index_price,
            block=fields["b"] == b"1",
            sequence=int(fields["q"]) if fields["q"] else None,
        )
    except (KeyError, ValueError) as error:
        raise CodecError(f"trade entry: {error!r}") from error


def _number(text: bytes) -> float | None:
    return float(text) if text else None


async def read_trades(link: Link, underlying: str, after: str = "0-0") -> list[tuple[str, Trade]]:
    """Stored trades and the identifiers of their entries, from the one behind `after` on, read in pieces.

    Raises:
        StoreError: no answer.
        CodecError: what is there is not ours.
    """
    found: list[tuple[str, Trade]] = []
    while True:
        reply = await link.ask("XRANGE", keys.trades(underlying), f"({after}", "+", "COUNT", _PAGE)
        piece = list(parse_trades(underlying, reply))
        found += piece
        if len(piece) < _PAGE:
            return found
        after = piece[-1][0]


async def restore_trades(tapes: Tapes, link: Link, underlyings: Iterable[str]) -> None:
    """Bring the tapes of underlyings back from the store.

    Raises:
        StoreError: no answer.
    """
    for underlying in underlyings:
        try:
            found = await read_trades(link, underlying)
        except CodecError as error:
            # REST has the latest; what was before them is not worth a tracker that does not start.
            _log.warning("store %s: the trades of %s cannot be read: %s", link.where, underlying, error)
            continue
        tapes.restore(trade for _, trade in found)


class TradeWriter:
    """What of the tapes waits to be written; a listener of `Tapes`.

    Attributes:
        written: entries sent so far.
    """

    def __init__(self, tapes: Tapes, maxlen: int = CAPACITY) -> None:
        """Write what comes onto `tapes`, keeping about `maxlen` entries of each underlying."""
        self.written = 0
        self._tapes = tapes
        self._maxlen = maxlen
        self._waiting: dict[str, deque[Trade]] = {}
        self._lifeless: set[str] = set()
        tapes.listen(self._enqueue)

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def _enqueue(self, underlying: str, trades: list[Trade]) -> None:
        self._queue(underlying).extend(trades)

    def _queue(self, underlying: str) -> deque[Trade]:
        # The oldest give way in the stream, too.
        return self._waiting.setdefault(underlying, deque(maxlen=self._maxlen))

    async def catch_up(self, link: Link, underlying: str) -> None:
        """Have everything written that the tape has and the store has not; what waited is part of that.

        Raises:
            StoreError: no answer.
        """
        try:
            stored = {trade.key for _, trade in await read_trades(link, underlying)}
        except CodecError:
            # Somebody else's entries stand between ours; what is written twice does no harm.
            stored = set()
        tape = self._tapes.tapes.get(underlying)
        queue = self._queue(underlying)
        self._lifeless.add(underlying)
        queue.clear()
        queue.extend(trade for trade in (tape.trades if tape else ()) if trade.key not in stored)

    def commands(self) -> list[Command]:
        """Take out what waits, some hundred entries at once; if the store does not take them, `catch_up` must follow."""
        taken: list[Trade] = []
        for queue in self._waiting.values():
            while queue and len(taken) < _MOST_AT_ONCE:
                taken.append(queue.popleft())
        self.written += len(taken)
        begun = self._lifeless.intersection([trade.underlying for trade in taken])
        self._lifeless -= begun
        return [
            *(append(trade, self._maxlen) for trade in taken),
            # A stream has no life of its own before its first entry, and its lives are renewed by the hour only.
            *(("EXPIRE", keys.trades(underlying), keys.IDLE_TTL_S) for underlying in sorted(begun)),
        ]


class TradeReader:
    """Follows the streams of trades onto tapes of our own."""

    def __init__(self, tapes: Tapes) -> None:
        self._tapes = tapes
        self._last_ids: dict[str, str] = {}

    @property
    def positions(self) -> dict[str, tuple[str, str]]:
        """Underlying and last identifier read, by key of the stream."""
        return {keys.trades(coin): (coin, last) for coin, last in self._last_ids.items()}

    def restart(self) -> None:
        """Begin anew, because the store may be another one."""
        self._last_ids.clear()

    def drop(self, underlying: str) -> None:
        """The store names an underlying no more."""
        self._last_ids.pop(underlying, None)
        self._tapes.drop(underlying)

    async def load(self, link: Link, underlying: str) -> None:
        """Read what the store has and we do not.

        Raises:
            StoreError: no answer.
        """
        last = self._last_ids.get(underlying, "0-0")
        try:
            found = await read_trades(link, underlying, last)
        except CodecError as error:
            raise StoreError(link.where, f"not voltape's data: {error}") from error
        self._take(underlying, found, last)

    def take(self, underlying: str, reply: Reply, link: Link) -> None:
        """Take entries of a stream.

        Raises:
            StoreError: they are not ours.
        """
        try:
            found = list(parse_trades(underlying, reply))
        except CodecError as error:
            raise StoreError(link.where, f"not voltape's data: {error}") from error
        self._take(underlying, found, self._last_ids.get(underlying, "0-0"))

    def _take(self, underlying: str, found: list[tuple[str, Trade]], last: str) -> None:
        for _, trade in found:
            self._tapes.offer(trade)
        self._last_ids[underlying] = found[-1][0] if found else last
        self._tapes.commit()
