"""What clients of serving roles apart look at."""

import msgspec

from voltape.store import keys
from voltape.store.command import Command, Reply
from voltape.store.watched import WatchedNotice, WatchedReader

CHAIN, TICKER = "chain.BTC.2026-12-25", "ticker.BTC-25DEC26-0.5-C-USDT"


class Hash:
    """The one hash, as a server keeps it."""

    def __init__(self) -> None:
        self.fields: dict[str, bytes] = {}
        self.lives: list[object] = []

    def carry_out(self, commands: list[Command]) -> Reply:
        """Reply to the last command."""
        for name, key, *rest in commands:
            assert key == keys.WATCHED
            if name == "HSET":
                field, value = rest
                assert isinstance(value, bytes)
                self.fields[str(field)] = value
            elif name == "HDEL":
                for field in rest:
                    self.fields.pop(str(field), None)
            elif name == "EXPIRE":
                self.lives += rest
        return [part for name, value in self.fields.items() for part in (name.encode(), value)]


class Stage:
    """A tracker that reads the hash."""

    def __init__(self) -> None:
        self.hash = Hash()
        self.told: list[frozenset[str]] = []
        self.reader = WatchedReader(self.told.append)

    def read(self, now: float) -> None:
        """One exchange of the tracker."""
        commands = self.reader.commands()
        assert commands[-1] == ("HGETALL", keys.WATCHED)
        self.reader.read(self.hash.carry_out(commands), now)


def test_what_is_told_arrives_and_ends() -> None:
    """Once told, told again before it is forgotten, and taken back at the end."""
    stage, notice = Stage(), WatchedNotice()
    assert notice.commands(0.0, 0) == []
    notice.tell([TICKER, CHAIN])
    stage.hash.carry_out(notice.commands(0.0, 1_000))
    assert stage.hash.lives == [keys.WATCHED_TTL_S]
    (value,) = stage.hash.fields.values()
    assert msgspec.json.decode(value) == {"ts": 1_000, "channels": [CHAIN, TICKER]}
    stage.read(0.0)
    assert notice.commands(1.9, 2_900) == []
    assert len(notice.commands(2.0, 3_000)) == 2
    notice.tell([])
    stage.hash.carry_out(notice.commands(2.1, 3_100))
    assert notice.commands(99.0, 99_000) == []
    stage.read(3.0)
    assert stage.told == [{CHAIN, TICKER}, frozenset()]


def test_every_serving_process_counts_and_the_same_is_told_once() -> None:
    """The tracker hears of the union, and only of changes of that."""
    stage, notices = Stage(), [WatchedNotice(), WatchedNotice()]
    for second, channels in enumerate(([CHAIN], [CHAIN, TICKER])):
        notices[second].tell(channels)
        stage.hash.carry_out(notices[second].commands(0.0, 1_000))
        stage.read(float(second))
    notices[0].tell([])
    stage.hash.carry_out(notices[0].commands(1.0, 2_000))
    stage.read(2.0)
    assert stage.told == [{CHAIN}, {CHAIN, TICKER}]


def test_a_process_that_is_gone_is_ignored_and_removed() -> None:
    """Its field stands still; another process keeps the hash itself alive. Our own clock decides, not theirs."""
    stage, living, dead = Stage(), WatchedNotice(), WatchedNotice()
    living.tell([CHAIN])
    dead.tell([TICKER])
    stage.hash.carry_out(dead.commands(0.0, 10**15))
    for second in range(0, 10, 2):
        stage.hash.carry_out(living.commands(float(second), second))
        stage.read(float(second))
    assert stage.told == [{CHAIN, TICKER}, {CHAIN}]
    stage.read(10.0)
    assert list(stage.hash.fields) == [living._field]


def test_what_somebody_else_wrote_there_is_nobody_s_wish() -> None:
    """Other bytes in the hash disturb nothing."""
    stage, notice = Stage(), WatchedNotice()
    notice.tell([CHAIN])
    stage.hash.carry_out(notice.commands(0.0, 1))
    stage.hash.fields |= {
        "a": b"nonsense",
        "b": b'{"ts":1,"channels":[2]}',
        "c": b'{"ts":1,"channels":["\xff"]}',
    }
    stage.read(0.0)
    assert stage.told == [{CHAIN}]


def test_an_empty_store_is_no_news() -> None:
    """Nobody watches: nothing is told, until somebody does."""
    stage = Stage()
    stage.read(0.0)
    assert stage.told == []
