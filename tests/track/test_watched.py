"""Which contracts connected clients look at."""

import pytest

from tests.track.contracts import listed
from voltape.model.board import Board
from voltape.track.watched import Watched

NEAR, FAR = "BTC-25DEC26-90000-C-USDT", "BTC-26MAR27-0.5-P"
ETH = "ETH-25DEC26-3000-C-USDT"


@pytest.fixture
def board() -> Board:
    """Two expiries of one coin and one of another."""
    made = Board()
    listed(made, NEAR, FAR, ETH)
    return made


@pytest.mark.parametrize(
    ("channel", "symbols"),
    [
        ("tickers.BTC", {NEAR, FAR}),
        ("chain.BTC.2026-12-25", {NEAR}),
        ("chain.BTC.26MAR27", {FAR}),
        ("chain.BTC.2026-01-01", set()),
        (f"ticker.{FAR}", {FAR}),
        (f"ticker.{ETH}", set()),
        ("ticker.BTC-25DEC26-1-C", set()),
        ("tickers.ETH", set()),
        ("chain.ETH.2026-12-25", set()),
        ("status", set()),
        ("nonsense", set()),
    ],
)
def test_each_kind_of_channel_names_its_contracts(board: Board, channel: str, symbols: set[str]) -> None:
    """Those of the underlying that was asked about, and only where they are listed."""
    watched = Watched()
    assert watched.tell("here", [channel])
    assert watched.symbols(board, "BTC") == symbols


def test_all_sources_count_and_each_replaces_what_it_said(board: Board) -> None:
    """What two sources watch is told as news once, and ends when the last one looks away."""
    watched = Watched()
    assert watched.tell("here", [f"ticker.{NEAR}"])
    assert not watched.tell("elsewhere", [f"ticker.{NEAR}"])
    assert not watched.tell("here", [])
    assert watched.symbols(board, "BTC") == {NEAR}
    assert watched.tell("elsewhere", [f"ticker.{FAR}"])
    assert watched.symbols(board, "BTC") == {FAR}
    assert watched.tell("elsewhere", [])
    assert watched.symbols(board, "BTC") == set()
