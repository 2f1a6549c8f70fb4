import asyncio
import logging
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from voltape.clock import ManualClock, SystemClock
from voltape.errors import SchemaError, StoreError
from voltape.model.board import Board
from voltape.model.status import Gap
from voltape.store import keys
from voltape.store.address import address_from_url
from voltape.store.changes import parse_entries
from voltape.store.command import Command, Reply
from voltape.store.embedded import EmbeddedStore
from voltape.store.layout import LAYOUT_NAMES, layout_named
from voltape.store.link import Link
from voltape.store.reader import read_gaps, read_stored, read_underlyings, restore
from voltape.store.writer import StoreWriter

from .conftest import backoff, instrument, push, running, state, until, values

DOCUMENT = Path(__file__).parents[2] / "docs/reference/storage.md"
MakeWriter = Callable[..., StoreWriter]


async def stored_state(link: Link) -> dict[str, tuple[object, ...]]:
    """What a restart would bring back now, without staleness."""
    back = Board()
    await restore(back, link, 0)
    return {symbol: row[:-1] for symbol, row in state(back).items()}


def kept_state(board: Board) -> dict[str, tuple[object, ...]]:
    """What the store ought to hold, without staleness."""
    return {symbol: row[:-1] for symbol, row in state(board).items()}


async def server_pid(link: Link) -> int:
    """Process of the server behind a link."""
    info = await link.ask("INFO", "server")
    assert isinstance(info, bytes)
    return int(info.split(b"process_id:")[1].split()[0])


def live_writer(board: Board, store: EmbeddedStore, **options: object) -> StoreWriter:
    """A writer on the machine's clock, which follows its board."""
    writer = StoreWriter(
        board,
        SystemClock(),
        store.address.connect,
        layout_named("packed"),
        backoff(),
        flush_interval=0.01,
        **options,  # type: ignore[arg-type]
    )
    board.listen(writer.enqueue)
    return writer


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
async def test_the_first_flush_writes_the_whole_board(
    layout: str, board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """Whatever was on the board before the writer came is written too."""
    writer = make_writer(board, store.address, layout)
    await writer.flush()
    assert await stored_state(link) == kept_state(board)
    assert writer.records == len(board.rows)
    assert (writer.status.connected, writer.status.layout, writer.status.pending) == (True, layout, 0)
    assert writer.status.bytes_written > 0
    assert writer.status.bytes_received > 0


async def test_later_flushes_write_one_record_per_changed_contract(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """A hundred changes of one contract are one record, one entry, and the newest values."""
    writer = make_writer(board, store.address)
    await writer.flush()
    before, random = writer.records, Random(2)
    row = board.rows[instrument().symbol]
    for ts in range(2_000, 2_100):
        push(board, row, values(random), ts)
        board.commit()
    assert writer.status.pending == 1
    length = await link.ask("XLEN", keys.changes("BTC"))
    await writer.flush()
    assert writer.records == before + 1
    assert await link.ask("XLEN", keys.changes("BTC")) == length + 1  # type: ignore[operator]
    assert await stored_state(link) == kept_state(board)


async def test_what_changes_while_everything_is_written_is_not_lost(
    board: Board,
    store: EmbeddedStore,
    link: Link,
    make_writer: MakeWriter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Values, listings and removals that come between two pieces are in the store after the next flush."""
    random = Random(5)
    for strike in range(300):
        push(board, board.add(instrument(1_000 + strike)), values(random), 1_000)
    board.commit()
    writer = make_writer(board, store.address)
    exchange = Link.exchange
    changed_at: list[int] = []

    async def exchange_and_change(self: Link, commands: Sequence[Command]) -> list[Reply]:
        replies = await exchange(self, commands)
        if writer.records and not changed_at:
            changed_at.append(writer.records)
            rows = list(board.rows_of("BTC"))
            for row in rows[:3] + rows[-3:]:
                push(board, row, values(random), 2_000)
            for row in (rows[3], rows[-4]):
                board.remove(row.instrument.symbol)
            push(board, board.add(instrument(2_000)), values(random), 2_000)
            board.commit()
        return replies

    monkeypatch.setattr(Link, "exchange", exchange_and_change)
    await writer.flush()
    assert changed_at[0] < len(list(board.rows_of("BTC")))
    await writer.flush()
    assert await stored_state(link) == kept_state(board)


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
async def test_listing_and_removal_reach_the_store(
    layout: str, board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """New contracts appear, gone ones leave no key; a whole underlying can come and go."""
    writer = make_writer(board, store.address, layout)
    await writer.flush()
    random = Random(4)
    for row in list(board.rows_of("SOL")):
        board.remove(row.instrument.symbol)
    board.remove(instrument().symbol)
    for contract in (instrument(120_000), instrument(3_000, days=9, coin="ETH")):
        push(board, board.add(contract), values(random), 2_000)
    board.commit()
    await writer.flush()
    assert await stored_state(link) == kept_state(board)
    assert sorted((await read_stored(link, "SOL")).instruments) == []
    _, left = await link.ask("SCAN", 0, "MATCH", "vt:{SOL}:*", "COUNT", 1000)  # type: ignore[misc]
    assert set(left) <= {keys.changes("SOL").encode(), keys.layout("SOL").encode()}  # type: ignore[arg-type]


@pytest.mark.parametrize(("old", "new"), [("packed", "hash"), ("hash", "packed")])
async def test_changing_the_layout_loses_nothing_and_leaves_nothing_behind(
    old: str,
    new: str,
    board: Board,
    store: EmbeddedStore,
    link: Link,
    make_writer: MakeWriter,
    clock: ManualClock,
) -> None:
    """A restart with the other layout reads the old one, and then there is only the new one."""
    await make_writer(board, store.address, old).flush()
    back = Board()
    await restore(back, link, clock.wall_ms())
    await make_writer(back, store.address, new).flush()
    assert await stored_state(link) == kept_state(board)
    _, found = await link.ask("SCAN", 0, "COUNT", 1000)  # type: ignore[misc]
    marker = b":o:" if new == "packed" else b":chain:"
    assert [key for key in found if marker in key] == []  # type: ignore[operator,union-attr]


async def test_what_an_earlier_run_left_behind_is_removed(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """Contracts that only the store has are gone after the first flush, in any series."""
    old = Board()
    for contract in (instrument(50_000), instrument(50_000, days=5)):
        push(old, old.add(contract), values(Random(1)), 500)
    old.commit()
    await make_writer(old, store.address).flush()
    await make_writer(board, store.address).flush()
    assert await stored_state(link) == kept_state(board)


async def test_an_empty_board_deletes_nothing(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """A tracker that has not learnt of any contract yet leaves the store as it is."""
    await make_writer(board, store.address).flush()
    await make_writer(Board(), store.address).flush()
    assert await stored_state(link) == kept_state(board)


async def test_an_underlying_that_is_not_wanted_leaves_the_store(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """What an earlier run tracked and this one does not is removed; what is wanted stays, also without contracts."""
    await make_writer(board, store.address).flush()
    await make_writer(Board(), store.address, wanted=("BTC", "ETH").__contains__).flush()
    assert await read_underlyings(link) == ["BTC"]
    _, left = await link.ask("SCAN", 0, "MATCH", "vt:{SOL}:*", "COUNT", 1000)  # type: ignore[misc]
    assert set(left) <= {keys.changes("SOL").encode(), keys.layout("SOL").encode()}  # type: ignore[arg-type]
    assert (await stored_state(link)).keys() == {row.instrument.symbol for row in board.rows_of("BTC")}


async def test_foreign_keys_are_never_touched(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """Others' keys beside ours keep their values through writing, removal and rewriting."""
    foreign = {b"other": b"1", b"vtx": b"2", b"{BTC}:chain": b"3", b"v": b"4"}
    await link.exchange([("SET", key, value) for key, value in foreign.items()])
    writer = make_writer(board, store.address)
    await writer.flush()
    for symbol in list(board.rows):
        board.remove(symbol)
    board.commit()
    await writer.flush()
    assert {key: await link.ask("GET", key) for key in foreign} == foreign


async def test_a_store_emptied_by_somebody_is_filled_again(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, caplog: pytest.LogCaptureFixture
) -> None:
    """The flush after a FLUSHALL notices, and the one after it writes everything."""
    writer = make_writer(board, store.address)
    await writer.flush()
    await link.ask("FLUSHALL")
    await writer.flush()
    assert "emptied" in caplog.text
    await writer.flush()
    assert await stored_state(link) == kept_state(board)
    assert await link.ask("GET", keys.SCHEMA) == keys.SCHEMA_VERSION


async def test_two_trackers_on_one_store_are_reported(
    board: Board, store: EmbeddedStore, make_writer: MakeWriter, caplog: pytest.LogCaptureFixture
) -> None:
    """Each sees the other's mark; the error is not repeated at every flush."""
    first, second = make_writer(board, store.address), make_writer(board, store.address)
    for _ in range(5):
        await first.flush()
        await second.flush()
    told = [record for record in caplog.records if "another voltape" in record.getMessage()]
    assert len(told) == 2
    assert all(record.levelno == logging.ERROR for record in told)


async def test_a_failed_flush_loses_nothing(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """Commands that the server refuses wait again, and the newest is written when it accepts."""
    writer = make_writer(board, store.address)
    await writer.flush()
    row = board.rows[instrument().symbol]
    push(board, row, values(Random(1)), 2_000)
    board.remove(instrument(kind="P").symbol)
    board.commit()
    await link.ask("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(StoreError, match="refused"):
        await writer.flush()
    assert writer.status.connected is False
    push(board, row, values(Random(2)), 3_000)
    board.commit()
    assert writer.status.pending >= 1
    await link.ask("CONFIG", "SET", "maxmemory", "0")
    await writer.flush()
    assert await stored_state(link) == kept_state(board)


async def test_another_schema_is_never_written_over(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """The store stays exactly as it was."""
    await link.ask("SET", keys.SCHEMA, "2")
    writer = make_writer(board, store.address)
    with pytest.raises(SchemaError, match="schema 2"):
        await writer.flush()
    assert await link.ask("DBSIZE") == 1


async def test_the_board_is_back_after_the_server_was_killed(
    board: Board, store: EmbeddedStore, link: Link
) -> None:
    """After kill -9 everything is written again, what changed meanwhile included."""
    writer = live_writer(board, store)
    async with running(writer.run()):
        await until(lambda: writer.records >= len(board.rows))
        os.kill(await server_pid(link), signal.SIGKILL)
        await until(lambda: writer.errors > 0)
        push(board, board.rows[instrument().symbol], values(Random(8)), 7_000)
        board.remove(instrument(kind="P").symbol)
        board.commit()
        await until(lambda: writer.status.connected and writer.status.pending == 0)
    assert store.restarts == 1
    fresh = await store.address.connect()
    assert await stored_state(fresh) == kept_state(board)
    await fresh.close()
    await writer.close()


async def test_the_loop_fills_an_emptied_store_by_itself(
    board: Board, store: EmbeddedStore, link: Link
) -> None:
    """FLUSHALL needs no further change on the board to be mended."""
    writer = live_writer(board, store, status=lambda: b"{}")
    async with running(writer.run()):
        await until(lambda: writer.records >= len(board.rows))
        await link.ask("FLUSHALL")
        await until(lambda: writer.records >= 2 * len(board.rows))
        assert await stored_state(link) == kept_state(board)
    await writer.close()


async def test_a_paused_server_does_not_bring_old_values_back(
    board: Board, store: EmbeddedStore, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a paused server still has from the connection given up is not carried out after the new one's."""
    monkeypatch.setattr("voltape.store.link.Link.exchange.__defaults__", (0.2,))
    writer = live_writer(board, store)
    row = board.rows[instrument().symbol]
    async with running(writer.run()):
        await until(lambda: writer.records >= len(board.rows))
        pid = await server_pid(link)
        os.kill(pid, signal.SIGSTOP)
        push(board, row, values(Random(1)), 5_000)
        board.commit()
        await until(lambda: writer.errors > 0)
        push(board, row, values(Random(2)), 6_000)
        board.commit()
        os.kill(pid, signal.SIGCONT)
        await until(lambda: writer.status.connected and writer.status.pending == 0)
    fresh = await store.address.connect()
    assert await stored_state(fresh) == kept_state(board)
    await fresh.close()
    await writer.close()


async def test_changes_are_flushed_without_being_asked(
    board: Board, store: EmbeddedStore, link: Link
) -> None:
    """A commit on the board reaches the store within the flush interval."""
    writer = live_writer(board, store)
    async with running(writer.run()):
        await until(lambda: writer.records >= len(board.rows))
        for ts in range(2_000, 2_005):
            done = writer.records
            push(board, board.rows[instrument().symbol], values(Random(ts)), ts)
            board.commit()
            await until(lambda done=done: writer.records > done)  # type: ignore[misc]
    assert await stored_state(link) == kept_state(board)
    await writer.close()


async def test_status_and_gaps_are_written(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, clock: ManualClock
) -> None:
    """The status goes out once a second with a life of a minute, gaps when they change."""
    gaps = [Gap("connection c1", "2026-12-01T00:00:00Z", 1, "cut", 600)]
    counted = iter(range(10))
    writer = make_writer(board, store.address, status=lambda: b"%d" % next(counted), gaps=lambda: gaps)
    await writer.flush()
    await writer.flush()
    assert await link.ask("GET", keys.STATUS) == b"0"
    life = await link.ask("TTL", keys.STATUS)
    assert isinstance(life, int)
    assert keys.STATUS_TTL_S - 5 < life <= keys.STATUS_TTL_S
    assert await read_gaps(link) == gaps
    gaps.append(gaps[0])
    clock.advance(1.0)
    await writer.flush()
    assert await link.ask("GET", keys.STATUS) == b"1"
    assert await read_gaps(link) == gaps


async def test_evictions_are_reported_and_mended(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, clock: ManualClock
) -> None:
    """Keys thrown out by the server are counted, and everything is written again."""
    writer = make_writer(board, store.address)
    await writer.flush()
    await link.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-random")
    await link.ask("CONFIG", "SET", "maxmemory", "1")
    await link.exchange([("GET", "x"), ("PING",)])
    with suppress(StoreError):
        await link.ask("SET", "other", "1")
    await link.ask("CONFIG", "SET", "maxmemory", "0")
    assert await stored_state(link) != kept_state(board)
    clock.advance(5.0)
    await writer.flush()
    assert writer.status.evicted > 0
    await writer.flush()
    assert await stored_state(link) == kept_state(board)
    assert (writer.status.memory_bytes or 0) > 0


async def test_keys_without_a_natural_end_are_renewed(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, clock: ManualClock
) -> None:
    """An hour later their life is whole again, whatever it was."""
    writer = make_writer(board, store.address)
    await writer.flush()
    renewed = (keys.UNDERLYINGS, keys.series("BTC"), keys.layout("BTC"), keys.changes("BTC"), keys.RUN)
    await link.exchange([("EXPIRE", key, 100) for key in renewed])
    clock.advance(3600)
    await writer.flush()
    lives = await link.exchange([("TTL", key) for key in renewed])
    assert all(isinstance(life, int) and life > keys.IDLE_TTL_S - 60 for life in lives)


async def test_the_stream_stays_small(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """However many flushes, about as many entries as configured remain."""
    writer = make_writer(board, store.address, stream_maxlen=100)
    row = board.rows[instrument().symbol]
    for ts in range(2_000, 2_400):
        push(board, row, row.values, ts)
        board.commit()
        await writer.flush()
    length = await link.ask("XLEN", keys.changes("BTC"))
    assert isinstance(length, int)
    assert 100 <= length <= 250
    newest = await link.ask("XREVRANGE", keys.changes("BTC"), "+", "-", "COUNT", 1)
    ((_, entry),) = parse_entries(newest)
    assert entry.slots == (row.slot,)


async def test_closing_writes_what_waits_and_can_be_repeated(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """The last state is in the store after the end."""
    writer = make_writer(board, store.address)
    await writer.flush()
    push(board, board.rows[instrument().symbol], values(Random(1)), 2_000)
    board.commit()
    await writer.close()
    await writer.close()
    assert await stored_state(link) == kept_state(board)
    assert writer.status.connected is False


async def test_closing_without_a_store_ends_soon(
    board: Board, make_writer: MakeWriter, store: EmbeddedStore
) -> None:
    """A store that is not there does not hold the end up."""
    writer = make_writer(board, store.address)
    await writer.flush()
    board.set_stale(board.rows[instrument().symbol], stale=True)
    board.commit()
    await store.stop()
    async with asyncio.timeout(2.0):
        await writer.close()


async def test_an_outage_is_told_once_and_so_is_its_end(
    board: Board, store: EmbeddedStore, caplog: pytest.LogCaptureFixture
) -> None:
    """However many attempts fail, the log has one line for the loss and one for the return."""
    writer = live_writer(board, store)
    await store.stop()
    with caplog.at_level(logging.INFO, "voltape.store.writer"):
        async with running(writer.run()):
            await until(lambda: writer.errors >= 3)
            assert writer.status.connected is False
            await store.start()
            await until(lambda: writer.status.connected)
    lines = [record.getMessage() for record in caplog.records if record.name == "voltape.store.writer"]
    assert len([line for line in lines if "until it is back" in line]) == 1
    assert len([line for line in lines if line.startswith("store is back after")]) == 1
    await writer.close()


async def test_a_user_with_the_documented_rights_is_enough(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """Writing, restarting and reading back need no more than the reference names."""
    text = DOCUMENT.read_text(encoding="utf-8")
    rights = text.split("A user for voltape needs `")[1].split("`")[0].split()
    rights += text.split("A user for voltape needs `")[1].split("`")[2].split()
    await link.ask("ACL", "SETUSER", "voltape", "on", ">pass", *rights)
    address = address_from_url(store.url.replace("unix://", "unix://voltape:pass@"))
    writer = make_writer(board, address, status=lambda: b"{}")
    await writer.flush()
    own = await address.connect()
    assert await stored_state(own) == kept_state(board)
    await own.close()
