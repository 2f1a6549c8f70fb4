"""Each fault does what it says, and is over when it is over."""

import asyncio
import itertools
import json

import httpx
import pytest
import websockets

from tests.sim.client import LocalSim, SimClient, local_sim
from voltape.sim.faults import KINDS
from voltape.sim.wire import PING, TEXT, fragment, framed, unframed

TICKERS = "/v5/market/tickers"
INSTRUMENTS = "/v5/market/instruments-info"


async def subscribed(sim: LocalSim, client: SimClient) -> list[str]:
    """Subscribe to everything and wait until each topic has sent something."""
    topics = [f"tickers.{symbol}" for symbol in sim.symbols]
    await client.subscribe(topics)
    while len(client.last()) < len(topics):
        await client.next()
    return topics


@pytest.mark.parametrize(("kind", "code"), [("drop", 1006), ("close", 1000), ("reset", 1006)])
async def test_a_connection_ends_in_three_ways(kind: str, code: int) -> None:
    """Only `close` sends a close frame; the record says what happened."""
    async with local_sim() as sim, sim.client() as client:
        await subscribed(sim, client)
        await sim.fault(kind)
        assert await client.closed() == code
        link = (await sim.get("/sim/connections"))["data"][0]
    assert link["cause"] == f"fault: {kind}"
    assert link["closed_at"] >= link["opened_at"]


async def test_a_fault_can_be_meant_for_one_connection() -> None:
    """The other goes on."""
    async with local_sim() as sim, sim.client() as first, sim.client() as second:
        await sim.fault("drop", connection=1)
        assert await first.closed() == 1006
        await second.rest()


async def test_dropping_for_a_while_drops_those_that_come_back() -> None:
    """Accept, then cut: several in a row."""
    async with local_sim() as sim:
        await sim.fault("drop", duration_s=60, count=2)
        for _ in range(2):
            async with sim.client() as client:
                assert await client.closed() == 1006
        async with sim.client() as client:
            await client.rest()


async def test_a_half_open_connection_is_silent_and_stays() -> None:
    """No data, no pong, no end; until the fault is cleared."""
    async with local_sim(rate=5000.0) as sim, sim.client() as client:
        await subscribed(sim, client)
        await sim.fault("half_open")
        await client.send(op="ping")
        while True:
            try:
                await asyncio.wait_for(client.socket.recv(), 0.3)
            except TimeoutError:
                break
        assert (await sim.get("/sim/connections"))["data"][0]["closed_at"] is None
        await sim.post("/sim/faults/clear")
        assert await client.closed() == 1006


async def test_handshakes_are_refused_as_often_as_asked() -> None:
    """With the status given; then they work again."""
    async with local_sim() as sim:
        await sim.fault("refuse", status=502, count=2)
        for _ in range(2):
            with pytest.raises(websockets.InvalidStatus, match="502"):
                async with sim.client():
                    pass
        async with sim.client() as client:
            await client.rest()


async def test_a_mute_venue_pongs_but_sends_no_data() -> None:
    """Truth says that what moves meanwhile was not sent; afterwards data flows again."""
    async with local_sim(rate=5000.0) as sim, sim.client() as client:
        await subscribed(sim, client)
        await sim.fault("mute")
        await client.rest()
        before = len(client.messages)
        await client.rest()
        assert len(client.messages) == before + 1
        await sim.post("/sim/faults/clear")
        await client.until(lambda m: "topic" in m)


async def test_muting_one_underlying_leaves_the_other() -> None:
    """Only topics of that coin stop."""
    async with local_sim(rate=20_000.0, underlyings=("SOL", "XRP"), scale=0.1) as sim, sim.client() as client:
        await subscribed(sim, client)
        await sim.fault("mute", underlying="XRP")
        await client.rest()
        mark = len(client.messages)
        for _ in range(200):
            await client.next()
        assert {m["topic"].split("-")[0] for m in client.messages[mark:]} == {"tickers.SOL"}


@pytest.mark.parametrize("kind", ["mute", "lost_topics"])
async def test_some_random_topics_stop(kind: str) -> None:
    """As many as asked for; a lost topic returns when it is subscribed again."""
    async with local_sim(rate=20_000.0, scale=0.1) as sim, sim.client() as client:
        topics = await subscribed(sim, client)
        await sim.fault(kind, topics=5)
        await client.rest()
        mark = len(client.messages)
        for _ in range(8 * len(topics)):
            await client.next()
        silent = set(topics) - {m["topic"] for m in client.messages[mark:]}
        assert len(silent) == 5
        if kind == "lost_topics":
            await client.subscribe(sorted(silent))
            wanted = silent.pop()
            await client.until(lambda m: m.get("topic") == wanted)


async def test_a_deaf_venue_sends_data_but_no_pong() -> None:
    """Pings are still counted, so the client is not cut."""
    async with local_sim(rate=5000.0) as sim, sim.client() as client:
        await subscribed(sim, client)
        await sim.fault("deaf")
        await client.send(op="ping")
        for _ in range(300):
            assert (await client.next()).get("op") != "pong"
        assert (await sim.get("/sim/connections"))["data"][0]["pings"] == 1


async def test_garbage_comes_in_between_and_is_no_truth() -> None:
    """Every variant is sent; the true messages alone match the truth."""
    async with local_sim(rate=200.0, scale=0.1) as sim, sim.client() as client:
        await subscribed(sim, client)
        await sim.fault("garbage", rate=400.0)
        while not (any(len(raw) > 60_000 for raw in client.raw) and len(client.raw) > 800):
            await client.next()
        await sim.post("/sim/freeze")
        await client.rest()
        truth = (await sim.get("/sim/truth"))["data"]
    text = b"\n".join(raw for raw in client.raw if isinstance(raw, bytes))
    for mark in (
        b"\xff\xfe",
        b'"1e999"',
        b":1e999",
        b'"NaN"',
        b":NaN",
        b"[1]",
        b":true",
        b"FOO-1JAN30",
        b'"delta"',
        b'"a lot"',
    ):
        assert mark in text, mark
    # A number in place of a string repeats a true message, identity included, and comes after it.
    by_id = {m["id"]: m for m in reversed(client.messages) if m.get("type") == "snapshot" and "id" in m}
    for row in truth.values():
        assert by_id[row["id"]]["data"] == row["data"]


async def test_garbage_can_be_limited_to_some_kinds() -> None:
    """An unknown variant is refused."""
    async with local_sim() as sim:
        await sim.fault("garbage", variants=["delta"])
        answer = await sim.post("/sim/fault", kind="garbage", variants=["sand"])
        assert "variants" in answer["error"]


async def test_duplicates_follow_their_originals() -> None:
    """The same frame twice in a row."""
    async with local_sim() as sim, sim.client() as client:
        await subscribed(sim, client)
        await sim.fault("duplicate")
        await client.rest()
        client.raw.clear()
        for _ in range(20):
            await client.next()
        assert client.raw[0::2] == client.raw[1::2]


async def test_reordered_messages_have_older_times_and_truth_is_the_newer() -> None:
    """After each message comes its topic's previous one."""
    async with local_sim(rate=20_000.0, scale=0.1) as sim, sim.client() as client:
        topics = await subscribed(sim, client)
        await sim.fault("reorder")
        for _ in range(12 * len(topics)):
            await client.next()
        await sim.post("/sim/freeze")
        await client.rest()
        truth = (await sim.get("/sim/truth"))["data"]
    order = [m for m in client.messages if m.get("topic") == topics[0]]
    assert any(later["ts"] < earlier["ts"] for earlier, later in itertools.pairwise(order))
    assert {symbol: m["id"] for symbol, m in client.last().items()} == {
        s: row["id"] for s, row in truth.items()
    }


async def test_delayed_messages_arrive_in_order_and_a_freeze_brings_them_all() -> None:
    """What is held back counts as sent, so a freeze lets it out first."""
    async with local_sim(rate=5000.0, scale=0.1) as sim, sim.client() as client:
        await subscribed(sim, client)
        await sim.fault("delay", delay_s=30)
        await client.rest()
        held = len(client.messages)
        while (await sim.get("/sim/status"))["sent"] < held + 200:
            pass
        await sim.post("/sim/freeze")
        await client.rest()
        truth = (await sim.get("/sim/truth"))["data"]
    assert {symbol: m["id"] for symbol, m in client.last().items()} == {
        s: row["id"] for s, row in truth.items()
    }


async def test_acknowledgements_can_be_missing() -> None:
    """The request takes effect all the same."""
    async with local_sim(rate=0.0) as sim, sim.client() as client:
        await sim.fault("ack_missing", count=1)
        await client.send(op="subscribe", args=[f"tickers.{sim.symbols[0]}"])
        assert "topic" in await client.next()
        assert (await client.subscribe(["tickers.X"]))["success"] is True


async def test_acknowledgements_can_come_after_the_first_data() -> None:
    """Late, but all the same."""
    async with local_sim(rate=0.0) as sim, sim.client() as client:
        await sim.fault("ack_late", delay_s=0.1)
        await client.subscribe([f"tickers.{sim.symbols[0]}"])
    assert ["topic" in message for message in client.messages] == [True, False]


async def test_acknowledgements_can_fail_in_part() -> None:
    """Topics under `failTopics` are not subscribed."""
    async with local_sim(rate=0.0) as sim, sim.client() as client:
        await sim.fault("ack_partial", share=0.5)
        topics = [f"tickers.{symbol}" for symbol in sim.symbols]
        data = (await client.subscribe(topics))["data"]
        while len(client.last()) < len(data["successTopics"]):
            await client.next()
        await client.rest()
        link = (await sim.get("/sim/connections"))["data"][0]
    assert sorted(data["failTopics"] + data["successTopics"]) == sorted(topics)
    assert 0 < len(data["failTopics"]) < len(topics)
    assert link["topics"] == data["successTopics"]
    assert {f"tickers.{symbol}" for symbol in client.last()} == set(data["successTopics"])


async def test_acknowledgements_can_fail_as_a_whole() -> None:
    """Without `data`, and without any subscription."""
    async with local_sim(rate=0.0) as sim, sim.client() as client:
        await sim.fault("ack_failed", count=1)
        answer = await client.subscribe([f"tickers.{sim.symbols[0]}"])
        assert answer["success"] is False
        assert "data" not in answer
        assert (await sim.get("/sim/connections"))["data"][0]["topics"] == []


async def test_subscriptions_can_be_lost_behind_a_good_acknowledgement() -> None:
    """The venue believes it has them, but some never send."""
    async with local_sim(rate=20_000.0, scale=0.1) as sim, sim.client() as client:
        await sim.fault("lose_subscriptions", share=0.4)
        topics = [f"tickers.{symbol}" for symbol in sim.symbols]
        ack = await client.subscribe(topics)
        for _ in range(6 * len(topics)):
            await client.next()
        assert ack["data"]["successTopics"] == topics
        assert 0 < len(client.last()) < len(topics)


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"status": 503}, 503, None),
        ({"ret_code": 10016}, 200, 10016),
        ({"ret_code": 10006, "status": 429}, 429, 10006),
    ],
)
async def test_rest_can_fail_by_status_or_by_code(
    params: dict[str, int], status: int, code: int | None
) -> None:
    """Only on the path that was named, as often as was asked."""
    async with local_sim(rate=0.0) as sim:
        await sim.fault("rest_error", path="tickers", count=1, **params)
        assert (await sim.http.get("/v5/market/time")).status_code == 200
        failed = await sim.http.get(TICKERS, params={"category": "option", "baseCoin": "SOL"})
        assert failed.status_code == status
        if code is None:
            with pytest.raises(ValueError, match="Expecting value"):
                failed.json()
        else:
            assert failed.json()["retCode"] == code
        assert (await sim.get(TICKERS, category="option", baseCoin="SOL"))["retCode"] == 0


async def test_rest_can_be_too_slow() -> None:
    """The client's patience ends first."""
    async with local_sim(rate=0.0) as sim:
        await sim.fault("rest_error", timeout_s=30)
        with pytest.raises(httpx.ReadTimeout):
            await sim.http.get("/v5/market/time", timeout=0.2)


async def test_rest_can_be_banned() -> None:
    """403 with a body that is no JSON."""
    async with local_sim(rate=0.0) as sim:
        await sim.fault("rest_403")
        answer = await sim.http.get("/v5/market/time")
    assert (answer.status_code, answer.text) == (403, "access too frequent")


async def test_lists_can_be_wrong_in_many_ways() -> None:
    """Empty, looping, failing on the second page, with rows missing or repeated."""
    async with local_sim(rate=0.0) as sim:

        async def page(mode: str, **query: str) -> tuple[list[str], str, int]:
            await sim.fault("rest_partial", mode=mode, path="instruments", base_coin="SOL")
            asked = {"category": "option", "baseCoin": "SOL", "limit": "20"} | query
            answer = await sim.get(INSTRUMENTS, **asked)
            await sim.post("/sim/faults/clear")
            result = answer["result"]
            return (
                [row["symbol"] for row in result.get("list", [])],
                result.get("nextPageCursor", ""),
                answer["retCode"],
            )

        symbols = sim.symbols[:20]
        later = f"first=1&last={sim.venue.market.contracts[symbols[-1]].number}"
        assert await page("empty") == ([], (await page("repeat_rows"))[1], 0)
        assert (await page("repeat_rows"))[0] == [*symbols, symbols[0]]
        assert 0 < len((await page("missing_rows"))[0]) < 20
        assert (await page("page2_fails"))[0] == symbols
        assert (await page("page2_fails", cursor=later))[2] == 10016
        await sim.fault("rest_partial", mode="cursor_loop")
        cursors = {
            (await sim.get(INSTRUMENTS, category="option", baseCoin="SOL", limit="20", **more))["result"][
                "nextPageCursor"
            ]
            for more in ({}, {"cursor": later})
        }
        assert len(cursors) == 1
        assert "mode" in (await sim.post("/sim/fault", kind="rest_partial", mode="odd"))["error"]


async def test_faults_end_by_time_and_are_reported_while_they_last() -> None:
    """The report names kind and hits."""
    async with local_sim(rate=0.0) as sim:
        await sim.fault("rest_403", path="time", duration_s=0.2)
        assert (await sim.http.get("/v5/market/time")).status_code == 403
        (active,) = (await sim.get("/sim/faults"))["data"]
        assert (active["kind"], active["hits"]) == ("rest_403", 1)
        while (await sim.get("/sim/faults"))["data"]:
            pass
        assert (await sim.http.get("/v5/market/time")).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"probability": 2}, {"duration_s": -1}, {"count": "many"}, {"connection": True}, {"delay_s": "long"}],
)
async def test_unusable_values_are_refused(wrong: dict[str, object]) -> None:
    """With the name of the value."""
    async with local_sim(rate=0.0) as sim:
        answer = await sim.post("/sim/fault", kind="delay", **wrong)
    assert next(iter(wrong)) in answer["error"]


async def test_every_kind_can_start_and_be_cleared() -> None:
    """On a venue with a connection, with default parameters."""
    async with local_sim() as sim:
        for kind in KINDS:
            async with sim.client() as client:
                await client.subscribe([f"tickers.{symbol}" for symbol in sim.symbols[:20]])
                await sim.fault(kind)
                await sim.post("/sim/faults/clear")
        assert json.loads((await sim.http.get("/sim/faults")).text)["data"] == []


async def test_messages_come_in_fragments_with_a_ping_between() -> None:
    """A client puts them together; what it reads then is the message, and counts as sent."""
    async with local_sim(rate=2000.0) as sim:
        await sim.fault("fragments", pieces=4)
        async with sim.client() as client:
            topics = await subscribed(sim, client)
            newest = client.last()
        assert len(newest) == len(topics)
        assert all(message["data"]["symbol"] == symbol for symbol, message in newest.items())
        assert all(ticker.sent for ticker in sim.venue.feed.tickers.values())


async def test_the_first_of_several_frames_says_that_more_come() -> None:
    """As the protocol has it: text without the final bit, continuations, and control frames between them."""
    frames = [fragment(b"ab", TEXT, final=False), framed(b"", PING), fragment(b"c", 0, final=True)]
    assert frames == [b"\x01\x02ab", b"\x89\x00", b"\x80\x01c"]


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_a_payload_comes_out_of_its_frame_as_it_went_in(size: int) -> None:
    """Whatever the length of the head."""
    payload = b"x" * size
    assert unframed(framed(payload)) == payload


@pytest.mark.parametrize(("mode", "sign"), [("future", 1), ("past", -1)])
async def test_tickers_bear_a_time_that_cannot_be(mode: str, sign: int) -> None:
    """Time and identity agree with each other, and are off by as much as was asked for."""
    async with local_sim(rate=2000.0) as sim, sim.client() as client:
        await sim.fault("wrong_time", mode=mode, offset_s=600)
        await subscribed(sim, client)
        now = sim.venue.clock.now_ms()
        for message in client.last().values():
            assert abs(message["ts"] - now - sign * 600_000) < 30_000
            assert message["id"].endswith(f"-{message['ts']}")
        assert not any(ticker.sent for ticker in sim.venue.feed.tickers.values())


async def test_the_time_of_a_topic_stands_still() -> None:
    """Its values go on, so that several messages with one time differ."""
    async with local_sim(rate=2000.0) as sim, sim.client() as client:
        await sim.fault("wrong_time", mode="stuck")
        topic = f"tickers.{sim.symbols[0]}"
        await client.subscribe([topic])
        while len({str(message["data"]) for message in client.messages if "data" in message}) < 4:
            await client.next()
        assert len({message["ts"] for message in client.messages if message.get("topic") == topic}) == 1


async def test_deltas_of_a_book_are_left_out() -> None:
    """The next one does not follow on what is known; snapshots and tickers come as ever."""
    async with local_sim(rate=5000.0) as sim, sim.client() as client:
        symbol = max(sim.venue.market.contracts.values(), key=lambda contract: contract.weight).symbol
        topic = f"orderbook.25.{symbol}"
        await client.subscribe([topic])
        await client.until(lambda m: m.get("topic") == topic and m["type"] == "delta")
        await sim.fault("book_gap", count=2)
        await client.until(lambda m: m.get("topic") == topic and m["data"]["u"] >= 5)
        updates = [m["data"]["u"] for m in client.messages if m.get("topic") == topic]
        missing = set(range(1, updates[-1] + 1)) - set(updates)
        assert len(missing) == 2


async def test_an_acknowledgement_comes_twice() -> None:
    """Word for word, for one request."""
    async with local_sim() as sim, sim.client() as client:
        await sim.fault("ack_twice")
        first = await client.subscribe(["tickers.NO-SUCH"])
        assert await client.until(lambda m: m.get("type") == "COMMAND_RESP") == first


async def test_answers_come_in_the_form_of_other_markets() -> None:
    """Neither names the topics, and the pong repeats the name of the request."""
    async with local_sim(rate=2000.0) as sim, sim.client() as client:
        await sim.fault("linear_answers")
        await client.send(op="subscribe", args=[f"tickers.{sim.symbols[0]}"])
        acknowledged = await client.until(lambda m: m.get("op") == "subscribe")
        assert acknowledged["success"] is True
        assert "data" not in acknowledged
        await client.until(lambda m: "topic" in m)
        await client.send(op="ping")
        pong = await client.until(lambda m: m.get("op") == "ping")
        assert pong["ret_msg"] == "pong"


async def test_everything_is_away_during_maintenance_and_back_after_it() -> None:
    """Sockets drop, handshakes and REST fail, and the list of maintenance says so throughout."""
    async with local_sim() as sim:
        async with sim.client() as client:
            await sim.fault("maintenance", outage_s=0.4)
            assert await client.closed() == 1006
        with pytest.raises(websockets.InvalidStatus, match="503"):
            async with sim.client():
                pass
        assert (await sim.get(TICKERS, category="option"))["retCode"] == 10016
        (row,) = (await sim.get("/v5/system/status"))["result"]["list"]
        assert (row["state"], row["product"]) == ("ongoing", [3])
        assert int(row["end"]) - int(row["begin"]) == 400
        while (await sim.get("/sim/faults"))["data"]:
            await asyncio.sleep(0.05)
            await sim.get("/v5/market/time")
        async with sim.client() as client:
            await client.rest()
        assert (await sim.get("/v5/system/status"))["result"]["list"] == []


async def test_maintenance_can_be_announced() -> None:
    """It is in the list before anything happens."""
    async with local_sim() as sim, sim.client() as client:
        await sim.fault("maintenance", notice_s=0.3, outage_s=5)
        (row,) = (await sim.get("/v5/system/status"))["result"]["list"]
        assert row["state"] == "scheduled"
        await client.rest()
        assert await client.closed() == 1006
        await sim.post("/sim/faults/clear")
        async with sim.client() as again:
            await again.rest()


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("fragments", {"pieces": 1}),
        ("wrong_time", {"mode": "slow"}),
        ("maintenance", {"duration_s": 5}),
        ("maintenance", {"connection": 1}),
    ],
)
async def test_faults_refuse_parameters_that_make_no_sense(kind: str, wrong: dict[str, object]) -> None:
    """And say what would."""
    async with local_sim(rate=0.0) as sim:
        answer = await sim.post("/sim/fault", kind=kind, **wrong)
    assert "error" in answer
