"""Which contracts exist: nothing leaves on the strength of a failed read."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.bybit.exchange import eventually
from tests.track.rig import BTC, ETH, Rig, values
from voltape.bybit.rest import Listing
from voltape.errors import VenueError, VenueRefused
from voltape.model.instrument import instrument_from_symbol

DOWN = VenueError("instruments-info", "answered 502")
NEW = "BTC-25DEC26-120000-C-USDT"


def at(rig: Rig, text: str) -> None:
    """Set the venue's clock."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    rig.venue.skew_ms = int(moment.timestamp() * 1000) - rig.clock.wall_ms()
    for _ in range(2):
        # One answer alone would be doubted.
        rig.feed.venue_time.observe(rig.venue.now_ms)


async def test_a_first_list_fills_the_board_and_the_plan() -> None:
    """All contracts of all given coins are listed and wanted."""
    rig = Rig("BTC", "ETH")
    assert await rig.universe.refresh() is False
    assert rig.board.rows.keys() == {*BTC, *ETH}
    assert rig.wanted() == {*BTC, *ETH}
    assert rig.feed.listed == {"BTC", "ETH"}
    assert (rig.universe.refreshes, rig.universe.failures, rig.universe.last_error) == (2, 0, None)


async def test_coins_are_discovered_where_none_are_given() -> None:
    """Trap 3: `all` means what the venue lists now, also a coin that appears without notice."""
    rig = Rig("BTC", given=False)
    await rig.universe.refresh()
    assert rig.feed.wanted_underlyings == ["BTC"]
    rig.venue.coins = ["BTC", "ETH"]
    await rig.universe.refresh()
    assert rig.board.rows.keys() == {*BTC, *ETH}


async def test_given_coins_need_no_discovery() -> None:
    """What the user named is what is tracked."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    assert rig.venue.asked == ["listing BTC"]


async def test_a_failed_discovery_leaves_the_known_coins_listed() -> None:
    """The lists of known coins are still read; the failure is told."""
    rig = Rig("BTC", given=False)
    await rig.universe.refresh()
    rig.venue.failing["coins"] = VenueError("option-base-coins", "answered 502")
    rig.venue.listed["BTC"].append(NEW)
    assert await rig.universe.refresh() is False
    assert NEW in rig.board.rows
    assert rig.universe.last_error == "option-base-coins: answered 502"


async def test_a_coin_that_fails_alone_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """Underlyings fail apart; one warning tells of it however often it is tried."""
    rig = Rig("BTC", "ETH")
    rig.venue.failing["listing BTC"] = DOWN
    for _ in range(3):
        await rig.universe.refresh()
    assert rig.board.rows.keys() == set(ETH)
    assert rig.universe.failures == 3
    assert rig.universe.last_error == str(DOWN)
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1
    rig.venue.failing.clear()
    await rig.universe.refresh()
    assert rig.board.rows.keys() == {*BTC, *ETH}
    assert rig.universe.last_error is None


async def test_a_failed_list_deletes_nothing() -> None:
    """Promise 7: an error, however often it comes, changes nothing."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    rig.venue.failing["listing"] = DOWN
    for _ in range(5):
        await rig.universe.refresh()
        await rig.poller.poll("BTC")
    assert rig.board.rows.keys() == set(BTC)
    assert rig.wanted() == set(BTC)


async def test_an_empty_list_with_success_deletes_nothing() -> None:
    """Promise 7: an empty list is an error, not news; also at the start, where it would hide the coin."""
    rig = Rig("BTC", "ETH")
    rig.venue.listed["ETH"] = []
    await rig.universe.refresh()
    assert rig.feed.listed == {"BTC"}
    assert rig.universe.last_error is not None
    assert "ETH: no contract at all" in rig.universe.last_error
    rig.venue.listed = {"BTC": [], "ETH": list(ETH)}
    rig.venue.rows.clear()
    for _ in range(4):
        await rig.universe.refresh()
    assert rig.board.rows.keys() == {*BTC, *ETH}


async def test_a_contract_leaves_when_lists_and_tickers_agree_that_it_is_gone() -> None:
    """Delisted early: missing twice from the list and from the tickers in between; for every coin alike."""
    rig = Rig("BTC", "ETH")
    await rig.universe.refresh()
    gone = [BTC[0], ETH[0]]
    for symbol in gone:
        rig.venue.listed[symbol[:3]].remove(symbol)
        del rig.venue.rows[symbol]
    await rig.universe.refresh()
    assert len(rig.board.rows) == len(BTC) + len(ETH)
    await rig.poller.poll("BTC")
    await rig.poller.poll("ETH")
    assert len(rig.board.rows) == len(BTC) + len(ETH)
    await rig.universe.refresh()
    assert rig.board.rows.keys() == {*BTC, *ETH} - set(gone)
    assert rig.wanted() == {*BTC, *ETH} - set(gone)


async def test_partial_lists_without_a_poll_in_between_delete_nothing() -> None:
    """Promise 7: two partial lists in quick succession prove nothing while no ticker answer agrees."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    await rig.poller.poll("BTC")
    rig.venue.listed["BTC"].remove(BTC[0])
    for _ in range(5):
        await rig.universe.refresh()
    rig.venue.failing["tickers"] = VenueError("tickers", "answered 502")
    await rig.poller.poll("BTC")
    await rig.universe.refresh()
    assert rig.board.rows.keys() == set(BTC)


async def test_a_contract_that_still_has_a_ticker_stays() -> None:
    """A list may lack what still trades; the tickers know better."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    rig.venue.listed["BTC"].remove(BTC[0])
    for _ in range(5):
        await rig.universe.refresh()
        await rig.poller.poll("BTC")
    assert rig.board.rows.keys() == set(BTC)


async def test_being_listed_again_starts_the_count_over() -> None:
    """Missing now and then is not missing twice in a row."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    del rig.venue.rows[BTC[0]]
    for _ in range(3):
        rig.venue.listed["BTC"].remove(BTC[0])
        await rig.universe.refresh()
        await rig.poller.poll("BTC")
        rig.venue.listed["BTC"].append(BTC[0])
        await rig.universe.refresh()
    assert rig.board.rows.keys() == set(BTC)


async def test_a_listing_intraday_is_found_by_the_next_poll() -> None:
    """Trap 14, promise 1: a ticker of an unknown contract calls for a new list at once."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    await rig.poller.poll("BTC")
    rig.venue.listed["BTC"].append(NEW)
    rig.venue.rows[NEW] = values(9.0)
    task = asyncio.create_task(rig.universe.run())
    await eventually(lambda: rig.venue.asked.count("listing BTC") == 2)
    await rig.poller.poll("BTC")
    await eventually(lambda: NEW in rig.board.rows)
    task.cancel()
    await asyncio.wait([task])
    assert NEW in rig.wanted()


async def test_a_ticker_that_no_list_ever_shows_is_not_chased_for_ever() -> None:
    """A symbol that is not understood costs a few extra lists, then none."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    rig.venue.rows["BTC-SOMETHING"] = values(1.0)
    hurried = 0
    for _ in range(20):
        await rig.poller.poll("BTC")
        hurried += rig.universe._hurry.is_set()
        rig.universe._hurry.clear()
    assert hurried == 5


async def test_a_call_for_a_list_during_a_list_is_not_lost() -> None:
    """What was noticed while the lists were being read is read again."""
    rig = Rig("BTC")
    plain = rig.venue.listing

    async def noticing(underlying: str) -> Listing:
        listing = await plain(underlying)
        if len(rig.venue.asked) == 1:
            rig.universe.hurry()
        return listing

    rig.venue.listing = noticing  # type: ignore[method-assign]
    task = asyncio.create_task(rig.universe.run())
    await eventually(lambda: len(rig.venue.asked) == 2)
    task.cancel()
    await asyncio.wait([task])


async def test_expired_contracts_leave_by_the_venues_clock() -> None:
    """Promise 7, trap 13: at 08:00 of the venue they leave board and plan, whatever our clock says."""
    rig = Rig("BTC")
    rig.venue.listed["BTC"] = ["BTC-25DEC26-90000-C-USDT", "BTC-1JAN27-90000-C-USDT"]
    await rig.universe.refresh()
    at(rig, "2026-12-25T07:59:59")
    assert rig.universe.expire() == 0
    rig.clock.advance(1.1)
    assert rig.universe.expire() == 1
    assert rig.board.rows.keys() == {"BTC-1JAN27-90000-C-USDT"}
    assert rig.wanted() == {"BTC-1JAN27-90000-C-USDT"}
    assert rig.universe._hurry.is_set()
    assert rig.universe.expire() == 0


async def test_a_wrong_wall_clock_expires_nothing() -> None:
    """Promise 8: our clock a year ahead is not the venue's."""
    rig = Rig("BTC")
    await rig.universe.refresh()
    rig.clock.step_wall(365 * 86_400.0)
    assert rig.universe.expire() == 0


async def test_contracts_that_are_still_listed_after_expiry_do_not_come_back() -> None:
    """Trap 13: the venue shows them as trading for a while; they are over all the same."""
    rig = Rig("BTC")
    rig.venue.listed["BTC"] = ["BTC-25DEC26-90000-C-USDT", "BTC-1JAN27-90000-C-USDT"]
    await rig.universe.refresh()
    at(rig, "2026-12-25T08:00:01")
    rig.universe.expire()
    await rig.universe.refresh()
    await rig.poller.poll("BTC")
    await rig.universe.refresh()
    assert rig.board.rows.keys() == {"BTC-1JAN27-90000-C-USDT"}


async def test_the_venues_own_instant_of_expiry_counts() -> None:
    """Stock options may end at another hour than 08:00 UTC."""
    rig = Rig("BTC")
    evening = int(datetime(2026, 12, 25, 20, tzinfo=UTC).timestamp() * 1000)
    rig.venue.expiries = dict.fromkeys(BTC, evening)
    await rig.universe.refresh()
    at(rig, "2026-12-25T08:00:01")
    assert rig.universe.expire() == 0
    at(rig, "2026-12-25T20:00:01")
    assert rig.universe.expire() == len(BTC)


@pytest.mark.parametrize(
    ("now", "delay"),
    [
        ("2026-09-21T12:00:00", 300.0),
        ("2026-09-21T07:54:00", 300.0),
        ("2026-09-21T07:57:30", 155.0),
        ("2026-09-21T07:59:50", 15.0),
        ("2026-09-21T08:00:00", 5.0),
        ("2026-09-21T08:00:05", 25.0),
        ("2026-09-21T08:00:31", 59.0),
        ("2026-09-21T08:01:31", 300.0),
    ],
)
async def test_lists_are_read_every_five_minutes_and_just_after_eight(now: str, delay: float) -> None:
    """Trap 14: the daily roll is met within seconds, and twice more for what is listed late."""
    rig = Rig("BTC")
    at(rig, now)
    assert rig.universe._until_next() == pytest.approx(delay, abs=0.2)


async def test_a_refusal_ends_the_round_and_nothing_hurries_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 21: after a 403 no list is read until the ban is over, whoever calls for one."""
    rig = Rig("BTC", "ETH")
    rig.venue.failing["listing"] = VenueRefused("instruments-info", "403")
    slept: list[float] = []
    over = asyncio.Event()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await over.wait()
        rig.clock.advance(seconds + 1)
        rig.venue.failing.clear()

    monkeypatch.setattr("voltape.track.universe.asyncio.sleep", sleep)
    task = asyncio.create_task(rig.universe.run())
    await asyncio.wait_for(_until(lambda: bool(slept)), 5)
    assert slept == [pytest.approx(600.0)]
    assert rig.venue.asked == ["listing BTC"]
    rig.universe.hurry()
    over.set()
    await asyncio.wait_for(_until(lambda: len(rig.board.rows) == len(BTC) + len(ETH)), 5)
    task.cancel()
    await asyncio.wait([task])


async def _until(condition: Callable[[], bool]) -> None:
    loop = asyncio.get_running_loop()
    while not condition():
        turn = loop.create_future()
        loop.call_soon(turn.set_result, None)
        await turn


async def test_a_board_that_was_restored_complete_is_planned_as_well() -> None:
    """A list without any news still leads to subscriptions."""
    rig = Rig("BTC")
    for symbol in BTC:
        instrument = instrument_from_symbol(symbol)
        assert instrument is not None
        rig.feed.add([instrument])
    await rig.universe.refresh()
    assert rig.wanted() == set(BTC)


async def test_symbols_that_are_not_understood_are_told() -> None:
    """No listed option is silently missing."""
    rig = Rig("BTC")
    plain = rig.venue.listing

    async def odd(underlying: str) -> Listing:
        listing = await plain(underlying)
        listing.skipped.append("BTC-SOMETHING")
        return listing

    rig.venue.listing = odd  # type: ignore[method-assign]
    await rig.universe.refresh()
    assert rig.board.rows.keys() == set(BTC)


async def test_one_wrong_time_of_the_venue_expires_nothing() -> None:
    """Promise 7: it takes more than one answer to end every contract."""
    rig = Rig("BTC")
    await rig.settled()
    rig.venue.skew_ms = 400 * 86_400_000
    await rig.poller.poll("BTC")
    assert rig.universe.expire() == 0
    assert rig.board.rows.keys() == {*BTC}


async def test_a_coin_that_discovery_leaves_out_is_tracked_for_as_long_as_it_has_contracts() -> None:
    """What one list of coins lacks is still there by the coin's own list; it is polled, and new contracts are found."""
    rig = Rig("BTC", "ETH", given=False)
    await rig.settled()
    rig.venue.coins = ["BTC"]
    await rig.universe.refresh()
    assert rig.feed.wanted_underlyings == ["BTC", "ETH"]
    await rig.seconds(90, *BTC, *ETH)
    assert rig.stale() == set()
    assert "tickers ETH" in rig.venue.asked[-8:]


async def test_a_coin_leaves_when_its_own_list_is_empty_twice_as_well() -> None:
    """Neither an empty list nor a discovery without it is enough; and nothing of it counts as a failure."""
    rig = Rig("BTC", "ETH", given=False)
    await rig.settled()
    rig.venue.listed["ETH"] = []
    await rig.universe.refresh()
    assert rig.universe.failures == 1
    rig.venue.coins = ["BTC"]
    for contracts in ({*BTC, *ETH}, {*BTC}, {*BTC}):
        await rig.universe.refresh()
        assert rig.universe.failures == 1
        assert rig.board.rows.keys() == contracts
    assert rig.feed.wanted_underlyings == ["BTC"]
    rig.venue.coins, rig.venue.listed["ETH"] = ["BTC", "ETH"], list(ETH)
    await rig.universe.refresh()
    assert rig.board.rows.keys() == {*BTC, *ETH}


async def test_a_coin_that_was_found_again_starts_counting_anew() -> None:
    """Two empty lists with a discovery of it between them are not two in a row."""
    rig = Rig("BTC", "ETH", given=False)
    await rig.settled()
    rig.venue.listed["ETH"] = []
    for coins in (["BTC"], ["BTC", "ETH"], ["BTC"]):
        rig.venue.coins = coins
        await rig.universe.refresh()
    assert rig.board.rows.keys() == {*BTC, *ETH}


async def test_nothing_is_remembered_of_contracts_that_expired() -> None:
    """Memory does not grow with the days."""
    rig = Rig("BTC")
    await rig.settled()
    rig.venue.listed["BTC"] = BTC[1:]
    await rig.universe.refresh()
    rig.universe.noticed("BTC", BTC[1:])
    assert (rig.universe._missing, rig.universe._unseen) == ({BTC[0]: 1}, {BTC[0]})
    at(rig, "2026-12-25T08:00:01")
    rig.universe.expire()
    assert (rig.universe._missing, rig.universe._unseen) == ({}, set())
