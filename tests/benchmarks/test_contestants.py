"""When a contestant counts as complete."""

import msgspec
import pytest

from benchmarks.contestants import is_complete
from voltape.model.status import Contracts

COMPLETE = Contracts(listed=100, wanted=100, acknowledged=100, confirmed=100, live=100, polled=0, stale=0)


def test_every_contract_listed_confirmed_and_fresh_is_complete() -> None:
    """More than were asked for is no less complete: some are listed while it runs."""
    assert is_complete(COMPLETE, 100)
    assert is_complete(COMPLETE, 98)


@pytest.mark.parametrize(
    "short",
    [{"listed": 60, "confirmed": 60, "live": 60}, {"confirmed": 99}, {"live": 99}, {"stale": 1}],
)
def test_anything_short_of_that_is_not(short: dict[str, int]) -> None:
    """A first underlying alone, a topic that is silent, a contract without data, a stale one."""
    assert not is_complete(msgspec.structs.replace(COMPLETE, **short), 100)


def test_polled_contracts_count_where_the_socket_is_not_to_carry_them() -> None:
    """With a filter, what is wanted has delivered, and everything else has come by a poll."""
    filtered = msgspec.structs.replace(COMPLETE, wanted=60, acknowledged=60, confirmed=60, live=60, polled=40)
    assert is_complete(filtered, 100)
    assert not is_complete(msgspec.structs.replace(filtered, polled=39), 100)


def test_nothing_at_all_is_not_complete() -> None:
    """Before the contract list is there, no contract is missing from it."""
    assert not is_complete(Contracts(), 100)
