import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.push.boards import NOW_MS, decoded, list_contract, make_board, values
from voltape.model.board import Batch, Board
from voltape.push.feed import INTERVALS, Feed, FeedKey, interval_for
from voltape.push.protocol import Channel, channel_from_name

NAME = "tickers.BTC"
CALL = "BTC-25DEC26-100000-C-USDT"


def feed_of(board: Board) -> Feed:
    """A feed of all of a coin's contracts."""
    channel = channel_from_name(NAME)
    assert channel is not None

    def state(_: Channel, now_ms: int) -> object:
        return board.tickers(board.rows_of("BTC"), now_ms)

    return Feed(FeedKey(NAME, 0.0, "json"), channel, state)


def committed(board: Board) -> Batch:
    """Commit what is pending."""
    batch = board.commit()
    assert batch is not None
    return batch


def touch(feed: Feed, batch: Batch) -> None:
    """Hand a batch to a feed."""
    for row in batch.removed:
        feed.drop(row)
    for one in batch.changes:
        feed.touch(one)


def test_changes_of_several_commits_come_as_one_delta_with_the_newest_values() -> None:
    """A field that changed twice is sent once."""
    board = make_board([CALL])
    feed = feed_of(board)
    row = board.rows[CALL]
    for number, bid in ((1, 10.0), (2, 11.0)):
        board.push(row, values(1.0, bid_price=bid), NOW_MS + number, 1, NOW_MS + number)
        touch(feed, committed(board))
    board.set_lane(row, "live")
    touch(feed, committed(board))
    message = decoded(feed.flush(NOW_MS, {}))
    assert message["seq"] == 1
    assert message["data"] == [
        {
            "symbol": CALL,
            "bid_price": 11.0,
            "ts_exchange": NOW_MS + 2,
            "ts_received": NOW_MS + 2,
            "lane": "live",
        }
    ]
    assert not feed.pending


def test_a_contract_that_joins_is_sent_complete() -> None:
    """A client that does not know it needs all of its fields."""
    board = make_board([])
    feed = feed_of(board)
    list_contract(board, CALL)
    touch(feed, committed(board))
    (ticker,) = decoded(feed.flush(NOW_MS, {}))["data"]
    assert ticker["strike"] == 100_000.0
    assert ticker["bid_price"] is None
    assert ticker["stale"] is True


def test_a_contract_that_leaves_is_removed_and_its_changes_are_forgotten() -> None:
    """Nothing is said about a contract that is gone but that it is gone."""
    board = make_board([CALL])
    feed = feed_of(board)
    board.push(board.rows[CALL], values(5.0), NOW_MS, 1, NOW_MS)
    touch(feed, committed(board))
    board.remove(CALL)
    touch(feed, committed(board))
    message = decoded(feed.flush(NOW_MS, {}))
    assert message["data"] == []
    assert message["removed"] == [CALL]


def test_a_contract_that_left_and_came_back_is_sent_complete_and_not_removed() -> None:
    """The complete ticker replaces whatever the client has."""
    board = make_board([CALL])
    feed = feed_of(board)
    board.remove(CALL)
    list_contract(board, CALL)
    touch(feed, committed(board))
    message = decoded(feed.flush(NOW_MS, {}))
    assert "removed" not in message
    assert message["data"][0]["strike"] == 100_000.0


def test_the_snapshot_has_the_number_that_the_next_delta_follows() -> None:
    """Numbers join without a gap."""
    board = make_board([CALL])
    feed = feed_of(board)
    board.push(board.rows[CALL], values(5.0), NOW_MS, 1, NOW_MS)
    touch(feed, committed(board))
    feed.flush(NOW_MS, {})
    assert decoded(feed.snapshot(NOW_MS))["seq"] == 1
    board.push(board.rows[CALL], values(6.0), NOW_MS + 1, 1, NOW_MS)
    touch(feed, committed(board))
    assert decoded(feed.flush(NOW_MS, {}))["seq"] == 2


def test_clients_that_come_together_share_one_snapshot_which_is_never_old() -> None:
    """The same bytes serve until something changes or a second has passed."""
    board = make_board([CALL])
    feed = feed_of(board)
    first = feed.snapshot(NOW_MS)
    assert feed.snapshot(NOW_MS + 999) is first
    assert decoded(feed.snapshot(NOW_MS + 1000))["ts"] == NOW_MS + 1000
    board.push(board.rows[CALL], values(5.0), NOW_MS, 1, NOW_MS)
    touch(feed, committed(board))
    assert decoded(feed.snapshot(NOW_MS + 1001))["data"][0]["bid_price"] == 5.0


def test_feeds_that_need_the_same_element_share_it() -> None:
    """The changed fields of a contract are looked up once for all channels it is in."""
    board = make_board([CALL])
    feeds = [feed_of(board), feed_of(board)]
    board.push(board.rows[CALL], values(5.0), NOW_MS, 1, NOW_MS)
    batch = committed(board)
    fields: dict[tuple[str, int], object] = {}
    for feed in feeds:
        touch(feed, batch)
        feed.flush(NOW_MS, fields)
    assert len(fields) == 1


@pytest.mark.parametrize(
    ("max_hz", "interval"), [(None, 0.0), (4, 0.25), (100, 0.25), (2, 0.5), (3, 0.5), (1, 1.0), (0.1, 10.0)]
)
def test_a_rate_becomes_the_nearest_interval_that_keeps_to_it(max_hz: float | None, interval: float) -> None:
    """Rates between two steps get the slower one."""
    assert interval_for(max_hz) == interval


@given(st.floats(min_value=1 / INTERVALS[-1], max_value=1 / INTERVALS[0]))
def test_no_interval_is_shorter_than_the_rate_allows(max_hz: float) -> None:
    """`max_hz` is a promise."""
    assert interval_for(max_hz) * max_hz >= 1
