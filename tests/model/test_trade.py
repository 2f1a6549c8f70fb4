"""One trade."""

import msgspec
import pytest

from tests.model.trades import START, trade
from voltape.model.trade import notional_of


def test_the_notional_is_size_times_index_price() -> None:
    """A tenth of a coin at 63,000 dollars; without an index price there is none."""
    assert notional_of(0.1, 63_000.0) == pytest.approx(6_300.0)
    assert notional_of(0.1, None) is None


def test_only_contract_and_identifier_tell_trades_apart() -> None:
    """Trades of one message share time and sequence number."""
    one, other = trade(1, ts=START, sequence=7), trade(2, ts=START, sequence=7)
    assert one.moment == other.moment == (START, 7)
    assert one.key != other.key
    assert one.key == msgspec.structs.replace(one, price=5.0, ts_received=9).key


def test_a_trade_without_a_number_comes_before_those_with_one() -> None:
    """Within its millisecond; the venue did not number trades before August 2025."""
    assert trade(1, ts=START).moment < trade(2, ts=START, sequence=1).moment
