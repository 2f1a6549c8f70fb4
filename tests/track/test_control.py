"""Underlyings are started and stopped, and contracts pinned, while the tracker runs."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.track.rig import BTC, ETH, Rig, values
from voltape.bybit.rest import Listing, TickerPage
from voltape.errors import VenueError, VenueRefused
from voltape.model.board import Batch
from voltape.model.control import ControlRequest, Decisions, Outcome
from voltape.track.control import Control
from voltape.track.lanes import LanePolicy
from voltape.track.money import Windows

SELECTIVE = LanePolicy(live_all=False, windows=Windows(0.0, 0, 0), dwell=0.0)
DONE = "done"


class Disk:
    """Where decisions are kept; `broken` keeps none."""

    def __init__(self) -> None:
        self.saved: list[Decisions] = []
        self.broken = False

    async def save(self, decisions: Decisions) -> None:
        if self.broken:
            raise OSError(28, "No space left on device")
        self.saved.append(decisions)


class Desk:
    """A rig with an operator."""

    def __init__(self, *coins: str, decisions: Decisions | None = None, **options: Any) -> None:
        self.rig = Rig(*coins, **options)
        known = decisions or Decisions()
        rig = self.rig
        rig.universe._decisions = known
        rig.universe._choose()
        self.disk = Disk()
        self.control = Control(rig.feed, rig.venue, rig.universe, rig.poller, known, self.disk.save)

    async def switch(self, coin: str, on: bool | None) -> Outcome:
        """Have an underlying tracked, stopped or left to the settings; the keeper of lists does what it is told."""
        outcome = await self.control.carry_out(ControlRequest("underlying", coin, on))
        if self.rig.universe._hurry.is_set():
            self.rig.universe._hurry.clear()
            await self.rig.universe.refresh()
        return outcome

    async def pin(self, symbol: str, on: bool | None) -> Outcome:
        """Pin a contract, or do so no longer."""
        return await self.control.carry_out(ControlRequest("pin", symbol, on))

    def enabled(self) -> dict[str, bool]:
        """What the state says of underlyings."""
        return {choice.underlying: choice.enabled for choice in self.control.state().underlyings}


async def test_a_started_underlying_is_listed_subscribed_and_polled_at_once() -> None:
    """Its contracts have data after the next poll, and the decision is saved before that."""
    desk = Desk("BTC")
    await desk.rig.settled()
    desk.rig.venue.coins = ["BTC", "ETH"]
    desk.rig.venue.asked.clear()
    assert (await desk.switch("ETH", True)).verdict == DONE
    assert desk.disk.saved[-1].underlyings == {"ETH": True}
    assert desk.rig.venue.asked == ["coins", "listing ETH", "listing BTC"]
    assert desk.rig.wanted() == {*BTC, *ETH}
    await desk.rig.seconds(1)
    assert all(desk.rig.row(symbol).has_data for symbol in ETH)
    assert desk.enabled() == {"BTC": True, "ETH": True}


async def test_a_stopped_underlying_leaves_board_and_socket_and_nothing_else_does() -> None:
    """Listeners hear of what left in one batch; contracts of others keep rows, values and topics."""
    desk = Desk("BTC", "ETH")
    await desk.rig.settled()
    batches: list[Batch] = []
    desk.rig.board.listen(batches.append)
    before = {symbol: desk.rig.row(symbol) for symbol in BTC}
    assert (await desk.switch("ETH", False)).verdict == DONE
    assert desk.rig.board.rows == before
    assert desk.rig.wanted() == set(BTC)
    assert {row.instrument.symbol for batch in batches for row in batch.removed} == set(ETH)
    assert desk.enabled() == {"BTC": True, "ETH": False}
    desk.rig.venue.asked.clear()
    await desk.rig.seconds(40, *BTC)
    assert {call.rpartition(" ")[2] for call in desk.rig.venue.asked} <= {"BTC"}
    assert desk.rig.keeper.health.ready
    assert desk.rig.keeper.health.degraded == []
    assert [gap.scope for gap in desk.rig.gaps.recent()] == []


async def test_what_comes_back_is_polled_without_waiting_for_the_old_turn() -> None:
    """Stopped and started within a second, its contracts are new ones, and have data at once."""
    desk = Desk("BTC", "ETH")
    await desk.rig.settled()
    former = desk.rig.row(ETH[0])
    await desk.switch("ETH", False)
    await desk.switch("ETH", True)
    assert desk.rig.row(ETH[0]) is not former
    await desk.rig.seconds(1)
    assert desk.rig.mark(ETH[0]) == 100.0
    await desk.rig.seconds(8, *BTC, *ETH)
    assert desk.rig.stale() == set()


@pytest.mark.parametrize("on", [True, False, None])
async def test_what_was_done_may_be_asked_for_again(on: bool | None) -> None:
    """Nothing is saved or changed the second time."""
    desk = Desk("BTC", "ETH")
    await desk.rig.settled()
    await desk.switch("ETH", on)
    saved, rows = list(desk.disk.saved), dict(desk.rig.board.rows)
    assert (await desk.switch("ETH", on)).verdict == DONE
    assert (desk.disk.saved, desk.rig.board.rows) == (saved, rows)


@pytest.mark.parametrize("on", [True, False])
async def test_an_underlying_that_the_exchange_does_not_list_is_unknown(on: bool) -> None:
    """The answer has those that it lists, and nothing is saved."""
    desk = Desk("BTC")
    desk.rig.venue.coins = ["BTC", "SOL"]
    outcome = await desk.switch("SLO", on)
    assert (outcome.verdict, outcome.known) == ("unknown", ["BTC", "SOL"])
    assert desk.disk.saved == []


@pytest.mark.parametrize("error", [VenueError("coins", "answered 502"), VenueRefused("coins", "403")])
async def test_an_exchange_that_does_not_answer_is_needed_for_unknown_names_only(error: VenueError) -> None:
    """A name of the settings is taken at once, any other is refused with the reason."""
    desk = Desk("BTC", "ETH")
    await desk.rig.settled()
    desk.rig.venue.failing["coins"] = error
    outcome = await desk.control.carry_out(ControlRequest("underlying", "SOL", True))
    assert outcome.verdict == "unavailable"
    assert str(error) in outcome.detail
    assert (await desk.control.carry_out(ControlRequest("underlying", "ETH", False))).verdict == DONE


async def test_a_silent_exchange_does_not_hold_up_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks waits for a moment only."""
    monkeypatch.setattr("voltape.track.control._ASK_S", 0.01)
    desk = Desk("BTC")

    async def silent() -> list[str]:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(desk.rig.venue, "base_coins", silent)
    outcome = await desk.switch("SOL", True)
    assert outcome.verdict == "unavailable"
    assert "no answer within" in outcome.detail


async def test_what_cannot_be_saved_is_not_done() -> None:
    """It would be forgotten at the next start, so nothing changes and the reason is told."""
    desk = Desk("BTC", "ETH")
    await desk.rig.settled()
    desk.disk.broken = True
    outcome = await desk.switch("ETH", False)
    assert outcome.verdict == "unavailable"
    assert "No space left" in outcome.detail
    assert desk.enabled() == {"BTC": True, "ETH": True}
    assert set(ETH) <= desk.rig.board.rows.keys()


async def test_a_decision_taken_back_leaves_it_to_the_settings() -> None:
    """What only a decision had tracked leaves, what only a decision had stopped returns."""
    desk = Desk("BTC", decisions=Decisions(ts=1, underlyings={"BTC": False, "ETH": True}))
    await desk.rig.universe.refresh()
    assert desk.rig.board.rows.keys() == set(ETH)
    await desk.switch("ETH", None)
    await desk.switch("BTC", None)
    assert desk.rig.board.rows.keys() == set(BTC)
    assert desk.disk.saved[-1].underlyings == {}


async def test_where_all_are_tracked_one_can_be_stopped_and_stays_so() -> None:
    """Discovery finds it again and again, and it is not tracked; one that is found no more asks nothing of anybody."""
    desk = Desk("BTC", "ETH", given=False)
    await desk.rig.settled()
    await desk.switch("ETH", False)
    assert await desk.rig.universe.refresh() is False
    assert desk.rig.board.rows.keys() == set(BTC)
    assert desk.enabled() == {"BTC": True, "ETH": False}
    await desk.switch("ETH", True)
    assert desk.rig.wanted() == {*BTC, *ETH}
    desk.rig.venue.coins, desk.rig.venue.listed["ETH"] = ["BTC"], []
    for _ in range(2):
        await desk.rig.universe.refresh()
    desk.rig.venue.asked.clear()
    await desk.rig.universe.refresh()
    assert desk.rig.venue.asked == ["coins", "listing BTC"]


async def test_a_coin_that_was_just_introduced_is_discovered_when_it_is_started() -> None:
    """It need not wait for the next regular look."""
    desk = Desk("BTC", given=False)
    await desk.rig.settled()
    desk.rig.venue.coins = ["BTC", "ETH"]
    await desk.switch("ETH", True)
    assert desk.rig.board.rows.keys() == {*BTC, *ETH}


async def test_decisions_of_an_earlier_run_hold_from_the_start() -> None:
    """What was stopped is not even asked for."""
    desk = Desk("BTC", "ETH", decisions=Decisions(ts=1, underlyings={"BTC": False}))
    await desk.rig.universe.refresh()
    assert desk.rig.venue.asked == ["listing ETH"]
    assert desk.rig.board.rows.keys() == set(ETH)


async def test_where_everything_was_stopped_that_is_the_reason() -> None:
    """The exchange is not to blame."""
    desk = Desk("BTC")
    await desk.rig.settled()
    await desk.switch("BTC", False)
    await desk.rig.seconds(1)
    assert (
        desk.rig.keeper.health.reasons[0]
        == "nothing is tracked: every underlying was stopped by the operator"
    )
    await desk.switch("BTC", True)
    await desk.rig.seconds(3, *BTC)
    assert desk.rig.keeper.health.ready


def held_up(monkeypatch: pytest.MonkeyPatch, desk: Desk, call: str) -> Callable[[], None]:
    """Have the venue's answers to a call wait until the returned function is called."""
    go = asyncio.Event()
    ask = getattr(desk.rig.venue, call)

    async def late(coin: str) -> Listing | TickerPage:
        answer: Listing | TickerPage = await ask(coin)
        await go.wait()
        return answer

    monkeypatch.setattr(desk.rig.venue, call, late)
    return go.set


@pytest.mark.parametrize("call", ["listing", "tickers"])
async def test_an_answer_that_was_on_the_way_brings_nothing_back(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list or a poll of an underlying that was stopped meanwhile is not taken in."""
    desk = Desk("BTC", "ETH")
    await desk.rig.settled()
    let_go = held_up(monkeypatch, desk, call)
    step = desk.rig.universe._list("ETH") if call == "listing" else desk.rig.poller.poll("ETH")
    task = asyncio.create_task(step)
    await asyncio.sleep(0)
    await desk.control.carry_out(ControlRequest("underlying", "ETH", False))
    desk.rig.universe._hurry.clear()
    let_go()
    await task
    assert desk.rig.board.rows.keys() == set(BTC)
    assert "ETH" not in desk.rig.poller.checks
    assert not desk.rig.universe._hurry.is_set()


async def test_a_pinned_contract_is_live_at_once_and_until_it_is_unpinned() -> None:
    """Whatever it trades; others stay where they are."""
    desk = Desk("BTC", policy=SELECTIVE)
    await desk.rig.settled()
    assert desk.rig.wanted() == set()
    assert (await desk.pin(BTC[0], True)).verdict == DONE
    assert desk.rig.wanted() == {BTC[0]}
    assert desk.rig.row(BTC[0]).lane == "live"
    assert [(pin.symbol, pin.decided) for pin in desk.control.state().pins] == [(BTC[0], True)]
    assert (await desk.pin(BTC[0], False)).verdict == DONE
    assert desk.rig.wanted() == set()
    assert desk.disk.saved[-1].pins == {}


async def test_a_pin_of_the_settings_can_be_taken_away_and_given_back() -> None:
    """Both are decisions, and win over the settings."""
    desk = Desk(
        "BTC", policy=LanePolicy(live_all=False, windows=Windows(0.0, 0, 0), pinned=frozenset(BTC[:1]))
    )
    await desk.rig.settled()
    assert desk.rig.wanted() == {BTC[0]}
    await desk.pin(BTC[0], False)
    assert desk.control.state().pins == []
    assert desk.disk.saved[-1].pins == {BTC[0]: False}
    await desk.pin(BTC[0], None)
    assert [(pin.symbol, pin.decided) for pin in desk.control.state().pins] == [(BTC[0], False)]
    assert desk.rig.wanted() == {BTC[0]}


async def test_what_is_not_listed_cannot_be_pinned_but_unpinned_if_it_was() -> None:
    """A contract that left can be let go; a name that never was is unknown."""
    gone = ETH[0]
    desk = Desk("BTC", policy=SELECTIVE, decisions=Decisions(ts=1, pins={gone: True}))
    await desk.rig.settled()
    assert (await desk.pin(ETH[1], True)).verdict == "unknown"
    outcome = await desk.pin("BTC-25DEC26-1-C", False)
    assert (outcome.verdict, set(outcome.known)) == ("unknown", {gone, *BTC})
    assert (await desk.pin(gone, False)).verdict == DONE
    assert desk.control.state().pins == []


async def test_a_pin_of_an_underlying_that_starts_later_holds() -> None:
    """It waits for its contract."""
    desk = Desk("BTC", policy=SELECTIVE, decisions=Decisions(ts=1, pins={ETH[0]: True}))
    await desk.rig.settled()
    desk.rig.venue.coins = ["BTC", "ETH"]
    await desk.switch("ETH", True)
    assert desk.rig.wanted() == {ETH[0]}


async def test_contracts_of_a_stopped_underlying_do_not_haunt_the_list() -> None:
    """What was missing or unlisted of it is forgotten with it."""
    desk = Desk("BTC", "ETH")
    await desk.rig.settled()
    desk.rig.venue.listed["ETH"].remove(ETH[0])
    desk.rig.venue.rows["ETH-25DEC26-9000-C-USDT"] = values(1.0)
    await desk.rig.universe.refresh()
    await desk.rig.poller.poll("ETH")
    await desk.switch("ETH", False)
    universe = desk.rig.universe
    assert (universe._missing, universe._unseen, universe._unlisted.get("ETH")) == ({}, set(), None)
