import asyncio
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.alerts.rules import NOW_MS, made
from voltape.alerts.journal import Journal
from voltape.alerts.log_sink import LogSink
from voltape.alerts.post import Post
from voltape.alerts.readings import Answers, Needs, UnderlyingPart
from voltape.alerts.watch import Watch
from voltape.clock import ManualClock
from voltape.model.alert import AlertUse


class Stand:
    """A watch over one rule, with a price that is set by hand."""

    def __init__(self, folder: Path, every_s: float = 5.0) -> None:
        self.file = folder / "journal.json"
        self.clock = ManualClock(NOW_MS)
        self.journal = Journal(self.file)
        self.price: float | None = 50.0
        self.told: list[AlertUse] = []
        self.asked: list[Needs] = []
        self.looked = asyncio.Event()
        sinks = {"telegram": LogSink(), "webhook": LogSink(), "log": LogSink()}
        self.post = Post(sinks, self.journal, self.clock, Random(7))
        self.watch = Watch([made()], self.journal, self.post, self.clock, self.ask, self.tell, every_s)

    async def ask(self, needs: Needs) -> Answers:
        """The price."""
        self.asked.append(needs)
        if len(self.asked) == 3:
            self.looked.set()
        coin = UnderlyingPart("BTC", contracts=1, index_price=self.price)
        return Answers(reachable=True, underlyings={"BTC": coin})

    async def tell(self, use: AlertUse) -> None:
        """Keep it."""
        self.told.append(use)

    async def look(self, price: float | None, after: float = 5.0) -> None:
        """Look once more."""
        self.clock.advance(after)
        self.price = price
        await self.watch.look()


async def test_a_message_is_on_the_disk_together_with_the_state_before_it_is_sent(tmp_path: Path) -> None:
    """So that a restart neither loses it nor makes another."""
    stand = Stand(tmp_path)
    await stand.look(101)
    saved = Journal(stand.file).kept
    assert saved.engine.rules["one"].firing
    assert {name: len(state.waiting) for name, state in saved.sinks.items()} == {
        "telegram": 1, "webhook": 1, "log": 1
    }  # fmt: skip
    again = Stand(tmp_path)
    await again.look(101, after=10)
    assert len(again.journal.kept.sinks["log"].waiting) == 1


async def test_others_are_told_of_changes_and_from_time_to_time(tmp_path: Path) -> None:
    """Not at every look."""
    stand = Stand(tmp_path)
    for _ in range(3):
        await stand.look(50)
    assert len(stand.told) == 1
    await stand.look(101)
    assert (stand.told[1].told, stand.told[1].ts) == (1, NOW_MS + 20_000)
    (firing,) = stand.told[1].firing
    assert (firing.rule, firing.ts_since, firing.reading) == ("one", NOW_MS + 20_000, 101)
    await stand.look(None)
    assert (stand.told[2].unread, [one.reading for one in stand.told[2].firing]) == (1, [None])
    await stand.look(None, after=61)
    assert len(stand.told) == 4


async def test_a_quiet_market_writes_only_now_and_then(tmp_path: Path) -> None:
    """The past of moves is worth a write a minute."""
    stand = Stand(tmp_path)
    await stand.look(50)
    written = stand.file.stat().st_mtime_ns
    await stand.look(51)
    assert stand.file.stat().st_mtime_ns == written
    await stand.look(52, after=61)
    assert stand.file.stat().st_mtime_ns > written


async def test_the_watch_looks_again_and_again(tmp_path: Path) -> None:
    """Until it is cancelled."""
    stand = Stand(tmp_path, every_s=0.0)
    task = asyncio.create_task(stand.watch.run())
    async with asyncio.timeout(5):
        await stand.looked.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert stand.asked[0].underlyings
