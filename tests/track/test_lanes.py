"""Which contracts are live."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.track.contracts import NOW_MS, listed, with_values
from voltape.model.board import Board
from voltape.track.lanes import LanePolicy, Lanes
from voltape.track.money import Windows
from voltape.track.thresholds import Target, Thresholds

BTC, SOL = "BTC-25DEC26-90000-C-USDT", "SOL-25DEC26-200-C-USDT"
BTC_PUT, BTC_FAR = "BTC-25DEC26-90000-P-USDT", "BTC-26MAR27-150000-C-USDT"
DWELL = 300.0


def policy(**changed: Any) -> LanePolicy:
    """Thresholds of 10 and 5 for BTC, 1,000 and 100 for SOL, and no other reason to be live."""
    chosen: dict[str, Any] = {
        "live_all": False,
        "min_volume": {"BTC": 10.0, "SOL": 1_000.0}.__getitem__,
        "min_open_interest": {"BTC": 5.0, "SOL": 100.0}.__getitem__,
        **changed,
    }
    return LanePolicy(**chosen)


class Stage:
    """A board whose lanes are chosen from time to time, as the feed does it."""

    def __init__(self, *symbols: str, **changed: Any) -> None:
        self.board = Board()
        self.lanes = Lanes(policy(**changed))
        self.now = 0.0
        listed(self.board, *symbols)

    def choose(self, after: float = 0.0, underlying: str | None = None, now_ms: int = NOW_MS) -> set[str]:
        """What is live some seconds later; the rows are told."""
        self.now += after
        live = self.lanes.choose(self.board, now_ms, self.now, underlying)
        for symbol, row in self.board.rows.items():
            self.board.set_lane(row, "live" if symbol in live else "polled")
        return live

    def give(self, symbol: str, **amounts: float | None) -> None:
        """New values of a contract."""
        with_values(self.board, symbol, **amounts)


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
        (BTC, None, False),
    ],
)
def test_volume_or_open_interest_above_the_underlyings_threshold_is_live(
    symbol: str, amounts: dict[str, float | None] | None, live: bool
) -> None:
    """Either amount suffices; absence counts as none; thresholds are per underlying."""
    stage = Stage(symbol)
    if amounts is not None:
        stage.give(symbol, **amounts)
    assert stage.choose() == ({symbol} if live else set())


def test_what_is_live_stays_so_until_well_below_the_threshold() -> None:
    """Nothing flaps at the threshold: the way out is lower than the way in."""
    stage = Stage(BTC)
    stage.give(BTC, volume_24h=8.5)
    assert stage.choose() == set()
    stage.give(BTC, volume_24h=10.5)
    assert stage.choose() == {BTC}
    stage.give(BTC, volume_24h=8.5)
    assert stage.choose() == {BTC}
    stage.give(BTC, volume_24h=7.9)
    assert stage.choose() == set()


def test_the_leave_band_is_as_wide_as_wanted() -> None:
    """A part of 1 is no band at all."""
    stage = Stage(BTC, leave=1.0)
    stage.give(BTC, open_interest=5.1)
    assert stage.choose() == {BTC}
    stage.give(BTC, open_interest=5.0)
    assert stage.choose() == set()


def test_pinned_contracts_are_live_whatever_they_trade() -> None:
    """A pin beats the filter; a pin that names nothing does nothing."""
    stage = Stage(BTC, SOL, pinned=frozenset({SOL, "SOL-25DEC26-1-C-USDT"}))
    assert stage.choose() == {SOL}
    assert stage.lanes.steadfast == {SOL}


def test_contracts_near_the_money_are_live_whatever_they_trade() -> None:
    """A window around the forward, which needs no data but one price."""
    stage = Stage(BTC, BTC_PUT, BTC_FAR, windows=Windows(moneyness=0.05))
    assert stage.choose() == set()
    stage.give(BTC_FAR, underlying_price=100_000.0, index_price=91_000.0)
    assert stage.choose() == {BTC, BTC_PUT}
    assert stage.lanes.steadfast == {BTC, BTC_PUT}


def test_an_expired_series_is_none_of_the_nearest() -> None:
    """The window moves on at the moment of expiry, not when the board is cleared."""
    stage = Stage(BTC, BTC_FAR, windows=Windows(nearest_expiries=1))
    stage.give(BTC, underlying_price=90_000.0)
    stage.give(BTC_FAR, underlying_price=90_000.0)
    assert stage.choose() == {BTC}
    assert stage.choose(now_ms=stage.board.rows[BTC].instrument.expiry_ms) == {BTC_FAR}


def test_what_a_client_looks_at_is_live() -> None:
    """At the next choice after it was told."""
    stage = Stage(BTC, BTC_FAR, SOL)
    assert stage.lanes.heeds_watchers
    stage.lanes.watched.tell("here", ["chain.BTC.2026-12-25", f"ticker.{SOL}"])
    assert stage.choose() == stage.lanes.steadfast == {BTC, SOL}


def test_what_clients_look_at_can_be_left_out_of_account() -> None:
    """The switch is off, or everything is live anyway."""
    stage = Stage(BTC, watched=False)
    stage.lanes.watched.tell("here", ["tickers.BTC"])
    assert stage.choose() == set()
    assert not stage.lanes.heeds_watchers
    assert not Lanes(LanePolicy()).heeds_watchers


def test_without_a_filter_everything_is_live_but_what_has_expired() -> None:
    """`all` takes the illiquid and the unknown too."""
    stage = Stage(SOL, BTC, live_all=True)
    assert not stage.lanes.selective
    assert stage.choose() == {SOL, BTC}
    assert stage.choose(now_ms=stage.board.rows[BTC].instrument.expiry_ms) == set()
    assert stage.lanes.thresholds("BTC") is None


def test_the_volume_rule_needs_a_trade_within_the_allowed_time() -> None:
    """A contract whose total volume stands still for longer than allowed leaves; open interest alone keeps it."""
    stage = Stage(
        BTC,
        SOL,
        min_volume=lambda _: 1.0,
        min_open_interest=lambda _: 50.0,
        last_trade_hours=lambda _: 2.0,
    )
    stage.give(BTC, volume_24h=5.0, total_volume=7.0)
    stage.give(SOL, volume_24h=5.0, open_interest=60.0)
    assert stage.choose() == {BTC, SOL}
    assert stage.choose(after=7_200.0) == {BTC, SOL}
    assert stage.choose(after=1.0) == {SOL}
    stage.give(BTC, volume_24h=5.0, total_volume=7.5)
    assert stage.choose() == {BTC, SOL}


def test_a_contract_stays_for_a_while_after_its_last_reason() -> None:
    """After it was liquid, near the money or watched: the time runs from the last of them."""
    stage = Stage(BTC, dwell=DWELL, windows=Windows(moneyness=0.01))
    stage.give(BTC, volume_24h=10.5)
    assert stage.choose() == {BTC}
    stage.give(BTC, volume_24h=0.0, underlying_price=90_000.0)
    assert stage.choose(after=200.0) == {BTC}
    stage.give(BTC, volume_24h=0.0, underlying_price=50_000.0)
    stage.lanes.watched.tell("here", [f"ticker.{BTC}"])
    assert stage.choose(after=299.0) == {BTC}
    stage.lanes.watched.tell("here", [])
    assert stage.choose(after=299.0) == {BTC}
    assert stage.lanes.steadfast == set()
    assert stage.choose(after=1.0) == set()


def test_choosing_in_one_underlying_leaves_the_others_alone() -> None:
    """What is not looked at stays as it was, until it is or until its coin is gone."""
    stage = Stage(BTC, SOL)
    stage.give(BTC, open_interest=6.0)
    stage.give(SOL, open_interest=101.0)
    assert stage.choose() == {BTC, SOL}
    stage.give(BTC, open_interest=0.0)
    stage.give(SOL, open_interest=0.0)
    assert stage.choose(underlying="SOL") == {BTC}
    assert stage.choose(underlying="BTC") == set()
    stage.give(SOL, open_interest=101.0)
    assert stage.choose() == {SOL}
    stage.board.remove(SOL)
    assert stage.choose(underlying="BTC") == set()
    assert stage.lanes.thresholds("SOL") is None


def test_an_underlying_is_chosen_among_when_it_is_first_seen() -> None:
    """Whatever was asked for: a coin without a choice would have no live lane until its own turn."""
    stage = Stage(BTC, SOL)
    stage.give(SOL, open_interest=101.0)
    assert stage.choose(underlying="BTC") == {SOL}


def test_the_thresholds_in_force_can_be_asked_for() -> None:
    """Given ones are those of the underlying."""
    stage = Stage(BTC)
    assert stage.lanes.thresholds("BTC") is None
    stage.choose()
    assert stage.lanes.thresholds("BTC") == Thresholds(min_volume=10.0, min_open_interest=5.0)


def ladder(count: int) -> list[str]:
    """Contracts of one expiry."""
    return [f"BTC-25DEC26-{1_000 * (i + 1)}-C-USDT" for i in range(count)]


def test_automatic_thresholds_are_found_from_the_data() -> None:
    """Per underlying, those that hold most; none are in force before any data."""
    symbols = ladder(40)
    stage = Stage(*symbols, target=lambda _: Target(count=10))
    assert stage.choose() == set()
    assert stage.lanes.thresholds("BTC") is None
    for i, symbol in enumerate(symbols):
        stage.give(symbol, open_interest=float(100 - i), volume_24h=float(i))
    assert stage.choose() == set(symbols[:12])
    limits = stage.lanes.thresholds("BTC")
    assert limits is not None
    assert limits.min_open_interest == 88.5
    for i, symbol in enumerate(symbols):
        stage.give(symbol, open_interest=(100 - i) * 1.001, volume_24h=float(i))
    assert stage.choose() == set(symbols[:12])
    assert stage.lanes.thresholds("BTC") is limits


def test_automatic_thresholds_count_no_volume_of_long_ago() -> None:
    """What has not traded lately is ranked by what is held alone."""
    stage = Stage(BTC, BTC_PUT, target=lambda _: Target(count=1), last_trade_hours=lambda _: 1.0)
    stage.give(BTC, volume_24h=50.0, total_volume=50.0)
    stage.give(BTC_PUT, volume_24h=40.0, total_volume=1.0)
    stage.choose()
    stage.give(BTC_PUT, volume_24h=40.0, total_volume=2.0)
    assert stage.choose(after=4_000.0) == {BTC_PUT}


events = st.lists(
    st.tuples(
        st.floats(0.0, 200.0),
        st.floats(0.0, 20.0),
        st.floats(80_000.0, 100_000.0),
        st.booleans(),
    ),
    max_size=30,
)


@given(events, st.sampled_from([None, lambda _: Target(count=1)]))
def test_no_contract_flaps_whatever_happens(
    happening: list[tuple[float, float, float, bool]], target: Callable[[str], Target] | None
) -> None:
    """Into the live lane at once, out of it never sooner than the dwell time after it went in."""
    stage = Stage(
        BTC, BTC_FAR, dwell=DWELL, windows=Windows(moneyness=0.01, nearest_expiries=1), target=target
    )
    entered: dict[str, float] = {}
    for pause, held, forward, watched in happening:
        stage.give(BTC, open_interest=held, underlying_price=forward)
        stage.give(BTC_FAR, open_interest=20.0 - held, underlying_price=forward)
        stage.lanes.watched.tell("here", [f"ticker.{BTC_FAR}"] if watched else [])
        live = stage.choose(after=pause)
        limits = stage.lanes.thresholds("BTC")
        reasons = {
            BTC: (limits is not None and held > limits.min_open_interest)
            or abs(forward - 90_000) <= 0.01 * forward,
            BTC_FAR: (limits is not None and 20.0 - held > limits.min_open_interest) or watched,
        }
        assert live >= {symbol for symbol, reason in reasons.items() if reason}
        for symbol, since in tuple(entered.items()):
            if symbol not in live:
                assert stage.now - since >= DWELL
                del entered[symbol]
        entered |= {symbol: stage.now for symbol in live if symbol not in entered}
