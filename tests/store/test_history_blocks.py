from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.model.history import DAY_S, HOUR_S, VOLATILITY_FIELDS, History, Realised, Sample
from voltape.store.codec import CodecError
from voltape.store.history_blocks import (
    REALISED,
    Block,
    before,
    block_at,
    blocks_of,
    encode,
    encode_realised,
    outdated,
    present,
    take,
)

START_S = 1_790_000_000

singles = st.none() | st.floats(0, 1e4, width=32)
rows = st.tuples(*[singles] * len(VOLATILITY_FIELDS))


def everything(history: History) -> list[list[Sample]]:
    """Samples of both series."""
    return [list(series.between(0, 2**32 - 1)) for series in (history.prices, history.volatilities)]


def copied(history: History, *, replace: bool = True) -> History:
    """A history by way of its blocks."""
    copy = History()
    for block in blocks_of(history):
        take(copy, block.field, encode(history, block), replace=replace)
    take(copy, REALISED, encode_realised(history), replace=replace)
    return copy


@given(
    st.dictionaries(st.integers(0, 5 * HOUR_S), st.floats(0, 1e7), max_size=30),
    st.dictionaries(st.integers(0, 5 * DAY_S), rows, max_size=30),
    st.dictionaries(st.integers(1, 400), st.tuples(st.floats(0, 99), st.integers(0, 2**53)), max_size=6),
)
def test_a_history_comes_back_as_it_was(
    prices: dict[int, float],
    volatilities: dict[int, tuple[float | None, ...]],
    realised: dict[int, tuple[float, int]],
) -> None:
    """To the last bit, and what is absent is absent."""
    history = History()
    for offset, price in prices.items():
        history.prices.put(START_S + offset, (price,))
    for offset, row in volatilities.items():
        history.volatilities.put(START_S + offset, row)
    history.realised.update({days: Realised(*found) for days, found in realised.items()})
    copy = copied(history)
    assert everything(copy) == everything(history)
    assert copy.realised == history.realised
    assert [encode(copy, block) for block in blocks_of(copy)] == [
        encode(history, block) for block in blocks_of(history)
    ]


def test_blocks_are_named_after_their_beginning() -> None:
    """An hour of prices, a day of volatilities, in UTC."""
    assert block_at("price", START_S).field == "p:2026-09-21T14"
    assert block_at("volatility", START_S).field == "v:2026-09-21"
    assert before(block_at("price", START_S)).field == "p:2026-09-20T11"
    assert before(block_at("volatility", START_S)).field == "v:2025-09-19"
    assert {block.field for block in present(START_S)} == {
        *("p:2026-09-21T13", "p:2026-09-21T14", "p:2026-09-21T15"),
        *("v:2026-09-20", "v:2026-09-21", "v:2026-09-22"),
    }


def test_a_full_block_is_small() -> None:
    """So that writing it once a minute costs little."""
    history = History()
    for minute in range(60):
        history.prices.put(START_S // HOUR_S * HOUR_S + minute * 60, (1e5,))
    for hour in range(24):
        history.volatilities.put(START_S // DAY_S * DAY_S + hour * HOUR_S, [0.5] * len(VOLATILITY_FIELDS))
    assert [len(encode(history, block)) for block in blocks_of(history)] == [601, 769]


def test_the_oldest_fields_are_outdated_whatever_a_clock_says() -> None:
    """By their number; what is not ours is left alone."""
    prices = [block_at("price", START_S + hour * HOUR_S).field for hour in range(30)]
    days = [block_at("volatility", START_S + day * DAY_S).field for day in range(368)]
    assert sorted(outdated([*prices, *days, REALISED, "somebody's"])) == [*prices[:3], days[0]]
    assert outdated(prices[:27]) == []


def test_what_we_know_is_kept_unless_the_store_knows_better() -> None:
    """Step by step."""
    history, stored = History(), History()
    history.prices.put(START_S, (1.0,))
    stored.prices.put(START_S + 1, (2.0,))
    stored.prices.put(START_S + 60, (3.0,))
    (block,) = blocks_of(stored)
    take(history, block.field, encode(stored, block), replace=False)
    assert everything(history)[0] == [Sample(START_S, (1.0,)), Sample(START_S + 60, (3.0,))]
    take(history, block.field, encode(stored, block), replace=True)
    assert everything(history) == everything(stored)


def test_an_older_realised_volatility_replaces_no_newer_one() -> None:
    """Whoever knows it."""
    history = History()
    history.realised[7] = Realised(0.5, 2_000)
    take(history, REALISED, b"\x01" + pack("<HdQ", 7, 0.4, 1_000), replace=True)
    assert history.realised[7] == Realised(0.5, 2_000)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("p:2026-09-21T14", b""),
        ("p:2026-09-21T14", b"\x02" + pack("<Hd", 0, 1.0)),
        ("p:2026-09-21T14", b"\x01" + pack("<Hd", 0, 1.0)[:-1]),
        ("p:2026-09-21T14", b"\x01" + pack("<Hd", 3_600, 1.0)),
        ("p:2026-09-21T14", b"\x01" + pack("<Hd", 0, float("inf"))),
        ("p:2026-09-21T14", b"\x01" + pack("<Hd", 0, -1.0)),
        ("p:2026-9-21T14", b"\x01"),
        ("p:yesterday", b"\x01"),
        ("v:2026-09-21", b"\x01" + pack("<I7f", DAY_S, *[1.0] * 7)),
        ("x:2026-09-21", b"\x01"),
        ("somebody's", b"\x01"),
        (REALISED, b"\x01" + pack("<HdQ", 7, float("nan"), 1)),
        (REALISED, b"\x01" + pack("<HdQ", 7, -0.1, 1)),
        (REALISED, b"words"),
    ],
)
def test_what_is_not_ours_is_an_error_and_changes_nothing(field: str, value: bytes) -> None:
    """Not a sample without values."""
    history = History()
    with pytest.raises(CodecError):
        take(history, field, value, replace=True)
    assert everything(history) == [[], []]
    assert history.realised == {}


@given(st.text(max_size=20), st.binary(max_size=80))
def test_no_bytes_are_more_than_an_error(field: str, value: bytes) -> None:
    """Whatever somebody put there."""
    history = History()
    for name in (field, "p:2026-09-21T14", "v:2026-09-21", REALISED):
        try:
            take(history, name, value, replace=True)
        except CodecError:
            continue
    found = [value for part in everything(history) for sample in part for value in sample.values]
    assert all(value is None or 0.0 <= value < float("inf") for value in found)


def test_a_block_begins_at_a_whole_step() -> None:
    """Of its own span."""
    assert block_at("price", START_S) == Block("price", START_S // HOUR_S * HOUR_S)
