"""The trade tape: each trade once, in order, in bounded memory."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.trades import CALL, PUT, START, series_of_trades, trade
from voltape.model.tape import Tape, Tapes
from voltape.model.trade import Trade


def listened(tapes: Tapes) -> list[tuple[str, list[Trade]]]:
    """What a listener is told from now on."""
    told: list[tuple[str, list[Trade]]] = []
    tapes.listen(lambda underlying, trades: told.append((underlying, trades)))
    return told


def test_trades_are_on_the_tape_from_the_commit_on() -> None:
    """Before it they are known but nobody has been told."""
    tapes = Tapes()
    told = listened(tapes)
    assert tapes.offer(trade(1)) == "new"
    assert tapes.offer(trade(1)) == "known"
    assert (len(tapes), told, tapes.version) == (0, [], 0)
    tapes.commit()
    assert told == [("BTC", [trade(1)])]
    assert (len(tapes), tapes.version, tapes.of("BTC").version) == (1, 1, 1)
    assert tapes.offer(trade(1)) == "known"
    tapes.commit()
    assert (len(told), tapes.version) == (1, 1)


def test_the_same_identifier_in_another_contract_is_another_trade() -> None:
    """Trades are known by contract and identifier."""
    tapes = Tapes()
    assert tapes.offer(trade(1, symbol=CALL)) == "new"
    assert tapes.offer(trade(1, symbol=PUT)) == "new"


def test_a_late_trade_takes_its_place_in_time() -> None:
    """What REST tells afterwards stands where it belongs, and listeners are told of it alone."""
    tapes = Tapes()
    for number in (1, 5, 3):
        tapes.offer(trade(number))
    tapes.commit()
    told = listened(tapes)
    tapes.offer(trade(2))
    tapes.commit()
    assert [one.id for one in tapes.of("BTC").trades] == ["id-1", "id-2", "id-3", "id-5"]
    assert [one.id for one in tapes.newest_first("BTC")] == ["id-5", "id-3", "id-2", "id-1"]
    assert told == [("BTC", [trade(2)])]


def test_trades_of_one_moment_stay_in_the_order_of_matching() -> None:
    """They share time and number, so arrival decides."""
    tape = Tape("BTC")
    batch = [trade(number, ts=START, sequence=4) for number in (3, 1, 2)]
    for one in batch:
        tape.offer(one)
    tape.commit(1)
    assert tape.trades == batch


def test_what_a_full_tape_has_dropped_is_never_taken_for_new() -> None:
    """Older than that is refused, known or not; newer than that is still welcome."""
    tape = Tape("BTC", capacity=3)
    for one in series_of_trades(6, first=10):
        tape.offer(one)
    assert len(tape.commit(1)) == 6
    assert [one.id for one in tape.trades] == ["id-13", "id-14", "id-15"]
    assert tape.offer(trade(12)) == "old"
    assert tape.offer(trade(5)) == "old"
    assert tape.offer(trade(99, ts=START + 13)) == "new"


def test_a_batch_as_large_as_the_tape_does_not_wait_longer() -> None:
    """What waits is as bounded as the tape."""
    tapes = Tapes(capacity=4)
    told = listened(tapes)
    for one in series_of_trades(9):
        tapes.offer(one)
    assert [len(trades) for _, trades in told] == [4, 4]


def test_restored_trades_are_known_but_no_news() -> None:
    """Listeners hear of what comes after them."""
    tapes = Tapes()
    told = listened(tapes)
    tapes.restore(series_of_trades(3))
    assert told == []
    assert len(tapes) == 3
    assert tapes.offer(trade(2)) == "known"


def test_a_dropped_underlying_is_forgotten() -> None:
    """Its tape begins anew if it comes back; others stay."""
    tapes = Tapes()
    tapes.restore([trade(1), trade(2, symbol="ETH-25DEC26-3000-C")])
    before = tapes.version
    tapes.drop("BTC")
    tapes.drop("DOGE")
    assert (len(tapes), tapes.version) == (1, before + 1)
    assert tapes.offer(trade(1)) == "new"


def test_tapes_are_read_together_newest_first() -> None:
    """One underlying, or all in order of time."""
    tapes = Tapes()
    tapes.restore(trade(n, symbol=CALL if n % 2 else "ETH-25DEC26-3000-C") for n in range(6))
    assert [one.id for one in tapes.newest_first()] == [f"id-{n}" for n in (5, 4, 3, 2, 1, 0)]
    assert [one.id for one in tapes.newest_first("ETH")] == ["id-4", "id-2", "id-0"]
    assert list(tapes.newest_first("DOGE")) == []


def test_a_listener_that_stops_is_told_nothing_more() -> None:
    """Others still are."""
    tapes = Tapes()
    first: list[Trade] = []
    stop = tapes.listen(lambda _, trades: first.extend(trades))
    told = listened(tapes)
    stop()
    tapes.offer(trade(1))
    tapes.commit()
    assert (first, len(told)) == ([], 1)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=120),
    st.integers(1, 12),
    st.integers(0, 1000),
)
def test_every_trade_is_told_once_whatever_comes_twice_or_late(
    offers: list[tuple[int, bool]], capacity: int, seed: int
) -> None:
    """Listeners never hear of a trade again, and the tape is the newest of what they heard, in order."""
    tapes, random = Tapes(capacity), Random(seed)
    told: list[Trade] = []
    tapes.listen(lambda _, trades: told.extend(trades))
    times = {number: START + random.randrange(20) for number in range(31)}
    for number, commits in offers:
        tapes.offer(trade(number, ts=times[number]))
        if commits:
            tapes.commit()
    tapes.commit()
    assert len({one.key for one in told}) == len(told)
    kept = tapes.of("BTC").trades
    assert len(kept) <= capacity
    assert sorted(one.moment for one in told)[-len(kept) :] == [one.moment for one in kept]


def test_a_listener_that_fails_keeps_trades_from_no_other() -> None:
    """Of whatever underlying: they are told only once."""
    tapes = Tapes()
    heard: list[str] = []

    def fail(underlying: str, _: list[Trade]) -> None:
        raise ZeroDivisionError(underlying)

    tapes.listen(fail)
    tapes.listen(lambda underlying, _: heard.append(underlying))
    for symbol in (CALL, CALL.replace("BTC", "ETH")):
        tapes.offer(trade(1, symbol=symbol))
    with pytest.raises(ZeroDivisionError):
        tapes.commit()
    assert heard == ["BTC", "ETH"]
