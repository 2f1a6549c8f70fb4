"""Trades: who buys what in the simulated market, and what the tickers remember of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, exp, floor
from random import Random
from uuid import UUID

from voltape.sim.black import value
from voltape.sim.contract import Contract
from voltape.sim.surface import Series, smile

__all__ = ["Trade", "Trader"]

_PER_SECOND = 0.8
_MAX_PER_STEP = 20


@dataclass(frozen=True, slots=True)
class Trade:
    """One option trade: price in the settle coin, size in the coin, volatilities as fractions."""

    contract: Contract
    ts_ms: int
    taker: str
    price: float
    size: float
    identity: str
    mark: float
    index_text: str
    mark_iv: float
    block: bool


class Trader:
    """Draws trades for liquid contracts and books them on the contracts' activity."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def add_last_prices(self, contract: Contract, series: Series) -> None:
        """Give a contract with a history plausible last, high, low and reference prices."""
        mark = self._mark(contract, series)[0]
        active = contract.activity
        active.last = self._to_tick(contract, mark * exp(0.05 * self._rng.gauss(0.0, 1.0)))
        active.reference = self._to_tick(contract, active.last * exp(0.25 * self._rng.gauss(0.0, 1.0)))
        if active.volume:
            active.high = self._to_tick(contract, active.last * (1.0 + 0.3 * self._rng.random()))
            active.low = min(
                self._to_tick(contract, active.last * (1.0 - 0.25 * self._rng.random())), active.last
            )

    def step(
        self,
        contracts: Sequence[Contract],
        series: Callable[[Contract], Series],
        elapsed_ms: int,
        now_ms: int,
    ) -> list[Trade]:
        """Trades of one coin during a step, in time order; sometimes several at the same moment."""
        expected = _PER_SECOND * min(max(elapsed_ms, 0), 60_000) / 1000.0
        count = int(expected) + (self._rng.random() < expected % 1.0)
        if not contracts or not count or contracts[0].coin.quiet:
            return []
        moments = sorted(now_ms - self._rng.randrange(min(max(elapsed_ms, 1), 1000)) for _ in range(count))
        trades: list[Trade] = []
        for moment in moments[:_MAX_PER_STEP]:
            contract = self._pick(contracts)
            trades += [
                self._trade(contract, series(contract), moment) for _ in range(self._rng.choice((1, 1, 1, 2)))
            ]
        return trades

    def _pick(self, contracts: Sequence[Contract]) -> Contract:
        """The most liquid of a few drawn at random, which gives a heavy tail cheaply."""
        return max((self._rng.choice(contracts) for _ in range(6)), key=lambda c: c.liquidity)

    def _trade(self, contract: Contract, series: Series, now_ms: int) -> Trade:
        rng, lot = self._rng, float(contract.coin.lot)
        mark, vol = self._mark(contract, series)
        taker = rng.choice(("Buy", "Sell"))
        price = self._to_tick(contract, mark * (1.01 if taker == "Buy" else 0.99), up=taker == "Buy")
        size = max(round(contract.coin.activity * 0.02 * exp(rng.gauss(0.0, 1.0)) / lot), 1) * lot
        contract.activity.trade(price, size, series.index, now_ms)
        contract.activity.add_interest(rng.choice((-1, 0, 1)) * size)
        contract.version = -1
        return Trade(
            contract=contract,
            ts_ms=now_ms,
            taker=taker,
            price=price,
            size=size,
            identity=str(UUID(int=rng.getrandbits(128), version=4)),
            mark=mark,
            index_text=series.index_text,
            mark_iv=vol,
            block=rng.random() < 0.02,
        )

    def _mark(self, contract: Contract, series: Series) -> tuple[float, float]:
        vol = smile(contract.strike_price, series)
        worth = value(series.forward, contract.strike_price, vol, series.years, call=contract.call)
        return worth.price, vol

    def _to_tick(self, contract: Contract, price: float, *, up: bool = False) -> float:
        tick = float(contract.coin.tick)
        ticks = ceil(price / tick - 1e-9) if up else floor(price / tick + 1e-9)
        return max(ticks, 1) * tick
