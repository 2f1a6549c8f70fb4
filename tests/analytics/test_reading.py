from math import isfinite
from typing import TypeVar

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analytics.markets import START_MS, simulated
from tests.push.boards import NOW_MS, Step, list_contract, make_board, perform, steps, values
from voltape.analytics.curves import Curves
from voltape.analytics.reading import Reading, Steps, read
from voltape.model.board import Board

T = TypeVar("T")


def done(computing: Steps[T]) -> T:
    """What the steps lead to."""
    while True:
        try:
            next(computing)
        except StopIteration as end:
            result: T = end.value
            return result


def reading_of(board: Board, coin: str = "BTC", now_ms: int = START_MS) -> Reading:
    """A reading in one go."""
    return done(read(coin, board.expiries(coin), now_ms))


@pytest.fixture(scope="module")
def board() -> Board:
    """A simulated market."""
    return simulated("BTC").board


def test_a_part_is_computed_once(board: Board) -> None:
    """Whoever asks later gets the same."""
    one = reading_of(board)
    for part in (
        one.smiles,
        one.skews,
        one.term_structure,
        one.variance_index,
        one.open_interest,
        one.max_pains,
        one.gamma_exposure,
        one.net_greeks,
        one.atms,
        one.forwards,
        one.checks,
        one.figures,
    ):
        first = done(part())
        assert list(part()) == [], "nothing is left to do"
        assert done(part()) is first


def test_every_expiry_is_a_step_of_its_own(board: Board) -> None:
    """There is time for others between two of them."""
    expiries = len(board.expiries("BTC"))
    assert len(list(read("BTC", board.expiries("BTC"), START_MS))) == expiries
    assert len(list(reading_of(board).curves(Curves()))) == 2 * expiries
    assert len(list(reading_of(board).checks())) == expiries + 1


def test_the_summary_is_made_of_the_other_parts(board: Board) -> None:
    """Each figure is that of the part it comes from."""
    one = reading_of(board)
    figures = done(one.figures())
    term, gamma = done(one.term_structure()), done(one.gamma_exposure())
    assert (figures.underlying, figures.ts, figures.index_price) == ("BTC", START_MS, one.index_price)
    assert [expiry.atm_iv for expiry in figures.expiries] == [point.atm_iv for point in term.points]
    assert [expiry.max_pain for expiry in figures.expiries] == [one.max_pain for one in done(one.max_pains())]
    assert (figures.gamma_exposure, figures.gamma_flip) == (gamma.net, gamma.flip)
    assert figures.volatility_index == done(one.variance_index()).value
    assert figures.atm_iv_30d == next(tenor.atm_iv for tenor in term.tenors if tenor.days == 30)
    assert figures.open_interest == done(one.open_interest()).open_interest
    assert figures.greeks == done(one.net_greeks()).net
    assert figures.contracts == sum(chain.contracts for chain in one.chains)


def test_all_parts_have_the_same_forward_where_both_settlement_coins_are_listed() -> None:
    """That of the coin through which the expiry is seen, however fresh the other's is."""
    board = Board()
    for symbol, forward, age in (
        ("BTC-25DEC26-90-C-USDT", 94.0, 500),
        ("BTC-25DEC26-100-C-USDT", 94.0, 500),
        ("BTC-25DEC26-100-C", 96.0, 0),
    ):
        given = values(None, underlying_price=forward, mark_iv=0.5, open_interest=1.0, delta=0.5)
        board.push(list_contract(board, symbol), given, NOW_MS - age, 1, NOW_MS)
    board.commit()
    one = reading_of(board, now_ms=NOW_MS)
    assert [found.forward for found in done(one.forwards())] == [94.0]
    assert [found.forward for found in done(one.max_pains())] == [94.0]
    assert [found.forward for found in done(one.figures()).expiries] == [94.0]
    assert done(one.net_greeks()).net.delta_usd == 1.5 * 94.0


def test_one_expiry_can_be_asked_for_alone(board: Board) -> None:
    """Its sums are its own."""
    one = reading_of(board)
    date = one.positions[2].expiry
    alone = done(one.gamma_exposure(date))
    assert [expiry.expiry for expiry in alone.expiries] == [date]
    assert alone.net == done(one.gamma_exposure()).expiries[2].net
    assert [expiry.expiry for expiry in done(one.open_interest(date)).expiries] == [date]


def test_an_expiry_whose_time_is_over_is_left_out(board: Board) -> None:
    """It may still be on the board for a while."""
    first, *later = board.expiries("BTC")
    one = reading_of(board, now_ms=first.expiry_ms)
    assert [position.expiry for position in one.positions] == [series.expiry for series in later]
    assert [chain.expiry for chain in one.chains] == [series.expiry for series in later]


def test_a_board_without_data_has_absent_figures() -> None:
    """Nothing is made up."""
    figures = done(reading_of(make_board(filled=False), now_ms=NOW_MS).figures())
    assert (figures.contracts, figures.index_price, figures.volatility_index) == (0, None, None)
    assert (figures.open_interest, figures.gamma_exposure, figures.gamma_flip) == (None, None, None)
    assert [expiry.atm_iv for expiry in figures.expiries] == [None, None]


def numbers(value: object) -> list[float]:
    """Every number in an answer."""
    if isinstance(value, dict):
        return [number for one in value.values() for number in numbers(one)]
    if isinstance(value, list):
        return [number for one in value for number in numbers(one)]
    return [value] if isinstance(value, float) else []


@settings(max_examples=60)
@given(events=st.lists(steps, max_size=30))
def test_whatever_the_board_shows_every_part_can_be_computed(events: list[Step]) -> None:
    """Contracts come and go, values are odd or absent."""
    board = make_board()
    for event in events:
        if event.number is None or abs(event.number) < 1e9:
            perform(board, event)
    one = reading_of(board, now_ms=NOW_MS)
    parts: list[object] = [
        done(one.figures()),
        done(one.curves(Curves())),
        done(one.checks()),
        done(one.forwards()),
        done(one.atms()),
    ]
    assert all(map(isfinite, numbers(msgspec.to_builtins(parts))))
