"""The simulated market: contracts that list, trade, move and expire on a clock that is passed in.

Nothing here knows about sockets or time sources. A market made with the same seed, coins and start,
and stepped at the same moments, gives the same universe, values and trades. One step moves every
coin's index and volatility level; a contract's ticker values are worked out when somebody asks, and
belong to the step that was current then.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from voltape.sim.coins import Coin
from voltape.sim.contract import Contract
from voltape.sim.expiries import DAY_MS, ladder, settlement_window
from voltape.sim.listing import Lister
from voltape.sim.surface import Series
from voltape.sim.ticker import resized, valued
from voltape.sim.trading import Trade, Trader
from voltape.sim.walk import Walk

__all__ = ["Changes", "Market", "Settlement"]

_EXTRA_EVERY_MS = 3 * 3_600_000
_DELIVERING_MS = 4 * 3_600_000
_SETTLEMENTS_KEPT = 200
_EXTRA_ROOM = 0.05


@dataclass(slots=True)
class Changes:
    """What one step did to the universe, and the trades it brought."""

    listed: list[Contract] = field(default_factory=list)
    expired: list[Contract] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Settlement:
    """Final price of one coin and expiry."""

    coin: str
    expiry_ms: int
    price: float


class Market:
    """All coins and contracts. `contracts` trade now; `delivering` have expired but are still shown."""

    def __init__(
        self, coins: Iterable[Coin], *, seed: int, start_ms: int, scale: float = 1.0, damped: bool = True
    ) -> None:
        self.coins = list(coins)
        self.contracts: dict[str, Contract] = {}
        self.delivering: dict[str, Contract] = {}
        self.settlements: list[Settlement] = []
        self.version = 0
        self._damped = damped
        self._now_ms = start_ms
        self._rng = Random(f"{seed}/market")
        self._trader = Trader(Random(f"{seed}/trades"))
        self._lister = Lister(Random(f"{seed}/listing"), scale=scale)
        self._series: dict[tuple[str, int], Series] = {}
        self.walks = {c.name: Walk(c, Random(f"{seed}/walk/{c.name}")) for c in self.coins if c.listed}
        self._ladders: dict[str, tuple[int, ...]] = {}
        for walk in self.walks.values():
            self._ladders[walk.coin.name] = ladder(start_ms, long=walk.coin.long_ladder)
            for contract in self._lister.universe(walk, start_ms):
                self.contracts[contract.symbol] = contract
                if contract.activity.traded_at_ms:
                    self._trader.add_last_prices(contract, self.series(contract))

    @property
    def now_ms(self) -> int:
        """Market time of the last step, epoch milliseconds."""
        return self._now_ms

    def step(self, now_ms: int) -> Changes:
        """Move the market to `now_ms`: prices, trades, expiries and listings."""
        elapsed = now_ms - self._now_ms
        self._now_ms = now_ms
        self.version += 1
        for walk in self.walks.values():
            walk.step(elapsed)
        changes = Changes(expired=self._expire(now_ms))
        changes.listed = self._list_new(now_ms) + self._list_extra(elapsed)
        self._average_settlements(now_ms)
        for walk in self.walks.values():
            changes.trades += self._trader.step(self._of(walk.coin.name), self.series, elapsed, now_ms)
        return changes

    def series(self, contract: Contract) -> Series:
        """Forward and smile that `contract` shares with its expiry at the current step."""
        key = (contract.coin.name, contract.expiry_ms)
        found = self._series.get(key)
        if found is None or found.version != self.version:
            walk = self.walks[contract.coin.name]
            predicted = walk.sums.get(contract.expiry_ms)
            found = Series.at(
                contract.coin,
                walk.index,
                walk.level,
                contract.expiry_ms,
                self._now_ms,
                version=self.version,
                predicted=predicted[1] / predicted[0] if predicted else 0.0,
                damped=self._damped,
            )
            self._series[key] = found
        return found

    def refresh(self, contract: Contract) -> bool:
        """Bring the contract's values to the current step; false when they already were."""
        if contract.version == self.version:
            return False
        contract.values = valued(contract, self.series(contract))
        contract.version = self.version
        return True

    def vary(self, contract: Contract) -> None:
        """Change the contract's quote sizes only, as between two steps."""
        contract.values = resized(contract)

    def list_extra(self, coin: str) -> list[Contract]:
        """List a call and a put at a new strike now."""
        taken: dict[int, set[Decimal]] = {}
        for contract in self._of(coin):
            taken.setdefault(contract.expiry_ms, set()).add(contract.strike)
        return self._add(self._lister.extra(self.walks[coin], taken, self._now_ms)) if taken else []

    def expire_now(self, coin: str, expiry_ms: int) -> list[Contract]:
        """Settle one series at once, whatever the time."""
        gone = [c for c in self._of(coin) if c.expiry_ms == expiry_ms]
        return self._retire(gone)

    def _of(self, coin: str) -> list[Contract]:
        return [c for c in self.contracts.values() if c.coin.name == coin]

    def _add(self, contracts: list[Contract]) -> list[Contract]:
        new = [c for c in contracts if c.symbol not in self.contracts]
        self.contracts.update((c.symbol, c) for c in new)
        return new

    def _expire(self, now_ms: int) -> list[Contract]:
        done = [s for s, c in self.delivering.items() if now_ms >= c.expiry_ms + _DELIVERING_MS]
        for symbol in done:
            del self.delivering[symbol]
        return self._retire([c for c in self.contracts.values() if c.expiry_ms <= now_ms])

    def _retire(self, gone: list[Contract]) -> list[Contract]:
        for name, expiry_ms in dict.fromkeys((c.coin.name, c.expiry_ms) for c in gone):
            price = self.walks[name].settled(expiry_ms)
            self.settlements.append(Settlement(name, expiry_ms, price))
            self._series.pop((name, expiry_ms), None)
        del self.settlements[:-_SETTLEMENTS_KEPT]
        for contract in gone:
            self.delivering[contract.symbol] = self.contracts.pop(contract.symbol)
        return gone

    def _list_new(self, now_ms: int) -> list[Contract]:
        listed: list[Contract] = []
        for name, walk in self.walks.items():
            rungs = ladder(now_ms, long=walk.coin.long_ladder)
            for expiry_ms in rungs:
                if expiry_ms not in self._ladders[name]:
                    room = self._lister.room(walk.coin, len(self._of(name)))
                    listed += self._add(self._lister.series(walk, expiry_ms, now_ms, room=room))
            self._ladders[name] = tuple(sorted({*rungs, *(e for e in self._ladders[name] if e > now_ms)}))
        return listed

    def _list_extra(self, elapsed_ms: int) -> list[Contract]:
        chance = min(max(elapsed_ms, 0), DAY_MS) / _EXTRA_EVERY_MS
        listed: list[Contract] = []
        for name, walk in self.walks.items():
            crowded = self._lister.room(walk.coin, len(self._of(name))) < -_EXTRA_ROOM * walk.coin.share
            if self._rng.random() < chance and not crowded:
                listed += self.list_extra(name)
        return listed

    def _average_settlements(self, now_ms: int) -> None:
        for name, walk in self.walks.items():
            for expiry_ms in self._ladders[name]:
                if settlement_window(expiry_ms, now_ms):
                    walk.settle(expiry_ms)
