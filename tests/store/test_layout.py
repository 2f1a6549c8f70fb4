from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltape.model.board import Batch, Board
from voltape.model.row import FIELD_BITS, Change, Row
from voltape.model.ticker import VALUE_FIELDS
from voltape.store import keys
from voltape.store.codec import EMPTY, Record
from voltape.store.command import Command, Reply
from voltape.store.layout import LAYOUT_NAMES, layout_named, other_layouts
from voltape.store.link import Link
from voltape.store.pending import Pending

from .conftest import instrument, push, values

ALL = (1 << len(FIELD_BITS)) - 1


def test_names_and_layouts_agree() -> None:
    """A layout is made by its name, and the others are all but it."""
    assert [layout_named(name).name for name in LAYOUT_NAMES] == list(LAYOUT_NAMES)
    assert [layout.name for layout in other_layouts("packed")] == ["hash"]


@pytest.mark.parametrize("name", LAYOUT_NAMES)
async def test_what_a_layout_writes_it_reads_back(name: str, board: Board, link: Link) -> None:
    """Values, times, lane, staleness and origin of every contract survive; absent stays absent."""
    layout = layout_named(name)
    rows = list(board.rows.values())
    board.poll(rows[0], values(Random(9)), 5_000, 5_040)
    await link.exchange(layout.write(Change(row, ALL) for row in rows))
    instruments = [row.instrument for row in reversed(rows)]
    records = layout.parse(instruments, await link.exchange(layout.fetch(instruments)))
    for row, record in zip(reversed(rows), records, strict=True):
        assert record is not None
        assert record == (
            row.values,
            row.ts_exchange,
            row.ts_received,
            row is not rows[0],
            row.lane,
            row.stale,
        )


@pytest.mark.parametrize("name", LAYOUT_NAMES)
async def test_only_what_changed_need_be_told(name: str, board: Board, link: Link) -> None:
    """Writing a change by its mask leaves the store like the row, also where values went away."""
    layout = layout_named(name)
    random = Random(5)
    row = board.rows[instrument().symbol]
    await link.exchange(layout.write([Change(row, ALL)]))
    for ts in range(2_000, 2_040):
        push(board, row, values(random), ts)
        board.set_stale(row, stale=ts % 3 == 0)
        board.set_lane(row, "live" if ts % 2 else "polled")
        batch = board.commit()
        assert batch is not None
        await link.exchange(layout.write(batch.changes))
        (record,) = layout.parse([row.instrument], await link.exchange(layout.fetch([row.instrument])))
        assert record is not None
        assert (record.values, record.ts_exchange, record.lane, record.stale) == (
            row.values,
            ts,
            row.lane,
            row.stale,
        )


class Hashes:
    """What a server makes of the commands of a layout, for as many examples as one likes."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[bytes, bytes]] = {}

    def answer(self, commands: Iterable[Command]) -> list[Reply]:
        """Carry commands out; replies as on the wire."""
        return [self._one(str(name), str(key), list(map(as_bytes, words))) for name, key, *words in commands]

    def _one(self, name: str, key: str, words: list[bytes]) -> Reply:
        fields = self.kept.setdefault(key, {})
        if name == "HSET":
            fields.update(zip(words[::2], words[1::2], strict=True))
        elif name == "HDEL":
            for word in words:
                fields.pop(word, None)
        elif name == "UNLINK":
            fields.clear()
        elif name == "HGETALL":
            return [part for field in fields.items() for part in field]
        else:
            assert name == "HMGET"
            return [fields.get(word) for word in words]
        return None


def as_bytes(word: bytes | str | int) -> bytes:
    """A word of a command as it is sent."""
    return word if isinstance(word, bytes) else str(word).encode()


def read(name: str, hashes: Hashes, rows: Iterable[Row]) -> list[Record | None]:
    """What a reader finds of these contracts."""
    layout = layout_named(name)
    instruments = [row.instrument for row in rows]
    return layout.parse(instruments, hashes.answer(layout.fetch(instruments)))


finite = st.one_of(
    st.none(),
    st.sampled_from([0.0, -0.0, 1.0, 1e16, 1e-8, 5e-324, 1.7976931348623157e308]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(-(10**6), 10**6, places=8).map(float),
)
few = st.sampled_from([None, 7.0, 8.0])
"""Values that come back soon, which is where a change can be overlooked."""
drawn_values = st.one_of(
    st.tuples(*[few] * len(VALUE_FIELDS)),
    st.lists(finite, min_size=len(VALUE_FIELDS), max_size=len(VALUE_FIELDS)).map(tuple),
)
histories = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.one_of(
            st.tuples(st.just("push"), drawn_values),
            st.tuples(st.just("poll"), drawn_values),
            st.tuples(st.just("again"), st.just(())),
            st.tuples(st.just("lane"), st.sampled_from(["live", "polled"])),
            st.tuples(st.just("stale"), st.booleans()),
            st.tuples(st.sampled_from(["commit", "commit", "flush"]), st.just(())),
        ),
    ),
    max_size=30,
)


def play(board: Board, which: int, what: str, to: object, ts: int) -> None:
    """One step of a history."""
    contract = instrument(100_000 + which // 2, "CP"[which % 2])
    row = board.add(contract)
    if what == "push":
        push(board, row, to, ts)  # type: ignore[arg-type]
    elif what == "poll":
        board.poll(row, to, ts, ts - 3)  # type: ignore[arg-type]
    elif what == "again":
        board.remove(contract.symbol)
        board.add(contract)
    elif what == "lane":
        board.set_lane(row, to)  # type: ignore[arg-type]
    elif what == "stale":
        board.set_stale(row, bool(to))


@pytest.mark.parametrize("name", LAYOUT_NAMES)
@given(histories)
def test_every_record_comes_back_exactly_after_any_changes(
    name: str, history: list[tuple[int, tuple[str, object]]]
) -> None:
    """Only what changed is written, whenever a flush falls between changes and commits, and nothing is missed."""
    board, hashes, layout, pending = Board(), Hashes(), layout_named(name), Pending()

    def enqueue(batch: Batch) -> None:
        pending.add(batch)

    def flush() -> None:
        nonlocal pending
        taken, pending = pending, Pending()
        hashes.answer(layout.drop(taken.removed.values()))
        hashes.answer(layout.write(taken.changed.values()))

    board.listen(enqueue, fields=layout.reads_masks)
    for ts, (which, (what, to)) in enumerate(history, 1_790_000_000_000):
        play(board, which, what, to, ts)
        if what == "commit":
            board.commit()
        elif what == "flush":
            flush()
    board.commit()
    flush()
    rows = list(board.rows.values())
    for row, record in zip(rows, read(name, hashes, rows), strict=True):
        assert record is not None
        assert record == (row.values, row.ts_exchange, row.ts_received, row.pushed, row.lane, row.stale)


@pytest.mark.parametrize("name", LAYOUT_NAMES)
def test_a_value_that_came_back_after_a_flush_had_read_it_is_written_again(name: str, board: Board) -> None:
    """A flush writes rows as they are, committed or not; the next one knows what it may have written."""
    hashes, layout = Hashes(), layout_named(name)
    row = board.rows[instrument().symbol]
    hashes.answer(layout.write([Change(row, ALL)]))
    push(board, row, (7.0, *row.values[1:]), 2_000)
    first = board.commit()
    assert first is not None
    push(board, row, (8.0, *row.values[1:]), 3_000)
    hashes.answer(layout.write(first.changes))
    push(board, row, (7.0, *row.values[1:]), 4_000)
    second = board.commit()
    assert second is not None
    hashes.answer(layout.write(second.changes))
    (record,) = read(name, hashes, [row])
    assert record is not None
    assert record.values == row.values


def test_only_changed_fields_are_written_where_fields_are_apart(board: Board) -> None:
    """One price that moves costs that price and the times, and one that goes is deleted."""
    row = board.rows[instrument().symbol]
    push(board, row, (1.5, *row.values[1:]), 2_000)
    batch = board.commit()
    assert batch is not None
    (command,) = layout_named("hash").write(batch.changes)
    assert command[2::2] == ("bp", "tx", "tr", "pu")
    push(board, row, (None, *row.values[1:]), 3_000)
    batch = board.commit()
    assert batch is not None
    written, deleted = layout_named("hash").write(batch.changes)
    assert written[2::2] == ("tx", "tr", "pu")
    assert deleted == ("HDEL", keys.contract("BTC", row.instrument.symbol), "bp")


@pytest.mark.parametrize("name", LAYOUT_NAMES)
async def test_a_contract_without_data_is_there_without_data(name: str, link: Link) -> None:
    """A fresh listing is stored, and is told apart from a contract the store does not know."""
    layout = layout_named(name)
    row = Board().add(instrument())
    asked = [row.instrument, instrument(kind="P")]
    await link.exchange(layout.write([Change(row, ALL)]))
    assert layout.parse(asked, await link.exchange(layout.fetch(asked))) == [EMPTY, None]


@pytest.mark.parametrize("name", LAYOUT_NAMES)
async def test_a_contract_that_comes_back_has_nothing_of_before(name: str, board: Board, link: Link) -> None:
    """Removed and listed again between two flushes, it is stored without data."""
    layout = layout_named(name)
    await link.exchange(layout.write(Change(row, ALL) for row in board.rows.values()))
    board.remove(instrument().symbol)
    await link.exchange(layout.write([Change(board.add(instrument()), ALL)]))
    assert layout.parse([instrument()], await link.exchange(layout.fetch([instrument()]))) == [EMPTY]


@pytest.mark.parametrize("name", LAYOUT_NAMES)
async def test_dropping_contracts_leaves_no_key_behind(name: str, board: Board, link: Link) -> None:
    """When all contracts have been dropped, the store is as empty as before."""
    layout = layout_named(name)
    rows = list(board.rows.values())
    await link.exchange(layout.write(Change(row, ALL) for row in rows))
    assert await link.ask("DBSIZE") != 0
    await link.exchange(layout.drop(row.instrument for row in rows))
    assert await link.ask("DBSIZE") == 0


@pytest.mark.parametrize("name", LAYOUT_NAMES)
async def test_every_key_has_an_end_to_its_life(name: str, board: Board, link: Link) -> None:
    """Keys of a contract leave by themselves a day after its expiry."""
    layout = layout_named(name)
    rows = list(board.rows.values())
    await link.exchange(layout.write(Change(row, ALL) for row in rows))
    await link.exchange(layout.expire([row.instrument for row in rows], now_ms=0))
    _, found = await link.ask("SCAN", 0, "COUNT", 1000)  # type: ignore[misc]
    assert isinstance(found, list)
    assert found
    ends = [await link.ask("PEXPIRETIME" if link.server.kind == "valkey" else "PTTL", key) for key in found]  # type: ignore[arg-type]
    assert all(isinstance(end, int) and end > 0 for end in ends)
    if link.server.kind == "valkey":
        assert set(ends) == {keys.expires_at_ms(row.instrument.expiry_ms, 0) for row in rows}


@pytest.mark.parametrize("name", LAYOUT_NAMES)
async def test_one_bad_value_spoils_nothing_else(name: str, board: Board, link: Link) -> None:
    """A value that is no number is not stored, and the other contracts are."""
    layout = layout_named(name)
    bad, good = board.rows[instrument().symbol], board.rows[instrument(kind="P").symbol]
    bad.values = (float("nan"), *bad.values[1:])
    await link.exchange(layout.write([Change(bad, ALL), Change(good, ALL)]))
    instruments = [bad.instrument, good.instrument]
    spoilt, whole = layout.parse(instruments, await link.exchange(layout.fetch(instruments)))
    assert spoilt is None or spoilt.values[0] is None
    assert whole is not None
    assert whole.values == good.values


async def test_foreign_content_is_read_as_missing(link: Link) -> None:
    """A record of another version or a field that is no number is like no record."""
    contract = instrument()
    member = keys.member("BTC", contract.symbol)
    await link.ask("HSET", keys.chain("BTC", contract.expiry), member, b"\x0f??")
    packed = layout_named("packed")
    assert packed.parse([contract], await link.exchange(packed.fetch([contract]))) == [None]
    readable = layout_named("hash")
    for foreign in ("cheap", "", "nan", "inf", "1e999", "1,2", "1]", "1_0"):
        await link.ask("HSET", keys.contract("BTC", contract.symbol), "bp", foreign)
        assert readable.parse([contract], await link.exchange(readable.fetch([contract]))) == [None], foreign
