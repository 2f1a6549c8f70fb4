"""What is shown: the chosen series, its contracts, the system's state, and which prices have just moved."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from voltape.client.answers import Expiry
from voltape.model.efficiency import Efficiency
from voltape.model.status import Status
from voltape.model.ticker import Ticker

__all__ = ["FLASH_MS", "Move", "Scene", "Strike", "ViewName"]

ViewName = Literal["chain", "system"]

FLASH_MS = 1500
"""How long a price that moved is coloured."""

_WATCHED = ("bid_price", "ask_price", "mark_price")


class Move(NamedTuple):
    """A value's last change: whether it rose, and when, epoch ms."""

    rose: bool
    at_ms: int


class Strike(NamedTuple):
    """Both sides of a strike."""

    strike: float
    call: Ticker | None
    put: Ticker | None


class Scene(msgspec.Struct):
    """Everything that a frame shows.

    Attributes:
        url: whom we ask. underlyings: coins there are. underlying, expiry, settle: the chosen series.
        expiries: of the chosen coin, in date order. tickers: of the chosen series, by symbol.
        status, efficiency: None before the first answer.
        trouble: why the newest data is not shown, in words; None while all is well.
        view: which of the two. offset: rows that the strikes are moved down from the middle.
        moves: last changes of prices by symbol and field.
    """

    url: str
    underlying: str
    settle: str = "USDT"
    underlyings: Sequence[str] = ()
    expiry: str | None = None
    expiries: Sequence[Expiry] = ()
    tickers: Mapping[str, Ticker] = {}
    status: Status | None = None
    efficiency: Efficiency | None = None
    trouble: str | None = None
    view: ViewName = "chain"
    offset: int = 0
    moves: dict[tuple[str, str], Move] = {}

    @property
    def chosen(self) -> Expiry | None:
        """The chosen series; None where there is none."""
        return next((one for one in self.expiries if one.expiry == self.expiry), None)

    def offer(self, expiries: Sequence[Expiry]) -> None:
        """Take the list of series; one that has left gives way to the first."""
        self.expiries = expiries
        if self.chosen is None:
            self.choose(expiries[0].expiry if expiries else None)

    def choose(self, expiry: str | None) -> None:
        """Turn to another series of the coin."""
        self.expiry = expiry
        self.tickers, self.moves, self.offset = {}, {}, 0

    def step(self, by: int) -> None:
        """Turn to the next or the previous series, round the ends."""
        names = [one.expiry for one in self.expiries]
        if names:
            here = names.index(self.expiry) if self.expiry in names else 0
            self.choose(names[(here + by) % len(names)])

    def turn_to(self, underlying: str) -> None:
        """Turn to another coin, whose series are not known yet."""
        self.underlying = underlying
        self.expiries = ()
        self.choose(None)

    def show(self, tickers: Mapping[str, Ticker], now_ms: int) -> None:
        """Take the newest contracts of the series, and note what moved."""
        self.moves = {key: move for key, move in self.moves.items() if now_ms - move.at_ms < FLASH_MS}
        for symbol, ticker in tickers.items():
            before = self.tickers.get(symbol)
            if before is None or before is ticker:
                continue
            for field in _WATCHED:
                old, new = getattr(before, field), getattr(ticker, field)
                if old is not None and new is not None and old != new:
                    self.moves[symbol, field] = Move(new > old, now_ms)
        self.tickers = tickers

    def _shown(self) -> Collection[Ticker]:
        """Contracts in the chosen settlement coin, or in the other where the series has none in this."""
        return [one for one in self.tickers.values() if one.settle == self.settle] or self.tickers.values()

    def strikes(self) -> list[Strike]:
        """The series by strike, in one settlement coin."""
        sides: dict[float, dict[str, Ticker]] = {}
        for ticker in self._shown():
            sides.setdefault(ticker.strike, {})[ticker.kind] = ticker
        return [Strike(strike, of.get("call"), of.get("put")) for strike, of in sorted(sides.items())]

    @property
    def forward(self) -> float | None:
        """The exchange's newest price of the underlying for the series."""
        newest = max(
            (one for one in self._shown() if one.underlying_price is not None),
            key=lambda one: one.ts_received or 0,
            default=None,
        )
        if newest is not None:
            return newest.underlying_price
        return None if self.chosen is None else self.chosen.forward

    def atm_row(self, strikes: Sequence[Strike]) -> int | None:
        """Position of the strike nearest to the forward."""
        forward = self.forward
        if forward is None or not strikes:
            return None
        return min(range(len(strikes)), key=lambda row: abs(strikes[row].strike - forward))
