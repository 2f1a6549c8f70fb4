"""The tracking half of a role, before it has started to track."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import msgspec
import pytest

from tests.model.trades import series_of_trades
from voltape.clock import SystemClock
from voltape.config import Settings
from voltape.errors import SchemaError
from voltape.flow.backoff import Backoff
from voltape.model.board import Board
from voltape.model.control import ControlRequest, Decisions
from voltape.model.instrument import instrument_from_symbol
from voltape.model.status import Audit
from voltape.model.ticker import VALUE_FIELDS
from voltape.run.decisions import DecisionsFile
from voltape.run.keeping import keeping
from voltape.store import keys
from voltape.store.control import read_decisions
from voltape.store.embedded import EmbeddedStore
from voltape.store.layout import layout_named
from voltape.store.reader import read_underlyings
from voltape.store.trades import append
from voltape.store.writer import StoreWriter

NOWHERE = "valkey://127.0.0.1:1"
SYMBOLS = ("BTC-25DEC99-100000-C-USDT", "ETH-25DEC99-5000-P-USDT", "SOL-25DEC99-200-C-USDT")
BRIDGED = "store: not connected, the board bridges it"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    """A running private server."""
    async with EmbeddedStore(tmp_path / "data", Backoff(0.01, 0.05, Random(1))) as running:
        yield running


@pytest.fixture
async def filled(store: EmbeddedStore) -> EmbeddedStore:
    """The same with fresh data of three coins, as an earlier run left it."""
    board = Board()
    for symbol in SYMBOLS:
        contract = instrument_from_symbol(symbol)
        assert contract is not None
        row = board.add(contract, "live")
        board.push(row, tuple(float(i) for i in range(len(VALUE_FIELDS))), 1_000, 1, 1_040)
        board.set_stale(row, stale=False)
    clock, layout = SystemClock(), layout_named("packed")
    writer = StoreWriter(board, clock, store.address.connect, layout, Backoff(0.01, 0.05, Random(1)))
    await writer.flush()
    await writer.close()
    return store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that would track two coins."""
    return Settings(data_dir=tmp_path, underlyings=("BTC", "ETH"))


async def test_what_the_store_kept_is_on_the_board_and_stale(
    filled: EmbeddedStore, settings: Settings
) -> None:
    """Contracts of wanted coins come back with their values; those of other coins do not."""
    async with keeping(settings, "tracker", filled.url, None) as kept:
        assert sorted(kept.board.rows) == sorted(SYMBOLS[:2])
        assert all(row.stale and row.has_data for row in kept.board.rows.values())
        assert kept.board.pending == 0


async def test_all_coins_come_back_where_all_are_wanted(filled: EmbeddedStore, settings: Settings) -> None:
    """Without a list of coins every one is wanted."""
    everything = msgspec.structs.replace(settings, underlyings=())
    async with keeping(everything, "tracker", filled.url, None) as kept:
        assert sorted(kept.board.rows) == sorted(SYMBOLS)


async def test_a_coin_that_is_no_longer_wanted_leaves_the_store(
    filled: EmbeddedStore, settings: Settings
) -> None:
    """Its last values would pass for fresh with whoever reads the store."""
    async with keeping(settings, "tracker", filled.url, None) as kept:
        await kept.writer.flush()
    link = await filled.address.connect()
    assert await read_underlyings(link) == ["BTC", "ETH"]
    assert await link.exchange(
        [("EXISTS", keys.series("SOL")), ("EXISTS", keys.chain("SOL", "2099-12-25"))]
    ) == [
        0,
        0,
    ]
    await link.close()


async def test_a_store_that_is_away_at_the_start_is_bridged(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """The board starts empty, the log and the status say so, and nothing is raised."""
    with caplog.at_level(logging.INFO):
        async with keeping(settings, "tracker", NOWHERE, None) as kept:
            assert kept.board.rows == {}
            status = kept.status()
    assert "the board starts empty" in caplog.text
    assert (status.store.connected, status.health.degraded) == (False, [BRIDGED])


async def test_a_store_that_can_be_read_in_part_brings_back_that_part(
    filled: EmbeddedStore, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """A coin that is not wanted stays away all the same, and nobody is told of the rest as of something new."""
    link = await filled.address.connect()
    await link.exchange([("DEL", keys.series("SOL")), ("SET", keys.series("SOL"), "somebody else's")])
    await link.close()
    with caplog.at_level(logging.INFO):
        one = msgspec.structs.replace(settings, underlyings=("ETH", "SOL"))
        async with keeping(one, "tracker", filled.url, None) as kept:
            assert sorted(kept.board.rows) == [SYMBOLS[1]]
            assert kept.board.pending == 0
    assert "the board starts incomplete" in caplog.text


async def test_a_store_of_another_version_is_refused(store: EmbeddedStore, settings: Settings) -> None:
    """It is neither read nor written, and the error goes to whoever started us."""
    link = await store.address.connect()
    await link.ask("SET", keys.SCHEMA, "9")
    with pytest.raises(SchemaError, match="schema 9"):
        async with keeping(settings, "tracker", store.url, None):
            pass
    assert await link.ask("DBSIZE") == 1
    await link.close()


async def test_the_status_tells_of_the_store_as_we_see_it(filled: EmbeddedStore, settings: Settings) -> None:
    """Kind, layout and written records are there, and a connected store is no reason to be degraded."""
    packed = msgspec.structs.replace(settings, store_layout="hash")
    async with keeping(packed, "up", filled.url, "embedded") as kept:
        await kept.writer.flush()
        status = kept.status()
    assert (status.store.kind, status.store.layout, status.store.connected) == ("embedded", "hash", True)
    assert status.messages.written == 2
    assert BRIDGED not in status.health.degraded
    assert set(status.resources.by_role) == {"up", "valkey"}
    assert status.traffic["store"].sent == status.store.bytes_written > 0
    assert status.traffic["store"].received == status.store.bytes_received > 0
    assert status.optimisations["store_layout"] == "hash"


async def test_the_processes_of_a_store_elsewhere_are_not_ours(
    filled: EmbeddedStore, settings: Settings
) -> None:
    """The process number of a server on another machine would name some process here."""
    async with keeping(settings, "tracker", filled.url, None) as kept:
        await kept.writer.flush()
        assert set(kept.status().resources.by_role) == {"tracker"}


async def test_evicted_keys_are_told(filled: EmbeddedStore, settings: Settings) -> None:
    """The status names their number among what is bridged, and is made anew each time."""
    async with keeping(settings, "tracker", filled.url, None) as kept:
        await kept.writer.flush()
        kept.writer._upkeep.memory.evicted = 3
        degraded = [kept.status().health.degraded for _ in range(2)]
    assert [text for text in degraded[0] if text.startswith("store")] == ["store: 3 keys were evicted"]
    assert degraded[0] == degraded[1]


async def test_the_status_in_the_store_is_ours(filled: EmbeddedStore, settings: Settings) -> None:
    """A serving role apart reads there what we say."""
    async with keeping(settings, "tracker", filled.url, None) as kept:
        await kept.writer.flush()
    link = await filled.address.connect()
    stored = await link.ask("GET", keys.STATUS)
    await link.close()
    assert isinstance(stored, bytes)
    assert msgspec.json.decode(stored)["resources"]["by_role"].keys() == {"tracker"}


async def test_the_time_in_which_nobody_tracked_is_a_gap(filled: EmbeddedStore, settings: Settings) -> None:
    """It begins at the last data that an earlier run kept, and lasts until there is data again."""
    async with keeping(settings, "tracker", filled.url, None) as kept:
        gap = kept.status().gaps[0]
        assert (gap.scope, gap.cause, gap.contracts) == ("voltape", "voltape was not running", 2)
        assert (gap.ts_started, gap.ts_ended) == (1_040, None)


async def test_the_audits_are_in_the_status_and_what_they_find_degrades_it(
    filled: EmbeddedStore, settings: Settings
) -> None:
    """What is wrong in the store is named as long as it is."""
    async with keeping(settings, "tracker", filled.url, None) as kept:
        await kept.writer.flush()
        await kept.audit.look()
        status = kept.status()
        assert status.audits == {
            "store": Audit(compared=2, equal=2, accuracy=1.0),
            "exchange": Audit(),
        }
        assert not [text for text in status.health.degraded if "differ" in text]
        link = await filled.address.connect()
        await link.ask("HDEL", keys.chain("BTC", "2099-12-25"), "100000-C-USDT")
        await link.close()
        await kept.audit.look()
        (text,) = [text for text in kept.status().health.degraded if "differ" in text]
        assert text.startswith("store: differs from the board")
        assert SYMBOLS[0] in text
        assert kept.status().audits["store"].accuracy == 0.75
        await kept.writer.flush()
        await kept.audit.look()
        assert not [text for text in kept.status().health.degraded if "differ" in text]


async def test_without_an_interval_nothing_is_audited(filled: EmbeddedStore, settings: Settings) -> None:
    """The switch is off in the status too."""
    off = msgspec.structs.replace(settings, audit_interval=0.0)
    async with keeping(off, "tracker", filled.url, None) as kept:
        assert kept.tracker.audit is None
        assert kept.status().audits == {}


async def test_what_clients_look_at_here_and_elsewhere_becomes_live(
    filled: EmbeddedStore, settings: Settings
) -> None:
    """Both are heard, the others by way of the store; each can look away by itself."""
    async with keeping(settings, "up", filled.url, "embedded") as kept:
        watched = kept.tracker.feed.lanes.watched
        kept.watch([f"ticker.{SYMBOLS[0]}"])
        link = await filled.address.connect()
        await link.ask("HSET", keys.WATCHED, "elsewhere", b'{"ts":1,"channels":["tickers.ETH"]}')
        await link.close()
        await kept.writer.flush()
        assert watched.symbols(kept.board, "BTC") == {SYMBOLS[0]}
        assert watched.symbols(kept.board, "ETH") == {SYMBOLS[1]}
        kept.watch([])
        assert watched.symbols(kept.board, "BTC") == set()
        assert watched.symbols(kept.board, "ETH") == {SYMBOLS[1]}


async def test_where_everything_is_live_nobody_asks_who_watches(
    filled: EmbeddedStore, settings: Settings
) -> None:
    """Neither does it where the switch is off."""
    for changed in ({"filter": "all"}, {"filter_watched": False}):
        heedless = msgspec.structs.replace(settings, **changed)
        async with keeping(heedless, "up", filled.url, "embedded") as kept:
            kept.watch([f"ticker.{SYMBOLS[0]}"])
            assert kept.tracker.feed.lanes.watched.symbols(kept.board, "BTC") == set()
            assert kept.writer._upkeep._watched is None


STOPPED = Decisions(ts=9, underlyings={"BTC": False, "SOL": True})


async def test_what_an_operator_decided_holds_for_what_the_store_kept(
    filled: EmbeddedStore, settings: Settings
) -> None:
    """A stopped coin is not restored and leaves the store, one that was started comes back."""
    await DecisionsFile(settings.data_dir).save(STOPPED)
    async with keeping(settings, "up", filled.url, "embedded") as kept:
        assert sorted(kept.board.rows) == sorted(SYMBOLS[1:])
        assert {one.underlying: one.enabled for one in kept.state().underlyings} == {
            "BTC": False,
            "ETH": True,
            "SOL": True,
        }
        assert kept.status().control == kept.state()
        await kept.writer.flush()
    link = await filled.address.connect()
    assert await read_underlyings(link) == ["ETH", "SOL"]
    assert await read_decisions(link) == STOPPED
    await link.close()


@pytest.mark.parametrize("in_file", [None, Decisions(ts=3), Decisions(ts=12)])
async def test_the_newer_of_file_and_store_counts_and_is_kept_in_the_file(
    filled: EmbeddedStore, settings: Settings, in_file: Decisions | None
) -> None:
    """A tracker that lost its disk, or comes from another machine, goes on from what the store has."""
    link = await filled.address.connect()
    await link.ask("SET", keys.CONTROL, msgspec.json.encode(STOPPED))
    await link.close()
    file = DecisionsFile(settings.data_dir)
    if in_file is not None:
        await file.save(in_file)
    expected = in_file if in_file is not None and in_file.ts > STOPPED.ts else STOPPED
    async with keeping(settings, "tracker", filled.url, None) as kept:
        assert kept.tracker.control.decisions == file.load() == expected


async def test_a_store_of_our_own_has_no_say_in_what_was_decided(
    filled: EmbeddedStore, settings: Settings
) -> None:
    """Whoever removes the file beside it takes every decision back."""
    link = await filled.address.connect()
    await link.ask("SET", keys.CONTROL, msgspec.json.encode(STOPPED))
    await link.close()
    async with keeping(settings, "up", filled.url, "embedded") as kept:
        assert kept.tracker.control.decisions == Decisions()
        assert sorted(kept.board.rows) == sorted(SYMBOLS[:2])


async def test_a_directory_that_cannot_be_written_is_told_and_refuses_decisions(
    filled: EmbeddedStore, settings: Settings, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """What the store has is heeded all the same; nothing new is decided that would be forgotten."""
    link = await filled.address.connect()
    await link.ask("SET", keys.CONTROL, msgspec.json.encode(STOPPED))
    await link.close()
    (tmp_path / "a file").touch()
    nowhere = msgspec.structs.replace(settings, data_dir=tmp_path / "a file" / "data")
    async with keeping(nowhere, "tracker", filled.url, None) as kept:
        assert kept.tracker.control.decisions == STOPPED
        assert "cannot be saved" in caplog.text
        outcome = await kept.carry_out(ControlRequest("underlying", "ETH", False))
        assert (outcome.verdict, kept.tracker.control.decisions) == ("unavailable", STOPPED)


async def test_the_history_of_an_earlier_run_is_known(filled: EmbeddedStore, settings: Settings) -> None:
    """With the first flush, and it is part of the status."""
    now = SystemClock().wall_ms() // 1_000
    async with keeping(settings, "tracker", filled.url, None) as kept:
        await kept.writer.flush()
        kept.histories.put_price("BTC", now, 84_000.5)
    async with keeping(settings, "tracker", filled.url, None) as kept:
        await kept.writer.flush()
        sample = kept.histories.of("BTC").prices.at(now)
        assert sample is not None
        assert sample.values == (84_000.5,)
        assert (kept.status().history.prices, kept.status().history.ignored) == (1, 0)


async def test_trades_of_an_earlier_run_are_known(filled: EmbeddedStore, settings: Settings) -> None:
    """The tape begins with what the store kept; with the switch off there is none."""
    link = await filled.address.connect()
    await link.exchange([append(series_of_trades(1)[0], 10)])
    await link.close()
    async with keeping(settings, "tracker", filled.url, None) as kept:
        assert kept.tapes is not None
        assert [one.id for one in kept.tapes.newest_first()] == ["id-0"]
        assert kept.status().trades.kept == 1
    off = msgspec.structs.replace(settings, trades=False)
    async with keeping(off, "tracker", filled.url, None) as kept:
        assert kept.tapes is None
        assert kept.status().trades.kept == 0
