from random import Random

from voltape.model.board import Batch, Board
from voltape.model.row import FIELD_BITS
from voltape.store.pending import Pending

from .conftest import instrument, push, values


def commit(board: Board) -> Batch:
    """The board's next batch, which must not be empty."""
    batch = board.commit()
    assert batch is not None
    return batch


def test_changes_of_one_contract_become_one_entry_with_all_its_fields(board: Board) -> None:
    """However often a contract changes, it waits once."""
    pending = Pending()
    row = board.rows[instrument().symbol]
    for ts in range(2_000, 2_050):
        push(board, row, row.values, ts)
        pending.add(commit(board))
    board.set_stale(row, stale=True)
    pending.add(commit(board))
    assert len(pending) == 1
    assert pending.joined == 50
    assert (
        pending.changed[row].mask
        == FIELD_BITS["ts_exchange"] | FIELD_BITS["ts_received"] | FIELD_BITS["stale"]
    )


def test_a_contract_that_left_waits_only_to_be_removed(board: Board) -> None:
    """Its changes are dropped, and it is not listed either."""
    pending = Pending()
    row = board.add(instrument(120_000))
    pending.add(commit(board))
    board.remove(row.instrument.symbol)
    pending.add(commit(board))
    assert (pending.changed, pending.listed, list(pending.removed)) == ({}, {}, [row.instrument.symbol])


def test_a_contract_that_came_back_is_listed_and_not_removed(board: Board) -> None:
    """The newest of leaving and joining wins."""
    pending = Pending()
    contract = instrument()
    board.remove(contract.symbol)
    pending.add(commit(board))
    row = board.add(contract)
    pending.add(commit(board))
    assert pending.removed == {}
    assert pending.listed == {contract.symbol: row}
    assert list(pending.changed) == [row]


def test_what_could_not_be_written_waits_again_beside_what_came_since(board: Board) -> None:
    """Masks are united; a contract that left or came back since stays so."""
    random = Random(1)
    taken, newer = Pending(), Pending()
    kept, gone = board.rows[instrument().symbol], board.rows[instrument(kind="P").symbol]
    back = instrument(90_000)
    board.set_stale(kept, stale=True)
    board.set_stale(gone, stale=True)
    board.remove(back.symbol)
    joined = board.add(instrument(130_000))
    taken.add(commit(board))
    push(board, kept, values(random), 9_000)
    board.remove(gone.instrument.symbol)
    board.remove(joined.instrument.symbol)
    returned = board.add(back)
    newer.add(commit(board))
    newer.put_back(taken)
    assert newer.changed[kept].mask & FIELD_BITS["stale"]
    assert newer.changed[kept].mask & FIELD_BITS["ts_exchange"]
    assert gone not in newer.changed
    assert set(newer.removed) == {gone.instrument.symbol, joined.instrument.symbol}
    assert newer.listed == {back.symbol: returned}


def test_put_back_keeps_listed_and_removed_contracts(board: Board) -> None:
    """Nothing that joined or left is forgotten by a failed flush."""
    taken, newer = Pending(), Pending()
    row = board.add(instrument(140_000))
    board.remove(instrument().symbol)
    taken.add(commit(board))
    newer.put_back(taken)
    assert newer.listed == {row.instrument.symbol: row}
    assert list(newer.removed) == [instrument().symbol]
    assert list(newer.by_underlying()) == ["BTC"]
