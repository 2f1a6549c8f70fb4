"""What an operator decided, and what follows from it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.model.control import ControlRequest, ControlState, Decisions, PinChoice, UnderlyingChoice

NOW_MS = 1_766_000_000_000
PIN = "BTC-25DEC26-100000-C-USDT"
EXPIRED = "BTC-25DEC24-100000-C-USDT"

coins = st.sampled_from(["BTC", "ETH", "SOL"])
requests = st.builds(
    ControlRequest, st.just("underlying"), coins, st.sampled_from([True, False, None])
) | st.builds(ControlRequest, st.just("pin"), st.just(PIN), st.sampled_from([True, False, None]))


@pytest.mark.parametrize(
    ("decided", "settings", "tracked"),
    [
        ({}, ("BTC",), {"BTC"}),
        ({}, (), {"BTC", "SOL"}),
        ({"SOL": True}, ("BTC",), {"BTC", "SOL"}),
        ({"BTC": False}, ("BTC",), set()),
        ({"BTC": False}, (), {"SOL"}),
        ({"BTC": True}, ("BTC",), {"BTC"}),
    ],
)
def test_a_decision_wins_over_the_settings(
    decided: dict[str, bool], settings: tuple[str, ...], tracked: set[str]
) -> None:
    """What nobody decided is as the settings say, which without coins mean all of them."""
    decisions = Decisions(underlyings=decided)
    assert {coin for coin in ("BTC", "SOL") if decisions.tracks(coin, settings)} == tracked


def test_pins_are_those_of_the_settings_and_those_decided() -> None:
    """A decision takes a pin of the settings away as well as it adds one."""
    decisions = Decisions(pins={"A": True, "B": False, "C": False})
    assert decisions.pinned({"B", "D"}) == {"A", "D"}


def test_a_decision_taken_back_leaves_nothing() -> None:
    """What it was about is left to the settings again."""
    made = Decisions().after(ControlRequest("underlying", "SOL", True), NOW_MS)
    assert made.underlyings == {"SOL": True}
    assert made.after(ControlRequest("underlying", "SOL"), NOW_MS).underlyings == {}


def test_pins_of_expired_contracts_are_forgotten() -> None:
    """They would gather for as long as the program is used; so would what is no symbol at all."""
    before = Decisions(pins={EXPIRED: True, "nonsense": True, PIN: True})
    assert before.after(ControlRequest("underlying", "SOL", True), NOW_MS).pins == {PIN: True}


@given(st.lists(requests, max_size=8), st.lists(st.integers(0, 2 * NOW_MS), min_size=8, max_size=8))
def test_the_newest_decision_has_the_latest_time(made: list[ControlRequest], clock: list[int]) -> None:
    """However the clock jumps; and what is written is read as the same."""
    decisions = Decisions()
    for request, now_ms in zip(made, clock, strict=False):
        after = decisions.after(request, min(now_ms, NOW_MS))
        assert after.ts > decisions.ts
        assert msgspec.json.decode(msgspec.json.encode(after), type=Decisions) == after
        decisions = after


def test_another_version_is_refused() -> None:
    """A later program may mean something else by the same words."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"version":2}', type=Decisions)


def test_the_state_is_asked_by_name() -> None:
    """A name that is not in it is neither on nor off."""
    state = ControlState([UnderlyingChoice("BTC", True), UnderlyingChoice("SOL", False)], [PinChoice(PIN)])
    assert [state.enabled(coin) for coin in ("BTC", "SOL", "XRP")] == [True, False, None]
    assert [state.pins_symbol(symbol) for symbol in (PIN, EXPIRED)] == [True, False]
