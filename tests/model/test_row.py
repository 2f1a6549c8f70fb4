"""Rows: names, deltas and their order in a series."""

import msgspec

from tests.model.boards import CALL, board_of, changes_of, commit, contract, quotes, shown
from voltape.model.board import Board
from voltape.model.row import FIELD_BITS, Change, changed_fields
from voltape.model.ticker import EMPTY_VALUES, META_FIELDS, VALUE_FIELDS


def test_a_new_contract_has_no_data_and_is_stale() -> None:
    """Before any data everything is absent."""
    row = Board().add(contract(CALL))
    assert not row.has_data
    assert not row.pushed
    assert (row.values, row.stale, row.lane) == (EMPTY_VALUES, True, "polled")
    assert (row.ts_exchange, row.ts_received, row.confirmed) == (None, None, float("-inf"))


def test_a_row_becomes_a_ticker_with_names() -> None:
    """Values go under their names, the instant of expiry is ISO 8601, and days count down to zero."""
    board = board_of(CALL)
    row = board.rows[CALL]
    board.push(row, tuple(float(i) for i in range(len(VALUE_FIELDS))), 1_000, 7, 1_005)
    expiry = row.instrument.expiry_ms
    ticker = row.ticker(expiry - 36 * 3_600_000)
    assert (ticker.symbol, ticker.underlying, ticker.settle, ticker.kind) == (CALL, "BTC", "USDT", "call")
    assert (ticker.expiry, ticker.expiry_at) == ("2026-12-25", "2026-12-25T08:00:00Z")
    assert (ticker.days_to_expiry, ticker.strike) == (1.5, 100_000.0)
    assert [getattr(ticker, name) for name in VALUE_FIELDS] == [float(i) for i in range(len(VALUE_FIELDS))]
    assert (ticker.ts_exchange, ticker.ts_received, ticker.lane, ticker.stale) == (
        1_000,
        1_005,
        "polled",
        True,
    )
    assert row.ticker(expiry + 1).days_to_expiry == 0.0
    assert board.tickers([row], expiry) == [row.ticker(expiry)]


def test_a_field_is_found_by_its_name() -> None:
    """Both values and what we add to them."""
    board = board_of(CALL)
    row = board.rows[CALL]
    board.push(row, quotes(5.0), 1_000, 0, 1_005)
    named = msgspec.structs.asdict(row.ticker(0))
    assert shown(row) == {name: named[name] for name in FIELD_BITS}
    assert (row.field("bid_price"), row.field("ask_price"), row.field("stale")) == (5.0, None, True)


def test_every_field_that_can_change_has_its_own_bit() -> None:
    """Bits follow the order of the fields, one each."""
    assert list(FIELD_BITS) == [*VALUE_FIELDS, *META_FIELDS]
    assert list(FIELD_BITS.values()) == [1 << i for i in range(len(FIELD_BITS))]


def test_a_row_knows_whether_its_values_were_pushed() -> None:
    """It goes with the values, not with what was ever pushed."""
    board = board_of(CALL)
    row = board.rows[CALL]
    known = [row.pushed]
    board.push(row, quotes(1.0), 1_000, 5, 1_001)
    known.append(row.pushed)
    board.poll(row, quotes(2.0), 5_000, 5_001)
    known.append(row.pushed)
    board.push(row, quotes(3.0), 4_000, 6, 5_002)
    known.append(row.pushed)
    assert known == [False, True, False, True]


def test_a_delta_names_only_what_changed() -> None:
    """One changed value and the two times; nothing else travels."""
    board = board_of(CALL)
    row = board.rows[CALL]
    board.push(row, quotes(1.0), 1_000, 0, 1_001)
    commit(board)
    board.push(row, (1.0, 7.0, *EMPTY_VALUES[2:]), 1_100, 0, 1_101)
    assert changes_of(commit(board)) == {CALL: {"bid_size": 7.0, "ts_exchange": 1_100, "ts_received": 1_101}}


def test_several_changes_of_a_row_are_one_element() -> None:
    """Each is named once; a value that went and came back too, since somebody may have read it in between."""
    board = board_of(CALL)
    row = board.rows[CALL]
    board.push(row, quotes(1.0), 1_000, 0, 1_001)
    commit(board)
    board.push(row, quotes(2.0), 1_100, 0, 1_101)
    board.set_lane(row, "live")
    board.set_stale(row, False)
    board.push(row, quotes(1.0), 1_200, 0, 1_201)
    batch = commit(board)
    assert len(batch.changes) == 1
    assert changes_of(batch)[CALL] == {
        "bid_price": 1.0,
        "ts_exchange": 1_200,
        "ts_received": 1_201,
        "lane": "live",
        "stale": False,
    }


def test_a_value_that_becomes_absent_is_named() -> None:
    """Trap 5: losing the bid is a change to null, not silence."""
    board = board_of(CALL)
    row = board.rows[CALL]
    board.push(row, quotes(1.0), 1_000, 0, 1_001)
    commit(board)
    board.push(row, EMPTY_VALUES, 1_100, 0, 1_101)
    assert changes_of(commit(board))[CALL]["bid_price"] is None


def test_setting_what_is_set_changes_nothing() -> None:
    """The same lane and the same staleness leave nothing to commit."""
    board = board_of(CALL)
    row = board.rows[CALL]
    board.set_lane(row, "polled")
    board.set_stale(row, True)
    assert board.pending == 0
    assert board.commit() is None


def test_a_mask_can_be_stated_outright() -> None:
    """Whoever joins masks of several commits makes an element of the row as it is."""
    board = board_of(CALL)
    row = board.rows[CALL]
    board.push(row, quotes(1.0), 1_000, 0, 1_001)
    change = Change(row, FIELD_BITS["bid_price"] | FIELD_BITS["lane"])
    assert changed_fields(change) == {"symbol": CALL, "bid_price": 1.0, "lane": "polled"}
    assert changed_fields(Change(row, FIELD_BITS["bid_price"])) == {"symbol": CALL, "bid_price": 1.0}


def test_rows_of_a_series_stand_by_strike_then_settle_then_kind() -> None:
    """Whatever the order of listing; series stand by date."""
    wanted = [
        "BTC-6JAN27-9000-C-USDT",
        "BTC-6JAN27-10000-C",
        "BTC-6JAN27-10000-P",
        "BTC-6JAN27-10000-C-USDT",
        "BTC-6JAN27-10000-P-USDT",
    ]
    board = board_of("BTC-29JAN27-1-C", *reversed(wanted), "ETH-1JAN27-5-C")
    assert list(board.series["BTC", "2027-01-06"].rows) == wanted
    assert [series.expiry for series in board.expiries("BTC")] == ["2027-01-06", "2027-01-29"]
    assert [row.instrument.symbol for row in board.rows_of("BTC")] == [*wanted, "BTC-29JAN27-1-C"]
    assert board.underlyings() == ["BTC", "ETH"]
