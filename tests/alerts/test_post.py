import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random

import pytest

from tests.alerts.receiver import receiving
from tests.alerts.rules import NOW_MS, made
from tests.e2e.program import free_port
from voltape.alerts.journal import Journal, SinkState
from voltape.alerts.notice import Notice, notice_of
from voltape.alerts.post import GIVE_UP_MS, MOST_UNWANTED, MOST_WAITING, Post
from voltape.alerts.sink import Line, SendError, Sink
from voltape.alerts.webhook import Webhook
from voltape.clock import ManualClock
from voltape.tls import client_context

QUICK = (0.001, 0.01)
LINE = Line(lambda: client_context(None), timeout_s=0.3)


class FakeSink:
    """Takes messages, or fails as told; `failures` are used up one by one."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.failures: list[SendError] = []
        self.changed = asyncio.Condition()
        self.attempts = 0

    async def send(self, notice: Notice) -> None:
        self.attempts += 1
        async with self.changed:
            self.changed.notify_all()
            if self.failures:
                raise self.failures.pop(0)
            self.taken.append(notice.id)

    async def until(self, taken: int) -> None:
        """Wait for so many messages."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: len(self.taken) >= taken)


class Saved(Journal):
    """A journal that tells when it has saved."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.saves = asyncio.Condition()

    async def save(self) -> None:
        await super().save()
        async with self.saves:
            self.saves.notify_all()

    async def until(self, check: Callable[[SinkState], object], name: str = "a") -> None:
        """Wait until what is saved of a sink is as wanted."""
        async with asyncio.timeout(10), self.saves:
            await self.saves.wait_for(lambda: check(self.kept.sinks[name]))


def is_empty(state: SinkState) -> bool:
    """Whether nothing waits."""
    return not state.waiting


def notice(number: int, ts: int = NOW_MS) -> Notice:
    """A message with an id of its own."""
    return notice_of(made(), "begin", number, 101.0, ts, ts)


@asynccontextmanager
async def posting(
    folder: Path,
    sinks: Mapping[str, Sink],
    clock: ManualClock | None = None,
    delays: tuple[float, float] = QUICK,
) -> AsyncIterator[tuple[Post, Saved]]:
    """A post that serves its sinks as long as the block lasts."""
    journal = Saved(folder / "journal.json")
    post = Post(sinks, journal, clock or ManualClock(NOW_MS), Random(7), delays)
    tasks = [asyncio.create_task(post.run(name)) for name in sinks]
    try:
        yield post, journal
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def hand_in(post: Post, journal: Journal, *notices: Notice, to: tuple[str, ...] = ("a",)) -> None:
    """As the watch does it."""
    for one in notices:
        post.add(one, to)
    await journal.save()
    post.deliver()


async def test_messages_arrive_in_their_order_and_are_forgotten(tmp_path: Path) -> None:
    """Once each where nothing fails."""
    sink = FakeSink()
    async with posting(tmp_path, {"a": sink}) as (post, journal):
        notices = [notice(number) for number in range(5)]
        await hand_in(post, journal, *notices)
        await sink.until(5)
        await journal.until(is_empty)
    assert sink.taken == [one.id for one in notices]
    assert post.use()["a"].sent == 5


async def test_a_failed_message_is_tried_again_with_the_same_id(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The outage is one line, its end another."""
    caplog.set_level("INFO")
    sink = FakeSink()
    sink.failures = [SendError("answered 500")] * 4
    async with posting(tmp_path, {"a": sink}) as (post, journal):
        await hand_in(post, journal, notice(1), notice(2))
        await sink.until(2)
    assert (sink.taken, sink.attempts) == ([notice(1).id, notice(2).id], 6)
    assert caplog.messages == [
        "alerts by a do not get through and are tried again: answered 500",
        "alerts by a get through again",
    ]
    assert post.use()["a"].failed == 4


async def test_a_sink_that_is_away_holds_up_no_other(tmp_path: Path) -> None:
    """Each has its own queue."""
    away, here = FakeSink(), FakeSink()
    away.failures = [SendError("no")] * 100_000
    async with posting(tmp_path, {"a": away, "b": here}) as (post, journal):
        await hand_in(post, journal, notice(1), notice(2), to=("a", "b"))
        await here.until(2)
        assert post.use()["a"].waiting == 2


async def test_a_message_that_is_not_wanted_lets_others_pass_and_is_given_up(tmp_path: Path) -> None:
    """After some refusals, counted and told."""
    sink = FakeSink()
    sink.failures = [SendError("answered 400", unwanted=True)]
    async with posting(tmp_path, {"a": sink}) as (post, journal):
        await hand_in(post, journal, notice(1), notice(2))
        await sink.until(2)
        assert sink.taken == [notice(2).id, notice(1).id]
        sink.failures = [SendError("answered 400", unwanted=True)] * MOST_UNWANTED
        await hand_in(post, journal, notice(3))
        await journal.until(is_empty)
    assert (post.use()["a"].sent, post.use()["a"].dropped) == (2, 1)


async def test_the_sink_says_how_long_to_leave_it_alone(tmp_path: Path) -> None:
    """Longer than our own wait would have been."""
    sink = FakeSink()
    sink.failures = [SendError("answered 429", 0.2)]
    async with posting(tmp_path, {"a": sink}) as (post, journal):
        began = asyncio.get_running_loop().time()
        await hand_in(post, journal, notice(1))
        await sink.until(1)
        assert asyncio.get_running_loop().time() - began >= 0.2


async def test_what_waits_survives_a_restart(tmp_path: Path) -> None:
    """Against a real server that is there only later."""
    port = free_port()
    hook = Webhook(LINE, f"http://127.0.0.1:{port}/in", "s" * 16, lambda: NOW_MS)
    async with posting(tmp_path, {"a": hook}, delays=(60.0, 60.0)) as (post, journal):
        await hand_in(post, journal, notice(1), notice(2))
        await journal.until(lambda state: state.failed)
    async with receiving(port=port) as receiver, posting(tmp_path, {"a": hook}) as (post, journal):
        taken = await receiver.until(2)
        await journal.until(is_empty)
    assert [one.json["id"] for one in taken] == [notice(1).id, notice(2).id]
    assert Journal(tmp_path / "journal.json").kept.sinks["a"].waiting == []


async def test_a_server_that_has_trouble_gets_every_message_in_the_end(tmp_path: Path) -> None:
    """Too many requests, a fault, and silence, over real HTTP."""
    async with receiving() as receiver:
        receiver.answer(429, retry_after="0")
        receiver.answer(500)
        hook = Webhook(LINE, receiver.url, "s" * 16, lambda: NOW_MS)
        async with posting(tmp_path, {"a": hook}) as (post, journal):
            await hand_in(post, journal, notice(1))
            await receiver.until(3)
            receiver.silent = True
            await hand_in(post, journal, notice(2))
            await receiver.until(4)
            receiver.silent = False
            await receiver.until(5)
            await journal.until(is_empty)
    assert [one.json["id"] for one in receiver.taken] == [notice(1).id] * 3 + [notice(2).id] * 2
    assert post.use()["a"].sent == 2


async def test_the_queue_is_bounded_and_the_oldest_falls_out(tmp_path: Path) -> None:
    """Counted."""
    journal = Journal(tmp_path / "journal.json")
    post = Post({"a": FakeSink()}, journal, ManualClock(NOW_MS), Random(7))
    for number in range(MOST_WAITING + 3):
        post.add(notice(number), ("a",))
    waiting = journal.kept.sinks["a"].waiting
    assert (len(waiting), waiting[0].notice.id) == (MOST_WAITING, notice(3).id)
    assert post.use()["a"].dropped == 3


async def test_yesterdays_message_is_not_sent_any_more(tmp_path: Path) -> None:
    """Nobody wants it."""
    sink = FakeSink()
    async with posting(tmp_path, {"a": sink}) as (post, journal):
        await hand_in(post, journal, notice(1, NOW_MS - GIVE_UP_MS - 1), notice(2))
        await sink.until(1)
    assert sink.taken == [notice(2).id]
    assert post.use()["a"].dropped == 1


async def test_what_waits_for_a_sink_that_is_no_more_is_kept_for_a_day(tmp_path: Path) -> None:
    """It may come back; it is shown until then."""
    journal = Journal(tmp_path / "journal.json")
    Post({"a": FakeSink()}, journal, ManualClock(NOW_MS), Random(7)).add(notice(1), ("a",))
    later = ManualClock(NOW_MS + 1000)
    assert Post({}, journal, later, Random(7)).use()["a"].waiting == 1
    later.advance(86_400)
    assert Post({}, journal, later, Random(7)).use() == {}
