import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.push.boards import NOW_MS, SYMBOLS, Replica, change, truth, values
from tests.serve.serving import API, Site, serving
from voltape.push.limits import HubLimits
from voltape.push.protocol import Delta, Heartbeat, Hello, Refusal, Snapshot, encode
from voltape.serve.events import Positions

CALL = "BTC-25DEC26-100000-C-USDT"
CHAIN = "chain.BTC.2026-12-25"


@dataclass
class Event:
    """One event as a browser sees it."""

    kind: str
    id: str
    message: dict[str, Any]


class Reader:
    """Reads events line by line as the standard has it."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.last_id = ""
        self._lines = answer.aiter_lines()

    async def next(self, kind: str | None = None) -> Event:
        """The next event, or the next of a kind."""
        async with asyncio.timeout(5):
            while True:
                fields: dict[str, str] = {}
                async for line in self._lines:
                    if not line:
                        break
                    name, _, value = line.partition(":")
                    fields[name] = value.removeprefix(" ")
                else:
                    raise EOFError
                self.last_id = fields.get("id", self.last_id)
                if "data" in fields and kind in (None, fields["event"]):
                    message = json.loads(fields["data"])
                    assert message["type"] == fields["event"]
                    return Event(fields["event"], self.last_id, message)


@asynccontextmanager
async def listening(site: Site, *channels: str, last_id: str = "", **query: str) -> AsyncIterator[Reader]:
    """A stream of events."""
    headers = {"last-event-id": last_id} if last_id else {}
    params = {"channels": ",".join(channels), **query}
    async with site.http.stream("GET", f"{API}/events", params=params, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        yield Reader(answer)


async def until_clients(site: Site, clients: int) -> None:
    """Wait until the hub has so many clients."""
    async with asyncio.timeout(5):
        while site.hub.statistics().clients != clients:  # noqa: ASYNC110 - the program under test tells nobody
            await asyncio.sleep(0.005)


async def test_the_messages_are_those_of_the_websocket() -> None:
    """Hello, a snapshot of each channel, and deltas; proxies and browsers keep nothing of it."""
    async with serving() as site, listening(site, CHAIN, "status") as reader:
        assert reader.answer.headers["cache-control"] == "no-store"
        assert "content-encoding" not in reader.answer.headers
        assert (await reader.next()).kind == "hello"
        first, second = await reader.next("snapshot"), await reader.next("snapshot")
        assert {first.message["channel"], second.message["channel"]} == {CHAIN, "status"}
        change(site.board, CALL, bid_price=9.5)
        delta = await reader.next("delta")
        assert delta.message["data"][0].items() >= {"symbol": CALL, "bid_price": 9.5}.items()
        site.hub.tick()
        assert (await reader.next("heartbeat")).message["ts"] == NOW_MS


async def test_who_comes_back_with_the_last_id_is_told_what_it_missed() -> None:
    """Of every channel its own; nothing twice, nothing left out."""
    channels = (CHAIN, "tickers.ETH")
    replicas = {channel: Replica() for channel in channels}
    async with serving() as site:
        async with listening(site, *channels) as reader:
            for _ in channels:
                event = await reader.next("snapshot")
                replicas[event.message["channel"]].take(event.message)
            change(site.board, CALL, bid_price=1.5)
            replicas[CHAIN].take((await reader.next("delta")).message)
            last_id = reader.last_id
        await until_clients(site, 0)
        for number in range(3):
            change(site.board, CALL, bid_price=float(number))
        change(site.board, SYMBOLS[-1], bid_price=7.0)
        async with listening(site, *channels, last_id=last_id) as reader:
            for _ in range(4):
                event = await reader.next()
                while event.kind == "hello":
                    event = await reader.next()
                assert event.kind == "delta"
                replicas[event.message["channel"]].take(event.message)
        for channel, replica in replicas.items():
            assert replica.tickers == truth(site.board, channel)


@pytest.mark.parametrize("last_id", ["", "nonsense", "00000000.1", ".", "x" * 5000, "1.2.3.4"])
async def test_an_id_that_means_nothing_here_brings_snapshots(last_id: str) -> None:
    """As for a client that was never here."""
    async with serving() as site, listening(site, CHAIN, last_id=last_id) as reader:
        assert [(await reader.next()).kind for _ in range(2)] == ["hello", "snapshot"]


async def test_an_id_of_other_channels_or_another_pace_means_nothing() -> None:
    """Their numbers are others."""
    async with serving() as site:
        async with listening(site, CHAIN) as reader:
            last_id = (await reader.next("snapshot")).id
        await until_clients(site, 0)
        async with listening(site, "tickers.BTC", last_id=last_id) as reader:
            assert [(await reader.next()).kind for _ in range(2)] == ["hello", "snapshot"]
        async with listening(site, CHAIN, last_id=last_id, max_hz="1") as reader:
            assert [(await reader.next()).kind for _ in range(2)] == ["hello", "snapshot"]


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [
        ("", 422, "required"),
        ("channels=", 422, "channels"),
        ("channels=foo", 422, "unknown channel 'foo'"),
        ("channels=status,chain.BTC.tomorrow", 422, "unknown channel"),
        ("channels=tickers.DOGE", 404, "DOGE"),
        ("channels=chain.BTC.2026-12-24", 404, "2026-12-25"),
        ("channels=status&max_hz=0", 422, "max_hz"),
        ("channels=status&max_hz=nan", 422, "max_hz"),
        ("channels=status&encoding=msgpack", 422, "unknown parameter"),
    ],
)
async def test_what_cannot_be_followed_is_refused_with_a_reason(query: str, status: int, word: str) -> None:
    """As a problem, before anything is sent; nobody is left behind."""
    async with serving() as site:
        problem = await site.problem(f"/events?{query}", status)
        assert word in problem["detail"]
        assert site.hub.statistics().clients == 0


async def test_more_channels_than_a_client_may_have_are_refused() -> None:
    """By number."""
    async with serving(limits=HubLimits(channels=2)) as site:
        problem = await site.problem("/events?channels=status,tickers.BTC,tickers.ETH", 422)
        assert "3 given" in problem["detail"]


async def test_one_client_too_many_is_told_to_try_later() -> None:
    """When, too."""
    async with serving(limits=HubLimits(clients=1)) as site, listening(site, "status"):
        answer = await site.get("/events?channels=status")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")


async def test_a_client_that_leaves_is_forgotten() -> None:
    """Whether anything is sent or not; and it is no request that took so long."""
    async with serving() as site:
        async with listening(site, CHAIN) as reader:
            await reader.next("snapshot")
        await until_clients(site, 0)
        assert site.app.desk.meter.requests == 0
        assert site.app.desk.meter.sent > 1000


async def test_a_client_that_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time that slow clients have; its memory is bounded until then."""
    monkeypatch.setattr("voltape.serve.connection._CUT_S", 0.05)
    limits = HubLimits(queue_bytes=20_000, lag_s=2)
    async with serving(limits=limits) as site:
        host, _, port = site.server.url.removeprefix("http://").rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.write(
            f"GET {API}/events?channels=tickers.BTC,tickers.ETH HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()
        )
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        await until_clients(site, 1)
        number = 0
        while site.hub.statistics().closed_slow == 0:
            number += 1
            assert number < 20_000
            for symbol in SYMBOLS:
                row = site.board.rows[symbol]
                site.board.push(row, values(float(number)), row.pushed_ts + 1, 1, 1)
            site.board.commit()
            site.clock.advance(0.05)
            site.hub.tick()
            await asyncio.sleep(0)
        assert site.hub.statistics().peak_queue_bytes <= limits.queue_bytes
        async with asyncio.timeout(5):
            while site.server._server.server_state.connections:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.005)
            rest = b""
            with suppress(ConnectionResetError):
                rest = await reader.read()
        assert not rest.endswith(b"0\r\n\r\n")
        writer.close()


async def test_a_stop_of_the_server_ends_the_stream_in_order() -> None:
    """The browser then connects again by itself."""
    async with serving() as site, listening(site, "status") as reader:
        await reader.next("snapshot")
        await site.hub.close()
        with pytest.raises(EOFError):
            await reader.next("nothing")


async def test_with_a_token_set_events_want_it() -> None:
    """Like everything else that is data."""
    async with serving(token="secret") as site:
        assert (await site.get("/events?channels=status")).status_code == 401
        assert (await site.get("/events?channels=status&token=secret")).status_code == 401


async def test_there_is_no_head_of_what_has_no_end() -> None:
    """Rather than one that is never answered."""
    async with serving() as site:
        answer = await site.http.head(f"{API}/events?channels=status")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
        for path in (f"{API}/events/", "/api//v1/events"):
            assert (await site.http.head(f"{path}?channels=status")).status_code == 405


CHANNELS = ["status", CHAIN, "tickers.BTC"]


@given(st.lists(st.tuples(st.sampled_from(CHANNELS), st.integers(0, 2**53)), max_size=10))
def test_an_id_is_read_back_as_what_it_was(numbers: list[tuple[str, int]]) -> None:
    """By a stream of the same channels, however they changed."""
    positions = Positions(CHANNELS, 2.0)
    for channel, seq in numbers:
        frame = encode(Delta(channel, seq, 1, []), "json")
        event = positions.event(frame)
        assert event == f"event: delta\nid: {positions.event_id}\ndata: {frame.decode()}\n\n".encode()
    again = Positions(CHANNELS, 2.0)
    again.take(positions.event_id)
    assert again.seqs == positions.seqs == {**dict.fromkeys(CHANNELS), **dict(numbers)}


def test_messages_of_no_channel_have_no_id() -> None:
    """They change nothing of how far a client is; a heartbeat keeps simple clients connected, too."""
    positions = Positions(["status"], None)
    for message in (Hello(1, "v", 5.0), Heartbeat(1), Refusal(1, None, "no")):
        assert b"\nid:" not in positions.event(encode(message, "json"))
    assert positions.event(encode(Heartbeat(1), "json")).startswith(b":\nevent: heartbeat\n")
    assert positions.event(encode(Snapshot("status", 7, 1, {"seq": 9}), "json")).startswith(
        b"event: snapshot\nid: "
    )
    assert positions.seqs == {"status": 7}
