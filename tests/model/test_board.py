"""The board: order of values, deltas, versions, listings and slots."""

from collections.abc import Callable
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.model.boards import CALL, PUT, SYMBOLS, board_of, changes_of, commit, contract, quotes, shown
from voltape.model.board import Batch, Board
from voltape.model.row import FIELD_BITS, TS_BITS, Change, Row
from voltape.model.ticker import EMPTY_VALUES, VALUE_FIELDS, Lane


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_the_newest_push_wins_in_any_order(order: tuple[int, ...]) -> None:
    """Trap 10: an older message never replaces a newer one."""
    board = board_of(CALL)
    row = board.rows[CALL]
    messages = [(quotes(1.0), 1_000, 5), (quotes(2.0), 2_000, 6), (quotes(3.0), 2_000, 7)]
    for i in order:
        values, ts, sequence = messages[i]
        board.push(row, values, ts, sequence, 9_000)
    assert (row.values, row.ts_exchange, row.sequence) == (quotes(3.0), 2_000, 7)


def test_a_repeated_push_is_no_update() -> None:
    """Trap 10: the same message again changes nothing and leaves nothing to commit."""
    board = board_of(CALL)
    row = board.rows[CALL]
    assert board.push(row, quotes(1.0), 1_000, 5, 1_001)
    commit(board)
    assert not board.push(row, quotes(1.0), 1_000, 5, 1_099)
    assert row.ts_received == 1_001
    assert board.commit() is None


def test_other_content_at_the_same_time_is_taken_if_its_number_is_not_lower() -> None:
    """A clock that stands still does not freeze a contract; an older number at the same time is old."""
    board = board_of(CALL)
    row = board.rows[CALL]
    assert board.push(row, quotes(1.0), 1_000, 0, 1_001)
    assert board.push(row, quotes(2.0), 1_000, 0, 1_002)
    assert board.push(row, quotes(3.0), 1_000, 9, 1_003)
    assert not board.push(row, quotes(2.0), 1_000, 8, 1_004)
    assert row.values == quotes(3.0)


def test_a_repeated_push_does_not_undo_a_poll() -> None:
    """Traps 9 and 10: what a poll brought later is not replaced by the old message, sent once more."""
    board = board_of(CALL)
    row = board.rows[CALL]
    board.push(row, quotes(1.0), 1_000, 5, 1_001)
    board.poll(row, quotes(2.0), 20_000, 20_001)
    assert not board.push(row, quotes(1.0), 1_000, 5, 20_002)
    assert row.values == quotes(2.0)


def test_a_poll_does_not_move_the_order_of_pushes() -> None:
    """Trap 9: the answer's time is not the data's, so a push from before the answer's time still counts."""
    board = board_of(CALL)
    row = board.rows[CALL]
    board.push(row, quotes(1.0), 1_000, 5, 1_001)
    board.poll(row, quotes(2.0), 5_000, 5_001)
    assert (row.ts_exchange, row.pushed_ts) == (5_000, 1_000)
    assert board.push(row, quotes(3.0), 4_000, 6, 5_002)
    assert (row.values, row.ts_exchange) == (quotes(3.0), 4_000)


def test_restored_pushes_keep_their_place_in_the_order() -> None:
    """After a restart an older push does not replace what the store had, and the same one with its number does."""
    board = Board()
    row = board.add(contract(CALL), "live", 3)
    board.restore(row, quotes(1.0), 1_000, 1_001, pushed=True)
    assert row.pushed
    assert (row.has_data, row.stale, row.slot, row.lane) == (True, True, 3, "live")
    assert not board.push(row, quotes(0.5), 900, 99, 2_000)
    assert board.push(row, quotes(1.5), 1_000, 4, 2_000)


def test_restored_polls_give_way_to_any_push() -> None:
    """A polled row has no place in the order of pushes, from the store as little as fresh."""
    board = board_of(CALL)
    row = board.rows[CALL]
    board.restore(row, quotes(1.0), 1_000, 1_001, pushed=False)
    assert not row.pushed
    assert board.push(row, quotes(2.0), 900, 0, 2_000)


def test_listing_carries_the_whole_row() -> None:
    """The change of a contract that joined names every field."""
    board = Board()
    row = board.add(contract(CALL))
    board.push(row, quotes(1.0), 1_000, 0, 1_001)
    batch = commit(board)
    assert batch.listed == [row]
    assert changes_of(batch) == {CALL: shown(row)}


def test_adding_again_returns_the_row_as_it_is() -> None:
    """A second listing of a contract loses no data."""
    board = board_of(CALL)
    row = board.rows[CALL]
    board.push(row, quotes(1.0), 1_000, 0, 1_001)
    commit(board)
    assert board.add(contract(CALL), "live", 77) is row
    assert (row.lane, row.slot, row.values) == ("polled", 0, quotes(1.0))
    assert board.commit() is None


def test_removing_what_is_not_there_does_nothing() -> None:
    """A contract that is unknown or already gone gives None."""
    board = board_of(CALL)
    assert board.remove(PUT) is None
    assert board.remove(CALL) is not None
    assert board.remove(CALL) is None


def test_a_removed_row_leaves_no_change_behind() -> None:
    """The batch tells that it left and nothing more, and its series goes with the last row."""
    board = board_of(CALL, PUT)
    row = board.rows[CALL]
    board.push(row, quotes(1.0), 1_000, 0, 1_001)
    board.remove(CALL)
    batch = commit(board)
    assert (batch.removed, batch.changes, batch.listed) == ([row], [], [])
    assert list(board.series["BTC", "2026-12-25"].rows) == [PUT]
    board.remove(PUT)
    commit(board)
    assert (board.series, board.underlyings(), board.expiries("BTC")) == ({}, [], [])


def test_a_contract_that_came_and_went_between_commits_was_never_there() -> None:
    """Nobody hears of it, and its slot is free."""
    board = board_of(CALL)
    came = board.add(contract(PUT))
    board.push(came, quotes(1.0), 1_000, 0, 1_001)
    board.remove(PUT)
    assert board.pending == 0
    assert board.commit() is None
    assert board.add(contract(SYMBOLS[3])).slot == came.slot


def test_a_contract_that_went_and_came_back_between_commits_is_new() -> None:
    """The batch says that the old row left and a new one, without data, joined."""
    board = board_of(CALL)
    old = board.rows[CALL]
    board.push(old, quotes(1.0), 1_000, 0, 1_001)
    commit(board)
    board.remove(CALL)
    new = board.add(contract(CALL))
    batch = commit(board)
    assert (batch.removed, batch.listed) == ([old], [new])
    assert new.values == EMPTY_VALUES
    assert changes_of(batch) == {CALL: shown(new)}


def test_versions_grow_by_one_per_commit_and_mark_the_touched_series() -> None:
    """A series keeps its version while nothing in it changes."""
    board = board_of(CALL, "ETH-25DEC26-3000-P-USDT")
    bitcoin, ether = board.series["BTC", "2026-12-25"], board.series["ETH", "2026-12-25"]
    assert (board.version, bitcoin.version, ether.version) == (1, 1, 1)
    board.push(board.rows[CALL], quotes(1.0), 1_000, 0, 1_001)
    assert commit(board).version == 2
    assert (board.version, bitcoin.version, ether.version) == (2, 2, 1)
    assert board.commit() is None
    assert board.version == 2


def test_a_series_takes_a_new_version_when_a_contract_leaves() -> None:
    """At the commit and not before, so that no version stands for two contents."""
    board = board_of(CALL, PUT)
    series = board.series["BTC", "2026-12-25"]
    board.remove(PUT)
    assert series.version == 1
    commit(board)
    assert series.version == 2


def test_listeners_hear_every_batch_until_they_stop() -> None:
    """A listener may stop itself while it is told, and the others still hear."""
    board = board_of(CALL)
    heard: list[tuple[str, int]] = []
    stops: list[Callable[[], None]] = []

    def once(batch: Batch) -> None:
        heard.append(("once", batch.version))
        stops[0]()

    stops.append(board.listen(once))
    board.listen(lambda batch: heard.append(("always", batch.version)))
    for ts in (1_000, 2_000):
        board.push(board.rows[CALL], quotes(float(ts)), ts, 0, ts)
        board.commit()
    assert heard == [("once", 2), ("always", 2), ("always", 3)]


def test_slots_count_up_per_underlying_and_are_used_again() -> None:
    """A slot names one contract of its underlying at a time."""
    board = board_of(CALL, PUT, "ETH-25DEC26-3000-P-USDT")
    assert [board.rows[symbol].slot for symbol in (CALL, PUT, "ETH-25DEC26-3000-P-USDT")] == [0, 1, 0]
    board.remove(CALL)
    assert board.add(contract(SYMBOLS[3])).slot == 0
    assert board.add(contract(SYMBOLS[2])).slot == 2


def test_restored_slots_are_kept_and_the_gaps_are_filled() -> None:
    """New contracts take numbers that the store does not use; a number that is taken is not given twice."""
    board = Board()
    slots = [
        board.add(contract(SYMBOLS[0]), slot=2).slot,
        board.add(contract(SYMBOLS[1]), slot=1).slot,
        board.add(contract(SYMBOLS[2]), slot=2).slot,
        board.add(contract(SYMBOLS[3])).slot,
    ]
    assert slots[:2] == [2, 1]
    assert sorted(slots) == [0, 1, 2, 3]


@pytest.mark.parametrize("slot", [-1, 65_536, 10**9])
def test_a_slot_that_no_board_gave_is_not_believed(slot: int) -> None:
    """A store that holds nonsense must not cost memory: the contract gets a number of its own."""
    assert Board().add(contract(CALL), slot=slot).slot == 0


MESSAGES = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 3)), min_size=1, max_size=12, unique=True
).flatmap(lambda keys: st.tuples(st.just(keys), st.lists(st.sampled_from(keys), max_size=20), st.randoms()))


@given(MESSAGES)
def test_newer_never_loses_to_older(
    case: tuple[list[tuple[int, int]], list[tuple[int, int]], Random],
) -> None:
    """Trap 10: whatever the order and the repetitions, the message with the highest time and number stays."""
    keys, repeats, random = case
    board = board_of(CALL)
    row = board.rows[CALL]
    arriving = [*keys, *repeats]
    random.shuffle(arriving)
    for ts, sequence in arriving:
        board.push(row, quotes(ts + sequence / 10), ts, sequence, 1)
    ts, sequence = max(keys)
    assert (row.values, row.ts_exchange, row.sequence) == (quotes(ts + sequence / 10), ts, sequence)


class BoardMachine(RuleBasedStateMachine):
    """Any sequence of changes: a copy that is kept by deltas alone, and a plain model of order and slots."""

    def __init__(self) -> None:
        super().__init__()
        self.board = Board()
        self.copy: dict[str, dict[str, object]] = {}
        self.pushed: dict[str, tuple[int, int]] = {}
        self.versions: list[int] = []
        self.seen: dict[tuple[str, str], tuple[int, object]] = {}
        self.board.listen(self._apply)

    def _apply(self, batch: Batch) -> None:
        self.versions.append(batch.version)
        for row in batch.removed:
            del self.copy[row.instrument.symbol]
        for row in batch.listed:
            assert row.instrument.symbol not in self.copy
            self.copy[row.instrument.symbol] = {}
        for symbol, fields in changes_of(batch).items():
            self.copy[symbol].update(fields)

    def _row(self, symbol: str) -> Row | None:
        return self.board.rows.get(symbol)

    @rule(symbol=st.sampled_from(SYMBOLS), slot=st.none() | st.integers(0, 5))
    def add(self, symbol: str, slot: int | None) -> None:
        if symbol not in self.board.rows:
            self.pushed[symbol] = (0, 0)
        self.board.add(contract(symbol), slot=slot)

    @rule(symbol=st.sampled_from(SYMBOLS))
    def remove(self, symbol: str) -> None:
        self.board.remove(symbol)

    @rule(
        symbol=st.sampled_from(SYMBOLS),
        ts=st.integers(1, 9),
        number=st.integers(0, 2),
        price=st.integers(0, 2),
    )
    def push(self, symbol: str, ts: int, number: int, price: int) -> None:
        row = self._row(symbol)
        if row is None:
            return
        before = shown(row)
        taken = self.board.push(row, quotes(float(price)), ts, number, ts + 10)
        if taken:
            assert (ts, number) >= self.pushed[symbol]
            self.pushed[symbol] = (ts, number)
            assert row.values == quotes(float(price))
            assert row.pushed
        else:
            assert (ts, number) <= self.pushed[symbol]
            assert shown(row) == before

    @rule(symbol=st.sampled_from(SYMBOLS), ts=st.integers(1, 9), price=st.integers(0, 2))
    def poll(self, symbol: str, ts: int, price: int) -> None:
        row = self._row(symbol)
        if row is not None:
            self.board.poll(row, quotes(float(price)), ts, ts + 10)
            assert (row.pushed_ts, row.sequence) == self.pushed[symbol]

    @rule(symbol=st.sampled_from(SYMBOLS), lane=st.sampled_from(("live", "polled")), stale=st.booleans())
    def mark(self, symbol: str, lane: Lane, stale: bool) -> None:
        row = self._row(symbol)
        if row is not None:
            self.board.set_lane(row, lane)
            self.board.set_stale(row, stale)

    @rule()
    def commit(self) -> None:
        self.board.commit()
        assert self.copy == {symbol: shown(row) for symbol, row in self.board.rows.items()}
        for key, series in self.board.series.items():
            content = {symbol: shown(row) for symbol, row in series.rows.items()}
            version, before = self.seen.get(key, (-1, None))
            assert version != series.version or before == content
            self.seen[key] = (series.version, content)

    @precondition(lambda self: self.versions)
    @invariant()
    def versions_count_commits(self) -> None:
        assert self.versions == list(range(1, self.board.version + 1))

    @invariant()
    def rows_and_series_agree(self) -> None:
        in_series = {
            symbol: row for series in self.board.series.values() for symbol, row in series.rows.items()
        }
        assert in_series == self.board.rows
        assert all(series.rows for series in self.board.series.values())

    @invariant()
    def a_slot_names_one_contract(self) -> None:
        slots = [(row.instrument.underlying, row.slot) for row in self.board.rows.values()]
        assert len(set(slots)) == len(slots)


TestBoardMachine = BoardMachine.TestCase


def test_former_values_are_kept_only_while_somebody_asks_for_fields() -> None:
    """Without anybody who asks, a changed row counts as changed in every value; with one, in what differs."""
    board = Board()
    row = board.add(contract(CALL))
    masks: list[int] = []
    stop = board.listen(lambda batch: masks.extend(change.mask for change in batch.changes), fields=False)
    board.commit()
    other = (1.0, *row.values[1:])
    board.push(row, other, 1_000, 1, 1_001)
    board.commit()
    assert masks[-1] == (1 << len(VALUE_FIELDS)) - 1 | TS_BITS
    asking = board.listen(lambda batch: None)
    board.push(row, (2.0, *row.values[1:]), 2_000, 2, 2_001)
    board.commit()
    assert masks[-1] == FIELD_BITS["bid_price"] | TS_BITS
    asking()
    board.push(row, (3.0, *row.values[1:]), 3_000, 3, 3_001)
    board.commit()
    assert masks[-1] == (1 << len(VALUE_FIELDS)) - 1 | TS_BITS
    stop()
    board.push(row, (4.0, *row.values[1:]), 4_000, 4, 4_001)
    batch = board.commit()
    assert batch is not None
    assert batch.changes[0].mask == FIELD_BITS["bid_price"] | TS_BITS


def test_a_record_made_early_lasts_until_the_next_change_of_its_row() -> None:
    """What was packed between two changes would be out of date after the second."""
    board = board_of(CALL)
    row = board.rows[CALL]
    changes: list[Callable[[], object]] = [
        lambda: board.push(row, quotes(2.0), 2_000, 6, 9_000),
        lambda: board.poll(row, quotes(3.0), 3_000, 9_000),
        lambda: board.set_stale(row, not row.stale),
        lambda: board.set_lane(row, "live" if row.lane == "polled" else "polled"),
    ]
    for change in changes:
        board.push(row, quotes(1.0), row.pushed_ts + 1, 5, 9_000)
        assert row.change is not None
        row.change.record = b"packed"
        change()
        assert row.change.record is None


def test_two_changes_of_a_row_are_one_with_all_that_moved() -> None:
    """A value that went and came back counts: somebody may have read it; so does what either says outright."""
    board = board_of(CALL)
    row = board.rows[CALL]
    first = Change(row, before=quotes(1.0))
    first.meta = FIELD_BITS["lane"]
    second = Change(row, before=quotes(2.0))
    second.record = b"newest"
    row.values = quotes(1.0)
    moved = Change(row, before=quotes(2.0)).mask
    both = first.joined(second)
    assert (both.mask, both.record) == (FIELD_BITS["lane"] | moved, b"newest")
    told = Change(row, FIELD_BITS["stale"])
    assert told.joined(second).mask & FIELD_BITS["stale"]
    assert second.joined(told).mask & FIELD_BITS["stale"]


@given(st.lists(st.tuples(st.sampled_from(["push", "commit", "read"]), st.integers(1, 3)), max_size=40))
def test_whoever_reads_by_masks_at_any_time_ends_with_what_the_board_has(
    steps: list[tuple[str, int]],
) -> None:
    """A reader that copies present values, by the masks of the batches it was told of, misses no way back."""
    board = board_of(CALL)
    row = board.rows[CALL]
    held = list(row.values)
    waiting: list[Change] = []
    board.listen(lambda batch: waiting.extend(batch.changes))

    def read() -> None:
        while waiting:
            mask = waiting.pop(0).mask
            for i, value in enumerate(row.values):
                if mask >> i & 1:
                    held[i] = value

    for ts, (step, value) in enumerate(steps, 1):
        if step == "push":
            board.push(row, quotes(float(value)), ts, ts, ts)
        elif step == "commit":
            board.commit()
        else:
            read()
    board.commit()
    read()
    assert tuple(held) == row.values


def test_a_listener_that_fails_keeps_a_batch_from_no_other() -> None:
    """A bug of one of them must not let the store miss what the board will not tell again."""
    board = Board()
    heard: list[int] = []

    def fail(batch: Batch) -> None:
        raise ZeroDivisionError

    board.listen(lambda batch: heard.append(batch.version))
    board.listen(fail)
    board.listen(lambda batch: heard.append(-batch.version))
    board.add(contract(CALL))
    with pytest.raises(ZeroDivisionError):
        board.commit()
    assert heard == [1, -1]
