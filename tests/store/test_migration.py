"""Values on their way from one layout to another, ended at any command, and read back by whoever starts next."""

import asyncio
from itertools import islice
from random import Random

import pytest

from voltape.clock import ManualClock
from voltape.model.board import Board
from voltape.store import flush, keys
from voltape.store.catalogue import Listing
from voltape.store.embedded import EmbeddedStore
from voltape.store.flush import Composer
from voltape.store.follower import Follower
from voltape.store.layout import LAYOUT_NAMES, layout_named
from voltape.store.link import Link
from voltape.store.reader import read_listings, read_stored, restore
from voltape.store.writer import StoreWriter

from .conftest import backoff, instrument, push, state, values

COIN = "BTC"
KINDS = {b"chain": "packed", b"o": "hash", b"moving": "moving"}
PAIRS = [(old, new) for old in LAYOUT_NAMES for new in LAYOUT_NAMES if old != new]


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several pieces of a board that is small enough to be written many times."""
    monkeypatch.setattr(flush, "_PIECE", 3)


def some_board() -> Board:
    """A few contracts of one underlying, one of them without data."""
    board, random = Board(), Random(11)
    for strike in (90_000, 100_000, 110_000, 120_000):
        for days in (30, 60):
            push(board, board.add(instrument(strike, days=days), "live"), values(random), 1_000 + strike)
    board.add(instrument(1))
    board.commit()
    return board


async def kinds(link: Link) -> set[str]:
    """Layouts of which any key exists, and the mark of an unfinished move."""
    _, found = await link.ask("SCAN", 0, "MATCH", "vt:{*", "COUNT", 1000)  # type: ignore[misc]
    assert isinstance(found, list)
    parts = {key.split(b":")[2] for key in found if isinstance(key, bytes)}
    return {KINDS[part] for part in parts & KINDS.keys()}


async def restored(link: Link) -> Board:
    """What a start finds in the store."""
    board = Board()
    await restore(board, link, 0)
    board.commit()
    return board


def kept(board: Board) -> dict[str, tuple[object, ...]]:
    """What the store keeps of a board, staleness aside, which a start decides."""
    return {symbol: row[:-1] for symbol, row in state(board).items()}


async def move(link: Link, board: Board, layout: str, commands: int | None = None) -> int:
    """Write the board whole in a layout; the run ends after so many commands. Returns how many there were."""
    composer = Composer(board, layout_named(layout), "run", stream_maxlen=100)
    composed = composer.whole(COIN, await read_stored(link, COIN), 2_000)
    # The server carries out what it got, and a flush may reach it in part.
    sent = list(islice((command for one in composed for command in one.commands), commands))
    await link.exchange(sent)
    return len(sent)


@pytest.mark.parametrize(("old", "new"), PAIRS)
@pytest.mark.parametrize("back", [False, True], ids=["on", "back"])
async def test_a_move_that_ends_at_any_command_loses_nothing(
    old: str, new: str, back: bool, link: Link
) -> None:
    """The next start finds every value, in whichever layout it goes on, and leaves nothing of the other behind."""
    board = some_board()
    await move(link, board, old)
    whole = await move(link, await restored(link), new)
    for cut in range(whole):
        await link.ask("FLUSHALL")
        await move(link, board, old)
        await move(link, await restored(link), new, cut)
        found = await restored(link)
        assert kept(found) == kept(board), cut
        next_layout = old if back else new
        await move(link, found, next_layout)
        assert await kinds(link) == {next_layout}, cut
        assert kept(await restored(link)) == kept(board), cut


@pytest.mark.parametrize(("old", "new"), PAIRS)
async def test_contracts_that_left_meanwhile_leave_nothing_in_either_layout(
    old: str, new: str, link: Link
) -> None:
    """What expired while values were in both layouts has no key in any of them afterwards."""
    board = some_board()
    await move(link, board, old)
    await move(link, board, new, 12)
    assert await kinds(link) == {old, new, "moving"}
    gone = instrument(110_000).symbol
    board.remove(gone)
    board.commit()
    await move(link, board, new)
    assert await kinds(link) == {new}
    assert kept(await restored(link)) == kept(board)
    member = keys.member(COIN, gone)
    assert await link.ask("HEXISTS", keys.chain(COIN, instrument(110_000).expiry), member) == 0
    assert await link.ask("EXISTS", keys.contract(COIN, gone)) == 0


@pytest.mark.parametrize(("old", "new"), PAIRS)
async def test_a_reader_that_comes_during_a_move_sees_every_value(
    old: str, new: str, store: EmbeddedStore, link: Link, clock: ManualClock
) -> None:
    """Whatever has been carried out of a move when a follower loads, it has the values, and then follows the rest."""
    board = some_board()
    await move(link, board, old)
    whole = await move(link, board, new)
    for cut in range(whole):
        await link.ask("FLUSHALL")
        await move(link, board, old)
        await move(link, board, new, cut)
        copy = Board()
        follower = Follower(copy, clock, store.address.connect, backoff())
        clock.advance(1.0)
        await follower.step(link, 0.001)
        assert kept(copy) == kept(board), cut


@pytest.mark.parametrize(("old", "new"), PAIRS)
async def test_a_reader_between_two_looks_at_the_layout_looks_again(
    old: str,
    new: str,
    store: EmbeddedStore,
    link: Link,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Values that leave a layout while a follower reads them there are found in the other."""
    board = some_board()
    await move(link, board, old)

    async def read_and_move(link: Link, underlying: str) -> list[Listing]:
        found = await read_listings(link, underlying)
        await move(link, board, new)
        return found

    copy = Board()
    follower = Follower(copy, clock, store.address.connect, backoff())
    clock.advance(1.0)
    async with asyncio.timeout(5):
        monkeypatch.setattr("voltape.store.follower.read_listings", read_and_move)
        await follower._poll(link)
    copy.commit()
    assert kept(copy) == kept(board)


@pytest.mark.parametrize(("old", "new"), PAIRS)
async def test_the_writer_moves_what_it_finds_and_goes_on_writing(
    old: str, new: str, store: EmbeddedStore, link: Link, clock: ManualClock
) -> None:
    """A tracker that starts with another layout has moved everything with its first flush; changes follow in it."""
    board = some_board()
    await move(link, board, old)
    again = await restored(link)
    writer = StoreWriter(again, clock, store.address.connect, layout_named(new), backoff())
    again.listen(writer.enqueue)
    await writer.flush()
    assert await kinds(link) == {new}
    push(again, again.rows[instrument(90_000).symbol], values(Random(3)), 900_000)
    again.commit()
    await writer.close()
    assert kept(await restored(link)) == kept(again)
