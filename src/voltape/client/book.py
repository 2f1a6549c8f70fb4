"""State of channels, kept by applying their snapshots and deltas."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from voltape.model.ticker import Ticker
from voltape.push.protocol import Delta, Snapshot, channel_from_name

from .problem import UnexpectedAnswer
from .session import StreamMessage
from .table import Frames, Table

__all__ = ["Book", "View"]

_FIELDS = frozenset(Ticker.__struct_fields__)
_OF_CONTRACTS = {"chain", "tickers", "ticker"}


class View(msgspec.Struct, Frames, frozen=True):
    """A channel's complete state after a message; never changes afterwards.

    Attributes:
        channel: its name. seq: number of the message. ts: the server's clock, epoch ms.
        tickers: by symbol; empty for a channel that is not made of contracts.
        changed: symbols that the message brought something of. removed: those that left with it.
        data: the channel's own object, for a channel that is not made of contracts.
    """

    channel: str
    seq: int
    ts: int
    tickers: Mapping[str, Ticker]
    changed: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    data: Any = None

    def table(self) -> Table[Ticker]:
        return Table(list(self.tickers.values()), Ticker)


class Book:
    """Newest state of any number of channels, from the messages of a stream in their order."""

    def __init__(self) -> None:
        self._tickers: dict[str, dict[str, Ticker]] = {}

    def apply(self, message: StreamMessage) -> View | None:
        """The state of the message's channel with it applied; None for a message that carries none.

        Raises:
            UnexpectedAnswer: what it carries are no tickers where these belong.
        """
        if not isinstance(message, Snapshot | Delta):
            return None
        kind = channel_from_name(message.channel)
        if kind is None or kind.kind not in _OF_CONTRACTS:
            return View(message.channel, message.seq, message.ts, {}, data=message.data)
        try:
            return self._snapshot(message) if isinstance(message, Snapshot) else self._delta(message)
        except (msgspec.ValidationError, LookupError, TypeError) as error:
            raise UnexpectedAnswer(message.channel, f"a message cannot be applied ({error!r})") from error

    def _snapshot(self, message: Snapshot) -> View:
        tickers = {one.symbol: one for one in msgspec.convert(message.data, list[Ticker])}
        before = self._tickers.get(message.channel, {})
        self._tickers[message.channel] = tickers
        return View(
            message.channel,
            message.seq,
            message.ts,
            tickers,
            frozenset(tickers),
            frozenset(before.keys() - tickers.keys()),
        )

    def _delta(self, message: Delta) -> View:
        # A new dictionary each time, so that the views given out before stay as they were.
        tickers = dict(self._tickers[message.channel])
        removed = [] if message.removed is msgspec.UNSET else message.removed
        for symbol in removed:
            tickers.pop(symbol, None)
        changes = cast("list[dict[str, Any]]", message.data)
        for change in changes:
            symbol = change["symbol"]
            known = tickers.get(symbol)
            tickers[symbol] = msgspec.convert(change, Ticker) if known is None else _changed(known, change)
        self._tickers[message.channel] = tickers
        changed = frozenset(change["symbol"] for change in changes)
        return View(message.channel, message.seq, message.ts, tickers, changed, frozenset(removed))


def _changed(ticker: Ticker, change: dict[str, Any]) -> Ticker:
    known = change if change.keys() <= _FIELDS else {name: change[name] for name in change.keys() & _FIELDS}
    return msgspec.structs.replace(ticker, **known)
