from array import array
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.model.history import (
    HOUR_S,
    MINUTE_S,
    PRICE_SAMPLES,
    VOLATILITY_FIELDS,
    VOLATILITY_SAMPLES,
    Histories,
    History,
    Realised,
    Sample,
    Samples,
)

START_S = 1_790_000_040
"""A whole minute."""

Put = tuple[int, float | None, float | None]

times = st.integers(START_S - 5_000, START_S + 5_000)
values = st.none() | st.floats(0, 1e6)
puts = st.lists(st.tuples(times, values, values), max_size=60)


def series(capacity: int = 10) -> Samples:
    """A short series of two values by the minute."""
    return Samples(MINUTE_S, capacity, 2, "d")


def everything(samples: Samples) -> list[Sample]:
    """Every sample of a series."""
    return list(samples.between(0, 2**32 - 1))


@given(puts)
def test_a_series_is_what_the_latest_sample_of_each_step_was(given_puts: list[Put]) -> None:
    """Whatever the order in which clocks bring them, as long as there is room."""
    samples = series(capacity=100)
    expected: dict[int, Sample] = {}
    for ts, one, two in given_puts:
        kept = samples.put(ts, (one, two))
        assert kept == ((one, two) != (None, None))
        if kept:
            expected[ts // MINUTE_S] = Sample(ts, (one, two))
    assert everything(samples) == [expected[step] for step in sorted(expected)]


@given(puts)
def test_a_full_series_has_the_newest_steps_and_no_more(given_puts: list[Put]) -> None:
    """One sample per step, in order, never more than there is room for."""
    samples = series(capacity=5)
    for ts, one, two in given_puts:
        samples.put(ts, (one, two))
        found = [sample.ts // MINUTE_S for sample in everything(samples)]
        assert found == sorted(set(found))
        assert len(found) == len(samples) <= 5


def test_a_clock_that_is_set_back_writes_over_its_own_steps_only() -> None:
    """What lies between stays, what lies ahead stays, and nothing is out of order."""
    samples = series()
    for minute in range(5):
        samples.put(START_S + 60 * minute, (float(minute), None))
    samples.put(START_S + 61, (99.0, 1.0))
    assert [sample.values[0] for sample in everything(samples)] == [0.0, 99.0, 2.0, 3.0, 4.0]
    assert everything(samples)[1] == Sample(START_S + 61, (99.0, 1.0))


def test_a_clock_years_ahead_costs_one_sample_and_hides_none() -> None:
    """Its sample is not seen until that time has come; the others are."""
    samples = series(capacity=3)
    for minute in range(3):
        samples.put(START_S + 60 * minute, (float(minute), None))
    samples.put(START_S + 10**8, (99.0, None))
    now = START_S + 200
    assert [sample.values[0] for sample in samples.between(0, now)] == [1.0, 2.0]
    assert samples.put(START_S + 180, (3.0, None))
    assert [sample.values[0] for sample in samples.between(0, now)] == [2.0, 3.0]


def test_a_sample_older_than_a_full_series_is_refused() -> None:
    """So is one outside of all times, such as that of a clock that has not been set, once there is no room."""
    samples = series(capacity=2)
    samples.put(START_S, (1.0, 1.0))
    samples.put(START_S + 60, (1.0, 1.0))
    assert not samples.put(5, (1.0, 1.0))
    assert not samples.put(-1, (1.0, 1.0))
    assert not samples.put(2**32, (1.0, 1.0))
    assert len(samples) == 2


def test_the_nearest_sample_is_found_within_its_tolerance() -> None:
    """The earlier of two as near, none where all are too far."""
    samples = series()
    samples.put(START_S, (1.0, None))
    samples.put(START_S + 120, (2.0, None))
    assert samples.nearest(START_S + 60, 60) == Sample(START_S, (1.0, None))
    assert samples.nearest(START_S + 61, 60) == Sample(START_S + 120, (2.0, None))
    assert samples.nearest(START_S + 300, 179) is None
    assert series().nearest(START_S, 10**6) is None


def test_the_latest_known_value_is_not_an_absent_one() -> None:
    """An absent value is passed over, not taken for zero."""
    samples = series()
    samples.put(START_S, (1.0, 5.0))
    samples.put(START_S + 60, (2.0, None))
    assert samples.latest(1, START_S, START_S + 100) == 5.0
    assert samples.latest(1, START_S + 60, START_S + 100) is None
    assert list(samples.values(1, START_S, START_S + 100)) == [(START_S, 5.0), (START_S + 60, None)]


@given(st.floats(0.001, 999.0))
def test_a_volatility_is_told_in_the_digits_that_are_certain(value: float) -> None:
    """Single precision keeps six; the other digits would be noise."""
    samples = Samples(HOUR_S, 3, 1, "f")
    samples.put(START_S, (value,))
    shown = samples.latest(0, 0, START_S)
    assert shown == pytest.approx(value, rel=5e-6)
    assert shown == float(f"{shown:.6g}")


def test_a_price_is_kept_to_its_last_digit() -> None:
    """In double precision."""
    prices = History().prices
    prices.put(START_S, (108_617.123456789,))
    assert prices.latest(0, 0, START_S) == 108_617.123456789


def test_a_full_year_of_three_coins_takes_less_than_a_megabyte() -> None:
    """The bound is that of the arrays."""
    history = History()
    for hour in range(VOLATILITY_SAMPLES + 3):
        history.volatilities.put(START_S + hour * HOUR_S, [0.5] * len(VOLATILITY_FIELDS))
    for minute in range(PRICE_SAMPLES + 3):
        history.prices.put(START_S + minute * MINUTE_S, (1e5,))
    assert (len(history.volatilities), len(history.prices)) == (VOLATILITY_SAMPLES, PRICE_SAMPLES)
    assert 3 * (history.prices.nbytes + history.volatilities.nbytes) < 1_000_000


def test_what_is_put_is_told() -> None:
    """Once for each change, and not for what is refused."""
    histories = Histories()
    told: list[object] = []
    histories.listen(lambda *what: told.append(what))
    histories.put_price("BTC", START_S, 1.0)
    histories.put_volatility("BTC", START_S, [None] * len(VOLATILITY_FIELDS))
    histories.put_volatility("BTC", START_S, [0.5] * len(VOLATILITY_FIELDS))
    histories.put_realised("BTC", 7, Realised(0.4, 2_000))
    histories.put_realised("BTC", 7, Realised(0.3, 1_000))
    assert told == [("BTC", "price", START_S), ("BTC", "volatility", START_S), ("BTC", "realised", 2)]
    assert histories.of("BTC").realised == {7: Realised(0.4, 2_000)}
    assert (histories.use().prices, histories.use().volatilities) == (1, 1)
    histories.drop("BTC")
    assert histories.use().prices == 0


def test_absence_is_kept_as_no_number() -> None:
    """Never as zero."""
    samples = series()
    samples.put(START_S, (0.0, None))
    assert isinstance(samples._columns[1], array)
    assert isnan(samples._columns[1][0])
    assert everything(samples) == [Sample(START_S, (0.0, None))]
