"""The program that voltape replaces, as its optimisation plan describes it: pybit, json and redis-py.

Written for this benchmark. Every contract is followed; pybit's threads decode each message and put a record of 15
fields with long names on a queue; a writer thread takes up to 100 of them, and for each puts one HSET and one EXPIRE
into a pipeline. There is no conflation: every message is written. A full queue drops the newest record.

It is kept as it was, except where it would not run at all:

* The plan's program asks for every topic on one connection. The exchange allows 2,000 topics and 21,000 characters
  on one, and refuses more, which pybit answers with the end of its thread; so there are as many pybit sockets as
  these limits need.
* pybit takes note of a request only after having sent it, so that an acknowledgement or a first message that comes
  sooner ends its thread as well, as any refused request does. `_Socket` notes first and sends then.
* pybit asks again for all topics after a cut without a pause, as it did.
* Topics are asked for in larger and quicker requests than the plan's 10 per 0.5 s, if the command line says so: at
  the old pace the first 100 s would be lost to every measurement. The ping interval is the old one, 45 s.

Run by the harness as a process of its own; prints the number of topics when each has delivered, and on SIGUSR1 how
many data messages it has received. SIGTERM ends it.
"""

import json
import logging
import os
import queue
import signal
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import uuid4

import redis

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pybit import unified_trading

__all__ = ["FIELDS", "Sink", "groups_of", "record_of"]

_PING_EVERY = 45
_BATCH = 100
_BATCH_WAIT = 0.1
_QUEUE = 100_000
_LIFE_S = 86_400
_MOST_TOPICS = 2_000
_MOST_CHARS = 21_000
_PAGE = 1_000

FIELDS = {
    "symbol": "symbol",
    "last_price": "lastPrice",
    "mark_price": "markPrice",
    "index_price": "indexPrice",
    "underlying_price": "underlyingPrice",
    "mark_implied_volatility": "markPriceIv",
    "bid_implied_volatility": "bidIv",
    "ask_implied_volatility": "askIv",
    "open_interest": "openInterest",
    "volume_24h": "volume24h",
    "turnover_24h": "turnover24h",
    "delta": "delta",
    "gamma": "gamma",
    "theta": "theta",
    "vega": "vega",
}
"""The fields of a stored record by their long names, and what the exchange calls them."""


def record_of(data: dict[str, Any]) -> dict[str, str]:
    """What is stored of a ticker; what the exchange does not give is stored as nothing."""
    return {name: str(data.get(theirs, "")) for name, theirs in FIELDS.items()}


class Sink:
    """Queue and writer thread between pybit and the store.

    Attributes:
        received: messages taken from pybit. dropped: of these not queued. written: records in the store.
        by_underlying: messages of each. last_message: when the latest came.
    """

    def __init__(self, store: "redis.Redis") -> None:
        self.received = 0
        self.dropped = 0
        self.written = 0
        self.by_underlying: Counter[str] = Counter()
        self.last_message: datetime | None = None
        self._store = store
        self._queue: queue.Queue[dict[str, str]] = queue.Queue(_QUEUE)

    def take(self, message: dict[str, Any]) -> None:
        """Called by pybit for each ticker."""
        self.received += 1
        self.last_message = datetime.now(UTC)
        record = record_of(message["data"])
        self.by_underlying[record["symbol"].split("-")[0]] += 1
        try:
            self._queue.put_nowait(record)
        except queue.Full:
            self.dropped += 1

    def write(self) -> None:
        """Write batches for ever."""
        while True:
            self.write_batch(self._batch())

    def write_batch(self, batch: list[dict[str, str]]) -> None:
        """One pipeline: a HSET and an EXPIRE for each record."""
        pipeline = self._store.pipeline(transaction=False)
        for record in batch:
            key = f"option:{record['symbol']}"
            pipeline.hset(key, mapping=record)  # type: ignore[arg-type] # keys of one type
            pipeline.expire(key, _LIFE_S)
        pipeline.execute()
        self.written += len(batch)

    def _batch(self) -> list[dict[str, str]]:
        batch = [self._queue.get()]
        until = time.monotonic() + _BATCH_WAIT
        while len(batch) < _BATCH and (rest := until - time.monotonic()) > 0:
            try:
                batch.append(self._queue.get(timeout=rest))
            except queue.Empty:
                break
        return batch


class _Socket(unified_trading.WebSocket):  # type: ignore[misc]
    """pybit's socket for options; notes a request before sending it."""

    def follow(self, topics: list[str], callback: Callable[[dict[str, Any]], None]) -> None:
        request = str(uuid4())
        text = json.dumps({"op": "subscribe", "req_id": request, "args": topics})
        while not self.is_connected():
            time.sleep(0.1)
        self.subscriptions[request] = text
        for topic in topics:
            self._set_callback(topic, callback)
        self.ws.send(text)

    @property
    def delivered(self) -> int:
        """Topics that have brought a message since the last connect."""
        return len(self.data)


def _chunks(topics: list[str], size: int) -> Iterator[list[str]]:
    rest = iter(topics)
    while chunk := list(islice(rest, size)):
        yield chunk


def _follow(groups: list[list[str]], sink: Sink, size: int, pause: float) -> list[_Socket]:
    sockets = [_Socket("option", testnet=False, ping_interval=_PING_EVERY) for _ in groups]
    for socket, group in zip(sockets, groups, strict=True):
        for chunk in _chunks(group, size):
            socket.follow(chunk, sink.take)
            time.sleep(pause)
    return sockets


def groups_of(topics: list[str]) -> list[list[str]]:
    """The topics of each connection: as many as the documented limits allow, in order."""
    groups: list[list[str]] = [[]]
    chars = 0
    for topic in topics:
        # Two quotes and a comma go with each.
        size = len(topic) + 3
        if len(groups[-1]) == _MOST_TOPICS or chars + size > _MOST_CHARS:
            groups.append([])
            chars = 0
        groups[-1].append(topic)
        chars += size
    return groups


def _listed(rest_url: str, ca_file: str, coins: list[str]) -> list[str]:
    """Topics of every contract, page by page."""
    session = unified_trading.HTTP()
    session.endpoint = rest_url
    session.client.verify = ca_file
    found: list[str] = []
    for coin in coins:
        cursor = ""
        while True:
            page = session.get_instruments_info(category="option", baseCoin=coin, limit=_PAGE, cursor=cursor)
            found += [f"tickers.{row['symbol']}" for row in page["result"]["list"]]
            cursor = page["result"]["nextPageCursor"]
            if not cursor:
                break
    session.client.close()
    return found


def _run(ws_url: str, topics: list[str], store_url: str, size: int, pause: float) -> None:
    unified_trading.PUBLIC_WSS = ws_url
    sink = Sink(redis.Redis.from_url(store_url.replace("valkey://", "redis://")))
    ended = threading.Event()
    signal.signal(signal.SIGUSR1, lambda *_: print(sink.received, flush=True))
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    threading.Thread(target=sink.write, daemon=True).start()
    sockets = _follow(groups_of(topics), sink, size, pause)
    while sum(socket.delivered for socket in sockets) < len(topics) and not ended.wait(0.02):
        pass
    print(len(topics), flush=True)
    # A signal that one of pybit's threads gets is handled here, and only between two waits.
    while not ended.wait(0.05):
        pass
    # pybit's threads do not end by themselves while the exchange sends.
    os._exit(0)


def main(ws_url: str, rest_url: str, ca_file: str, coins: str, store_url: str, size: str, pause: str) -> None:
    """Run until told to end; the words are those of the command line."""
    logging.disable(logging.WARNING)
    # Where the library below pybit looks for certificates.
    os.environ["WEBSOCKET_CLIENT_CA_BUNDLE"] = ca_file
    _run(ws_url, _listed(rest_url, ca_file, coins.split(",")), store_url, int(size), float(pause))


if __name__ == "__main__":
    main(*sys.argv[1:])
