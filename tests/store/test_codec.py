import math
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voltape.model.board import Board
from voltape.model.ticker import EMPTY_VALUES, VALUE_FIELDS
from voltape.store import codec
from voltape.store.codec import EMPTY, CodecError, Record, pack, pack_row, unpack

from .conftest import instrument

DOCUMENT = Path(__file__).parents[2] / "docs/reference/storage.md"
COUNT = len(VALUE_FIELDS)

finite = st.one_of(
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**9), 10**9).map(float),
    st.decimals(-(10**6), 10**6, places=8).map(float),
)
records = st.builds(
    lambda values, ts, delay, pushed, lane, stale: Record(tuple(values), ts, ts + delay, pushed, lane, stale),
    st.lists(finite, min_size=COUNT, max_size=COUNT),
    st.integers(0, 2**45),
    st.integers(-(10**6), 10**6),
    st.booleans(),
    st.sampled_from(["live", "polled"]),
    st.booleans(),
)


def bits(record: Record) -> list[str | None]:
    """Values as hexadecimal text, which tells zero from minus zero."""
    return [None if value is None else value.hex() for value in record.values]


def sample(*values: float | None) -> Record:
    """A record with these first values and no others."""
    return Record(
        values + EMPTY_VALUES[len(values) :], 1_790_000_000_000, 1_790_000_000_040, True, "live", False
    )


@given(records)
@example(sample(1e-8, 1e16, -0.0, 0.0, -1e22, 5e-324, 1.7976931348623157e308))
@example(sample(*([-0.0] * COUNT)))
@example(sample(*([None, 1.0] * (COUNT // 2))))
def test_any_finite_record_comes_back_exactly(record: Record) -> None:
    """Every double returns bit by bit, absent stays absent, and so do times and flags."""
    back = unpack(pack(record))
    assert bits(back) == bits(record)
    assert back[1:] == record[1:]


def test_a_contract_without_data_is_one_byte() -> None:
    """A listed contract that has no values yet costs its flags only."""
    assert len(pack(EMPTY)) == 1
    assert unpack(pack(EMPTY)) == EMPTY


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_refused(bad: float) -> None:
    """Nothing that is no number reaches the store."""
    with pytest.raises(CodecError, match="not finite"):
        pack(sample(1.0, None, bad))


@pytest.mark.parametrize("pushed", [True, False])
@pytest.mark.parametrize("lane", ["live", "polled"])
@pytest.mark.parametrize("stale", [True, False])
def test_a_row_packs_like_the_record_of_it(pushed: bool, lane: str, stale: bool) -> None:
    """The writer's shortcut gives the same bytes as the plain way."""
    board = Board()
    row = board.add(instrument(), lane)  # type: ignore[arg-type]
    assert pack_row(row) == pack(EMPTY._replace(lane=row.lane))
    values = sample(1.5, None, 2.0).values
    if pushed:
        board.push(row, values, 1_000, 1, 1_040)
    else:
        board.poll(row, values, 1_000, 1_040)
    board.set_stale(row, stale)
    assert pack_row(row) == pack(Record(values, 1_000, 1_040, pushed, row.lane, stale))


def test_a_polled_row_that_was_pushed_before_counts_as_polled() -> None:
    """The origin tells where the values shown now came from."""
    board = Board()
    row = board.add(instrument())
    board.push(row, sample(1.0).values, 1_000, 1, 1_040)
    board.poll(row, sample(2.0).values, 5_000, 5_040)
    assert unpack(pack_row(row)).pushed is False


@pytest.mark.parametrize(
    "data",
    [b"", b"\x02", b"\x8f\x12", b"\x81", b"\x81\xff", b"\x81\x12\x3c", b"{}", bytes([0x81]) + b"\xdd" * 40],
    ids=repr,
)
def test_what_is_no_record_is_refused(data: bytes) -> None:
    """Another version, a torn record or foreign bytes raise our error and no other."""
    with pytest.raises(CodecError):
        unpack(data)


@given(st.binary(max_size=120))
def test_foreign_bytes_never_raise_another_error(data: bytes) -> None:
    """Whatever stands in the store, a reader gets a record or `CodecError`."""
    try:
        record = unpack(b"\x81" + data)
    except CodecError:
        return
    assert len(record.values) == COUNT


def test_a_usual_record_is_short() -> None:
    """A liquid contract's ticker takes about half of what 24 doubles and two times would."""
    values = (
        178.5, 1.2, 0.4912, 180.5, 3.1, 0.4998, 179.0, 210.0, 150.0, 179.12345678, 0.4955, 111234.56, 112345.78,
        123.4, 12.3, 1365432.1, 54.3, 6012345.67, 0.43215678, 0.00001234, 123.45678901, -45.67890123, None, -0.05,
    )  # fmt: skip
    assert len(pack(Record(values, 1_790_000_000_000, 1_790_000_000_040, True, "live", False))) < 105


def read_like_the_document(data: bytes) -> tuple[int, dict[str, float | None], int, int]:
    """Decode by the steps of the document, with none of the codec's code."""
    letters = "0123456789.-,e"
    text = "".join(letters[half] for byte in data[1:] for half in (byte >> 4, byte & 15) if half != 15)
    first, *middle, last = text.split(",")
    values = {name: float(part) if part else None for name, part in zip(VALUE_FIELDS, middle, strict=True)}
    return data[0], values, int(first), int(first) + int(last)


def test_the_documents_example_is_what_we_write() -> None:
    """The worked example in the reference is read by its own rules, and is the codec's own output."""
    text = DOCUMENT.read_text(encoding="utf-8")
    match = re.search(r"<!-- example -->\s*```text\n(.*?)```\s*```json\n(.*?)```", text, re.DOTALL)
    assert match is not None
    data = bytes.fromhex(match[1])
    told = msgspec.json.decode(match[2], type=dict[str, float | int | str | bool | None])
    flags, values, ts_exchange, ts_received = read_like_the_document(data)
    assert {**values, "ts_exchange": ts_exchange, "ts_received": ts_received} == {
        name: value for name, value in told.items() if name not in {"pushed", "lane", "stale"}
    }
    assert (bool(flags & 0x10), bool(flags & 0x20), bool(flags & 0x40)) == (
        told["pushed"],
        told["lane"] == "live",
        told["stale"],
    )
    assert pack(unpack(data)) == data
    assert flags & 15 == codec.RECORD_VERSION
