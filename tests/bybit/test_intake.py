"""The receive path: from frames to the board, whatever arrives."""

import json
import logging
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bybit.payloads import CALL, PUT, TOPIC, answers, pushed, ticker
from voltape.bybit import intake as intake_module
from voltape.bybit.intake import Intake
from voltape.bybit.topics import Aside, ticker_topic
from voltape.model.board import Board
from voltape.model.instrument import instrument_from_symbol
from voltape.model.row import Row
from voltape.model.ticker import VALUE_FIELDS

NOW = 1_790_000_000_000
BID = VALUE_FIELDS.index("bid_price")
ASK = VALUE_FIELDS.index("ask_price")


class Venue:
    """A board, an intake that expects some contracts, and messages about them."""

    def __init__(self, *symbols: str, conflate: bool = True) -> None:
        self.board = Board()
        self.intake = Intake(self.board, conflate=conflate)
        for symbol in symbols or (CALL,):
            self.add(symbol)
        if conflate:
            self.intake.flush(NOW)

    def add(self, symbol: str) -> Row:
        """List a contract and expect it."""
        instrument = instrument_from_symbol(symbol)
        assert instrument is not None
        row = self.board.add(instrument)
        self.intake.expect(row)
        return row

    def row(self, symbol: str = CALL) -> Row:
        """Return a contract's row."""
        return self.board.rows[symbol]

    def bid(self, symbol: str = CALL) -> float | None:
        """Return a contract's bid price."""
        return self.row(symbol).values[BID]

    def take(self, *messages: bytes) -> list[str | Aside | None]:
        """Take messages that arrive one millisecond after the other."""
        return [self.intake.take(message, NOW + i) for i, message in enumerate(messages)]

    def flush(self) -> list[str]:
        """Flush at the present time; return the symbols that the venue spoke of."""
        return [row.instrument.symbol for row in self.intake.flush(NOW)]

    def counts(self) -> dict[str, int]:
        """Return the counters that are not zero, those of conflation included."""
        counters = self.intake.counters
        found = {name: getattr(counters, name) for name in counters.__struct_fields__}
        found["conflated"] = self.intake.latest.conflated
        found["displaced"] = self.intake.latest.out_of_order
        return {name: count for name, count in found.items() if count}


def quote(price: float, ts: int = NOW, sequence: int = 1, symbol: str = CALL, **envelope: object) -> bytes:
    """Return a push of a contract with this bid."""
    return pushed(ticker(symbol, bidPrice=str(price)), ts, sequence, symbol, **envelope)


def garbage(ts: int = NOW, **fields: object) -> bytes:
    """Return a push that looks well from outside and cannot be decoded."""
    return pushed(ticker(**(fields or {"delta": "NaN"})), ts)


def test_a_push_reaches_the_board_at_the_flush() -> None:
    """Its topic is named at once; values, both times and the number are on the board after the flush."""
    venue = Venue()
    assert venue.take(quote(5, NOW - 40, 77)) == [TOPIC]
    assert not venue.row().has_data
    assert venue.flush() == [CALL]
    row = venue.row()
    assert (venue.bid(), row.ts_exchange, row.ts_received, row.sequence) == (5.0, NOW - 40, NOW, 77)
    assert venue.counts() == {"decoded": 1}
    assert list(venue.intake.lags) == [40]
    assert venue.flush() == []


def test_only_the_newest_of_a_burst_is_decoded() -> None:
    """Trap 16: after a burst the board shows its last state."""
    venue = Venue()
    venue.take(*(quote(price, NOW + price) for price in range(1, 51)))
    assert venue.flush() == [CALL]
    assert venue.bid() == 50.0
    assert venue.counts() == {"conflated": 49, "decoded": 1}


def test_a_decimal_strike_is_found_by_its_topic() -> None:
    """Trap 6: the second dot of such a topic is part of the symbol."""
    venue = Venue(CALL, PUT)
    assert venue.take(quote(0.1, symbol=PUT)) == [ticker_topic(PUT)]
    assert venue.flush() == [PUT]


@pytest.mark.parametrize("answer", answers(), ids=lambda answer: answer.decode()[:60])
def test_answers_are_no_pushes(answer: bytes) -> None:
    """Acknowledgements and pongs are for the session, and counted nowhere here."""
    venue = Venue()
    assert venue.take(answer) == [None]
    assert venue.counts() == {}


@pytest.mark.parametrize(
    ("topic", "unknown"),
    [("tickers.ETH-25DEC26-3000-C-USDT", 1), (f"orderbook.25.{CALL}", 0), ("publicTrade.BTC", 0)],
)
def test_pushes_of_what_nobody_expects_are_counted_and_dropped(topic: str, unknown: int) -> None:
    """A contract that is not listed takes no room; other topics are nobody's."""
    venue = Venue()
    assert venue.take(pushed(topic=topic)) == [""]
    assert venue.counts() == ({"unknown": 1} if unknown else {})
    assert venue.flush() == []


def test_a_contract_that_left_is_unknown() -> None:
    """Trap 13: what still comes after expiry neither fails nor comes back to life, a message on the way included."""
    venue = Venue()
    venue.take(quote(5))
    venue.board.remove(CALL)
    venue.intake.forget(CALL)
    assert venue.take(quote(6, NOW + 1)) == [""]
    assert venue.flush() == []
    assert (venue.board.rows, venue.counts()) == ({}, {"unknown": 1})


def test_a_contract_that_comes_back_starts_empty() -> None:
    """Messages about its earlier life are gone; new ones go to the new row."""
    venue = Venue()
    venue.take(quote(5))
    venue.board.remove(CALL)
    venue.intake.forget(CALL)
    row = venue.add(CALL)
    assert venue.flush() == []
    venue.take(quote(6, NOW + 1))
    assert venue.flush() == [CALL]
    assert row.values[BID] == 6.0


def test_an_older_message_in_a_later_flush_is_dropped() -> None:
    """Trap 10: it is counted, changes nothing, and says nothing about now."""
    venue = Venue()
    venue.take(quote(5, NOW))
    venue.flush()
    venue.take(quote(4, NOW - 1))
    assert venue.flush() == []
    assert (venue.bid(), venue.row().ts_exchange) == (5.0, NOW)
    assert venue.counts() == {"decoded": 2, "out_of_order": 1}


def test_a_repeated_message_in_a_later_flush_is_a_duplicate() -> None:
    """Trap 10: no update, but the venue has said that the values are current."""
    venue = Venue()
    venue.take(quote(5))
    venue.flush()
    venue.board.commit()
    venue.take(quote(5))
    assert venue.flush() == [CALL]
    assert venue.board.commit() is None
    assert venue.counts() == {"decoded": 2, "duplicates": 1}


BAD_FRAMES = {
    "nothing": b"",
    "half a message": pushed()[:200],
    "not JSON": b"hello",
    "a list": b"[1,2]",
    "invalid UTF-8": b'{"topic":"\xff"}',
    "nesting without end": b'{"x":' + b"[" * 50_000,
    "a time that is no number": pushed(ts="soon"),
    "a time beyond floats": pushed().replace(b"1790000000123,", b"1e999,"),
    "a topic that is no text": pushed(topic=7),
}


@pytest.mark.parametrize("frame", BAD_FRAMES.values(), ids=BAD_FRAMES.keys())
def test_a_frame_that_cannot_be_read_is_counted_and_costs_nothing(frame: bytes) -> None:
    """Trap 23: nothing is raised, and good messages around it count."""
    venue = Venue()
    assert venue.take(quote(5), frame, quote(6, NOW + 1)) == [TOPIC, "", TOPIC]
    assert venue.flush() == [CALL]
    assert venue.bid() == 6.0
    assert venue.counts() == {"conflated": 1, "decoded": 1, "rejected": 1}
    assert venue.intake.suspects == set()


BAD_DATA = {
    "no finite number": {"delta": "NaN"},
    "wrong type": {"bidPrice": ["5"]},
    "another contract": {"symbol": PUT},
}


@pytest.mark.parametrize("fields", BAD_DATA.values(), ids=BAD_DATA.keys())
def test_garbage_that_displaced_a_good_message_does_not_cost_it(fields: dict[str, object]) -> None:
    """Trap 23: the displaced message is used, and the contract is suspected of having missed something."""
    venue = Venue()
    venue.take(quote(5), garbage(NOW + 1, **fields))
    assert venue.flush() == [CALL]
    assert (venue.bid(), venue.row().ts_exchange) == (5.0, NOW)
    assert venue.counts() == {"conflated": 1, "decoded": 1, "rejected": 1}
    assert venue.intake.suspects == {CALL}


def test_garbage_before_a_good_message_is_never_looked_at() -> None:
    """Conflation drops it unseen."""
    venue = Venue()
    venue.take(garbage(NOW - 1), quote(5))
    assert venue.flush() == [CALL]
    assert venue.counts() == {"conflated": 1, "decoded": 1}


def test_garbage_alone_makes_the_contract_suspect() -> None:
    """Nothing is known of its newest values, so that a poll should look; the next good message is taken."""
    venue = Venue()
    venue.take(garbage())
    assert venue.flush() == []
    assert venue.intake.suspects == {CALL}
    venue.take(quote(5, NOW))
    assert venue.flush() == [CALL]


def test_two_bad_messages_leave_the_contract_suspect() -> None:
    """Both the newest and the spare are refused."""
    venue = Venue()
    venue.take(garbage(NOW), garbage(NOW + 1))
    assert venue.flush() == []
    assert venue.counts() == {"conflated": 1, "rejected": 2}


@pytest.mark.parametrize("ts", [NOW + 60_001, NOW + 10**9, 10**30, 0, -1])
def test_an_impossible_time_is_refused_and_poisons_nothing(ts: int) -> None:
    """Trap 10: a message from the future must not make every later one look old, nor cost those before and after."""
    venue = Venue()
    venue.take(quote(5), quote(99, ts), quote(6, NOW + 1))
    assert venue.flush() == [CALL]
    assert (venue.bid(), venue.row().pushed_ts) == (6.0, NOW + 1)
    assert venue.intake.counters.rejected == (1 if ts > NOW else 0)
    assert venue.intake.latest.filled == 0
    venue.take(quote(7, NOW + 2))
    venue.flush()
    assert venue.bid() == 7.0


def test_a_time_slightly_ahead_is_accepted() -> None:
    """Our knowledge of the venue's clock is not exact."""
    venue = Venue()
    venue.take(quote(5, NOW + 59_000))
    assert venue.flush() == [CALL]


@pytest.mark.parametrize("conflate", [True, False])
@pytest.mark.parametrize("kind", ["snapshot", "delta"])
def test_the_future_is_refused_before_the_first_flush_too(kind: str, conflate: bool) -> None:
    """Until a flush has told the venue's time, the time of arrival is what a message is measured against."""
    board = Board()
    instrument = instrument_from_symbol(CALL)
    assert instrument is not None
    intake = Intake(board, conflate=conflate)
    intake.expect(board.add(instrument))
    for message in (quote(5, NOW + 60_001, type=kind), quote(6, NOW, type=kind)):
        intake.take(message, NOW)
    assert [row.values[BID] for row in intake.flush(NOW)] == [6.0]
    assert (intake.counters.decoded, intake.counters.rejected) == (1, 1)


def test_messages_from_the_future_displace_nothing() -> None:
    """However many come between two flushes, the good one is shown."""
    venue = Venue()
    venue.take(quote(5), *(quote(99, NOW + 10**6 + i) for i in range(5)), quote(4, NOW - 1))
    assert venue.flush() == [CALL]
    assert venue.bid() == 5.0
    assert venue.counts() == {"decoded": 2, "out_of_order": 1, "rejected": 5}


def test_a_delta_is_merged_into_what_came_before_it() -> None:
    """Only the named field changes, also where the snapshot has not been flushed yet; each is decoded once."""
    venue = Venue()
    delta = {"symbol": CALL, "bidPrice": "6"}
    assert venue.take(quote(5), pushed(delta, NOW + 1, type="delta")) == [TOPIC, TOPIC]
    assert venue.flush() == [CALL]
    assert (venue.bid(), venue.row().values[ASK]) == (6.0, 4265.0)
    assert venue.counts() == {"decoded": 2}
    assert venue.intake.latest.filled == 0


def test_an_older_or_repeated_delta_changes_nothing() -> None:
    """Trap 10: deltas are ordered as snapshots are."""
    venue = Venue()
    venue.take(quote(5, NOW))
    venue.flush()
    old = pushed({"symbol": CALL, "bidPrice": "4"}, NOW - 1, type="delta")
    new = pushed({"symbol": CALL, "bidPrice": "6"}, NOW + 1, type="delta")
    venue.take(old, new, new)
    venue.flush()
    assert (venue.bid(), venue.row().ts_exchange) == (6.0, NOW + 1)
    assert venue.counts() == {"decoded": 4, "out_of_order": 1, "duplicates": 1}


def test_a_bad_delta_is_counted_and_suspected() -> None:
    """Trap 23: it changes nothing."""
    venue = Venue()
    assert venue.take(pushed({"symbol": CALL, "bidPrice": "x"}, type="delta")) == [TOPIC]
    assert venue.flush() == []
    assert venue.counts() == {"rejected": 1}
    assert venue.intake.suspects == {CALL}


@pytest.mark.parametrize("kind", ["", "update", "Snapshot"])
def test_a_push_of_another_type_is_taken_as_a_snapshot(kind: str) -> None:
    """It is decoded at once, in order with what waits."""
    venue = Venue()
    venue.take(quote(5), quote(6, NOW + 1, type=kind), quote(4, NOW - 1))
    assert venue.flush() == [CALL]
    assert venue.bid() == 6.0


def test_deltas_and_snapshots_in_turn_take_no_room() -> None:
    """What was decoded early does not wait for the flush a second time."""
    venue = Venue()
    for i in range(50):
        venue.take(quote(i, NOW + 2 * i), pushed({"symbol": CALL}, NOW + 2 * i + 1, type="delta"))
    assert venue.intake.latest.filled == 0
    assert venue.flush() == [CALL]
    assert venue.counts() == {"decoded": 100}


@pytest.mark.parametrize("conflate", [True, False])
def test_a_message_too_large_for_a_ticker_is_dropped(conflate: bool) -> None:
    """Room per contract is bounded: 64 kB of unknown fields are not kept."""
    venue = Venue(conflate=conflate)
    assert venue.take(quote(5), pushed(ticker(x="y" * 65_536), NOW + 1)) == [TOPIC, ""]
    assert venue.flush() == [CALL]
    assert venue.bid() == 5.0
    assert venue.counts() == {"decoded": 1, "rejected": 1}
    assert venue.intake.suspects == {CALL}


def test_without_conflation_every_message_is_decoded_at_once() -> None:
    """The plain profile: nothing waits, and the flush still names the contracts that spoke, once each."""
    venue = Venue(CALL, PUT, conflate=False)
    venue.take(quote(5), quote(6, NOW + 1), quote(0.1, symbol=PUT), garbage(NOW + 2))
    assert venue.bid() == 6.0
    assert venue.intake.latest.filled == 0
    assert venue.flush() == [CALL, PUT]
    assert venue.flush() == []
    assert venue.counts() == {"decoded": 3, "rejected": 1}


def test_a_suspect_stays_until_somebody_takes_it() -> None:
    """Good messages do not tell what a bad one held."""
    venue = Venue()
    venue.take(garbage())
    venue.flush()
    venue.take(quote(5))
    venue.flush()
    assert venue.intake.suspects == {CALL}
    venue.intake.suspects.clear()
    venue.flush()
    assert venue.intake.suspects == set()


def test_lags_are_kept_within_bounds() -> None:
    """Only the latest count; the oldest fall out."""
    venue = Venue(conflate=False)
    bound = venue.intake.lags.maxlen
    assert bound is not None
    for i in range(bound + 10):
        venue.intake.take(quote(5, NOW + i), NOW + i + i % 7)
    assert list(venue.intake.lags) == [i % 7 for i in range(10, bound + 10)]


def test_rejections_are_sampled_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """A flood of garbage makes a line per thousand, and no line repeats a long message."""
    venue = Venue()
    with caplog.at_level(logging.WARNING):
        for _ in range(2_001):
            venue.take(b'{"topic":' + b"x" * 3_000)
    assert venue.counts() == {"rejected": 2_001}
    assert len(caplog.records) == 3
    assert max(len(record.getMessage()) for record in caplog.records) < 400


def test_an_unforeseen_failure_freezes_no_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 23: a bug that a message runs into ends one flush, and every contract goes on with the next one."""
    venue = Venue(CALL, PUT)
    venue.take(quote(5), quote(0.1, symbol=PUT))
    with monkeypatch.context() as patch:
        patch.setattr(intake_module, "ticker_push", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            venue.flush()
    venue.take(quote(6, NOW + 1), quote(0.2, NOW + 1, symbol=PUT))
    assert sorted(venue.flush()) == [CALL, PUT]
    assert (venue.bid(), venue.bid(PUT)) == (6.0, 0.2)


SCRIPT = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["good", "bad", "delta"]), st.sampled_from([CALL, PUT]), st.integers(-3, 3)
        ),
        st.tuples(st.sampled_from(["flush", "noise", "answer", "future"]), st.just(CALL), st.integers(0, 3)),
    ),
    max_size=40,
)


@given(SCRIPT, st.booleans())
def test_the_newest_good_message_is_shown_and_every_message_is_counted(
    script: list[tuple[str, str, int]], conflate: bool
) -> None:
    """Reordering, duplicates, deltas, garbage and noise in any mixture: order holds and the counters add up."""
    venue = Venue(CALL, PUT, conflate=conflate)
    newest: dict[str, int] = {}
    bad: dict[str, int] = {}
    messages = 0
    for what, symbol, offset in [*script, ("flush", CALL, 0)]:
        ts = NOW + offset
        messages += what not in {"flush", "answer"}
        match what:
            case "flush":
                venue.flush()
                assert venue.intake.latest.filled == 0
            case "good":
                assert venue.take(quote(offset + 10, ts, offset + 5, symbol)) == [ticker_topic(symbol)]
                newest[symbol] = max(newest.get(symbol, ts), ts)
            case "bad":
                venue.take(pushed(ticker(symbol, delta="inf"), ts, symbol=symbol))
                bad[symbol] = bad.get(symbol, 0) + 1
            case "delta":
                venue.take(pushed({"symbol": symbol, "askPrice": "1"}, ts, symbol=symbol, type="delta"))
                newest[symbol] = max(newest.get(symbol, ts), ts)
            case "noise":
                assert venue.take(b"\x00{" * (offset + 1)) == [""]
            case "answer":
                assert venue.take(answers()[offset]) == [None]
            case _:
                venue.take(quote(99, NOW + 10**8))
    for symbol, ts in newest.items():
        # Two bad messages on top of each other may hide a good one until the next; then the contract is suspect.
        if venue.row(symbol).pushed_ts != ts:
            assert venue.row(symbol).pushed_ts < ts
            assert conflate
            assert bad[symbol] >= 2
            assert symbol in venue.intake.suspects
    counts = venue.counts()
    updates = counts.get("decoded", 0) + counts.get("rejected", 0)
    spares = counts.get("conflated", 0) + counts.get("displaced", 0)
    # A spare that stands in for a bad message was counted when it was displaced.
    assert messages - spares <= updates <= messages
    assert max((row.pushed_ts for row in venue.board.rows.values()), default=0) <= NOW + 3


@given(st.permutations(range(12)), st.integers(0, 2**32))
def test_arrival_order_and_flushes_do_not_matter(order: list[int], seed: int) -> None:
    """Trap 10: any order, any repetition, any moments of flushing end with the newest message on the board."""
    venue, rng = Venue(), Random(seed)
    for i in order:
        for _ in range(rng.randint(1, 2)):
            venue.take(quote(i, NOW + i // 2, sequence=i))
        if rng.random() < 0.4:
            venue.flush()
    venue.flush()
    row = venue.row()
    assert row.ts_exchange == NOW + 5
    assert venue.bid() in {10.0, 11.0}


def test_fields_that_are_new_to_us_do_not_matter() -> None:
    """Extra keys in the envelope and in the data are skipped."""
    venue = Venue()
    frame = {**json.loads(quote(5)), "cs": 12, "extra": {"deep": [[]]}}
    assert venue.take(json.dumps(frame).encode()) == [TOPIC]
    assert venue.flush() == [CALL]
