from typing import Any

import msgspec

from tests.push.boards import NOW_MS, decoded, make_board
from voltape.clock import ManualClock
from voltape.push.client import Client
from voltape.push.hub import Hub

BTC = "analytics.BTC"


class Maker:
    """Has what a test gives it."""

    def __init__(self) -> None:
        self.made: dict[str, Any] = {}
        self.wanted = 0

    def latest(self, underlying: str) -> object | None:
        return self.made.get(underlying)

    def want(self) -> None:
        self.wanted += 1


class Stage:
    """A hub with a maker."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW_MS)
        self.maker = Maker()
        self.told: list[frozenset[str]] = []
        self.hub = Hub(make_board(), self.clock, version="1", watched=self.told.append)
        self.hub.analytics.maker = self.maker

    def client(self) -> Client:
        """A client that has had its `hello`."""
        client = self.hub.join()
        assert seen(client)[0]["type"] == "hello"
        return client

    def ask(self, client: Client, op: str = "subscribe", **more: Any) -> None:
        """Send a request for the channel."""
        named = {"channel": BTC} if op == "resume" else {"channels": [BTC]}
        self.hub.request(client, msgspec.json.encode({"op": op, **named, **more}))

    def make(self, value: Any) -> None:
        """Have a new object, and say so."""
        self.maker.made["BTC"] = value
        self.hub.tell_analytics("BTC")


def seen(client: Client) -> list[dict[str, Any]]:
    """What waits for a client."""
    found = []
    while (frame := client._take()) is not None:
        found.append(decoded(frame))
    return found


def test_the_first_follower_waits_for_the_first_object() -> None:
    """And gets it as its snapshot."""
    stage = Stage()
    client = stage.client()
    stage.ask(client)
    assert seen(client) == []
    assert (stage.maker.wanted, stage.hub.analysed()) == (1, {"BTC"})
    stage.make({"index": 1})
    (snapshot,) = seen(client)
    assert (snapshot["type"], snapshot["channel"], snapshot["data"]) == ("snapshot", BTC, {"index": 1})


def test_each_object_goes_out_whole_and_numbered() -> None:
    """With its number plus one, to all who follow."""
    stage = Stage()
    stage.maker.made["BTC"] = {"index": 1}
    first, second = stage.client(), stage.client()
    for client in (first, second):
        stage.ask(client)
    (snapshot,) = seen(first)
    assert seen(second) == [snapshot]
    for number in (2, 3):
        stage.make({"index": number})
    deltas = seen(first)
    assert seen(second) == deltas
    assert [(one["type"], one["seq"], one["data"]) for one in deltas] == [
        ("delta", snapshot["seq"] + 1, {"index": 2}),
        ("delta", snapshot["seq"] + 2, {"index": 3}),
    ]


def test_a_slow_follower_gets_the_newest_object_at_its_pace() -> None:
    """An object that comes a little early still counts."""
    stage = Stage()
    stage.maker.made["BTC"] = 0
    client = stage.client()
    stage.ask(client, max_hz=0.5)
    seen(client)
    for number in range(1, 7):
        stage.make(number)
        stage.clock.advance(0.99)
    assert [one["data"] for one in seen(client)] == [1, 3, 5]


def test_who_leaves_or_never_came_is_told_nothing() -> None:
    """And nothing is asked for any more."""
    stage = Stage()
    client = stage.client()
    stage.ask(client)
    stage.ask(client, "unsubscribe")
    stage.make({"index": 1})
    assert seen(client) == []
    assert stage.hub.analysed() == set()


def test_who_resumes_where_nothing_is_made_of_late_gets_a_snapshot() -> None:
    """As soon as there is something again."""
    stage = Stage()
    stage.maker.made["BTC"] = 1
    client = stage.client()
    stage.ask(client)
    seq = seen(client)[0]["seq"]
    stage.hub.leave(client)
    stage.maker.made.clear()
    stage.clock.advance(3.0)
    back = stage.client()
    stage.ask(back, "resume", seq=seq)
    assert seen(back) == []
    stage.make(2)
    (found,) = seen(back)
    assert (found["type"], found["data"]) == ("snapshot", 2)


def test_following_analytics_keeps_no_contract_live() -> None:
    """The tracker hears of channels of contracts only."""
    stage = Stage()
    client = stage.client()
    stage.ask(client)
    stage.hub.tick()
    assert stage.told == []


def test_without_a_maker_there_are_no_such_channels() -> None:
    """The refusal says so."""
    stage = Stage()
    stage.hub.analytics.maker = None
    client = stage.client()
    stage.ask(client)
    (refusal,) = seen(client)
    assert refusal["detail"] == "analytics are not made here"
    stage.hub.tell_analytics("BTC")
    assert seen(client) == []
