"""The store is proved equal to the board by samples, and mended where it is not."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.test_codec import records
from voltape.clock import SystemClock
from voltape.errors import StoreError
from voltape.model.board import Board
from voltape.model.row import FIELD_BITS, Change, Row
from voltape.model.status import Audit
from voltape.model.ticker import VALUE_FIELDS
from voltape.store import audit as audit_module
from voltape.store import keys
from voltape.store.audit import StoreAudit, differing
from voltape.store.codec import CodecError, Record, pack, unpack
from voltape.store.command import Command, Reply
from voltape.store.embedded import EmbeddedStore
from voltape.store.layout import LAYOUT_NAMES, layout_named
from voltape.store.link import Link
from voltape.store.writer import StoreWriter

from .conftest import backoff, instrument, push, running, until, values

MakeWriter = Callable[..., StoreWriter]
ALL = (1 << len(FIELD_BITS)) - 1


def audit_of(board: Board, writer: StoreWriter, layout: str = "packed", interval: float = 30.0) -> StoreAudit:
    """An audit with the same samples in every run."""
    return StoreAudit(board, writer, layout_named(layout), Random(4), interval)


async def tamper(link: Link, layout: str, row: Row, other: Row) -> None:
    """Put the stored values of another contract in the place of a contract's."""
    stand_in = Board().add(row.instrument, other.lane)
    stand_in.values, stand_in.ts_exchange, stand_in.ts_received = (
        other.values,
        other.ts_exchange,
        other.ts_received,
    )
    stand_in.pushed_ts, stand_in.stale = other.pushed_ts, other.stale
    await link.exchange(layout_named(layout).write([Change(stand_in, ALL)]))


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
async def test_a_store_in_order_is_equal_in_every_field(
    layout: str, board: Board, store: EmbeddedStore, make_writer: MakeWriter
) -> None:
    """Each sampled contract counts; one without data is compared as well."""
    board.add(instrument(123_000))
    board.commit()
    writer = make_writer(board, store.address, layout)
    audit = audit_of(board, writer, layout)
    await writer.flush()
    await audit.look()
    await audit.look()
    count = 2 * len(board.rows)
    assert audit.audit == Audit(compared=count, equal=count, accuracy=1.0)
    assert audit.problem is None


async def test_what_waits_to_be_written_is_not_judged(
    board: Board, store: EmbeddedStore, make_writer: MakeWriter
) -> None:
    """A change that is committed and not flushed, one that is not committed, and a new contract are left out."""
    writer = make_writer(board, store.address)
    audit = audit_of(board, writer)
    await writer.flush()
    random, rows = Random(1), list(board.rows.values())
    push(board, rows[0], values(random), 2_000)
    board.commit()
    push(board, rows[1], values(random), 2_000)
    board.add(instrument(123_000))
    await audit.look()
    assert audit.audit == Audit(compared=len(rows) - 2, equal=len(rows) - 2, undecided=3, accuracy=1.0)


async def test_a_contract_that_leaves_before_its_turn_is_not_judged(
    board: Board, store: EmbeddedStore, make_writer: MakeWriter
) -> None:
    """What is sampled while a flush is on its way may be gone when the store can be read."""
    writer = make_writer(board, store.address)
    audit = audit_of(board, writer)
    await writer.flush()
    async with writer._busy:
        look = asyncio.create_task(audit.look())
        await asyncio.sleep(0)
        board.remove(instrument().symbol)
        board.commit()
    await look
    assert audit.audit.undecided == 1
    assert audit.audit.accuracy == 1.0


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
async def test_a_difference_is_named_logged_once_and_mended(
    layout: str,
    board: Board,
    store: EmbeddedStore,
    link: Link,
    make_writer: MakeWriter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Another contract's valid record is found by its fields; the underlying is written whole; then all is well."""
    writer = make_writer(board, store.address, layout)
    audit = audit_of(board, writer, layout)
    await writer.flush()
    rows = list(board.rows.values())
    await tamper(link, layout, rows[0], rows[1])
    records_before = writer.records
    with caplog.at_level(logging.INFO):
        await audit.look()
        await audit.look()
        symbol = rows[0].instrument.symbol
        assert audit.wrong.keys() == {symbol}
        assert "mark_price" in audit.wrong[symbol]
        assert "ts_exchange" not in audit.wrong[symbol]
        assert audit.audit.latest_wrong == f"{symbol}: {', '.join(audit.wrong[symbol])}"
        assert symbol in str(audit.problem)
        await writer.flush()
        await audit.look()
    assert writer.records == records_before + len(list(board.rows_of("BTC")))
    assert audit.problem is None
    # Of the second look, the whole underlying waited to be written again.
    assert (audit.audit.compared, audit.audit.equal) == (2 * len(rows) + 6, 2 * len(rows) + 5)
    assert [record.levelname for record in caplog.records if record.name == audit_module.__name__] == [
        "ERROR",
        "INFO",
    ]


@pytest.mark.parametrize("stored", [None, b"", b"\xff", b"\x01" * 40])
async def test_a_record_that_is_gone_or_no_record_is_a_difference(
    stored: bytes | None, board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """It is not taken for a contract without data."""
    writer = make_writer(board, store.address)
    audit = audit_of(board, writer)
    await writer.flush()
    contract = next(iter(board.rows.values())).instrument
    place = (keys.chain("BTC", contract.expiry), keys.member("BTC", contract.symbol))
    await link.ask(*(("HDEL", *place) if stored is None else ("HSET", *place, stored)))
    await audit.look()
    assert audit.audit.compared - audit.audit.equal == 1
    assert audit.audit.latest_wrong is not None
    assert audit.audit.latest_wrong.startswith(contract.symbol)


async def test_a_wrong_contract_stays_so_until_it_is_found_equal(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in every sample, and to be undecided is no acquittal; one that leaves the board is forgotten."""
    monkeypatch.setattr(audit_module, "_SAMPLE", len(board.rows))
    writer = make_writer(board, store.address)
    audit = audit_of(board, writer)
    await writer.flush()
    first, second = list(board.rows.values())[:2]
    await tamper(link, "packed", first, second)
    await tamper(link, "packed", second, first)
    await audit.look()
    assert audit.wrong.keys() == {first.instrument.symbol, second.instrument.symbol}
    monkeypatch.setattr(audit_module, "_SAMPLE", 0)
    await writer.flush()
    for row in (first, second):
        push(board, row, values(Random(1)), 2_000)
    board.commit()
    await audit.look()
    assert audit.wrong.keys() == {first.instrument.symbol, second.instrument.symbol}
    board.remove(second.instrument.symbol)
    board.commit()
    await audit.look()
    assert audit.wrong.keys() == {first.instrument.symbol}
    await writer.flush()
    await audit.look()
    assert audit.problem is None


async def test_an_audit_costs_one_exchange_with_one_command_per_chain(
    board: Board, store: EmbeddedStore, make_writer: MakeWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over the connection that the writer has anyway."""
    writer = make_writer(board, store.address)
    audit = audit_of(board, writer)
    await writer.flush()
    exchange = Link.exchange
    sent: list[Sequence[Command]] = []

    async def count(self: Link, commands: Sequence[Command]) -> list[Reply]:
        sent.append(commands)
        return await exchange(self, commands)

    monkeypatch.setattr(Link, "exchange", count)
    await audit.look()
    assert [[command[0] for command in commands] for commands in sent] == [["HMGET"] * len(board.series)]


async def test_without_a_store_nothing_is_counted(
    board: Board, store: EmbeddedStore, make_writer: MakeWriter
) -> None:
    """Neither before the first connection nor where the store does not answer; the writer connects anew."""
    writer = make_writer(board, store.address)
    audit = audit_of(board, writer)
    await audit.look()
    assert audit.audit == Audit()
    await writer.flush()
    assert writer._link is not None
    await writer._link.close()
    await audit.look()
    assert audit.audit == Audit()
    assert not writer.status.connected
    await writer.flush()
    await audit.look()
    assert audit.audit.accuracy == 1.0


async def test_an_audit_that_is_cancelled_leaves_the_writer_able_to_write(
    board: Board, store: EmbeddedStore, make_writer: MakeWriter
) -> None:
    """At the end the services are cancelled wherever they are, and the last flush comes after that."""
    writer = make_writer(board, store.address)
    audit = audit_of(board, writer)
    await writer.flush()
    look = asyncio.create_task(audit.look())
    for _ in range(3):
        await asyncio.sleep(0)
    look.cancel()
    with suppress(asyncio.CancelledError):
        await look
    push(board, board.rows[instrument().symbol], values(Random(1)), 2_000)
    board.commit()
    await writer.flush()
    await audit.look()
    assert audit.audit.accuracy == 1.0
    assert audit.audit.undecided == 0


class _Lifeless:
    """A writer that counts how often it is asked, and finds whatever it is told to."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.again: list[str] = []
        self.reply: list[Reply] = []

    async def read(self, ask: Callable[[], Sequence[Command]]) -> list[Reply]:
        self.asked.append(asyncio.get_running_loop().time())
        if not ask():
            raise StoreError("nowhere", "nothing asked")
        return self.reply

    def is_settled(self, row: Row) -> bool:
        return True

    def write_again(self, underlyings: Iterable[str]) -> None:
        self.again += underlyings


async def test_it_looks_again_soon_after_an_error_and_then_at_its_usual_pace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An error that stays is no reason to write the underlying again all the time."""
    monkeypatch.setattr(audit_module, "_RECHECK_S", 0.01)
    board, writer = Board(), _Lifeless()
    board.add(instrument())
    board.commit()
    writer.reply = [[None]]
    audit = StoreAudit(board, writer, layout_named("packed"), Random(1), 0.2)
    async with running(audit.run()):
        await until(lambda: len(writer.asked) == 3)
    first, second, third = writer.asked
    assert second - first < 0.15
    assert third - second >= 0.15
    assert writer.again == ["BTC"] * 3


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
async def test_a_store_that_follows_a_busy_board_is_always_equal(
    layout: str, board: Board, store: EmbeddedStore, link: Link
) -> None:
    """Audits in the midst of pushes, listings and flushes find no difference, until somebody makes one."""
    writer = StoreWriter(
        board, SystemClock(), store.address.connect, layout_named(layout), backoff(), flush_interval=0.01
    )
    board.listen(writer.enqueue)
    audit = audit_of(board, writer, layout)
    random = Random(2)
    async with running(writer.run()):
        for ts in range(2_000, 2_150):
            for row in random.sample(list(board.rows.values()), 5):
                push(board, row, values(random), ts)
            if ts % 3 == 0:
                board.remove(random.choice(list(board.rows)))
                board.add(instrument(random.randint(1, 99) * 1_000))
            if random.random() < 0.7:
                board.commit()
            await asyncio.sleep(0.002 * random.random())
            await audit.look()
        board.commit()
        assert audit.audit.accuracy == 1.0
        assert audit.audit.compared > 500
        assert audit.audit.undecided > 50
        await until(lambda: not writer.status.pending)
        rows = [row for row in board.rows.values() if row.has_data]
        await tamper(link, layout, rows[0], rows[1])
        await audit.look()
        assert audit.wrong.keys() == {rows[0].instrument.symbol}
        await until(lambda: writer.is_settled(rows[0]))
        await audit.look()
        assert audit.problem is None
    await writer.close()


def seen_as(stored: bytes) -> Record | None:
    """What a reader makes of a stored record."""
    try:
        return unpack(stored)
    except CodecError:
        return None


@given(records, st.data())
def test_a_corrupt_byte_is_an_error_or_a_difference(record: Record, data: st.DataObject) -> None:
    """Whatever byte of a record turns into whatever other, the audit sees it, unless it spells the same numbers."""
    stored = pack(record)
    place = data.draw(st.integers(0, len(stored) - 1))
    corrupt = bytearray(stored)
    corrupt[place] ^= data.draw(st.integers(1, 255))
    found = seen_as(bytes(corrupt))
    if found is not None:
        assert (differing(record, found) == []) is (found == record)


@given(records, records)
def test_differing_fields_are_all_named_and_no_others(one: Record, other: Record) -> None:
    """Of two records, those fields are named which differ."""
    names = differing(one, other)
    assert differing(one, one) == []
    named = dict(zip(VALUE_FIELDS, zip(one.values, other.values, strict=True), strict=True))
    expected = [name for name, (ours, theirs) in named.items() if ours != theirs]
    expected += [name for name in Record._fields[1:] if getattr(one, name) != getattr(other, name)]
    assert names == expected
