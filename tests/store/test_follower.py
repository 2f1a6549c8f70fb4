import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voltape.clock import ManualClock, SystemClock
from voltape.errors import StoreError
from voltape.model.board import Board
from voltape.model.status import (
    CacheUse,
    Contracts,
    Coverage,
    Health,
    LagMs,
    Messages,
    Reconnects,
    Resources,
    Status,
    StoreStatus,
)
from voltape.store import keys
from voltape.store.embedded import EmbeddedStore
from voltape.store.follower import Follower
from voltape.store.layout import LAYOUT_NAMES, layout_named
from voltape.store.link import Link
from voltape.store.writer import StoreWriter

from .conftest import backoff, instrument, push, running, state, until, values

WAIT = 0.01
MakeWriter = Callable[..., StoreWriter]
STATUS = msgspec.json.encode(
    Status(
        version="1",
        uptime_s=1.0,
        profile="optimized",
        contracts=Contracts(),
        coverage=Coverage(),
        connections=[],
        messages=Messages(),
        reconnects=Reconnects(),
        gaps=[],
        lag_ms=LagMs(),
        store=StoreStatus(),
        cache=CacheUse(),
        resources=Resources(),
        health=Health(),
    )
)


def follower_of(store: EmbeddedStore, clock: ManualClock) -> tuple[Follower, Board]:
    """A follower with a board of its own."""
    board = Board()
    return Follower(board, clock, store.address.connect, backoff()), board


async def catch_up(follower: Follower, link: Link, clock: ManualClock) -> None:
    """Rounds until the status has been read again and no entry is left."""
    clock.advance(1.0)
    seen = -1
    while seen != follower.entries:
        seen = follower.entries
        await follower.step(link, WAIT)


@pytest.fixture
async def own_link(store: EmbeddedStore) -> AsyncIterator[Link]:
    """The follower's connection in tests that make its rounds themselves."""
    opened = await store.address.connect()
    yield opened
    await opened.close()


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
async def test_a_follower_has_the_tracker_s_board(
    layout: str,
    board: Board,
    store: EmbeddedStore,
    own_link: Link,
    make_writer: MakeWriter,
    clock: ManualClock,
) -> None:
    """Everything is there after the first round, staleness and lane included."""
    await make_writer(board, store.address, layout, status=lambda: STATUS).flush()
    follower, copy = follower_of(store, clock)
    await follower.step(own_link, WAIT)
    assert state(copy) == state(board)
    assert (follower.lost, follower.connected) == (False, True)
    assert follower.status is not None
    assert follower.status.profile == "optimized"


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
async def test_changes_arrive_without_another_load(
    layout: str,
    board: Board,
    store: EmbeddedStore,
    own_link: Link,
    make_writer: MakeWriter,
    clock: ManualClock,
) -> None:
    """Values, staleness, lane, listings and removals come by the stream, as one commit each."""
    writer = make_writer(board, store.address, layout, status=lambda: STATUS)
    await writer.flush()
    follower, copy = follower_of(store, clock)
    await follower.step(own_link, WAIT)
    loads, batches = follower.loads, 0

    def count(_: object) -> None:
        nonlocal batches
        batches += 1

    copy.listen(count)
    row = board.rows[instrument().symbol]
    push(board, row, values(Random(1)), 2_000)
    board.set_lane(row, "polled")
    board.set_stale(board.rows[instrument(kind="P").symbol], stale=True)
    board.remove(instrument(90_000).symbol)
    push(board, board.add(instrument(200_000)), values(Random(2)), 2_000)
    push(board, board.add(instrument(1, days=90)), values(Random(3)), 2_000)
    board.commit()
    await writer.flush()
    await follower.step(own_link, WAIT)
    assert state(copy) == state(board)
    assert follower.loads == loads
    assert batches == 1


steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["push", "push", "poll", "stale", "lane", "remove", "add", "flush", "follow", "flushall"]
        ),
        st.integers(0, 11),
        st.integers(0, 2**32),
    ),
    max_size=40,
)


def change(board: Board, what: str, which: int, seed: int, ts: int) -> None:
    """One change to the board of a random history."""
    contract = instrument(
        1_000 * (which % 4 + 1), "CP"[which % 2], days=30 + which % 3, coin="BTC" if which < 8 else "ETH"
    )
    row = board.rows.get(contract.symbol)
    if what == "add" or row is None:
        board.add(contract)
    elif what == "push":
        push(board, row, values(Random(seed)), ts)
    elif what == "poll":
        board.poll(row, values(Random(seed)), ts, ts + 5)
    elif what == "stale":
        board.set_stale(row, stale=bool(seed % 2))
    elif what == "lane":
        board.set_lane(row, "live" if seed % 2 else "polled")
    elif what == "remove":
        board.remove(contract.symbol)


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUT_NAMES)
def test_after_any_history_the_follower_has_the_tracker_s_board(
    layout: str, tmp_path: Path, prompt: None
) -> None:
    """Whatever changed, in whatever order and whenever either side came by, both boards end up equal."""
    with asyncio.Runner() as runner:
        store = EmbeddedStore(tmp_path, backoff())
        runner.run(store.start())

        @settings(max_examples=20)
        @given(steps)
        def play(history: list[tuple[str, int, int]]) -> None:
            runner.run(follow_history(layout, store, history))

        try:
            play()
        finally:
            runner.run(store.stop())


async def follow_history(layout: str, store: EmbeddedStore, history: list[tuple[str, int, int]]) -> None:
    """Play a history on an empty store, with the follower beside it."""
    clock = ManualClock(wall_ms=SystemClock().wall_ms())
    board = Board()
    writer = StoreWriter(
        board, clock, store.address.connect, layout_named(layout), backoff(), status=lambda: STATUS
    )
    board.listen(writer.enqueue)
    follower, copy = follower_of(store, clock)
    link = await store.address.connect()
    try:
        await link.ask("FLUSHALL")
        for ts, (what, which, seed) in enumerate(history, 1):
            if what == "flush":
                board.commit()
                await writer.flush()
            elif what == "follow":
                await catch_up(follower, link, clock)
            elif what == "flushall":
                await link.ask("FLUSHALL")
            else:
                change(board, what, which, seed, ts)
        board.commit()
        clock.advance(1.0)
        await writer.flush()
        await writer.flush()
        await catch_up(follower, link, clock)
        assert state(copy) == state(board)
    finally:
        await writer.close()
        await link.close()


async def test_a_jump_in_the_numbers_loads_the_underlying_again(
    board: Board,
    store: EmbeddedStore,
    link: Link,
    own_link: Link,
    make_writer: MakeWriter,
    clock: ManualClock,
) -> None:
    """Entries that were trimmed before we read them lose nothing."""
    writer = make_writer(board, store.address, status=lambda: STATUS)
    await writer.flush()
    follower, copy = follower_of(store, clock)
    await follower.step(own_link, WAIT)
    loads = follower.loads
    for ts in (2_000, 3_000):
        push(board, board.rows[instrument(kind="CP"[ts == 3_000]).symbol], values(Random(ts)), ts)
        board.commit()
        await writer.flush()
    await link.ask("XTRIM", keys.changes("BTC"), "MAXLEN", 1)
    await follower.step(own_link, WAIT)
    assert follower.loads == loads + 1
    assert state(copy) == state(board)


async def test_a_contract_that_comes_back_has_nothing_of_before(
    board: Board, store: EmbeddedStore, own_link: Link, make_writer: MakeWriter, clock: ManualClock
) -> None:
    """Removed and listed again between two flushes, it is on our board without data, like a new one."""
    writer = make_writer(board, store.address, status=lambda: STATUS)
    await writer.flush()
    follower, copy = follower_of(store, clock)
    await follower.step(own_link, WAIT)
    board.remove(instrument().symbol)
    board.add(instrument())
    board.commit()
    await writer.flush()
    await catch_up(follower, own_link, clock)
    assert not copy.rows[instrument().symbol].has_data
    assert state(copy) == state(board)


async def test_another_run_of_the_tracker_is_followed(
    board: Board, store: EmbeddedStore, own_link: Link, make_writer: MakeWriter, clock: ManualClock
) -> None:
    """A tracker that starts anew, with other slots and another layout, is understood."""
    await make_writer(board, store.address, status=lambda: STATUS).flush()
    follower, copy = follower_of(store, clock)
    await follower.step(own_link, WAIT)
    again = Board()
    for contract in (instrument(kind="P"), instrument(5), instrument()):
        row = again.add(contract)
        push(again, row, values(Random(1)), 9_000)
        again.set_stale(row, stale=False)
    again.commit()
    writer = make_writer(again, store.address, "hash", status=lambda: STATUS)
    await writer.flush()
    await catch_up(follower, own_link, clock)
    push(again, again.rows[instrument().symbol], values(Random(2)), 9_500)
    again.commit()
    await writer.flush()
    await catch_up(follower, own_link, clock)
    followed = {symbol: row for symbol, row in state(copy).items() if symbol.startswith("BTC")}
    assert followed == state(again)


async def test_an_underlying_that_is_no_longer_tracked_leaves_our_board(
    board: Board, store: EmbeddedStore, own_link: Link, make_writer: MakeWriter, clock: ManualClock
) -> None:
    """It is gone when two looks in a row have not found it, and the others stay as they are."""
    await make_writer(board, store.address, status=lambda: STATUS).flush()
    follower, copy = follower_of(store, clock)
    await follower.step(own_link, WAIT)
    for row in list(board.rows_of("SOL")):
        board.remove(row.instrument.symbol)
    await make_writer(board, store.address, status=lambda: STATUS, wanted=("BTC",).__contains__).flush()
    await catch_up(follower, own_link, clock)
    assert copy.underlyings() == ["BTC", "SOL"]
    await catch_up(follower, own_link, clock)
    assert state(copy) == state(board)


async def test_a_silent_tracker_makes_everything_stale_and_its_return_mends_it(
    board: Board,
    store: EmbeddedStore,
    link: Link,
    own_link: Link,
    make_writer: MakeWriter,
    clock: ManualClock,
) -> None:
    """Nobody vouches for rows when the status is old; a fresh status brings their own staleness back."""
    writer = make_writer(board, store.address, status=lambda: STATUS)
    await writer.flush()
    follower, copy = follower_of(store, clock)
    await follower.step(own_link, WAIT)
    await link.ask("PEXPIRE", keys.STATUS, 54_000)
    await catch_up(follower, own_link, clock)
    lost = follower.lost
    assert all(row.stale for row in copy.rows.values())
    await writer.flush()
    await catch_up(follower, own_link, clock)
    assert (lost, follower.lost) == (True, False)
    assert state(copy) == state(board)


async def test_a_store_that_falls_silent_makes_everything_stale_in_time(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting for the store's answer does not put off the judgement on the tracker."""
    await make_writer(board, store.address, status=lambda: STATUS).flush()
    copy = Board()
    follower = Follower(copy, SystemClock(), store.address.connect, backoff(), lost_after=1.0)
    async with running(follower.run()):
        await until(lambda: follower.connected and not follower.lost)
        os.kill(link.server.process_id, signal.SIGSTOP)
        try:
            await until(lambda: follower.lost)
            assert follower.connected
            assert all(row.stale for row in copy.rows.values())
            assert copy.pending == 0
        finally:
            os.kill(link.server.process_id, signal.SIGCONT)


async def test_a_status_that_cannot_be_read_is_no_reason_to_stop(
    board: Board, store: EmbeddedStore, own_link: Link, make_writer: MakeWriter, clock: ManualClock
) -> None:
    """A tracker of another version is followed all the same."""
    await make_writer(board, store.address, status=lambda: b"[]").flush()
    follower, copy = follower_of(store, clock)
    await follower.step(own_link, WAIT)
    assert (follower.status, follower.lost) == (None, False)
    assert state(copy) == state(board)


async def test_a_foreign_entry_in_the_stream_is_our_error(
    board: Board,
    store: EmbeddedStore,
    link: Link,
    own_link: Link,
    make_writer: MakeWriter,
    clock: ManualClock,
) -> None:
    """What somebody else appended is reported as such."""
    await make_writer(board, store.address, status=lambda: STATUS).flush()
    follower, _ = follower_of(store, clock)
    await follower.step(own_link, WAIT)
    await link.ask("XADD", keys.changes("BTC"), "*", "hello", "world")
    with pytest.raises(StoreError, match="not voltape's data"):
        await follower.step(own_link, WAIT)


async def test_without_a_tracker_restored_rows_are_stale(
    board: Board, store: EmbeddedStore, own_link: Link, make_writer: MakeWriter, clock: ManualClock
) -> None:
    """A store that only an earlier tracker filled is shown, and shown as stale."""
    await make_writer(board, store.address).flush()
    follower, copy = follower_of(store, clock)
    await follower.step(own_link, WAIT)
    assert follower.lost
    assert {symbol: row[:-1] for symbol, row in state(copy).items()} == {
        symbol: row[:-1] for symbol, row in state(board).items()
    }
    assert all(row.stale for row in copy.rows.values())


async def test_an_emptied_store_does_not_empty_the_board(
    board: Board,
    store: EmbeddedStore,
    link: Link,
    own_link: Link,
    make_writer: MakeWriter,
    clock: ManualClock,
) -> None:
    """What we have is served on until the tracker has written again."""
    writer = make_writer(board, store.address, status=lambda: STATUS)
    await writer.flush()
    follower, copy = follower_of(store, clock)
    await follower.step(own_link, WAIT)
    await link.ask("FLUSHALL")
    await catch_up(follower, own_link, clock)
    assert set(copy.rows) == set(board.rows)
    await writer.flush()
    await writer.flush()
    await catch_up(follower, own_link, clock)
    assert state(copy) == state(board)


async def test_the_loop_waits_for_a_store_and_for_a_tracker(
    board: Board, store: EmbeddedStore, make_writer: MakeWriter, caplog: pytest.LogCaptureFixture
) -> None:
    """A follower started first finds the store, then the tracker, then every change, and survives a restart."""
    copy = Board()
    follower = Follower(copy, SystemClock(), store.address.connect, backoff())
    await store.stop()
    async with running(follower.run()):
        await until(lambda: bool(caplog.records))
        assert follower.connected is False
        await store.start()
        await until(lambda: follower.connected)
        writer = make_writer(board, store.address, status=lambda: STATUS)
        await writer.flush()
        await until(lambda: state(copy) == state(board))
        push(board, board.rows[instrument().symbol], values(Random(1)), 2_000)
        board.commit()
        await writer.flush()
        await until(lambda: state(copy) == state(board))
        await store.stop()
        await until(lambda: not follower.connected)
        await store.start()
        await until(lambda: follower.connected)
    assert len([record for record in caplog.records if "serving what we have" in record.getMessage()]) == 2


async def test_the_tracker_is_told_what_clients_here_watch(
    store: EmbeddedStore, own_link: Link, board: Board, make_writer: MakeWriter, clock: ManualClock
) -> None:
    """By the next round of the follower and the next flush of the writer, and again when that ends."""
    told: list[frozenset[str]] = []
    writer = make_writer(board, store.address, watched=told.append)
    follower, _ = follower_of(store, clock)
    follower.watch(["tickers.BTC"])
    await follower.step(own_link, WAIT)
    await writer.flush()
    assert told == [{"tickers.BTC"}]
    life = await own_link.ask("TTL", keys.WATCHED)
    assert isinstance(life, int)
    assert 0 < life <= keys.WATCHED_TTL_S
    follower.watch([])
    await follower.step(own_link, WAIT)
    clock.advance(1.0)
    await writer.flush()
    assert told == [{"tickers.BTC"}, frozenset()]
    assert await own_link.ask("EXISTS", keys.WATCHED) == 0


async def test_a_reader_that_may_not_write_is_served_all_the_same(
    store: EmbeddedStore,
    board: Board,
    make_writer: MakeWriter,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It says once that the tracker cannot be told, and follows the board."""
    await make_writer(board, store.address, status=lambda: STATUS).flush()
    link = await store.address.connect()
    rights = ("on", "nopass", "~vt:*", "+@read", "+@stream", "+@connection", "+info")
    await link.ask("ACL", "SETUSER", "reader", *rights)
    await link.ask("AUTH", "reader", "any")
    follower, copy = follower_of(store, clock)
    follower.watch(["tickers.BTC"])
    await catch_up(follower, link, clock)
    clock.advance(10.0)
    await catch_up(follower, link, clock)
    assert copy.rows.keys() == board.rows.keys()
    assert caplog.text.count("cannot be told what clients watch") == 1
    await link.close()


async def test_a_store_that_is_lost_while_telling_is_lost_as_ever(
    store: EmbeddedStore, own_link: Link, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is the lost store that is told of, not the notice."""
    follower, _ = follower_of(store, clock)
    await follower.step(own_link, WAIT)
    await own_link.close()
    follower.watch(["tickers.BTC"])
    with pytest.raises(StoreError):
        await follower.step(own_link, WAIT)
    assert "cannot be told" not in caplog.text
