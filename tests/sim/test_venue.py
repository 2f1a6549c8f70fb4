"""The simulated venue over real sockets: protocol, limits, truth."""

import asyncio
import itertools
import json

import pytest
import websockets

from tests.sim.client import START_MS, local_sim
from voltape.sim.ticker import REST_FIELDS, WS_FIELDS

LATE_MS = 50
"""By how much a busy machine may be late with a push; a second one in a slot would be nearer."""


async def test_an_acknowledgement_names_topics_but_neither_operation_nor_request() -> None:
    """Subscribe and unsubscribe get the same shape, with one `conn_id` for the whole connection."""
    async with local_sim(rate=0.0) as sim, sim.client() as client:
        topic = f"tickers.{sim.symbols[0]}"
        await client.send(op="subscribe", req_id="7", args=[topic])
        first = await client.until(lambda m: "success" in m)
        await client.send(op="unsubscribe", args=[topic])
        second = await client.until(lambda m: "success" in m)
    assert list(first) == ["success", "conn_id", "data", "type"]
    assert first["data"] == {"failTopics": [], "successTopics": [topic]}
    assert first["type"] == "COMMAND_RESP"
    assert second == first


async def test_a_topic_that_does_not_exist_is_acknowledged_and_silent() -> None:
    """The venue lists it under `successTopics` and never sends anything for it."""
    wrong = ["tickers.BTC", "tickers.FOO-1JAN30-1-C-USDT", "orderbook.1.{}", "orderbook.50.{}", "kline.1.{}"]
    async with local_sim(rate=20_000.0) as sim, sim.client() as client:
        named = [topic.format(sim.symbols[0]) for topic in [*wrong, "publicTrade.{}"]]
        ack = await client.subscribe(named)
        real = [f"tickers.{symbol}" for symbol in sim.symbols]
        await client.subscribe(real)
        for _ in range(4 * len(real)):
            await client.next()
        assert ack["data"] == {"failTopics": [], "successTopics": named}
        assert {m["topic"] for m in client.messages if "topic" in m} == set(real)


async def test_a_json_ping_gets_the_option_pong_and_a_native_ping_a_native_pong() -> None:
    """The pong holds the venue's time as text; the protocol's own ping is answered too."""
    async with local_sim(rate=0.0) as sim, sim.client() as client:
        await client.send(op="ping", req_id="1")
        pong = await client.next()
        latency = await asyncio.wait_for(await client.socket.ping(), 5)
    assert list(pong) == ["args", "op"]
    assert pong["op"] == "pong"
    assert pong["args"][0].isdigit()
    assert int(pong["args"][0]) >= START_MS
    assert latency >= 0


async def test_every_topic_gets_a_snapshot_soon_even_in_a_dead_market() -> None:
    """With no ticks at all, each subscribed contract still sends its state once."""
    async with local_sim(rate=0.0) as sim, sim.client() as client:
        topics = [f"tickers.{symbol}" for symbol in sim.symbols]
        await client.subscribe(topics)
        while len(client.last()) < len(topics):
            await client.next()
        await client.rest()
    assert len([m for m in client.messages if "topic" in m]) == len(topics)
    assert all(m["type"] == "snapshot" for m in client.last().values())


async def test_after_a_freeze_socket_rest_and_truth_agree_exactly() -> None:
    """Text for text, for every contract, whether subscribed or only polled."""
    async with local_sim(rate=2000.0) as sim, sim.client() as client:
        live = sim.symbols[: len(sim.symbols) // 2]
        await client.subscribe([f"tickers.{symbol}" for symbol in live])
        for _ in range(600):
            await client.next()
        frozen = await sim.post("/sim/freeze")
        await client.rest()
        truth = (await sim.get("/sim/truth"))["data"]
        rows = (await sim.get("/v5/market/tickers", category="option", baseCoin="SOL"))["result"]["list"]
        again = (await sim.get("/sim/truth"))["data"]
    assert frozen["drained"] is True
    assert again == truth
    assert set(truth) == {row["symbol"] for row in rows}
    for row in rows:
        assert [row[name] for name in REST_FIELDS] == [
            truth[row["symbol"]]["data"][name] for name in WS_FIELDS
        ]
    last = client.last()
    assert set(last) == set(live)
    for symbol, message in last.items():
        assert truth[symbol]["sent"]
        assert (message["data"], message["ts"], message["id"]) == (
            truth[symbol]["data"],
            truth[symbol]["ts"],
            truth[symbol]["id"],
        )
    assert not any(truth[symbol]["sent"] for symbol in truth if symbol not in live)


async def test_nothing_moves_while_frozen_and_everything_after() -> None:
    """A freeze stops pushes and market; resuming starts both again."""
    async with local_sim(rate=1000.0) as sim, sim.client() as client:
        await client.subscribe([f"tickers.{symbol}" for symbol in sim.symbols])
        await sim.post("/sim/freeze")
        await client.rest()
        before, steps = len(client.messages), (await sim.get("/sim/status"))["steps"]
        await client.rest()
        assert len(client.messages) == before + 1
        assert (await sim.get("/sim/status"))["steps"] == steps
        await sim.post("/sim/resume")
        await client.until(lambda m: "topic" in m)


async def test_successive_messages_of_a_contract_differ_and_are_a_slot_apart() -> None:
    """No topic pushes more than once per 100 ms, times rise, and some value has changed."""
    async with local_sim(rate=10_000.0, scale=0.1) as sim, sim.client() as client:
        await client.subscribe([f"tickers.{symbol}" for symbol in sim.symbols])
        while sum(m.get("topic") == f"tickers.{sim.symbols[0]}" for m in client.messages) < 8:
            await client.next()
    for symbol in client.last():
        own = [m for m in client.messages if m.get("topic") == f"tickers.{symbol}"]
        # The first message answers the subscription, outside the rhythm.
        assert own[-1]["ts"] - own[0]["ts"] >= 99 * (len(own) - 1) - LATE_MS
        for older, newer in itertools.pairwise(own):
            assert newer["ts"] - older["ts"] >= 99 - LATE_MS
            assert newer["data"] != older["data"]
            assert newer["id"] != older["id"]


async def test_message_ids_are_topic_sequence_and_time() -> None:
    """The sequence rises over all topics of the venue."""
    async with local_sim(rate=1000.0) as sim, sim.client() as client:
        await client.subscribe([f"tickers.{symbol}" for symbol in sim.symbols])
        for _ in range(100):
            await client.next()
    pushed = [m for m in client.messages if "topic" in m]
    sequences = []
    for message in pushed:
        topic, sequence, ts = message["id"].rsplit("-", 2)
        assert (topic, int(ts)) == (message["topic"], message["ts"])
        sequences.append(int(sequence))
    assert sequences == sorted(set(sequences))


async def test_contracts_differ_in_the_order_of_their_keys() -> None:
    """Both recorded orders occur."""
    async with local_sim(rate=0.0) as sim, sim.client() as client:
        await client.subscribe([f"tickers.{symbol}" for symbol in sim.symbols])
        while len(client.last()) < len(sim.symbols):
            await client.next()
    orders = {tuple(m) for m in client.messages if "topic" in m}
    assert orders == {("id", "topic", "ts", "data", "type"), ("topic", "ts", "type", "id", "data")}


async def test_over_2000_topics_a_request_is_refused_without_data() -> None:
    """The refusal subscribes nothing, has no `data`, and is recorded against the client."""
    async with local_sim(rate=0.0, chars_limit="off") as sim, sim.client() as client:
        await client.subscribe([f"tickers.X{i}" for i in range(2000)])
        refusal = await client.subscribe(["tickers.Y"])
        link = (await sim.get("/sim/connections"))["data"][0]
        violations = (await sim.get("/sim/violations"))["data"]
    assert refusal["success"] is False
    assert "data" not in refusal
    assert len(link["topics"]) == 2000
    assert link["violations"] == [v["rule"] for v in violations] == ["args size >2000"]


@pytest.mark.parametrize(("limit", "fits"), [("connection", False), ("request", True), ("off", True)])
async def test_the_character_limit_has_a_scope(limit: str, fits: bool) -> None:
    """Two requests of 15,000 characters break the limit per connection, not per request."""
    async with local_sim(rate=0.0, chars_limit=limit) as sim, sim.client() as client:
        acks = [
            await client.subscribe([f"tickers.{start + i:019d}" for i in range(500)]) for start in (0, 500)
        ]
        link = (await sim.get("/sim/connections"))["data"][0]
    assert [ack["success"] for ack in acks] == [True, fits]
    assert link["args_chars"] == (30_000 if fits else 15_000)


async def test_a_client_that_does_not_ping_is_cut_while_data_flows() -> None:
    """Native pings do not count; the end comes without a close frame."""
    async with local_sim(ping_timeout=0.3) as sim, sim.client() as client:
        await client.subscribe([f"tickers.{sim.symbols[0]}"])
        pong = await client.socket.ping()
        assert await pong >= 0
        assert await client.closed() == 1006
        link = (await sim.get("/sim/connections"))["data"][0]
    assert link["cause"] == "no ping"
    assert link["violations"] == ["no ping"]


async def test_a_client_that_does_not_read_is_cut() -> None:
    """What the venue holds back for a stalled client is bounded in time and bytes."""
    async with local_sim(rate=20_000.0, scale=3.0, stall_timeout=0.5, ping_timeout=60.0) as sim:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", int(sim.ws_url.split(":")[2].split("/")[0]), limit=1024
        )
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        writer.write(
            f"GET /v5/public/option HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        body = json.dumps({"op": "subscribe", "args": [f"tickers.{s}" for s in sim.symbols[:500]]}).encode()
        writer.write(b"\x81\xfe" + len(body).to_bytes(2, "big") + b"\0\0\0\0" + body)
        async with asyncio.timeout(20):
            link = (await sim.get("/sim/connections"))["data"][0]
            while link["closed_at"] is None:
                link = (await sim.get("/sim/connections"))["data"][0]
        writer.close()
    assert link["cause"] == "slow reader"


async def test_too_many_connections_are_refused_at_the_handshake() -> None:
    """Over the limit the upgrade is answered with 403."""
    async with local_sim(rate=0.0, max_connects=2) as sim:
        async with sim.client(), sim.client():
            with pytest.raises(websockets.InvalidStatus, match="403"):
                async with sim.client():
                    pass
        assert (await sim.get("/sim/violations"))["data"][0]["rule"] == "too many connections"


async def test_too_many_requests_lead_to_a_ban_with_a_body_that_is_no_json() -> None:
    """The ban outlasts the window; control requests are not counted."""
    async with local_sim(rate=0.0, max_requests=3) as sim:
        statuses = [(await sim.http.get("/v5/market/time")).status_code for _ in range(5)]
        banned = await sim.http.get("/v5/market/time")
        assert (await sim.http.get("/sim/status")).status_code == 200
    assert statuses == [200, 200, 200, 403, 403]
    with pytest.raises(ValueError, match="Expecting value"):
        banned.json()


async def test_malformed_requests_are_recorded_and_do_no_harm() -> None:
    """The connection goes on; the venue's answer to nonsense is unknown, so there is none."""
    async with local_sim(rate=0.0) as sim, sim.client() as client:
        for text in ("{", "[]", '{"op":"dance"}', '{"op":"subscribe"}', '{"op":"subscribe","args":[1]}'):
            await client.socket.send(text)
        await client.rest()
        link = (await sim.get("/sim/connections"))["data"][0]
    assert len(client.messages) == 1
    assert len(link["violations"]) == 5


async def test_trades_come_in_batches_with_shared_sequence_and_unique_ids() -> None:
    """Several trades of one message share `seq`; the trade's IV and prices are strings."""
    async with local_sim(speed=40.0) as sim, sim.client() as client:
        await client.subscribe(["publicTrade.SOL"])
        rows: list[dict[str, object]] = []
        while len(rows) < 20:
            message = await client.until(lambda m: m.get("topic") == "publicTrade.SOL")
            assert {row["seq"] for row in message["data"]} == {int(message["id"].split("-")[1])}
            rows += message["data"]
        await sim.post("/sim/freeze")
        await client.rest()
        link = (await sim.get("/sim/connections"))["data"][0]
        pushes = [message for message in client.messages if message.get("topic") == "publicTrade.SOL"]
        assert link["trades"] == link["messages"] == len(pushes)
        recent = (await sim.get("/v5/market/recent-trade", category="option", baseCoin="SOL"))["result"][
            "list"
        ]
    assert len({row["i"] for row in rows}) == len(rows)
    assert {row["i"] for row in rows} <= {row["execId"] for row in recent}
    assert all(isinstance(row[name], str) for row in rows for name in ("p", "v", "mP", "iP", "mIv", "iv"))


@pytest.mark.parametrize("depth", ["25", "100"])
async def test_a_book_starts_with_a_snapshot_and_follows_with_deltas(depth: str) -> None:
    """Applying the deltas keeps bids below asks, and update ids rise by one."""
    async with local_sim(rate=10_000.0, scale=0.1) as sim, sim.client() as client:
        busy = max(sim.venue.market.contracts.values(), key=lambda c: c.liquidity).symbol
        await client.subscribe([f"orderbook.{depth}.{busy}"])
        bids: dict[str, str] = {}
        asks: dict[str, str] = {}
        for place in range(8):
            message = await client.until(lambda m: "topic" in m)
            assert message["type"] == ("delta" if place else "snapshot")
            assert message["data"]["u"] == place + 1
            for side, known in (("b", bids), ("a", asks)):
                known.update(message["data"][side])
            bids = {price: size for price, size in bids.items() if size != "0"}
            asks = {price: size for price, size in asks.items() if size != "0"}
            assert max(map(float, bids)) < min(map(float, asks))
        await client.send(op="unsubscribe", args=[f"orderbook.{depth}.{busy}"])
        await client.until(lambda m: "success" in m)
        assert not sim.venue.feed.tickers[busy].books


async def test_the_status_socket_takes_subscriptions_and_pings() -> None:
    """It is a socket of its own, and quiet unless there is maintenance."""
    async with local_sim(rate=0.0) as sim:
        async with websockets.connect(
            sim.ws_url.replace("option", "misc/status"), compression=None
        ) as socket:
            await socket.send('{"op":"subscribe","args":["system.status"]}')
            assert json.loads(await socket.recv())["success"] is True
        with pytest.raises(websockets.InvalidStatus, match="404"):
            await websockets.connect(sim.ws_url.replace("option", "spot"))


async def test_at_expiry_topics_stop_without_a_word_and_new_series_appear() -> None:
    """The clock jumps over 08:00 UTC: the day's series goes quiet, is shown as Delivering, and another is listed."""
    expiry = START_MS + 47 * 3_600_000
    async with local_sim(rate=2000.0, start_ms=expiry - 60_000) as sim, sim.client() as client:
        old = {c.symbol for c in sim.venue.market.contracts.values() if c.expiry_ms == expiry}
        before = set(sim.symbols)
        await client.subscribe([f"tickers.{symbol}" for symbol in sim.symbols])
        first = await client.until(lambda m: m.get("topic", "").partition(".")[2] in old)
        await sim.post("/sim/clock", advance_s=90)
        await client.rest()
        mark = len(client.messages)
        for _ in range(300):
            await client.next()
        late = {m["topic"].partition(".")[2] for m in client.messages[mark:] if "topic" in m}
        listed = (
            await sim.get("/v5/market/instruments-info", category="option", baseCoin="SOL", limit="1000")
        )["result"]["list"]
        prices = await sim.get(
            "/v5/market/delivery-price", category="option", baseCoin="SOL", settleCoin="USDT"
        )
        newest = await sim.get("/v5/market/new-delivery-price", category="option", baseCoin="SOL")
        truth = (await sim.get("/sim/truth"))["data"]
    assert first["data"]["predictedDeliveryPrice"] != "0"
    assert late
    assert not late & old
    statuses = {row["symbol"]: row["status"] for row in listed}
    assert {statuses[symbol] for symbol in old} == {"Delivering"}
    assert set(statuses) - before
    assert not old & set(truth)
    assert {row["symbol"] for row in prices["result"]["list"]} <= old
    assert newest["result"]["list"][0]["deliveryTime"] == str(expiry)


async def test_contracts_can_be_listed_and_expired_by_hand() -> None:
    """The control endpoint changes the universe at once."""
    async with local_sim(rate=0.0) as sim:
        listed = (await sim.post("/sim/list", underlying="SOL"))["listed"]
        assert len(listed) == 2
        assert set(listed) <= set(sim.symbols)
        answer = await sim.post("/sim/expire", underlying="SOL")
        assert answer["expired"]
        assert not set(answer["expired"]) & set(sim.symbols)
        unknown = await sim.http.post("/sim/expire", json={"underlying": "SOL", "expiry": "1JAN99"})
        assert unknown.status_code == 400


async def test_control_answers_nonsense_with_a_reason() -> None:
    """400 for a bad body or value, 404 for a path that does not exist."""
    async with local_sim(rate=0.0) as sim:
        assert (await sim.http.post("/sim/fault", json={"kind": "earthquake"})).status_code == 400
        assert (await sim.http.post("/sim/clock", content=b"{")).status_code == 400
        assert (await sim.http.post("/sim/clock", json={"speed": 0})).status_code == 400
        assert (await sim.http.post("/sim/rate", json={"rate": "much"})).status_code == 400
        assert (await sim.http.get("/sim/nothing")).status_code == 404
        assert (await sim.http.get("/v5/market/kline")).status_code == 404
