import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.push.boards import (
    CHANNELS,
    NOW_MS,
    SYMBOLS,
    Replica,
    Step,
    change,
    decoded,
    list_contract,
    make_board,
    perform,
    steps,
    truth,
    values,
)
from tests.serve.serving import make_status
from voltape.clock import ManualClock
from voltape.model.board import Board
from voltape.model.status import Gap
from voltape.push.client import Client
from voltape.push.hub import Hub
from voltape.push.limits import HubFull, HubLimits
from voltape.push.protocol import Encoding

CALL = "BTC-25DEC26-100000-C-USDT"
CHAIN = "chain.BTC.2026-12-25"


class Stage:
    """A hub over a board, with a clock that the test moves."""

    def __init__(self, board: Board | None = None, limits: HubLimits | None = None) -> None:
        self.board = make_board() if board is None else board
        self.clock = ManualClock(NOW_MS)
        self.status = make_status()
        self.hub = Hub(self.board, self.clock, version="1.2.3", status=lambda: self.status, limits=limits)

    def join(self, *channels: str, encoding: Encoding = "json", max_hz: float | None = None) -> Client:
        """A client of some channels."""
        client = self.hub.join(encoding)
        if channels:
            self.ask(client, "subscribe", channels, max_hz=max_hz)
        return client

    def ask(self, client: Client, op: str, channels: object, **extra: float | None) -> None:
        """Send a request."""
        self.hub.request(client, msgspec.json.encode({"op": op, "channels": channels, **extra}))


async def drained(
    client: Client, decode: Callable[[bytes], Any] = decoded, *, most: int = 10_000
) -> list[dict[str, Any]]:
    """All messages that wait for a client."""
    messages: list[dict[str, Any]] = []
    while len(messages) < most:
        waiting = asyncio.ensure_future(client.next())
        await asyncio.sleep(0)
        if not waiting.done():
            waiting.cancel()
            break
        frame = waiting.result()
        if frame is None:
            break
        messages.append(decode(frame))
    return messages


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    """Types of messages in order."""
    return [message["type"] for message in messages]


async def test_a_client_gets_hello_then_snapshot_then_deltas() -> None:
    """The order of the contract, with the numbers in a row."""
    stage = Stage()
    client = stage.join(CHAIN)
    hello, snapshot = await drained(client)
    assert hello == {"type": "hello", "ts": NOW_MS, "version": "1.2.3", "heartbeat_s": 5.0}
    assert (snapshot["type"], snapshot["channel"], snapshot["seq"]) == ("snapshot", CHAIN, NOW_MS)
    assert len(snapshot["data"]) == 12
    change(stage.board, CALL, bid_price=7.5)
    change(stage.board, "ETH-25DEC26-2000-C", bid_price=7.5)
    change(stage.board, CALL, bid_price=None)
    first, second = await drained(client)
    assert (first["type"], first["seq"], second["seq"]) == ("delta", NOW_MS + 1, NOW_MS + 2)
    assert first["data"][0].items() >= {"symbol": CALL, "bid_price": 7.5}.items()
    assert "ask_price" not in first["data"][0]
    assert second["data"][0]["bid_price"] is None


async def run_steps(
    stage: Stage, happening: list[Step], clients: list[tuple[Client, dict[str, Replica], int]]
) -> None:
    """Let steps happen while each client takes its messages at its own pace, all of them at the end."""
    for number, step in enumerate(happening):
        perform(stage.board, step)
        if step.action == "tick":
            stage.clock.advance(0.3)
            stage.hub.tick()
        for client, replicas, pace in clients:
            if number % pace == 0:
                take(replicas, await drained(client, most=2))
    stage.board.commit()
    stage.clock.advance(20)
    stage.hub.tick()
    for client, replicas, _ in clients:
        take(replicas, await drained(client))


def take(replicas: dict[str, Replica], messages: list[dict[str, Any]]) -> None:
    """Give each message to the replica of its channel."""
    for message in messages:
        if message["type"] in ("snapshot", "delta"):
            replicas[message["channel"]].take(message)


@given(
    happening=st.lists(steps, max_size=60),
    first=st.sets(st.sampled_from(SYMBOLS)),
    max_hz=st.sampled_from([None, 4.0, 1.0]),
)
async def test_snapshot_and_deltas_rebuild_the_board_exactly(
    happening: list[Step], first: set[str], max_hz: float | None
) -> None:
    """Whatever happens, every client ends with the board's rows, numbers in turn, whether quick, slow or throttled."""
    # Every channel must exist at the time of its subscription.
    listed = sorted(first | {"BTC-25DEC26-0.5-C-USDT", SYMBOLS[-1]})
    stage = Stage(make_board(listed), HubLimits(queue_bytes=1500, lag_s=1e9))
    clients = []
    for pace, rate in ((1, None), (7, None), (3, max_hz)):
        client = stage.join(*CHANNELS, max_hz=rate)
        clients.append((client, {channel: Replica() for channel in CHANNELS}, pace))
    await run_steps(stage, happening, clients)
    for _, replicas, _ in clients:
        for channel, replica in replicas.items():
            assert replica.tickers == truth(stage.board, channel)
    assert stage.hub.statistics().refused_channels == 0


async def test_deltas_are_encoded_once_for_all_clients() -> None:
    """Every client is sent the very same bytes."""
    stage = Stage()
    clients = [stage.join(CHAIN) for _ in range(5)]
    for client in clients:
        await drained(client)
    change(stage.board, CALL, bid_price=7.5)
    frames = [await client.next() for client in clients]
    assert frames[0] is not None
    assert all(frame is frames[0] for frame in frames)
    assert stage.hub.statistics().encoded_bytes == len(frames[0])


async def test_without_subscribers_the_hub_does_not_listen_to_the_board() -> None:
    """Channels nobody follows cost nothing, also after the last one left."""
    stage = Stage()
    assert stage.board._listeners == []
    client = stage.join(CHAIN, "tickers.BTC")
    assert len(stage.board._listeners) == 1
    stage.ask(client, "unsubscribe", [CHAIN, "tickers.BTC", "never.subscribed"])
    assert stage.board._listeners == []
    assert stage.hub.statistics().feeds == 0
    stage.hub.leave(client)
    stage.hub.leave(client)
    assert stage.hub.statistics().clients == 0


async def test_after_an_unsubscribe_nothing_more_comes_of_the_channel() -> None:
    """Queued messages of it are dropped as well."""
    stage = Stage()
    client = stage.join(CHAIN)
    await drained(client)
    change(stage.board, CALL, bid_price=7.5)
    stage.ask(client, "unsubscribe", [CHAIN])
    change(stage.board, CALL, bid_price=8.5)
    assert await drained(client) == []


async def test_asking_again_brings_a_fresh_snapshot() -> None:
    """That is how a client recovers from a gap in the numbers."""
    stage = Stage()
    client = stage.join(CHAIN)
    await drained(client)
    change(stage.board, CALL, bid_price=7.5)
    stage.ask(client, "subscribe", [CHAIN])
    (snapshot,) = await drained(client)
    assert (snapshot["type"], snapshot["seq"]) == ("snapshot", NOW_MS + 1)


async def test_a_rate_limit_holds_and_loses_nothing() -> None:
    """At 1 per second, ten commits in a second are one delta with the newest values."""
    stage = Stage()
    client = stage.join(CHAIN, max_hz=1)
    await drained(client)
    for number in range(30):
        change(stage.board, CALL, bid_price=float(number))
        stage.clock.advance(0.1)
        stage.hub.tick()
    deltas = [message for message in await drained(client) if message["type"] == "delta"]
    assert 3 <= len(deltas) <= 4
    assert [message["seq"] - NOW_MS for message in deltas] == list(range(1, len(deltas) + 1))
    stage.clock.advance(1)
    stage.hub.tick()
    deltas += [message for message in await drained(client) if message["type"] == "delta"]
    assert deltas[-1]["data"][0]["bid_price"] == 29.0


async def test_another_rate_replaces_the_one_before() -> None:
    """A client has a channel once."""
    stage = Stage()
    client = stage.join(CHAIN)
    stage.ask(client, "subscribe", [CHAIN], max_hz=1)
    assert stage.hub.statistics().feeds == 1
    await drained(client)
    change(stage.board, CALL, bid_price=7.5)
    assert len(await drained(client)) == 1


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("foo", ["unknown channel 'foo'", "tickers.COIN"]),
        ("chain.BTC.tomorrow", ["unknown channel"]),
        ("chain.BTC.2026-12-26", ["BTC has no expiry 2026-12-26", "2026-12-25, 2027-03-26"]),
        ("chain.DOGE.2026-12-25", ["'DOGE'", "BTC, ETH"]),
        ("tickers.DOGE", ["'DOGE'", "BTC, ETH"]),
        ("ticker.BTC-25DEC26-1-C", ["no contract 'BTC-25DEC26-1-C'"]),
        ("x" * 10_000, ["unknown channel"]),
    ],
)
async def test_an_unknown_channel_is_refused_with_a_reason_and_the_connection_stays(
    channel: str, words: list[str]
) -> None:
    """The other channels of the same request run."""
    stage = Stage()
    client = stage.join()
    stage.ask(client, "subscribe", [channel, CHAIN])
    _, error, snapshot = await drained(client)
    assert (error["type"], error["channel"]) == ("error", channel[:200])
    assert all(word in error["detail"] for word in words)
    assert len(error["detail"]) < 300
    assert snapshot["channel"] == CHAIN
    assert stage.hub.statistics().refused_channels == 1


@pytest.mark.parametrize("text", ["", "hello?", '{"op":"subscribe"}', "[" * 10_000, "x" * 20_000])
async def test_what_is_no_request_is_answered_with_an_error(text: str) -> None:
    """The client learns why, and goes on."""
    stage = Stage()
    client = stage.join()
    stage.hub.request(client, text)
    _, error = await drained(client)
    assert error["type"] == "error"
    assert error["channel"] is None
    assert stage.hub.statistics().refused_messages == 1


async def test_a_client_has_a_limit_of_channels() -> None:
    """One more is refused; one it has already is not one more; leaving one makes room."""
    stage = Stage(limits=HubLimits(channels=2))
    client = stage.join(CHAIN, "tickers.BTC")
    stage.ask(client, "subscribe", [CHAIN])
    stage.ask(client, "subscribe", ["tickers.ETH"])
    messages = await drained(client)
    assert kinds(messages) == ["hello", "error", "snapshot", "snapshot"]
    assert "2 channels" in messages[1]["detail"]
    stage.ask(client, "unsubscribe", [CHAIN])
    stage.ask(client, "subscribe", ["tickers.ETH"])
    assert kinds(await drained(client)) == ["snapshot"]


async def test_one_request_cannot_name_more_channels_than_a_client_may_have() -> None:
    """So a request costs a bounded amount of work."""
    stage = Stage(limits=HubLimits(channels=2))
    client = stage.join()
    stage.ask(client, "subscribe", ["a", "b", "c"])
    assert kinds(await drained(client)) == ["hello", "error"]
    assert stage.hub.statistics().refused_messages == 1


async def test_the_hub_has_a_limit_of_clients() -> None:
    """One more is refused and counted; one that leaves makes room."""
    stage = Stage(limits=HubLimits(clients=1))
    client = stage.join()
    with pytest.raises(HubFull, match="1 clients"):
        stage.join()
    stage.hub.leave(client)
    stage.join()
    assert stage.hub.statistics().refused_clients == 1


async def test_heartbeats_come_every_five_seconds() -> None:
    """To every client, whether it follows anything or not."""
    stage = Stage()
    clients = [stage.join(), stage.join(CHAIN), stage.join(encoding="msgpack")]
    stage.hub.tick()
    for client in clients[:2]:
        await drained(client)
    for _ in range(40):
        stage.clock.advance(0.25)
        stage.hub.tick()
    for client in clients[:2]:
        assert kinds(await drained(client)) == ["heartbeat", "heartbeat"]


async def test_a_slow_client_is_conflated_then_closed_and_others_see_nothing_of_it() -> None:
    """Its queue stays within bounds, and 1013 ends it after the time allowed."""
    limits = HubLimits(queue_bytes=4000, lag_s=10)
    stage = Stage(limits=limits)
    told: list[int] = []
    slow = stage.hub.join("json", lambda code, _: told.append(code))
    stage.ask(slow, "subscribe", [CHAIN])
    quick = stage.join(CHAIN)
    replica = Replica()
    for number in range(200):
        change(stage.board, CALL, bid_price=float(number))
        stage.clock.advance(0.1)
        stage.hub.tick()
        take({CHAIN: replica}, await drained(quick))
        assert slow.queued_bytes <= limits.queue_bytes
        if number == 0:
            while (frame := await slow.next()) and decoded(frame)["type"] != "snapshot":
                pass
    assert told == [1013]
    assert await slow.next() is None
    assert replica.tickers == truth(stage.board, CHAIN)
    counts = stage.hub.statistics()
    assert (counts.clients, counts.closed_slow) == (1, 1)
    assert counts.conflated > 100
    assert counts.peak_queue_bytes <= limits.queue_bytes


async def test_a_client_that_catches_up_in_time_is_kept() -> None:
    """It goes on from the snapshot, and the time starts anew."""
    stage = Stage(limits=HubLimits(queue_bytes=1000, lag_s=10))
    client = stage.join(CHAIN)
    replica = Replica()
    take({CHAIN: replica}, await drained(client))
    for _ in range(4):
        for number in range(60):
            change(stage.board, CALL, bid_price=float(number))
        stage.clock.advance(8)
        stage.hub.tick()
        messages = await drained(client)
        assert "snapshot" in kinds(messages)
        take({CHAIN: replica}, messages)
    assert client.close_code is None
    assert replica.tickers == truth(stage.board, CHAIN)


async def test_the_status_channel_sends_its_object_every_second() -> None:
    """First as a snapshot, then as numbered deltas, each with the whole object."""
    stage = Stage()
    client = stage.join("status")
    stage.hub.tick()
    await drained(client)
    stage.status.uptime_s = 99.0
    for _ in range(8):
        stage.clock.advance(0.25)
        stage.hub.tick()
    messages = [one for one in await drained(client) if one["type"] == "delta"]
    assert [one["seq"] - NOW_MS for one in messages] == [2, 3]
    assert messages[0]["data"] == msgspec.to_builtins(stage.status)


async def test_without_a_status_there_is_no_status_channel() -> None:
    """It is refused like any other that does not exist."""
    stage = Stage()
    hub = Hub(stage.board, stage.clock, version="1")
    client = hub.join()
    hub.request(client, '{"op":"subscribe","channels":["status"]}')
    assert kinds(await drained(client)) == ["hello", "error"]


async def test_a_gap_is_told_to_everybody_at_its_start_and_at_its_end() -> None:
    """With its cause and its times; gaps from before the client came are no news."""
    stage = Stage()
    stage.status.gaps = [Gap("connection c0", "2026-09-26T11:00:00Z", NOW_MS - 9, "old", 600)]
    clients = [stage.join(), stage.join(CHAIN)]
    stage.hub.tick()
    gap = Gap("connection c1", "2026-09-26T12:00:00Z", NOW_MS, "reset by peer", 600)
    stage.status.gaps = [*stage.status.gaps, gap]
    for ended in (None, "2026-09-26T12:00:04Z", "2026-09-26T12:00:04Z"):
        gap.ended_at, gap.ts_ended = ended, None if ended is None else NOW_MS + 4000
        stage.clock.advance(1)
        stage.hub.tick()
    for client in clients:
        told = [one for one in await drained(client) if one["type"] == "gap"]
        assert [one["ended_at"] for one in told] == [None, "2026-09-26T12:00:04Z"]
        assert {one["detail"] for one in told} == {"connection c1: reset by peer"}
        assert {one["channel"] for one in told} == {None}


async def test_messagepack_clients_get_the_same_messages_in_binary() -> None:
    """The encoding is a client's own choice."""
    stage = Stage()
    text, binary = stage.join(CHAIN), stage.join(CHAIN, encoding="msgpack")
    change(stage.board, CALL, bid_price=7.5)
    assert await drained(binary, msgspec.msgpack.decode) == await drained(text)


async def test_an_expired_chain_empties_and_may_come_back() -> None:
    """Contracts leave by `removed`; a channel outlives them."""
    stage = Stage(make_board([CALL]))
    client = stage.join(CHAIN)
    await drained(client)
    stage.board.remove(CALL)
    stage.board.commit()
    (gone,) = await drained(client)
    assert gone["removed"] == [CALL]
    stage.ask(client, "subscribe", [CHAIN])
    (refused,) = await drained(client)
    assert "no contracts" in refused["detail"]
    row = list_contract(stage.board, CALL)
    stage.board.push(row, values(3.0), NOW_MS, 1, NOW_MS)
    stage.board.commit()
    (back,) = await drained(client)
    assert back["data"][0].items() >= {"symbol": CALL, "strike": 100_000.0, "bid_price": 3.0}.items()


async def test_closing_ends_every_client_with_1001_and_takes_no_more() -> None:
    """Closing twice changes nothing."""
    stage = Stage()
    told: list[int] = []
    stage.hub.join("json", lambda code, _: told.append(code))
    running = asyncio.create_task(stage.hub.run())
    await asyncio.sleep(0)
    await stage.hub.close()
    await stage.hub.close()
    assert told == [1001]
    with pytest.raises(HubFull):
        stage.join()
    async with asyncio.timeout(2):
        await running


async def test_the_hub_sleeps_until_somebody_joins() -> None:
    """Then it ticks: the first heartbeat comes by itself."""
    stage = Stage()
    running = asyncio.create_task(stage.hub.run())
    await asyncio.sleep(0)
    client = stage.join()
    async with asyncio.timeout(2):
        assert decoded(await client.next() or b"")["type"] == "hello"
        assert decoded(await client.next() or b"")["type"] == "heartbeat"
    await stage.hub.close()
    await running


def watching_stage() -> tuple[Stage, list[frozenset[str]]]:
    """A hub that tells what is followed, and what it has told."""
    stage, told = Stage(), list[frozenset[str]]()
    stage.hub = Hub(stage.board, stage.clock, version="1", status=lambda: stage.status, watched=told.append)
    return stage, told


async def test_what_clients_follow_is_told_once_a_tick_and_only_when_it_changes() -> None:
    """Channels of contracts, each once whoever and however many follow it, in one word for many requests."""
    stage, told = watching_stage()
    stage.hub.tick()
    first = stage.join(CHAIN, "status", f"ticker.{CALL}")
    second = stage.join(CHAIN, "tickers.ETH", encoding="msgpack", max_hz=1.0)
    assert told == []
    stage.hub.tick()
    assert told == [{CHAIN, f"ticker.{CALL}", "tickers.ETH"}]
    stage.ask(second, "unsubscribe", [CHAIN])
    stage.join("status", CHAIN)
    stage.hub.tick()
    stage.ask(first, "unsubscribe", [f"ticker.{CALL}"])
    stage.ask(first, "subscribe", [f"ticker.{CALL}"])
    stage.hub.tick()
    assert len(told) == 1
    stage.hub.leave(first)
    stage.hub.tick()
    assert told[1:] == [{CHAIN, "tickers.ETH"}]


async def test_the_last_client_that_leaves_is_told_too() -> None:
    """The hub goes to sleep, but not before it has said that nobody watches any more."""
    told: asyncio.Queue[frozenset[str]] = asyncio.Queue(2)
    hub = Hub(make_board(), ManualClock(NOW_MS), version="1", watched=told.put_nowait)
    running = asyncio.create_task(hub.run())
    client = hub.join()
    hub.request(client, msgspec.json.encode({"op": "subscribe", "channels": [CHAIN]}))
    async with asyncio.timeout(2):
        assert await told.get() == {CHAIN}
        hub.leave(client)
        assert await told.get() == frozenset()
    await hub.close()
    await running


async def test_a_hub_that_nobody_asked_tells_nobody() -> None:
    """Without a listener following works all the same."""
    stage = Stage()
    client = stage.join(CHAIN)
    stage.hub.tick()
    assert kinds(await drained(client))[:2] == ["hello", "heartbeat"]


async def test_a_contract_that_leaves_before_it_was_told_of_is_in_no_snapshot() -> None:
    """No delta would ever take it away."""
    stage = Stage()
    newcomer = "BTC-25DEC26-777-C"
    list_contract(stage.board, newcomer)
    client = stage.join(CHAIN)
    replica = Replica()
    take({CHAIN: replica}, await drained(client))
    stage.board.remove(newcomer)
    stage.board.commit()
    take({CHAIN: replica}, await drained(client))
    assert replica.tickers == truth(stage.board, CHAIN)


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
async def test_a_client_that_comes_back_is_told_what_it_missed(encoding: Encoding) -> None:
    """The very deltas, also where nobody else followed the channel meanwhile."""
    decode = decoded if encoding == "json" else msgspec.msgpack.decode
    stage = Stage()
    client = stage.join(CHAIN, encoding=encoding)
    replica = Replica()
    take({CHAIN: replica}, await drained(client, decode))
    change(stage.board, CALL, bid_price=1.5)
    take({CHAIN: replica}, await drained(client, decode))
    stage.hub.leave(client)
    for number in range(3):
        change(stage.board, CALL, bid_price=float(number))
    back = stage.hub.join(encoding)
    stage.hub.request(back, msgspec.json.encode({"op": "resume", "channel": CHAIN, "seq": replica.seq}))
    change(stage.board, CALL, bid_price=9.0)
    messages = await drained(back, decode)
    assert kinds(messages) == ["hello", "delta", "delta", "delta", "delta"]
    take({CHAIN: replica}, messages)
    assert replica.tickers == truth(stage.board, CHAIN)


async def test_a_client_that_missed_nothing_is_sent_nothing() -> None:
    """It goes on with the next delta."""
    stage = Stage()
    client = stage.join(CHAIN)
    (_, snapshot) = await drained(client)
    stage.hub.leave(client)
    back = stage.join()
    stage.hub.request(back, msgspec.json.encode({"op": "resume", "channel": CHAIN, "seq": snapshot["seq"]}))
    assert kinds(await drained(back)) == ["hello"]
    change(stage.board, CALL, bid_price=9.0)
    assert [one["seq"] for one in await drained(back)] == [snapshot["seq"] + 1]


@pytest.mark.parametrize("seq", [-1, 0, NOW_MS - 1, NOW_MS + 7, 2**60])
async def test_a_number_that_means_nothing_here_brings_a_snapshot(seq: int) -> None:
    """Such as one from before the server was started anew."""
    stage = Stage()
    stage.join(CHAIN)
    client = stage.join()
    stage.hub.request(client, msgspec.json.encode({"op": "resume", "channel": CHAIN, "seq": seq}))
    assert kinds(await drained(client)) == ["hello", "snapshot"]


async def test_who_comes_back_too_late_gets_a_snapshot() -> None:
    """A channel without clients runs on for a while, then it ends, and nobody listens to the board any more."""
    stage = Stage()
    client = stage.join(CHAIN)
    (_, snapshot) = await drained(client)
    stage.hub.leave(client)
    stage.clock.advance(stage.hub.limits.linger_s - 0.1)
    stage.hub.tick()
    assert stage.board._listeners
    assert stage.hub.statistics().feeds == 0
    stage.clock.advance(0.2)
    stage.hub.tick()
    assert stage.board._listeners == []
    back = stage.join()
    stage.hub.request(back, msgspec.json.encode({"op": "resume", "channel": CHAIN, "seq": snapshot["seq"]}))
    assert kinds(await drained(back)) == ["hello", "snapshot"]


async def test_a_resume_that_cannot_be_is_refused_like_a_subscription() -> None:
    """With a reason, and the connection stays."""
    stage = Stage()
    client = stage.join()
    stage.hub.request(client, '{"op":"resume","channel":"tickers.DOGE","seq":1}')
    stage.hub.request(client, '{"op":"resume","channel":"tickers.BTC","seq":1,"max_hz":0}')
    assert kinds(await drained(client)) == ["hello", "error", "error"]


async def test_channels_without_clients_are_bounded() -> None:
    """The one that has waited longest gives way."""
    stage = Stage(limits=HubLimits(channels=2))
    for channel in (CHAIN, "tickers.BTC", "tickers.ETH"):
        stage.hub.leave(stage.join(channel))
        stage.clock.advance(1)
    assert sorted(feed.key.name for feed in stage.hub._feeds) == ["tickers.BTC", "tickers.ETH"]


async def test_the_hub_goes_to_sleep_once_the_last_channel_has_ended() -> None:
    """Without a client it ticks no longer than there is a channel to be resumed."""
    stage = Stage(limits=HubLimits(linger_s=0.3))
    running = asyncio.create_task(stage.hub.run())
    stage.hub.leave(stage.join(CHAIN))
    assert stage.board._listeners
    stage.clock.advance(1)
    async with asyncio.timeout(2):
        while stage.board._listeners:  # noqa: ASYNC110 - the program under test tells nobody
            await asyncio.sleep(0.01)
    await stage.hub.close()
    await running
