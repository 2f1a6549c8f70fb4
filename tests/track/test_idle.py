"""How long contracts have not traded."""

from tests.track.contracts import with_values
from voltape.model.board import Board
from voltape.track.idle import TradeTimes

BTC, SOL = "BTC-25DEC26-90000-C-USDT", "SOL-25DEC26-200-C-USDT"


def test_a_growing_total_volume_is_a_trade() -> None:
    """The time counts from the last growth that was seen, or from the first look."""
    board = Board()
    traded, quiet = with_values(board, BTC, total_volume=7.0), with_values(board, SOL, total_volume=7.0)
    rows = {BTC: traded, SOL: quiet}
    times = TradeTimes()
    assert times.idle(0.0, 99_999.0) == set()
    times.look(rows, 0.0)
    assert times.idle(1.0, 3_600.0) == set()
    with_values(board, BTC, total_volume=8.0)
    times.look(rows, 3_600.0)
    assert times.idle(1.0, 3_601.0) == {SOL}
    assert times.idle(1.0, 7_200.0) == {SOL}
    assert times.idle(1.0, 7_201.0) == {BTC, SOL}


def test_a_contract_that_left_is_forgotten() -> None:
    """Should it come back, it has the benefit of the doubt again."""
    board = Board()
    rows = {BTC: with_values(board, BTC, total_volume=7.0), SOL: with_values(board, SOL)}
    times = TradeTimes()
    times.look(rows, 0.0)
    times.look({SOL: rows[SOL]}, 10.0)
    assert times.idle(0.0, 1_000.0) == {SOL}
    times.look(rows, 1_000.0)
    assert times.idle(0.1, 1_001.0) == {SOL}
