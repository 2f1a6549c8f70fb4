"""What may have been meant by a name that is not there."""

import pytest

from tests.analytics.markets import simulated
from tests.push.boards import make_board
from tests.serve.serving import serving
from voltape.model.board import Board
from voltape.serve.near import contracts_near, expiries_near

SYMBOLS = [
    f"{coin}-{expiry}-{strike}-{kind}-USDT"
    for coin in ("BTC", "ETH")
    for expiry in ("27NOV26", "25DEC26", "26MAR27")
    for strike in (100000, 109000, 110000, 111000, 119000, 121000)
    for kind in "CP"
]


@pytest.fixture(scope="module")
def board() -> Board:
    """Two coins, three expiries, strikes that look alike and are far apart."""
    return make_board(SYMBOLS)


@pytest.mark.parametrize(
    ("expiry", "near"),
    [
        ("2026-12-26", ["2026-12-25", "2026-12-04", "2026-11-27"]),
        ("2026-11-29", ["2026-11-27", "2026-12-04", "2026-12-25"]),
        ("2099-01-01", ["2027-03-26", "2026-12-25", "2026-12-04"]),
    ],
)
def test_expiries_are_near_by_their_days(expiry: str, near: list[str]) -> None:
    """Not by their digits."""
    assert expiries_near(expiry, ["2026-11-27", "2026-12-04", "2026-12-25", "2027-03-26"]) == near


@pytest.mark.parametrize(
    ("symbol", "near"),
    [
        ("BTC-25DEC26-110001-C-USDT", ["110000-C", "111000-C", "109000-C"]),
        ("BTC-25DEC26-110001-P", ["110000-P", "111000-P", "109000-P"]),
        ("BTC-25DEC26-1-C-USDT", ["100000-C", "109000-C", "110000-C"]),
    ],
)
def test_contracts_are_near_by_their_strike(symbol: str, near: list[str], board: Board) -> None:
    """Of the same expiry and kind, in whatever settlement coin there is."""
    assert contracts_near(symbol, board) == [f"BTC-25DEC26-{member}-USDT" for member in near]


@pytest.mark.parametrize(
    ("symbol", "nearest"),
    [
        ("BTC-24DEC26-110000-C-USDT", "BTC-25DEC26-110000-C-USDT"),
        ("BTC-1JAN30-110000-P-USDT", "BTC-26MAR27-110000-P-USDT"),
        ("XBT-27NOV26-110000-C-USDT", "BTC-27NOV26-110000-C-USDT"),
        ("BTC-25DEC26-110000-X-USDT", "BTC-25DEC26-110000-P-USDT"),
        ("BTC-25DEC26-110000C-USDT", "BTC-25DEC26-110000-C-USDT"),
        ("ETH-25DEC2026-110000-C-USDT", "ETH-25DEC26-110000-C-USDT"),
    ],
)
def test_another_expiry_coin_or_spelling_is_found(symbol: str, nearest: str, board: Board) -> None:
    """The contract that differs least is named first."""
    assert contracts_near(symbol, board)[0] == nearest


@pytest.mark.parametrize("symbol", ["", "HELLO", "DOGE-25DEC26-1-C", "ETH", "B" * 64])
def test_what_is_like_nothing_finds_nothing(symbol: str, board: Board) -> None:
    """Nor does anything on an empty board."""
    assert contracts_near(symbol, board) == []
    assert contracts_near(symbol, Board()) == []


@pytest.mark.parametrize("number", range(0, 600, 37))
def test_a_strike_that_is_listed_is_its_own_nearest(number: int) -> None:
    """On a market of real size, whatever the expiry."""
    board = simulated("BTC").board
    symbol = list(board.rows)[number]
    assert contracts_near(symbol, board)[0] == symbol


async def test_the_interface_tells_what_is_near() -> None:
    """Of a contract, an expiry of a coin, and an expiry of any; without one, some that exist."""
    async with serving() as site:

        async def detail(path: str) -> str:
            return str((await site.problem(path, 404))["detail"])

        assert "near it are BTC-25DEC26-2000-C-USDT, BTC" in await detail("/tickers/btc-25dec26-2001-c-usdt")
        assert "near it are 2026-12-25, 2027-03-26" in await detail("/chains/BTC/26DEC26")
        assert "near it are 2026-12-25, 2027-03-26" in await detail("/tickers?expiry=26DEC26")
        assert "there are BTC-25DEC26-" in await detail("/tickers/hello")
        assert "near it are BTC-25DEC26-2000-C-USDT" in await detail(
            "/tickers?symbols=BTC-25DEC26-2001-C-USDT"
        )
