"""Counting contracts for the proof of coverage."""

from hypothesis import given
from hypothesis import strategies as st

from tests.track.rig import BTC, values
from voltape.model.board import Board
from voltape.model.instrument import instrument_from_symbol
from voltape.model.row import Row
from voltape.model.status import AGE_BOUNDS_S, Coverage, ExpiryShare
from voltape.track.coverage import SEEN_WITHIN_S, Count, LaneCount, count_rows

NOW = 5_000.0


def make_row(
    symbol: str = BTC[0],
    *,
    lane: str = "live",
    age: float | None = None,
    stale: bool = False,
    volume: float | None = None,
    open_interest: float | None = None,
) -> Row:
    """Return a contract of which the venue told `age` seconds ago, or never, in which case it has no data."""
    contract = instrument_from_symbol(symbol)
    assert contract is not None
    board = Board()
    row = board.add(contract, "live" if lane == "live" else "polled")
    row.stale = stale
    if age is not None:
        board.push(row, values(1.0, volume_24h=volume, open_interest=open_interest), 1_000, 1, 1_000)
        row.told = NOW - age
    return row


def test_contracts_are_counted_by_lane() -> None:
    """Volume and open interest add up; what is absent counts as nothing."""
    count = count_rows(
        [
            make_row(age=0.5, volume=3.0, open_interest=5.0),
            make_row(age=7.0, volume=1.0, stale=True),
            make_row(lane="polled", age=20.0, open_interest=15.0),
            make_row(lane="polled", stale=True),
        ],
        NOW,
    )
    assert count.live == LaneCount(2, 2, 1, 4.0, 5.0, [1, 0, 1, 0, 0, 0, 0])
    assert count.polled == LaneCount(2, 1, 1, 0.0, 15.0, [0, 0, 0, 1, 0, 0, 0])
    assert (count.listed, count.stale, count.seen) == (4, 2, 3)
    assert count.coverage() == Coverage(volume=1.0, open_interest=0.25, contracts=0.5)


def test_shares_of_nothing_are_absent() -> None:
    """Nought of nought is no share."""
    count = count_rows([], NOW)
    assert count.coverage() == Coverage(None, None, None)
    assert count.ages().live == [0] * (len(AGE_BOUNDS_S) + 1)
    assert count.settled


def test_a_bound_belongs_to_the_class_below_it() -> None:
    """As with the `le` of Prometheus."""
    counts = [count_rows([make_row(age=age)], NOW).live.ages for age in (1.0, 1.001, 300.0, 300.001)]
    assert [ages.index(1) for ages in counts] == [0, 1, 5, 6]


def test_restored_data_of_which_the_venue_has_not_told_is_in_the_last_class() -> None:
    """The store's word is no evidence: such a contract has data, and is not seen."""
    row = make_row(age=1.0)
    row.told = float("-inf")
    count = count_rows([row], NOW)
    assert (count.live.with_data, count.live.ages[-1], count.seen) == (1, 1, 0)


@given(st.lists(st.floats(0, 1_000), max_size=40))
def test_what_was_seen_is_what_the_classes_up_to_that_time_hold(ages: list[float]) -> None:
    """The two proofs cannot disagree, and every contract with data is in one class."""
    count = count_rows([make_row(age=age) for age in ages], NOW)
    assert count.seen == sum(NOW - (NOW - age) <= SEEN_WITHIN_S for age in ages)
    assert sum(count.live.ages) == len(ages)


def test_counts_add_up() -> None:
    """A count of two series is the sum of theirs, and leaves them as they are."""
    one = count_rows([make_row(age=2.0, volume=1.0, open_interest=2.0)], NOW)
    one.wanted, one.acknowledged, one.confirmed = 3, 2, 1
    other = count_rows([make_row(lane="polled", age=2.0, volume=3.0, open_interest=6.0, stale=True)], NOW)
    total = Count()
    total.join(one)
    total.join(other)
    contracts = total.contracts()
    assert (contracts.listed, contracts.live, contracts.polled, contracts.stale) == (2, 1, 1, 1)
    assert (contracts.wanted, contracts.acknowledged, contracts.confirmed) == (3, 2, 1)
    assert total.coverage() == Coverage(volume=0.25, open_interest=0.25, contracts=0.5)
    assert (total.lanes().live, total.lanes().stale) == (1, 1)
    assert one.listed == 1
    assert one.ages().live == [0, 1, 0, 0, 0, 0, 0]


def test_a_count_is_settled_when_nothing_is_missing() -> None:
    """Data of every contract, and none stale."""
    assert count_rows([make_row(age=1.0), make_row(lane="polled", age=1.0)], NOW).settled
    assert not count_rows([make_row(age=1.0, stale=True)], NOW).settled
    assert not count_rows([make_row()], NOW).settled


def test_an_expiry_shows_its_counts_and_shares() -> None:
    """In the shape of the status."""
    count = count_rows(
        [
            make_row(age=1.0, volume=1.0, open_interest=1.0),
            make_row(lane="polled", age=90.0, volume=3.0, open_interest=0.0),
        ],
        NOW,
    )
    count.wanted = count.acknowledged = count.confirmed = 1
    assert count.expiry_share("2026-12-25") == ExpiryShare(
        "2026-12-25", 2, 1, 1, 1, 1, live=1, polled=1, stale=0, volume=0.25, open_interest=1.0
    )
