from random import Random

import pytest

from voltape.model.board import Board
from voltape.model.row import FIELD_BITS, Change
from voltape.store import keys
from voltape.store.codec import EMPTY
from voltape.store.layout import LAYOUT_NAMES, layout_named, other_layouts
from voltape.store.link import Link

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
    await link.ask("HSET", keys.contract("BTC", contract.symbol), "bp", "cheap")
    for name in LAYOUT_NAMES:
        layout = layout_named(name)
        assert layout.parse([contract], await link.exchange(layout.fetch([contract]))) == [None]
