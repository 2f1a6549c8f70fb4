"""Contracts near the money."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.track.contracts import NOW_MS, listed, with_values
from voltape.model.board import Board
from voltape.track.money import Windows, near_the_money

STRIKES = (80_000, 90_000, 95_000, 100_000, 101_000, 105_000, 110_000, 120_000)
DATES = ("2JAN26", "9JAN26", "27MAR26")


def symbol(strike: float, date: str = DATES[0], kind: str = "C") -> str:
    """A contract's name."""
    return f"BTC-{date}-{strike:g}-{kind}-USDT"


def chain(*dates: str, forward: float | None = None, strikes: tuple[int, ...] = STRIKES) -> Board:
    """Calls and puts of every strike; with a forward, the lowest call of each date shows it."""
    board = Board()
    for date in dates:
        listed(board, *(symbol(strike, date, kind) for strike in strikes for kind in "CP"))
        if forward is not None:
            with_values(board, symbol(strikes[0], date), underlying_price=forward)
    return board


def near(board: Board, moneyness: float = 0.0, nearest: int = 0, atm: int = 0) -> dict[str, list[float]]:
    """Strikes that are near, by date."""
    symbols = near_the_money(board.expiries("BTC"), Windows(moneyness, nearest, atm))
    found: dict[str, list[float]] = {}
    for row in board.rows_of("BTC"):
        if row.instrument.symbol in symbols:
            kinds = found.setdefault(row.instrument.symbol.split("-")[1], [])
            if row.instrument.strike not in kinds:
                kinds.append(row.instrument.strike)
    for date, strikes in found.items():
        assert symbols >= {symbol(strike, date, kind) for strike in strikes for kind in "CP"}
    return found


def each(dates: Sequence[str], strikes: list[float]) -> dict[str, list[float]]:
    """The same strikes in every expiry."""
    return {date: list(strikes) for date in dates}


def test_strikes_within_part_of_the_forward_are_near_in_every_expiry() -> None:
    """Both bounds count, both kinds are meant, and contracts without data of their own are included."""
    board = chain(*DATES, forward=100_000.0)
    assert near(board, 0.05) == each(DATES, [95_000, 100_000, 101_000, 105_000])
    assert near(board, 0.001) == each(DATES, [100_000])


def test_strikes_around_the_money_are_near_in_the_nearest_expiries_only() -> None:
    """The strike closest to the forward, and so many on each side as there are."""
    board = chain(*DATES, forward=100_400.0)
    assert near(board, nearest=2, atm=1) == each(DATES[:2], [95_000, 100_000, 101_000])
    assert near(board, nearest=1) == {DATES[0]: [100_000]}
    assert near(chain(DATES[0], forward=500_000.0), nearest=9, atm=2) == {
        DATES[0]: [105_000, 110_000, 120_000]
    }
    assert near(chain(DATES[0], forward=1.0), nearest=9, atm=2) == {DATES[0]: [80_000, 90_000, 95_000]}


def test_both_windows_add_up() -> None:
    """In a near expiry the wider bound on each side counts; elsewhere the part of the forward alone."""
    board = chain(*DATES, forward=100_000.0)
    assert near(board, 0.05, nearest=1, atm=2) == {
        DATES[0]: [90_000, 95_000, 100_000, 101_000, 105_000],
        DATES[1]: [95_000, 100_000, 101_000, 105_000],
        DATES[2]: [95_000, 100_000, 101_000, 105_000],
    }


def test_without_windows_nothing_is_near() -> None:
    """Zero switches each of them off."""
    assert near(chain(*DATES, forward=100_000.0), atm=5) == {}


def test_each_expiry_has_its_own_forward_and_the_newest_price_counts() -> None:
    """A polled row that lags behind does not move the window."""
    board = chain(*DATES[:2], forward=100_000.0)
    with_values(board, symbol(90_000, DATES[1]), NOW_MS + 1, underlying_price=110_000.0)
    with_values(board, symbol(110_000, DATES[1]), NOW_MS - 1, underlying_price=80_000.0)
    assert near(board, 0.001) == {DATES[0]: [100_000], DATES[1]: [110_000]}


def test_the_index_price_stands_in_where_no_forward_is_known() -> None:
    """An expiry that was listed just now goes by the coin's index; without any price there is no window."""
    board = chain(*DATES[:2])
    assert near(board, 0.05, nearest=2, atm=1) == {}
    with_values(board, symbol(80_000, DATES[0]), underlying_price=100_000.0, index_price=120_000.0)
    assert near(board, 0.001) == {DATES[0]: [100_000], DATES[1]: [120_000]}


@given(
    st.lists(st.integers(1, 200), min_size=1, max_size=12, unique=True),
    st.floats(0.5, 250.0),
    st.sampled_from([0.0, 0.02, 0.3]),
    st.integers(0, 2),
    st.integers(0, 3),
)
def test_the_windows_are_what_their_definition_says(
    strikes: list[int], forward: float, moneyness: float, nearest: int, atm: int
) -> None:
    """Whatever the strikes: within the part of the forward, or no more than so many places from the closest."""
    ordered = sorted(strikes)
    board = chain(*DATES[:2], forward=forward, strikes=tuple(ordered))
    closest = min(range(len(ordered)), key=lambda i: abs(ordered[i] - forward))
    expected = {}
    for place, date in enumerate(DATES[:2]):
        chosen = [
            float(strike)
            for i, strike in enumerate(ordered)
            if (moneyness and forward * (1 - moneyness) <= strike <= forward * (1 + moneyness))
            or (place < nearest and abs(i - closest) <= atm)
        ]
        if chosen:
            expected[date] = chosen
    assert near(board, moneyness, nearest, atm) == expected
