from collections.abc import Callable
from random import Random

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

from .conftest import instrument, push, state, values

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


async def test_a_time_that_is_still_to_come_orders_nothing(
    store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """Values of an exchange whose clock was ahead are shown, and give way to the first that is pushed now."""
    now_ms, random = 1_790_000_000_000, Random(5)
    board = Board()
    for strike, ahead_ms in ((90_000, 60_000), (100_000, 60_001)):
        push(board, board.add(instrument(strike)), values(random), now_ms + ahead_ms)
    board.commit()
    await make_writer(board, store.address).flush()
    again = Board()
    await restore(again, link, now_ms)
    assert {symbol: row.values for symbol, row in again.rows.items()} == {
        symbol: row.values for symbol, row in board.rows.items()
    }
    near, far = again.rows.values()
    assert (near.pushed, far.pushed) == (True, False)
    assert not again.push(near, values(random), now_ms, 1, now_ms)
    assert again.push(far, values(random), now_ms, 1, now_ms)


@pytest.mark.parametrize(
    ("name", "value"),
    [(b"\xff", b'[1,"BTC-25DEC26-"]'), (b"2026-12-25", b'[1,"\xff"]'), (b"2026-12-25", b"[" * 100_000)],
)
async def test_bytes_that_are_no_text_are_not_ours(link: Link, name: bytes, value: bytes) -> None:
    """Whatever stands there, it is an error of the store, and no fault that keeps us from starting or writing."""
    await link.exchange(
        [
            ("SET", keys.SCHEMA, keys.SCHEMA_VERSION),
            ("SADD", keys.UNDERLYINGS, "BTC", b"\xfe"),
            ("HSET", keys.series("BTC"), name, value),
            ("HSET", keys.instruments("BTC", "2026-12-25"), b"1-C", b'[0,1,"call","\xff",null]'),
            ("SET", keys.GAPS, b'[{"scope":"\xff","started_at":"","ts_started":1,"cause":"","contracts":1}]'),
        ]
    )
    assert len(await read_underlyings(link)) == 2
    assert await read_gaps(link) == []
    assert (await read_stored(link, "BTC")).instruments == {}
    if name != b"\xff":
        with pytest.raises(StoreError, match="not voltape's data"):
            await restore(Board(), link, 0)


async def test_contracts_whose_names_are_no_text_are_not_ours(link: Link) -> None:
    """In the hash of a series as in that of an underlying."""
    series = b'[9999999999999,"BTC-25DEC26-"]'
    await link.exchange(
        [
            ("SET", keys.SCHEMA, keys.SCHEMA_VERSION),
            ("SADD", keys.UNDERLYINGS, "BTC"),
            ("HSET", keys.series("BTC"), "2026-12-25", series),
            ("HSET", keys.instruments("BTC", "2026-12-25"), b"1-C", b'[0,1,"call","\xff",null]'),
        ]
    )
    with pytest.raises(StoreError, match="not voltape's data"):
        await restore(Board(), link, 0)
    assert (await read_stored(link, "BTC")).instruments == {}
