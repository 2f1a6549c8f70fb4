"""Requests of operators by way of the store, and the decisions in it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest

from voltape.clock import SystemClock
from voltape.errors import StoreError
from voltape.model.board import Board
from voltape.model.control import ControlRequest, ControlState, Decisions, Outcome, UnderlyingChoice
from voltape.store import control as control_module
from voltape.store import keys
from voltape.store.control import RequestReader, RequestSender, read_decisions
from voltape.store.embedded import EmbeddedStore
from voltape.store.link import Link
from voltape.store.writer import StoreWriter

from .conftest import running, until

MakeWriter = Callable[..., StoreWriter]
START, STOP = (ControlRequest("underlying", "SOL", on) for on in (True, False))
DONE = Outcome("done", state=ControlState([UnderlyingChoice("SOL", True, True)]))


class Tracker:
    """Carries out whatever it is told, and remembers it."""

    def __init__(self) -> None:
        self.carried_out: list[ControlRequest] = []
        self.decisions = Decisions()
        self.outcome = DONE
        self.reader = RequestReader(self.carry_out, lambda: self.decisions)

    async def carry_out(self, request: ControlRequest) -> Outcome:
        self.carried_out.append(request)
        return self.outcome


@asynccontextmanager
async def flushing(writer: StoreWriter, reader: RequestReader) -> AsyncIterator[None]:
    """Flush again and again, and carry out what comes."""

    async def flush() -> None:
        while True:
            writer._upkeep._due.pop("requests", None)
            await writer.flush()
            await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(flush()), asyncio.create_task(reader.run())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_a_request_is_carried_out_once_and_its_outcome_comes_back(
    store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """Both sides are done with it then, and what is left has an end of life."""
    tracker = Tracker()
    writer = make_writer(Board(), store.address, requests=tracker.reader)
    async with flushing(writer, tracker.reader):
        assert await RequestSender(SystemClock(), store.address.connect).send(START) == DONE
        tracker.outcome = Outcome("unknown", known=["BTC"])
        assert await RequestSender(SystemClock(), store.address.connect).send(STOP) == tracker.outcome
    assert tracker.carried_out == [START, STOP]
    assert await link.ask("EXISTS", keys.CONTROL_REQUESTS) == 0
    assert 0 < int(await link.ask("TTL", keys.CONTROL_OUTCOMES)) <= keys.CONTROL_OUTCOMES_TTL_S  # type: ignore[arg-type]


async def test_a_request_that_nobody_takes_counts_as_sent_and_ends(store: EmbeddedStore, link: Link) -> None:
    """It is void after some seconds, so that no tracker that comes later is surprised by it."""
    sender = RequestSender(SystemClock(), store.address.connect, wait=0.2)
    assert await sender.send(START) == Outcome("sent")
    life = await link.ask("TTL", keys.CONTROL_REQUESTS)
    assert 0 < int(life) <= keys.CONTROL_REQUESTS_TTL_S  # type: ignore[arg-type]


async def test_a_store_that_is_away_is_the_reason(store: EmbeddedStore, link: Link) -> None:
    """So is one that does not let us write."""
    sender = RequestSender(SystemClock(), store.address.connect)
    await link.ask("ACL", "SETUSER", "default", "-hset")
    outcome = await sender.send(START)
    assert outcome.verdict == "unavailable"
    assert "NOPERM" in outcome.detail or "no permissions" in outcome.detail
    await store.stop()
    assert (await sender.send(START)).verdict == "unavailable"


async def test_only_so_many_requests_are_under_way(store: EmbeddedStore) -> None:
    """Each has a connection of its own, so there is an end to it."""
    sender = RequestSender(SystemClock(), store.address.connect, wait=0.3)
    most = control_module._MOST
    outcomes = await asyncio.gather(*(sender.send(START) for _ in range(most + 1)))
    assert sorted(outcome.verdict for outcome in outcomes) == ["sent"] * most + ["unavailable"]
    assert await sender.send(START) == Outcome("sent")


async def test_requests_are_carried_out_in_the_order_of_their_time() -> None:
    """Whatever order the hash gives them in, and once however often it does; what somebody else wrote is left alone."""
    tracker = Tracker()
    task = asyncio.create_task(tracker.reader.run())
    entries = [control_module._Entry(2, STOP), control_module._Entry(1, START)]
    reply: list[bytes] = [b"x", b"not ours", b"y", b"\xff"]
    for number, entry in enumerate(entries):
        reply += [b"%d" % number, msgspec.json.encode(entry)]
    tracker.reader.commands()
    tracker.reader.read([*reply])
    tracker.reader.read([*reply])
    await asyncio.sleep(0)
    tracker.reader.read([*reply])
    await asyncio.sleep(0)
    assert tracker.carried_out == [START, STOP]
    news = [tracker.reader.has_news]
    told = tracker.reader.commands()
    assert [(command[0], command[2]) for command in told[:4]] == [
        ("HSET", "1"),
        ("HDEL", "1"),
        ("HSET", "0"),
        ("HDEL", "0"),
    ]
    tracker.reader.read([])
    assert [*news, tracker.reader.has_news] == [True, False]
    task.cancel()
    await asyncio.wait([task])


async def test_a_flood_is_taken_a_part_at_a_time() -> None:
    """What waits is bounded; the rest is still in the store."""
    tracker = Tracker()
    reply: list[bytes] = []
    for number in range(100):
        reply += [b"%d" % number, msgspec.json.encode(control_module._Entry(number, START))]
    tracker.reader.read([*reply])
    assert len(tracker.reader._waiting) == control_module._MOST


async def test_decisions_stand_in_the_store_for_ever(
    store: EmbeddedStore, link: Link, make_writer: MakeWriter
) -> None:
    """They are written when they change, and again where somebody emptied the store."""
    tracker = Tracker()
    board = Board()
    writer = make_writer(board, store.address, requests=tracker.reader)
    await writer.flush()
    assert await read_decisions(link) is None
    tracker.decisions = Decisions(ts=7, underlyings={"SOL": True})
    writer._upkeep._due.clear()
    await writer.flush()
    assert await read_decisions(link) == tracker.decisions
    assert await link.ask("TTL", keys.CONTROL) == -1
    await link.ask("FLUSHALL")
    for _ in range(2):
        writer._upkeep._due.clear()
        await writer.flush()
    assert await read_decisions(link) == tracker.decisions


async def test_decisions_that_are_not_understood_are_not_heeded(
    store: EmbeddedStore, link: Link, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says so."""
    for text in (b"nonsense", b'{"version":9}', b"\xff"):
        await link.ask("SET", keys.CONTROL, text)
        assert await read_decisions(link) is None
    assert caplog.text.count("vt:control") == 3


async def test_an_outcome_of_somebody_else_is_no_outcome(link: Link) -> None:
    """Its writer is not a tracker of ours."""
    with pytest.raises(StoreError, match="not voltape's"):
        control_module._read_outcome(link, b"nonsense")


async def test_a_request_that_fails_holds_up_no_other() -> None:
    """A fault of ours is the supervisor's; what waited behind it is carried out when the service runs again."""
    done: list[ControlRequest] = []

    async def carry_out(request: ControlRequest) -> Outcome:
        if request == START:
            raise ZeroDivisionError
        done.append(request)
        return DONE

    reader = RequestReader(carry_out, Decisions)
    names = ("first", "second")
    entries = [
        msgspec.json.encode({"ts": ts, "request": request}) for ts, request in enumerate((START, STOP))
    ]
    reader.read([part for name, entry in zip(names, entries, strict=True) for part in (name.encode(), entry)])
    with pytest.raises(ZeroDivisionError):
        await reader.run()
    async with running(reader.run()):
        await until(lambda: done == [STOP])
    assert reader.has_news
