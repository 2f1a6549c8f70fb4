"""Slices: contracts by expiry and strike, one settlement coin at a time."""

from collections.abc import Mapping

import pytest

from tests.analytics.markets import START_MS, simulated
from voltape.analytics.slices import YEAR_MS, slices_of
from voltape.model.board import Board
from voltape.model.instrument import instrument_from_symbol
from voltape.model.ticker import VALUE_FIELDS, Values

EXPIRY_MS = 1_766_736_000_000


def values(**given: float) -> Values:
    """Return values in which only those given are there."""
    return tuple(given.get(name) for name in VALUE_FIELDS)


def board_of(contracts: Mapping[str, Values | None]) -> Board:
    """Return a board of these contracts of 26 December 2025; None stands for no data yet."""
    board = Board()
    for age, (name, found) in enumerate(contracts.items()):
        instrument = instrument_from_symbol(f"BTC-26DEC25-{name}")
        assert instrument is not None
        row = board.add(instrument)
        if found is not None:
            board.poll(row, found, START_MS - age, START_MS)
    return board


def test_contracts_are_paired_by_strike_in_order() -> None:
    """Calls and puts of one strike meet, strikes ascend, and a side that is not listed is None."""
    board = board_of({f"{name}-USDT": values(mark_iv=0.5) for name in ("110000-C", "90000-P", "90000-C")})
    (chain,) = slices_of(board.rows_of("BTC"), START_MS)
    low, high = chain.pairs
    assert (low.strike, high.strike) == (90_000.0, 110_000.0)
    assert low.call is not None
    assert low.put is not None
    assert (low.call.kind, low.put.kind, high.put) == ("call", "put", None)
    assert chain.years == pytest.approx((EXPIRY_MS - START_MS) / YEAR_MS)
    assert (chain.expiry, chain.expiry_at, chain.contracts) == ("2025-12-26", "2025-12-26T08:00:00Z", 3)


def test_a_value_reaches_the_quote_under_its_own_name() -> None:
    """Every value that a quote carries is the contract's value of that name, and absent ones stay absent."""
    names = ("bid_price", "bid_iv", "ask_price", "ask_iv", "mark_price", "mark_iv", "underlying_price")
    given = {name: float(i) for i, name in enumerate((*names, "delta", "gamma", "vega", "theta"), 1)}
    board = board_of({"90000-C-USDT": values(**given), "90000-P-USDT": values(mark_iv=0.5)})
    ((pair,),) = (chain.pairs for chain in slices_of(board.rows_of("BTC"), START_MS))
    assert {name: getattr(pair.call, name) for name in given} == given
    assert [getattr(pair.put, name) for name in given if name != "mark_iv"] == [None] * 10


def test_settlement_coins_never_mix() -> None:
    """A slice holds one coin: USDT unless the other one has more contracts with a mark IV."""
    usdt = {"90000-C-USDT": values(mark_iv=0.5, underlying_price=1.0)}
    usdc = {"90000-C": values(mark_iv=0.6, underlying_price=2.0), "90000-P": values(mark_iv=0.6)}
    chosen = [
        slices_of(board_of(found).rows_of("BTC"), START_MS)[0].settle
        for found in (usdt, usdc, usdc | usdt, {"90000-C": usdc["90000-C"]} | usdt)
    ]
    assert chosen == ["USDT", "USDC", "USDC", "USDT"]
    board = board_of(usdt | usdc)
    for settle, forward in (("USDT", 1.0), ("USDC", 2.0)):
        (chain,) = slices_of(board.rows_of("BTC"), START_MS, settle)
        assert (chain.settle, chain.forward) == (settle, forward)
    assert slices_of(board.rows_of("BTC"), START_MS, "EUR") == []


def test_the_forward_comes_from_the_newest_data() -> None:
    """Of differing forwards and index prices the one received last counts, wherever it is stated."""
    board = board_of(
        {
            "80000-C-USDT": values(mark_iv=0.5),
            "90000-C-USDT": values(underlying_price=100.0, index_price=99.0),
            "95000-C-USDT": values(underlying_price=90.0, index_price=89.0),
        }
    )
    (chain,) = slices_of(board.rows_of("BTC"), START_MS)
    assert (chain.forward, chain.index_price, chain.ts_data, chain.stale) == (100.0, 99.0, START_MS, 3)


def test_what_has_no_data_or_no_time_is_left_out() -> None:
    """Contracts without data are not counted, and neither an expiry without any nor an expired one is shown."""
    board = board_of({"90000-C-USDT": None, "95000-C-USDT": values(mark_iv=0.5)})
    assert [chain.contracts for chain in slices_of(board.rows_of("BTC"), START_MS)] == [1]
    assert slices_of(board.rows_of("BTC"), EXPIRY_MS) == []
    assert slices_of(board_of({"90000-C-USDT": None}).rows_of("BTC"), START_MS) == []


def test_a_contracts_time_is_that_of_its_own_values() -> None:
    """Years to expiry of a contract count from the venue's time of its values, those of the slice from now."""
    board = board_of({"90000-C-USDT": values(mark_iv=0.5), "90000-P-USDT": values(mark_iv=0.5)})
    (chain,) = slices_of(board.rows_of("BTC"), START_MS + 5000)
    (pair,) = chain.pairs
    assert pair.call is not None
    assert pair.call.years == (EXPIRY_MS - START_MS) / YEAR_MS
    assert chain.years == (EXPIRY_MS - START_MS - 5000) / YEAR_MS


def test_every_contract_of_the_market_is_in_its_slice() -> None:
    """Over both coins the slices of a whole market hold every contract, in date order."""
    market = simulated("BTC")
    usdt, usdc = market.slices("BTC", "USDT"), market.slices("BTC", "USDC")
    assert sum(chain.contracts for chain in (*usdt, *usdc)) == len(market.board.rows)
    assert [chain.years for chain in usdt] == sorted(chain.years for chain in usdt)
    assert usdc
    assert all(chain.settle == "USDT" for chain in market.slices("BTC"))


@pytest.mark.parametrize("absurd", [-5.0, 0.0, 1e-200, 1e200])
def test_a_forward_that_can_be_none_is_none(absurd: float) -> None:
    """A price below zero or far beyond any market is a mistake of somebody, and nothing is computed from it."""
    board = board_of({"90000-C-USDT": values(underlying_price=absurd, index_price=absurd)})
    (chain,) = slices_of(board.rows_of("BTC"), START_MS)
    assert (chain.forward, chain.index_price) == (None, None)
