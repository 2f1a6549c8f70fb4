from typing import Any

import msgspec
import pytest

from voltape.client.book import Book, View
from voltape.client.problem import UnexpectedAnswer
from voltape.client.session import Interrupted
from voltape.model.ticker import Ticker
from voltape.push.protocol import Delta, Heartbeat, Snapshot

CHANNEL = "chain.BTC.2026-12-25"


def ticker(symbol: str, **values: Any) -> dict[str, Any]:
    """A complete ticker as it comes in a message."""
    whole = Ticker(symbol, "BTC", "USDT", "2026-12-25", "2026-12-25T08:00:00Z", 9.5, 1000.0, "call", **values)
    return msgspec.structs.asdict(whole)


def view_of(book: Book, message: Snapshot | Delta) -> View:
    """The view after a message that has one."""
    view = book.apply(message)
    assert view is not None
    return view


def test_deltas_change_the_fields_they_name() -> None:
    """What they do not name stays, absent values replace others, and contracts join and leave."""
    book = Book()
    first = view_of(book, Snapshot(CHANNEL, 1, 7, [ticker("A", bid_price=1.0, ask_price=2.0), ticker("B")]))
    assert first.changed == {"A", "B"}
    changes = [{"symbol": "A", "bid_price": None, "new_field": 1}, ticker("C", mark_iv=0.5)]
    second = view_of(book, Delta(CHANNEL, 2, 8, changes, ["B"]))
    assert second.tickers.keys() == {"A", "C"}
    assert (second.tickers["A"].bid_price, second.tickers["A"].ask_price) == (None, 2.0)
    assert (second.seq, second.ts, second.changed, second.removed) == (2, 8, frozenset("AC"), frozenset("B"))


def test_a_view_given_out_never_changes() -> None:
    """Whoever keeps one can compare it with the next."""
    book = Book()
    first = view_of(book, Snapshot(CHANNEL, 1, 7, [ticker("A", bid_price=1.0)]))
    view_of(book, Delta(CHANNEL, 2, 8, [{"symbol": "A", "bid_price": 3.0}], ["A"][:0]))
    assert first.tickers["A"].bid_price == 1.0


def test_a_snapshot_replaces_everything() -> None:
    """It tells what left meanwhile."""
    book = Book()
    view_of(book, Snapshot(CHANNEL, 1, 7, [ticker("A"), ticker("B")]))
    view = view_of(book, Snapshot(CHANNEL, 9, 8, [ticker("B")]))
    assert (set(view.tickers), view.removed) == ({"B"}, frozenset("A"))


def test_channels_do_not_mix() -> None:
    """Each has its own state."""
    book = Book()
    view_of(book, Snapshot(CHANNEL, 1, 7, [ticker("A")]))
    assert view_of(book, Snapshot("ticker.B", 1, 7, [ticker("B")])).tickers.keys() == {"B"}
    assert view_of(book, Delta(CHANNEL, 2, 8, [])).tickers.keys() == {"A"}


@pytest.mark.parametrize("channel", ["status", "analytics.BTC", "weather"])
def test_a_channel_of_objects_is_its_newest_object(channel: str) -> None:
    """There is nothing to merge."""
    book = Book()
    view_of(book, Snapshot(channel, 1, 7, {"a": 1}))
    view = view_of(book, Delta(channel, 2, 8, {"b": 2}))
    assert (view.data, view.tickers) == ({"b": 2}, {})


def test_messages_without_data_have_no_view() -> None:
    """They change no channel."""
    assert Book().apply(Heartbeat(1)) is None
    assert Book().apply(Interrupted("cut", 1.0)) is None


@pytest.mark.parametrize(
    "message",
    [
        Delta(CHANNEL, 2, 8, []),
        Snapshot(CHANNEL, 1, 7, [{"symbol": "A"}]),
        Snapshot(CHANNEL, 1, 7, {"a": 1}),
    ],
)
def test_what_cannot_be_applied_is_told(message: Snapshot | Delta) -> None:
    """A state that is wrong in silence would be worse."""
    with pytest.raises(UnexpectedAnswer):
        Book().apply(message)


def test_a_view_becomes_a_frame() -> None:
    """One row per contract."""
    view = view_of(Book(), Snapshot(CHANNEL, 1, 7, [ticker("A"), ticker("B")]))
    assert view.to_polars()["symbol"].to_list() == ["A", "B"]
