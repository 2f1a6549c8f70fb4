"""The simulated market on a board, and what is true of it, for the tests of volatility analytics."""

import json
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from voltape.analytics.slices import ChainSlice, Kind, Quote, StrikePair, slices_of
from voltape.bybit.parse import rest_values
from voltape.model.board import Board
from voltape.model.instrument import instrument_from_symbol
from voltape.sim.coins import COINS
from voltape.sim.market import Market
from voltape.sim.surface import Series, smile
from voltape.sim.ticker import REST_FIELDS

START_MS = 1_760_000_000_000
"""2025-10-09 08:53:20 UTC."""


class Truth(NamedTuple):
    """The simulated market and the board that saw it at one moment."""

    market: Market
    board: Board
    now_ms: int

    def slices(self, coin: str, settle: str | None = None) -> list[ChainSlice]:
        """Return the coin's slices."""
        return slices_of(self.board.rows_of(coin), self.now_ms, settle)

    def series(self, coin: str) -> list[Series]:
        """Return what is true of each expiry of the coin, in date order."""
        by_expiry = {
            c.expiry_ms: self.market.series(c) for c in self.market.contracts.values() if c.coin.name == coin
        }
        return [series for _, series in sorted(by_expiry.items())]


@cache
def simulated(*coins: str, seed: int = 7, damped: bool = True) -> Truth:
    """Return the market of these coins that all tests share, which therefore only read it."""
    return simulated_anew(*coins, seed=seed, damped=damped)


def simulated_anew(*coins: str, seed: int = 7, damped: bool = True) -> Truth:
    """Return a market of these coins and a board with every contract's values, for a test that changes them."""
    market = Market([COINS[coin] for coin in coins], seed=seed, start_ms=START_MS, damped=damped)
    board = Board()
    for contract in market.contracts.values():
        market.refresh(contract)
        instrument = instrument_from_symbol(contract.symbol, expiry_ms=contract.expiry_ms)
        assert instrument is not None
        _, values = rest_values(json.dumps(dict(zip(REST_FIELDS, contract.values, strict=True))).encode())
        board.poll(board.add(instrument), values, START_MS, START_MS)
    board.commit()
    return Truth(market, board, START_MS)


def true_iv(series: Series) -> Callable[[float], float]:
    """Return the volatility of the simulated market at any strike."""
    return lambda strike: smile(strike, series)


def quote(kind: Kind, strike: float, iv: float | None = None, **values: float | None) -> Quote:
    """Return a contract with these values and no others."""
    given: dict[str, float | None] = dict.fromkeys(
        (
            "bid_price",
            "bid_iv",
            "ask_price",
            "ask_iv",
            "mark_price",
            "underlying_price",
            "delta",
            "gamma",
            "vega",
            "theta",
        )
    )
    given.update(values)
    return Quote(
        symbol=f"X-{strike:g}-{kind[0].upper()}", kind=kind, strike=strike, years=0.1, mark_iv=iv, **given
    )


def chain(
    *pairs: StrikePair, forward: float | None = 100.0, years: float = 0.1, expiry: str = "2026-12-25"
) -> ChainSlice:
    """Return a slice of these strikes."""
    return ChainSlice(
        expiry=expiry,
        expiry_at=f"{expiry}T08:00:00Z",
        settle="USDT",
        days_to_expiry=round(years * 365, 3),
        years=years,
        forward=forward,
        underlying="X",
        index_price=forward,
        pairs=pairs,
        contracts=2 * len(pairs),
        stale=0,
        ts_data=START_MS,
    )


def curved(
    iv: Callable[[float], float], strikes: list[float], years: float = 0.1, expiry: str = "2026-12-25"
) -> ChainSlice:
    """Return a slice at a forward of 100 whose contracts all have a mark IV."""
    pairs = (StrikePair(k, quote("call", k, iv(k)), quote("put", k, iv(k))) for k in strikes)
    return chain(*pairs, years=years, expiry=expiry)
