from voltape.model.board import Board
from voltape.store import keys
from voltape.store.codec import pack_row
from voltape.store.command import Command
from voltape.store.flush import Composer, Stored
from voltape.store.layout import layout_named
from voltape.store.pending import Pending

from .conftest import instrument

NOTHING = Stored(None, (), {})


def composer(board: Board, layout: str = "packed") -> Composer:
    """A composer of a run that every test can name."""
    return Composer(board, layout_named(layout), "run", stream_maxlen=2000)


def named(commands: list[Command], name: str) -> list[Command]:
    """The commands of one name."""
    return [command for command in commands if command[0] == name]


def whole(composing: Composer, underlying: str, stored: Stored) -> list[Command]:
    """Every command that writes an underlying whole."""
    return [command for flush in composing.whole(underlying, stored, 1_000) for command in flush.commands]


def changes_of(board: Board) -> Pending:
    """What the board has to tell, as it waits to be written."""
    pending = Pending()
    batch = board.commit()
    if batch is not None:
        pending.add(batch)
    return pending


def test_a_flush_writes_changed_contracts_and_no_others(board: Board) -> None:
    """One record for one changed contract, and one entry for its underlying."""
    row = board.rows[instrument().symbol]
    board.set_stale(row, stale=True)
    flush = composer(board).compose(changes_of(board), 1_000)
    assert flush.records == 1
    assert [command[1:3] for command in named(flush.commands, "HSET")] == [
        (keys.chain("BTC", row.instrument.expiry), "100000-C-USDT")
    ]
    assert [command[1] for command in named(flush.commands, "XADD")] == [keys.changes("BTC")]


def test_every_flush_leaves_its_mark_and_asks_for_the_former(board: Board) -> None:
    """The first command tells whether the store is still the one written last."""
    composing = composer(board)
    first = composing.compose(Pending(), 1_000)
    second = composing.compose(Pending(), 1_000)
    assert (first.commands[0][2], first.commands[0][-1]) == (b"run:1", "GET")
    assert second.commands[0][2] == b"run:2" == composing.mark()


def test_entries_of_an_underlying_are_numbered_without_a_gap(board: Board) -> None:
    """Each underlying counts for itself, by one per entry."""
    composing = composer(board)
    numbers = []
    for stale in (True, False, True):
        board.set_stale(board.rows[instrument().symbol], stale)
        flush = composing.compose(changes_of(board), 1_000)
        numbers += [command[7] for command in named(flush.commands, "XADD")]
    assert numbers == [1_001, 1_002, 1_003]


def test_the_entry_comes_after_the_values(board: Board) -> None:
    """Whoever reads the entry finds what it names."""
    commands = whole(composer(board), "BTC", NOTHING)
    order = [command[0] for command in commands]
    assert order.index("XADD") > max(i for i, command in enumerate(commands) if command[0] == "HSET")


def test_writing_whole_removes_what_the_board_does_not_have(board: Board) -> None:
    """Contracts and series that only the store has leave it."""
    extra = instrument(50_000, days=3)
    stored = Stored("packed", (extra.expiry,), {extra.symbol: extra})
    commands = whole(composer(board), "BTC", stored)
    assert ("HDEL", keys.chain("BTC", extra.expiry), "50000-C-USDT") in commands
    assert ("HDEL", keys.series("BTC"), extra.expiry) in commands


def test_writing_whole_is_done_in_pieces() -> None:
    """No flush has more than a piece of a large underlying, every row is in one, and one entry ends it all."""
    board = Board()
    for strike in range(600):
        board.add(instrument(1_000 + strike))
    flushes = list(composer(board).whole("BTC", NOTHING, 1_000))
    assert [flush.records for flush in flushes] == [0, 250, 250, 100, 0]
    assert [flush.commands[0][2] for flush in flushes] == [b"run:%d" % n for n in range(1, 6)]
    assert [len(named(flush.commands, "XADD")) for flush in flushes] == [0, 0, 0, 0, 1]


def test_each_piece_has_what_the_board_has_when_it_is_asked_for(board: Board) -> None:
    """What changes between two pieces is in the later one already."""
    row = board.rows[instrument().symbol]
    flushes = composer(board).whole("BTC", NOTHING, 1_000)
    next(flushes)
    board.set_stale(row, stale=True)
    stored = next(flushes)
    (record,) = (
        command[command.index("100000-C-USDT") + 1]
        for command in named(stored.commands, "HSET")
        if command[1] == keys.chain("BTC", row.instrument.expiry)
    )
    assert record == pack_row(row)


def test_what_was_written_whole_is_left_out_of_the_changes(board: Board) -> None:
    """Changes of other underlyings are in the flush all the same."""
    for row in board.rows.values():
        board.set_stale(row, stale=True)
    flush = composer(board).compose(changes_of(board), 1_000, without={"BTC"})
    assert flush.records == len(list(board.rows_of("SOL")))
    assert [command[1] for command in named(flush.commands, "XADD")] == [keys.changes("SOL")]


def test_changing_the_layout_removes_the_other_ones_values(board: Board) -> None:
    """Values are never in both layouts."""
    contract = instrument()
    stored = Stored("hash", (contract.expiry,), {contract.symbol: contract})
    commands = whole(composer(board), "BTC", stored)
    assert ("UNLINK", keys.contract("BTC", contract.symbol)) in commands
    assert ("SET", keys.layout("BTC"), "packed") in commands


def test_an_underlying_without_contracts_is_no_longer_named(board: Board) -> None:
    """The last contract takes the underlying with it."""
    for row in list(board.rows_of("SOL")):
        board.remove(row.instrument.symbol)
    flush = composer(board).compose(changes_of(board), 1_000)
    assert named(flush.commands, "SREM") == [("SREM", keys.UNDERLYINGS, "SOL")]


def test_an_underlying_whose_contracts_come_back_is_named_again(board: Board) -> None:
    """A listing after the last contract left makes the underlying known to readers that come later."""
    composing = composer(board)
    changes_of(board)
    for row in list(board.rows_of("SOL")):
        board.remove(row.instrument.symbol)
    composing.compose(changes_of(board), 1_000)
    board.add(instrument(coin="SOL"))
    commands = composing.compose(changes_of(board), 1_000).commands
    assert ("SADD", keys.UNDERLYINGS, "SOL") in commands
    assert ("SET", keys.layout("SOL"), "packed") in commands
    assert ("EXPIRE", keys.series("SOL"), keys.IDLE_TTL_S) in commands


def test_no_command_names_two_keys(board: Board) -> None:
    """Everything a flush sends would be carried out by a cluster too."""
    extra = instrument(50_000, days=3)
    stored = Stored("hash", (extra.expiry,), {extra.symbol: extra})
    board.remove(instrument().symbol)
    board.add(instrument(120_000))
    for layout in ("packed", "hash"):
        composing = composer(board, layout)
        flush = composing.compose(changes_of(board), 1_000)
        for command in [*flush.commands, *whole(composing, "SOL", stored)]:
            assert sum(str(part).startswith("vt:") for part in command) == 1
