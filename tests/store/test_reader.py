from collections.abc import Callable

import msgspec
import pytest

from voltape.clock import ManualClock
from voltape.errors import SchemaError, StoreError
from voltape.model.board import Board
from voltape.model.status import Gap
from voltape.store import keys
from voltape.store.embedded import EmbeddedStore
from voltape.store.layout import LAYOUT_NAMES
from voltape.store.link import Link
from voltape.store.reader import check_schema, read_gaps, read_stored, read_underlyings, restore
from voltape.store.writer import StoreWriter

from .conftest import instrument, state

MakeWriter = Callable[..., StoreWriter]


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
async def test_a_board_comes_back_whole_and_stale(
    layout: str, board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, clock: ManualClock
) -> None:
    """Contracts, slots, values, times and lanes are as they were; every row waits for fresh data."""
    board.set_lane(board.rows[instrument().symbol], "polled")
    await make_writer(board, store.address, layout).flush()
    back = Board()
    restored = await restore(back, link, clock.wall_ms())
    assert restored == (len(board.rows), len(board.rows))
    assert {symbol: row[:-1] for symbol, row in state(back).items()} == {
        symbol: row[:-1] for symbol, row in state(board).items()
    }
    assert all(row.stale for row in back.rows.values())
    assert {row.slot for row in back.rows_of("BTC")} == {row.slot for row in board.rows_of("BTC")}
    assert all(back.rows[symbol].slot == row.slot for symbol, row in board.rows.items())


async def test_older_pushes_do_not_replace_what_was_restored(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, clock: ManualClock
) -> None:
    """The order of pushed values goes on where the earlier run stopped."""
    await make_writer(board, store.address).flush()
    back = Board()
    await restore(back, link, clock.wall_ms())
    row = back.rows[instrument().symbol]
    assert back.push(row, row.values, 999, 1, 1_000) is False
    assert back.push(row, row.values, 1_001, 1, 1_041) is True


async def test_expired_contracts_are_not_restored(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """What expired while we were away stays out."""
    await make_writer(board, store.address).flush()
    back = Board()
    restored = await restore(back, link, instrument(days=45).expiry_ms)
    assert restored.contracts == len(back.rows) == 6
    assert {row.instrument.expiry for row in back.rows.values()} == {instrument(days=60).expiry}


async def test_an_empty_store_restores_nothing(link: Link) -> None:
    """A first start is no error."""
    back = Board()
    assert await restore(back, link, 0) == (0, 0)
    assert back.pending == 0
    assert await read_underlyings(link) == []
    assert await read_gaps(link) == []


async def test_another_schema_version_is_refused_with_what_to_do(link: Link) -> None:
    """The error names both versions and the way out; nothing is changed."""
    await link.ask("SET", keys.SCHEMA, "9")
    with pytest.raises(SchemaError, match=r"schema 9.*needs 1.*VOLTAPE_STORE_URL"):
        await check_schema(link)
    with pytest.raises(SchemaError):
        await restore(Board(), link, 0)
    assert await link.ask("GET", keys.SCHEMA) == b"9"


async def test_foreign_content_under_our_keys_is_our_error(link: Link) -> None:
    """A list of contracts that is not ours raises rather than restores a part of a truth."""
    await link.exchange(
        [
            ("SET", keys.SCHEMA, keys.SCHEMA_VERSION),
            ("SADD", keys.UNDERLYINGS, "BTC"),
            ("HSET", keys.series("BTC"), "2026-12-25", "hello"),
        ]
    )
    with pytest.raises(StoreError, match="not voltape's data"):
        await restore(Board(), link, 0)
    assert (await read_stored(link, "BTC")).instruments == {}


async def test_an_unknown_layout_is_our_error(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """A layout of a later version is named."""
    await make_writer(board, store.address).flush()
    await link.ask("SET", keys.layout("BTC"), "columns")
    with pytest.raises(StoreError, match="unknown layout columns"):
        await restore(Board(), link, 0)


async def test_gaps_come_back(link: Link) -> None:
    """Outages recorded by an earlier run are read; what is not readable is left out."""
    gap = Gap("connection c1", "2026-12-01T00:00:00Z", 1, "cut", 600)
    await link.ask("SET", keys.GAPS, msgspec.json.encode([gap]))
    assert await read_gaps(link) == [gap]
    await link.ask("SET", keys.GAPS, "nonsense")
    assert await read_gaps(link) == []
