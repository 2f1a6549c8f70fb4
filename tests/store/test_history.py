"""History in the store: round trip, restarts, outages, somebody else's data, and following from another process."""

import logging

import pytest

from voltape.clock import ManualClock
from voltape.errors import StoreError
from voltape.model.board import Board
from voltape.model.history import DAY_S, HOUR_S, VOLATILITY_FIELDS, Histories, Realised, Sample
from voltape.store import keys
from voltape.store.embedded import EmbeddedStore
from voltape.store.follower import Follower
from voltape.store.history import HistoryReader, HistoryWriter
from voltape.store.history_blocks import REALISED, block_at
from voltape.store.link import Link

from .conftest import backoff
from .test_follower import STATUS, WAIT, MakeWriter

KEY = keys.history("BTC")
ROW = tuple(float(number) for number in range(1, 1 + len(VOLATILITY_FIELDS)))


@pytest.fixture
def now(clock: ManualClock) -> int:
    """The present, epoch s."""
    return clock.wall_ms() // 1_000


def everything(histories: Histories, coin: str = "BTC") -> list[list[Sample]]:
    """Samples of both series."""
    history = histories.of(coin)
    return [list(series.between(0, 2**32 - 1)) for series in (history.prices, history.volatilities)]


def sampled(now: int, hours: int = 3) -> Histories:
    """A history of some hours, told to nobody."""
    histories = Histories()
    for hour in range(hours):
        histories.put_volatility("BTC", now - hour * HOUR_S, ROW)
        for minute in range(60):
            histories.put_price("BTC", now - hour * HOUR_S - minute * 60, 1e5 + hour + minute)
    histories.put_realised("BTC", 7, Realised(0.41, now * 1_000))
    return histories


async def test_the_history_survives_a_restart(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, now: int
) -> None:
    """The next run has it after its first flush, and the key lives on for a year."""
    histories = sampled(now)
    writer = make_writer(board, store.address, history=HistoryWriter(histories))
    await writer.flush()
    await writer.flush()
    await writer.close()
    life = await link.ask("TTL", KEY)
    assert isinstance(life, int)
    assert life > 365 * DAY_S
    again = Histories()
    history = HistoryWriter(again)
    await make_writer(board, store.address, history=history).flush()
    assert everything(again) == everything(histories)
    assert again.of("BTC").realised == {7: Realised(0.41, now * 1_000)}
    assert len(history) == history.ignored == 0
    assert everything(again, "SOL") == [[], []]


async def test_a_sample_costs_its_own_block_only(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, now: int
) -> None:
    """Once a minute, some hundred bytes; realised volatilities wait for the next price."""
    histories = sampled(now)
    history = HistoryWriter(histories)
    writer = make_writer(board, store.address, history=history)
    await writer.flush()
    await writer.flush()
    written = history.written
    histories.put_realised("BTC", 30, Realised(0.39, now * 1_000))
    assert len(history) == 0
    histories.put_price("BTC", now + 60, 1.0)
    assert len(history) == 2
    commands = history.commands()
    assert [command[:3] for command in commands if command[0] == "HSET"] == [
        ("HSET", KEY, block_at("price", now + 60).field)
    ]
    assert sum(len(part) for command in commands for part in command if isinstance(part, bytes | str)) < 800
    assert history.written == written + 2


async def test_samples_of_the_last_minute_are_written_at_the_close(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, now: int
) -> None:
    """Even where nothing else waits."""
    histories = Histories()
    writer = make_writer(board, store.address, history=HistoryWriter(histories))
    await writer.flush()
    histories.put_price("BTC", now, 5.0)
    await writer.close()
    assert await link.ask("HKEYS", KEY) == [block_at("price", now).field.encode()]


async def test_an_emptied_store_gets_everything_back(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, now: int
) -> None:
    """From memory, as for all else."""
    histories = sampled(now)
    writer = make_writer(board, store.address, history=HistoryWriter(histories))
    await writer.flush()
    before = await link.ask("HLEN", KEY)
    await link.ask("DEL", KEY)
    await link.ask("DEL", keys.RUN)
    for _ in range(3):
        await writer.flush()
    assert await link.ask("HLEN", KEY) == before


async def test_what_a_failed_flush_took_is_written_by_the_next(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, now: int
) -> None:
    """Nobody knows what of it arrived."""
    histories = Histories()
    writer = make_writer(board, store.address, history=HistoryWriter(histories))
    await writer.flush()
    histories.put_price("BTC", now, 5.0)
    assert writer._link is not None
    await writer._link.close()
    with pytest.raises(StoreError):
        await writer.flush()
    await writer.flush()
    assert await link.ask("HLEN", KEY) == 1


async def test_what_store_and_memory_have_is_put_together(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, now: int
) -> None:
    """A store that was away while we sampled loses nothing, and neither do we."""
    start = now // HOUR_S * HOUR_S
    stored, ours = Histories(), Histories()
    writer = make_writer(board, store.address, history=HistoryWriter(stored))
    stored.put_price("BTC", start, 1.0)
    stored.put_price("BTC", start + 60, 2.0)
    await writer.flush()
    await writer.close()
    ours.put_price("BTC", start + 60, 22.0)
    ours.put_price("BTC", start + 120, 3.0)
    await make_writer(board, store.address, history=HistoryWriter(ours)).flush()
    assert [sample.values[0] for sample in everything(ours)[0]] == [1.0, 22.0, 3.0]
    third = Histories()
    await make_writer(board, store.address, history=HistoryWriter(third)).flush()
    assert everything(third) == everything(ours)


async def test_what_is_too_old_leaves_the_store(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, now: int
) -> None:
    """Block by block, as new ones begin, and what an earlier run left."""
    for hour in range(35):
        await link.ask("HSET", KEY, block_at("price", now - hour * HOUR_S).field, b"\x01")
    histories = Histories()
    writer = make_writer(board, store.address, history=HistoryWriter(histories))
    await writer.flush()
    histories.put_price("BTC", now, 1.0)
    await writer.flush()
    assert await link.ask("HLEN", KEY) == 27
    histories.put_price("BTC", now + HOUR_S, 1.0)
    await writer.flush()
    assert await link.ask("HLEN", KEY) == 27


async def test_pieces_that_are_not_understood_are_left_alone_and_counted(
    board: Board,
    store: EmbeddedStore,
    link: Link,
    make_writer: MakeWriter,
    now: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Warned of once; the rest is read, and everything goes on."""
    good, bad = block_at("price", now - HOUR_S), block_at("price", now - 2 * HOUR_S)
    histories = Histories()
    histories.put_price("BTC", now - HOUR_S, 5.0)
    await make_writer(board, store.address, history=HistoryWriter(histories)).flush()
    await link.ask("HSET", KEY, bad.field, b"\x07later", "somebody's", "own")
    again = Histories()
    history = HistoryWriter(again)
    with caplog.at_level(logging.WARNING):
        writer = make_writer(board, store.address, history=history)
        await writer.flush()
    assert history.ignored == 2
    assert len([one for one in caplog.records if "left alone" in one.message]) == 1
    assert [sample.values for sample in everything(again)[0]] == [(5.0,)]
    assert await link.ask("HGET", KEY, bad.field) == b"\x07later"
    assert await link.ask("HEXISTS", KEY, good.field) == 1


async def test_a_key_of_another_kind_costs_the_history_only(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, clock: ManualClock, now: int
) -> None:
    """The flush and the follower go on; what stands there is nobody's to overwrite."""
    await link.ask("SET", KEY, "mine")
    histories = Histories()
    history = HistoryWriter(histories)
    writer = make_writer(board, store.address, status=lambda: STATUS, history=history)
    await writer.flush()
    histories.put_price("BTC", now, 1.0)
    await writer.flush()
    assert (history.ignored, len(history)) == (1, 0)
    assert await link.ask("GET", KEY) == b"mine"
    copy = Histories()
    reader = HistoryReader(copy, clock)
    follower = Follower(Board(), clock, store.address.connect, backoff(), history=reader)
    await follower.step(link, WAIT)
    assert (reader.ignored, follower.connected) == (1, True)
    await link.ask("DEL", KEY)
    await make_writer(board, store.address, history=HistoryWriter(sampled(now))).flush()
    clock.advance(30)
    await follower.step(link, WAIT)
    assert reader.ignored == 0
    assert len(copy.of("BTC").prices) > 100


async def test_a_follower_has_the_history_and_what_comes(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, clock: ManualClock, now: int
) -> None:
    """In role-split operation the serving role reads it from the store, three times a minute at most."""
    histories = sampled(now)
    writer = make_writer(board, store.address, status=lambda: STATUS, history=HistoryWriter(histories))
    await writer.flush()
    await writer.flush()
    copy = Histories()
    follower = Follower(Board(), clock, store.address.connect, backoff(), history=HistoryReader(copy, clock))
    await follower.step(link, WAIT)
    assert everything(copy) == everything(histories)
    assert copy.of("BTC").realised == histories.of("BTC").realised
    histories.put_realised("BTC", 30, Realised(0.39, now * 1_000))
    histories.put_price("BTC", now + 60, 7.0)
    await writer.flush()
    clock.advance(10)
    await follower.step(link, WAIT)
    assert len(everything(copy)[0]) == len(everything(histories)[0]) - 1
    clock.advance(11)
    received = link.received
    await follower.step(link, WAIT)
    assert everything(copy) == everything(histories)
    assert copy.of("BTC").realised == histories.of("BTC").realised
    assert link.received - received < 5_000


async def test_a_follower_that_comes_back_reads_everything_again(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, clock: ManualClock, now: int
) -> None:
    """After an hour without a look, and after a new connection."""
    histories = sampled(now)
    writer = make_writer(board, store.address, history=HistoryWriter(histories))
    await writer.flush()
    copy = Histories()
    reader = HistoryReader(copy, clock)
    await reader.refresh(link, "BTC")
    histories.put_price("BTC", now - 5 * HOUR_S, 7.0)
    await writer.flush()
    clock.advance(60)
    await reader.refresh(link, "BTC")
    assert everything(copy) != everything(histories)
    reader.restart()
    await reader.refresh(link, "BTC")
    assert everything(copy) == everything(histories)
    histories.put_price("BTC", now - 6 * HOUR_S, 7.0)
    await writer.flush()
    clock.advance(HOUR_S)
    await reader.refresh(link, "BTC")
    assert everything(copy) == everything(histories)
    reader.drop("BTC")
    assert "BTC" not in copy.by_underlying


async def test_realised_volatilities_have_a_field_of_their_own(
    board: Board, store: EmbeddedStore, link: Link, make_writer: MakeWriter, now: int
) -> None:
    """Written with the blocks."""
    histories = sampled(now)
    writer = make_writer(board, store.address, history=HistoryWriter(histories))
    await writer.flush()
    assert await link.ask("HSTRLEN", KEY, REALISED) == 1 + 18
