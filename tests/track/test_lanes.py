"""Which contracts are live."""

import pytest

from tests.track.rig import values
from voltape.model.board import Board
from voltape.model.instrument import instrument_from_symbol
from voltape.model.row import Row
from voltape.model.ticker import Lane
from voltape.track.lanes import LanePolicy, TradeTimes, live_symbols

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


def test_the_volume_rule_needs_a_trade_within_the_allowed_time() -> None:
    """A contract whose total volume stands still for longer than allowed leaves; open interest alone keeps it."""
    policy = LanePolicy(
        live_all=False,
        min_volume=lambda _: 1.0,
        min_open_interest=lambda _: 50.0,
        last_trade_hours=lambda _: 2.0,
    )
    idle, held = row(BTC, volume_24h=5.0, total_volume=7.0), row(SOL, volume_24h=5.0, open_interest=60.0)
    times = TradeTimes()
    times.look([idle, held], 0.0)
    times.look([idle, held], 7_000.0)

    def live(now: float) -> list[str]:
        return live_symbols([idle, held], policy, lambda symbol: times.idle_hours(symbol, now))

    assert live(7_200.0) == [BTC, SOL]
    assert live(7_201.0) == [SOL]


def test_a_growing_total_volume_is_a_trade() -> None:
    """The time counts from the last growth that was seen; a contract never seen has the benefit of the doubt."""
    contract = row(BTC, total_volume=7.0)
    times = TradeTimes()
    assert times.idle_hours(BTC, 99_999.0) == 0.0
    times.look([contract], 0.0)
    assert times.idle_hours(BTC, 3_600.0) == 1.0
    contract.values = row(BTC, total_volume=8.0).values
    times.look([contract], 3_600.0)
    assert times.idle_hours(BTC, 3_600.0) == 0.0
    times.look([], 3_700.0)
    assert times.idle_hours(BTC, 99_999.0) == 0.0
