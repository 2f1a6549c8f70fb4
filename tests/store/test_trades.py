"""Trades in the store: round trip, outages, and following from another process."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.trades import PUT, series_of_trades, trade, trades
from voltape.clock import ManualClock
from voltape.errors import StoreError
from voltape.model.board import Board
from voltape.model.tape import Tapes
from voltape.model.trade import Trade
from voltape.store import keys
from voltape.store.codec import CodecError
from voltape.store.command import Command, Reply
from voltape.store.embedded import EmbeddedStore
from voltape.store.follower import Follower
from voltape.store.link import Link
from voltape.store.trades import (
    TradeReader,
    TradeWriter,
    append,
    parse_trades,
    read_trades,
    restore_trades,
)

from .conftest import backoff
from .test_follower import STATUS, WAIT, MakeWriter

KEY = keys.trades("BTC")


def entry(command: Command) -> Reply:
    """What a stream gives back for an append."""
    return [b"1-1", [str(part).encode() for part in command[command.index("*") + 1 :]]]


def tape_of(*found: Trade) -> Tapes:
    """Tapes that hold these trades."""
    tapes = Tapes()
    tapes.restore(found)
    return tapes


def on(tapes: Tapes, coin: str = "BTC") -> list[str]:
    """Identifiers on a tape, oldest first."""
    return [one.id for one in tapes.of(coin).trades]


def tell(tapes: Tapes, *found: Trade) -> None:
    """Have trades come onto tapes."""
    for one in found:
        tapes.offer(one)
    tapes.commit()


@given(trades())
def test_a_trade_comes_back_as_it_was(one: Trade) -> None:
    """Every number to the last bit, every absent value absent."""
    assert list(parse_trades("BTC", [entry(append(one, 10))])) == [("1-1", one)]


@given(st.lists(trades(), min_size=2, max_size=4))
def test_every_entry_has_the_same_fields(found: list[Trade]) -> None:
    """So the store keeps their names once for many entries."""
    names = {command[6::2] for command in (append(one, 10) for one in found)}
    assert len(names) == 1


@pytest.mark.parametrize(
    "reply",
    [[b"1-1"], [[b"1-1", [b"a", b"b"]]], [[b"1-1", None]], [entry((*append(trade(1), 9), "d", "both"))]],
)
def test_somebody_elses_entries_are_not_taken_for_trades(reply: Reply) -> None:
    """They are an error, not a trade without values."""
    with pytest.raises(CodecError):
        list(parse_trades("BTC", reply))


async def test_trades_go_out_with_the_next_flush_and_come_back_after_a_restart(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """The next run knows them, so that what REST tells again is no news."""
    tapes = Tapes()
    writer = make_writer(board, store.address, trades=TradeWriter(tapes))
    await writer.flush()
    tell(tapes, *series_of_trades(3), trade(9, symbol="SOL-25DEC26-200-C"))
    await writer.flush()
    again = Tapes()
    await restore_trades(again, link, ["BTC", "SOL", "DOGE"])
    assert again.of("BTC").trades == tapes.of("BTC").trades
    assert on(again, "SOL") == ["id-9"]
    assert again.offer(trade(1)) == "known"
    life = await link.ask("TTL", KEY)
    assert isinstance(life, int)
    assert life > keys.IDLE_TTL_S - 60


async def test_trades_that_come_last_are_written_at_the_close(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """Even where nothing else waits."""
    tapes = Tapes()
    writer = make_writer(board, store.address, trades=TradeWriter(tapes))
    await writer.flush()
    tell(tapes, trade(1))
    await writer.close()
    assert [one.id for _, one in await read_trades(link, "BTC")] == ["id-1"]


async def test_an_emptied_store_gets_the_tape_back_and_nothing_twice(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """What the store lacks is found by comparison, whether it waited or had been written."""
    tapes = Tapes()
    trading = TradeWriter(tapes)
    writer = make_writer(board, store.address, trades=trading)
    tell(tapes, *series_of_trades(5))
    await writer.flush()
    await link.ask("DEL", KEY)
    await link.ask("DEL", keys.RUN)
    tell(tapes, trade(5))
    for _ in range(3):
        await writer.flush()
    assert sorted(one.id for _, one in await read_trades(link, "BTC")) == [f"id-{n}" for n in range(6)]
    assert len(trading) == 0


async def test_what_a_failed_flush_took_is_written_by_the_next(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """Nobody knows what of it arrived; the comparison does."""
    tapes = Tapes()
    writer = make_writer(board, store.address, trades=TradeWriter(tapes))
    await writer.flush()
    tell(tapes, *series_of_trades(4))
    assert writer._link is not None
    await writer._link.close()
    with pytest.raises(StoreError):
        await writer.flush()
    await writer.flush()
    await writer.flush()
    assert [one.id for _, one in await read_trades(link, "BTC")] == on(tapes)


async def test_the_stream_is_capped_and_read_in_pieces(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """More trades than one flush carries, and more than the stream may keep."""
    tapes = Tapes()
    writer = make_writer(board, store.address, trades=TradeWriter(tapes, maxlen=1_000))
    tell(tapes, *series_of_trades(2_500))
    for _ in range(6):
        await writer.flush()
    kept = [one.id for _, one in await read_trades(link, "BTC")]
    assert 1_000 <= len(kept) < 1_200
    assert kept == on(tapes)[-len(kept) :]
    assert len(await read_trades(link, "BTC", (await read_trades(link, "BTC"))[-3][0])) == 2


async def test_entries_of_somebody_else_do_not_stop_the_tracker(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """The tape begins empty, and is written all the same."""
    await link.ask("XADD", KEY, "*", "what", "ever")
    tapes = Tapes()
    await restore_trades(tapes, link, ["BTC"])
    assert len(tapes) == 0
    writer = make_writer(board, store.address, trades=TradeWriter(tapes))
    tell(tapes, trade(1))
    await writer.flush()
    assert await link.ask("XLEN", KEY) == 2


async def test_a_follower_has_each_trade_once(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, clock: ManualClock
) -> None:
    """Those from before, those that come, and none of them twice where the stream has it twice."""
    tapes = Tapes()
    writer = make_writer(board, store.address, status=lambda: STATUS, trades=TradeWriter(tapes))
    tell(tapes, *series_of_trades(3))
    await writer.flush()
    copy = Tapes()
    told: list[str] = []
    copy.listen(lambda _, found: told.extend(one.id for one in found))
    follower = Follower(Board(), clock, store.address.connect, backoff(), trades=TradeReader(copy))
    await follower.step(link, WAIT)
    assert on(copy) == on(tapes)
    tell(tapes, trade(3), trade(4, symbol=PUT))
    await writer.flush()
    await link.ask(*append(trade(3), 10))
    await follower.step(link, WAIT)
    await follower.step(link, WAIT)
    assert copy.of("BTC").trades == tapes.of("BTC").trades
    assert told == [f"id-{n}" for n in range(5)]


async def test_a_follower_forgets_the_trades_of_an_underlying_that_left(
    board: Board, store: EmbeddedStore, link: Link, clock: ManualClock, make_writer: MakeWriter
) -> None:
    """As it forgets its contracts."""
    tapes = Tapes()
    writer = make_writer(board, store.address, status=lambda: STATUS, trades=TradeWriter(tapes))
    tell(tapes, trade(1), trade(2, symbol="SOL-25DEC26-200-C"))
    await writer.flush()
    copy = Tapes()
    follower = Follower(Board(), clock, store.address.connect, backoff(), trades=TradeReader(copy))
    await follower.step(link, WAIT)
    for row in list(board.rows_of("SOL")):
        board.remove(row.instrument.symbol)
    board.commit()
    await writer.flush()
    for _ in range(3):
        clock.advance(1.0)
        await follower.step(link, WAIT)
    assert list(copy.tapes) == ["BTC"]


async def test_a_follower_says_so_when_a_stream_is_not_ours(link: Link) -> None:
    """It keeps what it has and tries again, as with contracts."""
    await link.ask("XADD", KEY, "*", "what", "ever")
    reader = TradeReader(tape_of(trade(1)))
    with pytest.raises(StoreError, match="not voltape's data"):
        await reader.load(link, "BTC")
    with pytest.raises(StoreError, match="not voltape's data"):
        reader.take("BTC", await link.ask("XRANGE", KEY, "-", "+"), link)


def test_what_waits_for_an_absent_store_is_as_bounded_as_the_tape() -> None:
    """The oldest give way, as they do in the stream."""
    tapes = Tapes()
    writer = TradeWriter(tapes, maxlen=10)
    for start in range(0, 50, 5):
        tell(tapes, *series_of_trades(5, start))
    assert len(writer) == 10
    commands = writer.commands()
    assert [command[7] for command in commands] == [f"id-{n}" for n in range(40, 50)]
    assert (len(writer), writer.written) == (0, 10)


def test_the_key_is_that_of_the_reference() -> None:
    """One stream per underlying, under its hash tag."""
    assert KEY == "vt:{BTC}:trades"


async def test_the_end_waits_for_more_trades_than_go_into_one_flush(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """As after an outage: what is on the tape and not in the store is gone with the process."""
    tapes = tape_of()
    writer = make_writer(board, store.address, trades=TradeWriter(tapes))
    await writer.flush()
    tell(tapes, *series_of_trades(1_200))
    await writer.close()
    assert len(await read_trades(link, "BTC")) == 1_200
