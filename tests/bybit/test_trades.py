"""Trades of the venue: what the wire says, and what of it reaches the tape."""

import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recorded import recorded_messages
from voltape.bybit import trades as trades_module
from voltape.bybit.intake import Intake
from voltape.bybit.topics import Aside, is_event, trade_topic
from voltape.bybit.trades import TradeIntake, TradePage, trades_of_page, trades_of_push
from voltape.model.board import Board
from voltape.model.instrument import instrument_from_symbol
from voltape.model.tape import Tapes
from voltape.model.trade import Trade

NOW = 1_790_000_000_000
CALL = "BTC-25DEC26-100000-C-USDT"
TOPIC = "publicTrade.BTC"


def wire(identity: str = "a", /, **changed: object) -> dict[str, object]:
    """An element of a push; `...` leaves a field out."""
    row: dict[str, object] = {
        "p": "1785",
        "v": "0.25",
        "i": identity,
        "T": NOW - 50,
        "BT": False,
        "s": CALL,
        "S": "Sell",
        "seq": 62_191_625_771,
        "mP": "1790.5",
        "iP": "91234.56",
        "mIv": "0.4955",
        "iv": "0.4912",
        **changed,
    }
    return {name: value for name, value in row.items() if value is not ...}


def listed(identity: str = "a", /, **changed: object) -> dict[str, object]:
    """A row of REST; `...` leaves a field out."""
    row: dict[str, object] = {
        "execId": identity,
        "symbol": CALL,
        "price": "1785",
        "size": "0.25",
        "side": "Sell",
        "time": str(NOW - 50),
        "isBlockTrade": False,
        "isRPITrade": False,
        "mP": "1790.5",
        "iP": "91234.56",
        "mIv": "0.4955",
        "iv": "0.4912",
        "seq": "62191625771",
        **changed,
    }
    return {name: value for name, value in row.items() if value is not ...}


def parsed(*rows: object) -> tuple[list[Trade], list[str]]:
    """What becomes of the elements of a push."""
    return trades_of_push("BTC", json.dumps(rows).encode(), NOW, NOW + 60_000)


def push(*rows: object, topic: str = TOPIC) -> bytes:
    """A frame of trades."""
    return json.dumps(
        {"id": f"{topic}-1-{NOW}", "topic": topic, "ts": NOW, "data": rows, "type": "snapshot"}
    ).encode()


class Venue:
    """A tape, and the way of frames to it."""

    def __init__(self, *coins: str) -> None:
        self.board = Board()
        contract = instrument_from_symbol(CALL)
        assert contract is not None
        self.row = self.board.add(contract)
        self.tapes = Tapes()
        self.trades = TradeIntake(self.tapes, self.board.rows)
        self.trades.expect(coins or ("BTC",))
        self.intake = Intake(self.board, trades=self.trades)
        self.intake.expect(self.row)

    def take(self, frame: bytes) -> object:
        """Take a frame that arrives now."""
        return self.intake.take(frame, NOW)

    def counts(self) -> dict[str, int]:
        """Counters of trades that are not zero."""
        counters = self.trades.counters
        found = {name: getattr(counters, name) for name in counters.__struct_fields__}
        return {name: count for name, count in found.items() if count}


def test_a_push_tells_all_that_the_venue_knows() -> None:
    """Taker's side, volatilities as fractions, prices of the moment, and both times."""
    trades, rejected = parsed(wire("a", BT=True))
    assert rejected == []
    assert trades == [
        Trade(
            id="a",
            symbol=CALL,
            underlying="BTC",
            ts_exchange=NOW - 50,
            ts_received=NOW,
            side="sell",
            price=1785.0,
            size=0.25,
            notional=22_808.64,
            iv=0.4912,
            mark_price=1790.5,
            mark_iv=0.4955,
            index_price=91_234.56,
            block=True,
            sequence=62_191_625_771,
        )
    ]


def test_rest_tells_the_same_under_other_names() -> None:
    """A trade of REST equals the same trade of the socket, so that one is known by the other."""
    rows = json.dumps([listed("b", time=str(NOW)), listed("a")]).encode()
    page, rejected = trades_of_page("BTC", rows, NOW, NOW + 60_000)
    assert rejected == []
    assert page[0] == parsed(wire("a"))[0][0]
    assert [trade.id for trade in page] == ["a", "b"]


@pytest.mark.parametrize("nothing", [..., None, "", "0"])
def test_what_the_venue_did_not_tell_is_absent(nothing: object) -> None:
    """Missing, null, empty and zero alike, for what cannot be zero."""
    trades, rejected = parsed(wire("a", iv=nothing, mIv=nothing, iP=nothing), wire("b"))
    assert rejected == []
    assert (trades[0].iv, trades[0].mark_iv, trades[0].index_price, trades[0].notional) == (None,) * 4
    assert trades[1].iv == 0.4912


def test_a_trade_of_the_years_before_has_no_more_than_its_price() -> None:
    """The recording of 2023 has neither number nor volatilities."""
    (recording,) = [json.loads(one) for one in recorded_messages() if b"publicTrade" in one]
    data = json.dumps(recording["data"]).encode()
    (trade,), rejected = trades_of_push("BTC", data, recording["ts"], recording["ts"])
    assert rejected == []
    assert (trade.symbol, trade.side, trade.price, trade.size) == ("BTC-28APR23-29500-C", "sell", 985.0, 0.01)
    assert (trade.sequence, trade.iv, trade.mark_price, trade.notional) == (None,) * 4


@pytest.mark.parametrize(
    "changed",
    [
        {"p": "0"},
        {"p": "-5"},
        {"p": "NaN"},
        {"p": "1e999"},
        {"p": ...},
        {"p": []},
        {"v": "0"},
        {"v": ""},
        {"iv": "inf"},
        {"iP": "none"},
        {"S": "Both"},
        {"S": 1},
        {"T": 0},
        {"T": NOW + 60_001},
        {"T": "yesterday"},
        {"i": ""},
        {"i": "x" * 65},
        {"i": ...},
        {"s": "ETH-25DEC26-3000-C"},
        {"s": "BTC"},
        {"s": "BTC-" + "9" * 64},
    ],
)
def test_a_trade_that_cannot_be_is_rejected_alone(changed: dict[str, object]) -> None:
    """Others of the same message count."""
    trades, rejected = parsed(wire("bad", **changed), wire("good"))
    assert [trade.id for trade in trades] == ["good"]
    assert len(rejected) == 1


@pytest.mark.parametrize("data", [b"{}", b"1", b"[", b'"x"', b"[1,2]", b"[[],{}]", b"\xff", b"[" * 5_000])
def test_data_that_is_no_list_of_trades_brings_none(data: bytes) -> None:
    """It is rejected without an exception."""
    trades, rejected = trades_of_push("BTC", data, NOW, NOW)
    assert trades == []
    assert rejected


_anything: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("pvisTS"), inner, max_size=6),
    max_leaves=12,
)


@given(st.lists(_anything, max_size=4), st.dictionaries(st.sampled_from(list(wire())), _anything, max_size=4))
def test_no_message_breaks_the_reader(rows: list[object], changed: dict[str, object]) -> None:
    """Whatever stands there, a good trade behind it is read and every number is finite and positive."""
    trades, rejected = parsed(*rows, wire("odd", **changed), wire("good"))
    assert trades[-1].id == "good"
    assert all(trade.price > 0 and trade.size > 0 for trade in trades)
    assert len(trades) + len(rejected) == len(rows) + 2


def test_a_push_of_trades_is_known_apart_from_tickers() -> None:
    """It is neither data of a ticker, nor bad, nor an answer; the trades wait for the commit."""
    venue = Venue()
    taken = venue.take(push(wire("a"), wire("b")))
    assert isinstance(taken, Aside)
    assert not taken
    assert taken.topic == TOPIC
    venue.tapes.commit()
    assert [trade.id for trade in venue.tapes.newest_first("BTC")] == ["b", "a"]
    assert venue.counts() == {"received": 2}
    assert venue.trades.pushed == {"BTC": NOW - 50}
    assert venue.intake.counters.rejected == 0


def test_names_of_listed_contracts_are_kept_once() -> None:
    """Thousands of trades do not hold thousands of equal texts."""
    venue = Venue()
    venue.take(push(wire("a")))
    venue.tapes.commit()
    assert next(venue.tapes.newest_first("BTC")).symbol is venue.row.instrument.symbol


def test_trades_that_nobody_expects_are_unusable() -> None:
    """As pushes of contracts that have left are."""
    venue = Venue("BTC")
    assert venue.take(push(wire("a", s="ETH-25DEC26-3000-C"), topic="publicTrade.ETH")) == ""
    assert Intake(venue.board).take(push(wire("a")), NOW) == ""
    venue.trades.expect(("ETH",))
    assert venue.take(push(wire("a"))) == ""
    assert venue.counts() == {}


def test_a_trade_counts_once_however_often_it_comes() -> None:
    """After a reconnect, from two connections at once, and from REST."""
    venue = Venue()
    venue.take(push(wire("a"), wire("b")))
    venue.take(push(wire("b"), wire("a")))
    page, _ = trades_of_page("BTC", json.dumps([listed("c"), listed("a")]).encode(), NOW, NOW)
    found = venue.trades.backfill(TradePage("BTC", page, 2, [], NOW))
    assert ([trade.id for trade in found.fresh], found.known) == (["c"], 1)
    venue.tapes.commit()
    assert len(venue.tapes) == 3
    assert venue.counts() == {"received": 4, "duplicates": 2, "backfilled": 1}


def test_a_trade_from_before_a_full_tape_is_counted_as_such() -> None:
    """Nobody can tell whether it was known."""
    venue = Venue()
    venue.tapes = venue.trades.tapes = Tapes(capacity=1)
    venue.take(push(wire("b", T=NOW - 20), wire("c", T=NOW - 10)))
    venue.tapes.commit()
    venue.take(push(wire("a", T=NOW - 30)))
    assert venue.counts() == {"received": 3, "outdated": 1}


def test_rejected_trades_are_counted_and_the_first_is_told(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line in many, so that a venue gone mad does not fill the disk."""
    monkeypatch.setattr(trades_module, "_SAMPLE_EVERY", 3)
    venue = Venue()
    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            venue.take(push(wire("a", S="Both")))
    assert venue.counts() == {"rejected": 4}
    assert [record.message for record in caplog.records] == [
        f"trade {number} rejected: BTC: its side is 'Both'" for number in (1, 4)
    ]


def test_topics_are_those_of_underlyings() -> None:
    """One for all contracts of each; they tell of events."""
    assert trade_topic("BTC") == TOPIC
    assert is_event(TOPIC)
    assert not is_event(f"tickers.{CALL}")
    trades = TradeIntake(Tapes(), {})
    assert trades.expect(["BTC", "ETH"]) == [TOPIC, "publicTrade.ETH"]
    first = trades.topics[TOPIC]
    assert trades.expect(["BTC"]) == [TOPIC]
    assert trades.topics[TOPIC] is first
