"""The program before."""

import json
import threading
import urllib.request
from http.server import ThreadingHTTPServer
from pathlib import Path

import redis

from benchmarks.clients.before import FIELDS, Sink, groups_of, record_of
from benchmarks.clients.before_api import handler_of
from benchmarks.processes import running_store

DATA = dict.fromkeys(FIELDS.values(), "1.5") | {"symbol": "BTC-25DEC26-100000-C-USDT"}


def test_a_record_has_fifteen_long_names() -> None:
    """As the plan's program stored it; what is absent is empty."""
    record = record_of(DATA | {"bidIv": ""})
    assert len(record) == 15
    assert record["bid_implied_volatility"] == ""
    assert record["symbol"] == "BTC-25DEC26-100000-C-USDT"


def test_topics_are_shared_out_by_both_limits() -> None:
    """2,000 topics and 21,000 characters with quotes and commas; order stays and nothing is lost."""
    topics = [f"tickers.BTC-25DEC26-{100_000 + i}-C-USDT" for i in range(1_500)]
    groups = groups_of(topics)
    assert [topic for group in groups for topic in group] == topics
    assert all(len(json.dumps(group, separators=(",", ":"))) <= 21_001 for group in groups)
    assert len(groups_of(["t"] * 2_001)) == 2


async def test_every_message_is_written_and_found_by_its_chain(tmp_path: Path) -> None:
    """One hash of 15 fields with a life for each; the API finds it among the keys of the underlying."""
    async with running_store(tmp_path, append_only=True) as store:
        client = redis.Redis.from_url(store.url.replace("valkey://", "redis://"), decode_responses=True)
        sink = Sink(client)
        sink.write_batch([record_of(DATA), record_of(DATA | {"symbol": "BTC-1JAN27-100000-C-USDT"})])
        assert sink.written == 2
        assert 0 < int(client.ttl("option:BTC-25DEC26-100000-C-USDT")) <= 86_400
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(client))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_address[1]}/chain/BTC/25DEC26"
            rows = json.load(urllib.request.urlopen(url, timeout=5))  # noqa: ASYNC210 - our own server
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            client.close()
        assert rows == [record_of(DATA)]
        assert any(tmp_path.rglob("*.aof"))  # noqa: ASYNC240 - a look at a few files
