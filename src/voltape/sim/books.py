"""Order books around the best quotes: REST snapshots, and snapshots and deltas for the socket."""

from typing import Any

from voltape.sim.contract import Contract
from voltape.sim.ticker import number

__all__ = ["DEPTHS", "Book", "rest_book"]

DEPTHS = ("25", "100")
_LEVELS = 5
_BID, _BID_SIZE, _ASK, _ASK_SIZE = 1, 2, 4, 5

Levels = list[list[str]]


class Book:
    """The book of one contract as a subscriber knows it; levels follow the ticker's best quotes."""

    def __init__(self) -> None:
        self.update = 0
        self._bids: dict[str, str] = {}
        self._asks: dict[str, str] = {}

    def snapshot(self, contract: Contract, seq: int) -> dict[str, Any]:
        """The whole book; forgets what was known before."""
        bids, asks = levels(contract)
        self._bids, self._asks = _known(bids), _known(asks)
        self.update += 1
        return {"s": contract.symbol, "b": bids, "a": asks, "u": self.update, "seq": seq}

    def delta(self, contract: Contract, seq: int) -> dict[str, Any] | None:
        """Levels that changed, with size "0" for those that went; `None` if none did."""
        bids, asks = levels(contract)
        bid_changes = _changes(self._bids, _known(bids))
        ask_changes = _changes(self._asks, _known(asks))
        if not bid_changes and not ask_changes:
            return None
        self._bids, self._asks = _known(bids), _known(asks)
        self.update += 1
        return {"s": contract.symbol, "b": bid_changes, "a": ask_changes, "u": self.update, "seq": seq}


def levels(contract: Contract) -> tuple[Levels, Levels]:
    """Bids from high to low and asks from low to high, as pairs of price and size."""
    values, tick = contract.values, float(contract.coin.tick)
    bids: Levels = []
    asks: Levels = []
    if values[_BID] != "0":
        best = float(values[_BID])
        prices = [best - i * tick for i in range(_LEVELS)]
        bids = [
            _level(contract, price, i, values[_BID_SIZE])
            for i, price in enumerate(prices)
            if price > tick / 2
        ]
    if values[_ASK] != "0":
        best = float(values[_ASK])
        asks = [_level(contract, best + i * tick, i, values[_ASK_SIZE]) for i in range(_LEVELS)]
    return bids, asks


def rest_book(contract: Contract, limit: int, now_ms: int) -> dict[str, Any]:
    """The book as REST shows it."""
    bids, asks = levels(contract)
    return {
        "s": contract.symbol,
        "b": bids[:limit],
        "a": asks[:limit],
        "ts": now_ms,
        "u": now_ms % 1_000_000,
        "seq": now_ms,
        "cts": now_ms,
    }


def _level(contract: Contract, price: float, place: int, best_size: str) -> list[str]:
    size = best_size if place == 0 else number(float(contract.coin.lot) * (7 * place + contract.number % 11))
    return [number(price), size]


def _known(side: Levels) -> dict[str, str]:
    return {level[0]: level[1] for level in side}


def _changes(before: dict[str, str], after: dict[str, str]) -> Levels:
    changed = [[price, size] for price, size in after.items() if before.get(price) != size]
    return changed + [[price, "0"] for price in before if price not in after]
