"""Boards, contracts and values for the tests of the model."""

from voltape.model.board import Batch, Board
from voltape.model.instrument import Instrument, instrument_from_symbol
from voltape.model.row import FIELD_BITS, Row, changed_fields
from voltape.model.ticker import EMPTY_VALUES, Values

CALL = "BTC-25DEC26-100000-C-USDT"
PUT = "BTC-25DEC26-100000-P-USDT"
SYMBOLS = (
    CALL,
    PUT,
    "BTC-25DEC26-100000-C",
    "BTC-25DEC26-90000-C-USDT",
    "BTC-26DEC26-90000-C-USDT",
    "ETH-25DEC26-3000-P-USDT",
    "XRP-30OCT26-0.4-P-USDT",
)


def contract(symbol: str) -> Instrument:
    """Return the contract of a symbol that is one."""
    instrument = instrument_from_symbol(symbol)
    assert instrument is not None
    return instrument


def quotes(price: float | None) -> Values:
    """Return values in which only the bid price is there."""
    return (price, *EMPTY_VALUES[1:])


def board_of(*symbols: str) -> Board:
    """Return a committed board with these contracts."""
    board = Board()
    for symbol in symbols:
        board.add(contract(symbol))
    board.commit()
    return board


def commit(board: Board) -> Batch:
    """Commit something that is there to commit."""
    batch = board.commit()
    assert batch is not None
    return batch


def shown(row: Row) -> dict[str, object]:
    """Return what can change about a row."""
    return {name: row.field(name) for name in FIELD_BITS}


def changes_of(batch: Batch) -> dict[str, dict[str, object]]:
    """Return the deltas of a batch by symbol."""
    elements = [changed_fields(change) for change in batch.changes]
    return {str(element.pop("symbol")): element for element in elements}
