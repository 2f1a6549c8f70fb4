"""What the default settings make live of the simulated market; the figures of docs/explanation/selective-tracking.md."""

from collections.abc import Iterable

import msgspec
import pytest

from voltape.config import Settings
from voltape.model.board import Board
from voltape.model.instrument import instrument_from_symbol
from voltape.model.row import Row
from voltape.model.ticker import VALUE_FIELDS
from voltape.run.parts import lane_policy
from voltape.sim.coins import COINS
from voltape.sim.market import Market
from voltape.sim.ticker import WS_FIELDS
from voltape.track.lanes import Lanes

BEFORE_EIGHT = 1_794_988_740_000
"""2026-11-18 07:59 UTC: a day's series is about to expire."""
TAKEN = {
    VALUE_FIELDS.index(ours): WS_FIELDS.index(theirs)
    for ours, theirs in {
        "index_price": "indexPrice",
        "underlying_price": "underlyingPrice",
        "open_interest": "openInterest",
        "volume_24h": "volume24h",
        "total_volume": "totalVolume",
    }.items()
}
_VOLUME, _OPEN_INTEREST = map(VALUE_FIELDS.index, ("volume_24h", "open_interest"))


def market(now_ms: int = BEFORE_EIGHT) -> Market:
    """The simulator's default market."""
    made = Market([COINS[coin] for coin in ("BTC", "ETH", "SOL")], seed=1, start_ms=BEFORE_EIGHT)
    if now_ms > BEFORE_EIGHT:
        made.step(now_ms)
    return made


def board_of(shown: Market) -> Board:
    """A board that has just received every contract of it."""
    board = Board()
    for symbol, contract in shown.contracts.items():
        shown.refresh(contract)
        instrument = instrument_from_symbol(symbol)
        assert instrument is not None
        drawn: list[float | None] = [None] * len(VALUE_FIELDS)
        for ours, theirs in TAKEN.items():
            drawn[ours] = float(contract.values[theirs])
        board.poll(board.add(instrument), tuple(drawn), shown.now_ms, shown.now_ms)
    return board


def share(rows: Iterable[Row], live: set[str], field: int) -> float:
    """Part of an amount that is live."""
    amounts = {row.instrument.symbol: row.values[field] or 0.0 for row in rows}
    return sum(amounts[symbol] for symbol in live & amounts.keys()) / sum(amounts.values())


@pytest.mark.parametrize("after_s", [0, 120, 3_600])
def test_the_default_filter_halves_the_contracts_and_keeps_the_market(after_s: int) -> None:
    """About 800 to 1,000 of about 2,000 are live, with 95 % of volume and open interest at least, added up."""
    shown = market(BEFORE_EIGHT + after_s * 1_000)
    assert bool(shown.delivering) == bool(after_s)
    board = board_of(shown)
    live = Lanes(lane_policy(Settings())).choose(board, shown.now_ms, 0.0)
    assert 1_950 <= len(board.rows) <= 2_120
    assert 800 <= len(live) <= 1_000
    assert share(board.rows.values(), live, _VOLUME) >= 0.95
    assert share(board.rows.values(), live, _OPEN_INTEREST) >= 0.95


@pytest.mark.parametrize("target", [0.8, 0.95, 0.99])
def test_automatic_thresholds_reach_their_share_in_every_coin(target: float) -> None:
    """By liquidity alone, with few more contracts than the fewest that would do."""
    settings = msgspec.structs.replace(
        Settings(), filter="auto", filter_target_oi=target, filter_moneyness=0.0, filter_nearest_expiries=0
    )
    shown = market()
    board = board_of(shown)
    live = Lanes(lane_policy(settings)).choose(board, shown.now_ms, 0.0)
    for coin in board.underlyings():
        rows = list(board.rows_of(coin))
        assert share(rows, live, _OPEN_INTEREST) >= target
        held = sorted((row.values[_OPEN_INTEREST] or 0.0 for row in rows), reverse=True)
        fewest = next(n for n in range(len(held) + 1) if sum(held[:n]) >= target * sum(held))
        assert len(live.intersection(row.instrument.symbol for row in rows)) <= fewest * 1.05 + 2
