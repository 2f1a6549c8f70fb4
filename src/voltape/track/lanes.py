"""Which contracts belong to the live lane.

A contract is live for any of these reasons:

* it is liquid: its open interest is above the threshold of its underlying, or its 24 h volume is and it has traded
  lately. One that is live stays so until it falls well below (the leave band). Without data nothing is liquid: the
  poll that fills a contract decides.
* it is near the money (`money`), pinned, or watched by a connected client (`watched`).

And it stays live for a while after the last reason (`dwell`), so that no contract flaps.
"""

from collections.abc import Callable, Iterable, Set

import msgspec

from voltape.model.board import Board
from voltape.model.row import Row, Series
from voltape.model.ticker import VALUE_FIELDS

from .dwell import Dwell
from .idle import TradeTimes
from .money import Windows, near_the_money
from .thresholds import AutoThresholds, Target, Thresholds
from .watched import Watched

__all__ = ["LanePolicy", "Lanes"]

_VOLUME = VALUE_FIELDS.index("volume_24h")
_OPEN_INTEREST = VALUE_FIELDS.index("open_interest")


class LanePolicy(msgspec.Struct, frozen=True):
    """What makes a contract live.

    Attributes:
        live_all: every contract is live, and nothing else here matters.
        min_volume, min_open_interest: threshold in units of the underlying, given the underlying.
        last_trade_hours: longest time since the last trade for the volume rule, given the underlying.
        target: what thresholds are to achieve, given the underlying, where they are to be found from the data;
            None to go by the given ones.
        leave: part of a threshold below which a live contract is no longer liquid.
        windows: what counts as near the money.
        pinned: symbols that are live whatever they trade.
        watched: whether what clients look at is live.
        dwell: s for which a contract stays live after the last reason.
    """

    live_all: bool = True
    min_volume: Callable[[str], float] = lambda _: 1_000.0
    min_open_interest: Callable[[str], float] = lambda _: 100.0
    last_trade_hours: Callable[[str], float] = lambda _: 24.0
    target: Callable[[str], Target] | None = None
    leave: float = 0.8
    windows: Windows = Windows()
    pinned: frozenset[str] = frozenset()
    watched: bool = True
    dwell: float = 0.0

    @property
    def heeds_watchers(self) -> bool:
        """Whether it matters what clients look at."""
        return self.watched and not self.live_all


class Lanes:
    """The live lane as last chosen, and what it takes to choose it again.

    Attributes:
        watched: what clients look at; whoever hears of it tells it here.
        pinned: symbols that are live whatever they trade, those of the policy at first.
    """

    def __init__(self, policy: LanePolicy) -> None:
        self.watched = Watched()
        self.pinned = policy.pinned
        self._policy = policy
        self._parts: dict[str, _Underlying] = {}

    @property
    def selective(self) -> bool:
        """Whether there is anything to choose."""
        return not self._policy.live_all

    @property
    def heeds_watchers(self) -> bool:
        """Whether it matters what clients look at."""
        return self._policy.heeds_watchers

    def thresholds(self, underlying: str) -> Thresholds | None:
        """Thresholds in force; None where every contract is live, or none could be found yet."""
        part = self._parts.get(underlying)
        return None if part is None else part.thresholds

    def choose(self, board: Board, now_ms: int, now: float, underlying: str | None = None) -> set[str]:
        """All live contracts.

        Args:
            board: every contract; those past their expiry are not live.
            now_ms: venue time. now: monotonic time.
            underlying: choose among its contracts only, those of the others being as they were.
        """
        if not self.selective:
            return {symbol for symbol, row in board.rows.items() if row.instrument.expiry_ms > now_ms}
        coins = board.underlyings()
        for gone in self._parts.keys() - set(coins):
            del self._parts[gone]
        for coin in coins:
            part = self._parts.get(coin)
            if part is None:
                part = self._parts[coin] = _Underlying(coin, self._policy)
            elif underlying not in {None, coin}:
                continue
            watched = self.watched.symbols(board, coin) if self._policy.watched else set()
            part.choose(board.expiries(coin), self.pinned | watched, now_ms, now)
        return set().union(*(part.live for part in self._parts.values()))

    @property
    def steadfast(self) -> set[str]:
        """Live contracts that are so whatever they trade: near the money, pinned or watched."""
        return set().union(*(part.steadfast for part in self._parts.values()))


class _Underlying:
    """One underlying's part of the live lane.

    Attributes:
        live, steadfast: as last chosen; see `Lanes`.
        thresholds: in force.
    """

    def __init__(self, coin: str, policy: LanePolicy) -> None:
        self.live: set[str] = set()
        self.steadfast: set[str] = set()
        self._policy = policy
        self._dwell = Dwell(policy.dwell)
        self._trades = TradeTimes()
        self._longest_idle = policy.last_trade_hours(coin)
        self._auto = None if policy.target is None else AutoThresholds(policy.target(coin))
        self.thresholds = (
            Thresholds(policy.min_volume(coin), policy.min_open_interest(coin))
            if self._auto is None
            else None
        )

    def choose(self, expiries: Iterable[Series], asked_for: Set[str], now_ms: int, now: float) -> None:
        """Choose anew; the arguments are those of `Lanes.choose`, `expiries` in date order, `asked_for` pinned or watched."""
        current = [series for series in expiries if series.expiry_ms > now_ms]
        rows = {
            symbol: row
            for series in current
            for symbol, row in series.rows.items()
            if row.instrument.expiry_ms > now_ms
        }
        steadfast = near_the_money(current, self._policy.windows) | asked_for
        self.steadfast = steadfast & rows.keys()
        self.live = self._dwell.hold(self.steadfast | self._liquid(rows, now), rows, now)

    def _liquid(self, rows: dict[str, Row], now: float) -> set[str]:
        self._trades.look(rows, now)
        idle = self._trades.idle(self._longest_idle, now)
        if self._auto is not None:
            self.thresholds = self._auto.follow(
                (row.values[_OPEN_INTEREST] or 0.0, 0.0 if symbol in idle else row.values[_VOLUME] or 0.0)
                for symbol, row in rows.items()
            )
        enter = self.thresholds
        if enter is None:
            return set()
        leave = self._policy.leave
        stay = Thresholds(enter.min_volume * leave, enter.min_open_interest * leave)
        liquid = set()
        for symbol, row in rows.items():
            limits = stay if row.lane == "live" else enter
            values = row.values
            if limits.passes(
                values[_OPEN_INTEREST] or 0.0, 0.0 if symbol in idle else values[_VOLUME] or 0.0
            ):
                liquid.add(symbol)
        return liquid
