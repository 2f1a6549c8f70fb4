"""Channels of trades: whatever happens, a client that keeps up gets each trade exactly once."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.model.trades import CALL, series_of_trades, trade
from tests.push.boards import NOW_MS, make_board
from tests.push.test_hub import drained, kinds
from voltape.clock import ManualClock
from voltape.model.tape import Tapes
from voltape.model.trade import Trade
from voltape.push.client import Client
from voltape.push.hub import Hub
from voltape.push.limits import HubLimits
from voltape.push.trades import SNAPSHOT_TRADES

CHANNEL = "trades.BTC"


class Stage:
    """A hub over tapes, with a clock that the test moves."""

    def __init__(self, limits: HubLimits | None = None, *, kept: bool = True) -> None:
        self.tapes = Tapes()
        self.clock = ManualClock(NOW_MS)
        trades = self.tapes if kept else None
        self.hub = Hub(make_board(), self.clock, version="1", limits=limits, trades=trades)

    def join(self, channel: str = CHANNEL, **asked: object) -> Client:
        """A client of a channel."""
        client = self.hub.join()
        self.ask(client, "subscribe", channels=[channel], **asked)
        return client

    def ask(self, client: Client, op: str, **asked: object) -> None:
        """Send a request."""
        self.hub.request(client, msgspec.json.encode({"op": op, **asked}))

    def tell(self, *trades: Trade) -> None:
        """Have trades come onto the tapes."""
        for one in trades:
            self.tapes.offer(one)
        self.tapes.commit()

    def pass_time(self, seconds: float) -> None:
        """Move the clock, and do what is due."""
        self.clock.advance(seconds)
        self.hub.tick()


class Reader:
    """A client that believes what it is sent, and notes what it is told twice or after a number out of turn."""

    def __init__(self) -> None:
        self.seq: int | None = None
        self.got: list[str] = []
        self.gaps = 0

    def take(self, messages: list[dict[str, Any]]) -> None:
        """Read messages of the channel."""
        for message in messages:
            if message["type"] == "gap":
                self.gaps += 1
            elif message["type"] == "snapshot":
                self.seq = message["seq"]
                known = set(self.got)
                self.got += [one["id"] for one in message["data"] if one["id"] not in known]
            elif message["type"] == "delta":
                assert self.seq is not None
                assert message["seq"] == self.seq + 1
                self.seq += 1
                self.got += [one["id"] for one in message["data"]]


async def test_a_client_gets_the_latest_and_then_every_trade() -> None:
    """A hundred in the snapshot, oldest first, then each commit as a delta."""
    stage = Stage()
    stage.tell(*series_of_trades(130), trade(500, symbol="ETH-25DEC26-2000-C"))
    client = stage.join()
    _, snapshot = await drained(client)
    assert (snapshot["type"], snapshot["channel"]) == ("snapshot", CHANNEL)
    assert [one["id"] for one in snapshot["data"]] == [f"id-{n}" for n in range(30, 130)]
    assert len(snapshot["data"]) == SNAPSHOT_TRADES
    stage.tell(trade(131), trade(130))
    stage.tell(trade(132), trade(501, symbol="ETH-25DEC26-2000-C"))
    first, second = await drained(client)
    assert [one["id"] for one in first["data"]] == ["id-130", "id-131"]
    assert msgspec.convert(second["data"], list[Trade]) == [trade(132)]
    assert (first["seq"], second["seq"]) == (snapshot["seq"] + 1, snapshot["seq"] + 2)


async def test_a_slower_rate_collects_trades_and_leaves_none_out() -> None:
    """They are events: nothing is conflated, and what waits is in no snapshot made meanwhile."""
    stage = Stage()
    slow = stage.join(max_hz=1)
    stage.tell(trade(1))
    assert kinds(await drained(slow)) == ["hello", "snapshot"]
    stage.tell(trade(2))
    stage.tell(trade(3))
    second = stage.join(max_hz=1)
    _, snapshot = await drained(second)
    waiting = await drained(slow)
    stage.pass_time(1.0)
    for messages, before in ((await drained(slow), waiting), (await drained(second), [])):
        deltas = [one for one in [*before, *messages] if one["type"] == "delta"]
        told = [one["id"] for delta in deltas for one in delta["data"]]
        assert told[-2:] == ["id-2", "id-3"]
        assert len(told) == len(set(told))
    assert [one["id"] for one in snapshot["data"]] == ["id-1"]


async def test_a_chosen_rate_does_not_make_trades_pile_up() -> None:
    """More than a thousand do not wait for the next turn."""
    stage = Stage()
    client = stage.join(max_hz=0.1)
    await drained(client)
    stage.tell(trade(0))
    await drained(client)
    stage.tell(*series_of_trades(999, first=1))
    assert await drained(client) == []
    stage.tell(trade(1_000))
    (delta,) = await drained(client)
    assert len(delta["data"]) == 1_000


async def test_what_a_slow_client_loses_is_told_as_a_gap_before_the_snapshot() -> None:
    """Never silently; others lose nothing."""
    stage = Stage(HubLimits(queue_bytes=2_000))
    slow, quick = stage.join(), stage.join()
    await drained(slow)
    reader = Reader()
    reader.take(await drained(quick))
    for one in series_of_trades(40):
        stage.clock.advance(0.1)
        stage.tell(one)
        reader.take(await drained(quick))
    messages = await drained(slow)
    assert kinds(messages)[:2] == ["gap", "snapshot"]
    gap, snapshot = messages[0], messages[1]
    assert gap["channel"] == CHANNEL
    assert gap["started_at"] < gap["ended_at"]
    assert [one["id"] for one in snapshot["data"]] == [f"id-{n}" for n in range(40)]
    assert (reader.got, reader.gaps) == ([f"id-{n}" for n in range(40)], 0)
    stage.tell(trade(40))
    (delta,) = await drained(slow)
    assert (delta["seq"], delta["data"][0]["id"]) == (snapshot["seq"] + 1, "id-40")


async def test_a_client_that_comes_back_is_told_what_it_missed() -> None:
    """Its last number is enough, and no trade comes twice."""
    stage = Stage()
    stage.tell(trade(0))
    client = stage.join()
    reader = Reader()
    reader.take(await drained(client))
    stage.hub.leave(client)
    stage.tell(trade(1))
    stage.tell(trade(2))
    again = stage.hub.join()
    stage.ask(again, "resume", channel=CHANNEL, seq=reader.seq)
    messages = await drained(again)
    assert kinds(messages) == ["hello", "delta", "delta"]
    reader.take(messages)
    assert reader.got == ["id-0", "id-1", "id-2"]


async def test_channels_of_trades_are_there_for_listed_underlyings_only() -> None:
    """And not at all where trades are not kept."""
    _, refusal = await drained(Stage().join("trades.DOGE"))
    assert (refusal["type"], refusal["channel"]) == ("error", "trades.DOGE")
    assert "BTC, ETH" in refusal["detail"]
    _, refusal = await drained(Stage(kept=False).join())
    assert refusal["detail"] == "trades are not kept here"


async def test_what_follows_trades_makes_no_contract_live() -> None:
    """Trades of every contract come by one topic anyway."""
    told: list[frozenset[str]] = []
    hub = Hub(make_board(), ManualClock(NOW_MS), version="1", watched=told.append, trades=Tapes())
    client = hub.join()
    hub.request(
        client, msgspec.json.encode({"op": "subscribe", "channels": [CHANNEL, f"ticker.{CALL}-USDT"]})
    )
    hub.request(client, msgspec.json.encode({"op": "subscribe", "channels": ["tickers.BTC"]}))
    hub.tick()
    assert [name for names in told for name in names if name.startswith("trades")] == []


_steps = st.lists(
    st.sampled_from(["trade", "trade", "trade", "late", "commit", "commit", "time", "read", "join", "back"]),
    max_size=80,
)


class Crowd:
    """Clients that come, go, come back and read, and what should have reached them."""

    def __init__(self, max_hz: float | None) -> None:
        self.stage = Stage()
        self.told: list[str] = []
        self.stage.tapes.listen(lambda _, trades: self.told.extend(one.id for one in trades))
        self._max_hz = max_hz
        self._number = 0
        self._readers: list[tuple[Client, Reader, int]] = []

    async def do(self, step: str) -> None:
        """Do one step."""
        if step in ("trade", "late"):
            self._number += 1
            ts = None if step == "trade" else 1_000 + self._number
            self.stage.tapes.offer(trade(self._number, ts=ts))
        elif step == "commit":
            self.stage.tapes.commit()
        elif step == "time":
            self.stage.pass_time(5.0)
        elif step == "join":
            client, reader = self.stage.join(max_hz=self._max_hz), Reader()
            reader.take(await drained(client))
            self._readers.append((client, reader, len(self.told)))
        elif step == "back" and self._readers:
            await self._come_back(*self._readers.pop())
        elif step == "read":
            await self.read()

    async def _come_back(self, client: Client, reader: Reader, since: int) -> None:
        reader.take(await drained(client))
        self.stage.hub.leave(client)
        client = self.stage.hub.join()
        self.stage.ask(client, "resume", channel=CHANNEL, seq=reader.seq, max_hz=self._max_hz)
        self._readers.append((client, reader, since))

    async def read(self) -> None:
        """Have everybody read what waits."""
        for client, reader, _ in self._readers:
            reader.take(await drained(client))

    def judge(self) -> None:
        """Each has what was told since it came, in that order and once, and knows what was told before."""
        for _, reader, since in self._readers:
            later = set(self.told[since:])
            assert reader.gaps == 0
            assert len(reader.got) == len(set(reader.got))
            assert [one for one in reader.got if one in later] == self.told[since:]
            assert set(reader.got) == set(self.told)


@given(_steps, st.sampled_from([None, 4.0, 0.5]))
async def test_each_client_that_keeps_up_gets_each_trade_once_and_in_order(
    steps: list[str], max_hz: float | None
) -> None:
    """Whatever the rate, and however often it comes and goes."""
    crowd = Crowd(max_hz)
    for step in [*steps, "commit", "time", "read"]:
        await crowd.do(step)
    crowd.judge()
