"""Which contracts are live."""

import pytest

from tests.track.rig import values
from voltape.model.board import Board, Row
from voltape.model.instrument import instrument_from_symbol
from voltape.model.ticker import Lane
from voltape.track.lanes import LanePolicy, live_symbols

BTC, SOL = "BTC-25DEC26-90000-C-USDT", "SOL-25DEC26-200-C-USDT"
POLICY = LanePolicy(
    live_all=False,
    min_volume={"BTC": 10.0, "SOL": 1_000.0}.__getitem__,
    min_open_interest={"BTC": 5.0, "SOL": 100.0}.__getitem__,
)


def row(symbol: str, lane: Lane = "polled", **amounts: float | None) -> Row:
    """A contract with these values."""
    instrument = instrument_from_symbol(symbol)
    assert instrument is not None
    board = Board()
    made = board.add(instrument, lane)
    if amounts:
        board.poll(made, values(1.0, **amounts), 1, 1)
    return made


@pytest.mark.parametrize(
    ("symbol", "amounts", "live"),
    [
        (BTC, {"volume_24h": 10.5}, True),
        (BTC, {"volume_24h": 10.0}, False),
        (BTC, {"open_interest": 5.5}, True),
        (BTC, {"open_interest": 5.0, "volume_24h": 9.0}, False),
        (SOL, {"volume_24h": 999.0, "open_interest": 99.0}, False),
        (SOL, {"volume_24h": 1_001.0}, True),
        (BTC, {"volume_24h": None, "open_interest": None}, False),
        (BTC, {}, False),
    ],
)
def test_volume_or_open_interest_above_the_underlyings_threshold_is_live(
    symbol: str, amounts: dict[str, float | None], live: bool
) -> None:
    """Either amount suffices; absence counts as none; thresholds are per underlying."""
    assert live_symbols([row(symbol, "polled", **amounts)], POLICY) == ([symbol] if live else [])


@pytest.mark.parametrize(("lane", "live"), [("live", True), ("polled", False)])
def test_what_is_live_stays_so_until_well_below_the_threshold(lane: Lane, live: bool) -> None:
    """Nothing flaps at the threshold."""
    assert bool(live_symbols([row(BTC, lane, volume_24h=8.5)], POLICY)) is live
    assert live_symbols([row(BTC, lane, volume_24h=7.9)], POLICY) == []


def test_pinned_contracts_are_live_whatever_they_trade() -> None:
    """A pin beats the filter."""
    policy = LanePolicy(live_all=False, pinned=frozenset({SOL}))
    assert live_symbols([row(BTC), row(SOL)], policy) == [SOL]


def test_without_a_filter_everything_is_live() -> None:
    """`all` takes the illiquid and the unknown too, in their order."""
    assert live_symbols([row(SOL), row(BTC)], LanePolicy()) == [SOL, BTC]
