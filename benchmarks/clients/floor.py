"""The floor: a client that subscribes to everything, counts frames and does nothing else.

It uses the same libraries and the same number of connections as the tracker, reads plainly, and answers nothing but
the heartbeat. What a tracker costs above this is what it does with the messages; what it costs below this is saved
on the way of receiving. Run by the harness as a process of its own; SIGUSR1 makes it say how many data messages it
has received, SIGTERM ends it.
"""

import asyncio
import signal
import ssl
import sys

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from voltape.bybit.plan import Limits, plan
from voltape.bybit.rest import RestClient
from voltape.bybit.topics import PING, chunks, request, ticker_topic

__all__: list[str] = []

_PING_EVERY = 18.0
_CHUNK = (200, 8_000)
_CHUNK_DELAY = 0.1
_LIMITS = Limits(topics=2_000, chars=21_000, connections=100)
_USUAL = Limits()


class _Counter(WSListener):
    """Counts; `asked` is how many frames are answers to what we sent."""

    def __init__(self) -> None:
        self.frames = 0
        self.asked = 0
        self.transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.frames += 1

    def send(self, text: bytes) -> None:
        """Send a text that the exchange answers with one frame."""
        if self.transport is not None:
            self.asked += 1
            self.transport.send(WSMsgType.TEXT, text)


async def _follow(url: str, context: ssl.SSLContext, topics: list[str], counter: _Counter) -> None:
    await ws_connect(lambda: counter, url, ssl_context=context)
    counter.send(PING)
    for chunk in chunks(topics, *_CHUNK):
        counter.send(request("subscribe", chunk))
        await asyncio.sleep(_CHUNK_DELAY)
    while True:
        await asyncio.sleep(_PING_EVERY)
        counter.send(PING)


async def _topics(rest_url: str, context: ssl.SSLContext, coins: list[str]) -> list[str]:
    client = RestClient(rest_url, context)
    try:
        listings = [await client.listing(coin) for coin in coins]
    finally:
        await client.close()
    return [ticker_topic(symbol) for listing in listings for symbol in listing.instruments]


async def _run(ws_url: str, rest_url: str, ca_file: str, coins: list[str]) -> None:
    context = ssl.create_default_context(cafile=ca_file)
    topics = await _topics(rest_url, context, coins)
    counters: list[_Counter] = []
    stop = asyncio.Event()

    def tell() -> None:
        print(sum(counter.frames - counter.asked for counter in counters), flush=True)

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, tell)
    tasks = []
    # As many connections as the tracker opens, also where its setting has to be raised for it.
    usual = plan(topics, [], _USUAL)
    for group in (plan(topics, [], _LIMITS) if usual.left_out else usual).groups:
        counters.append(_Counter())
        tasks.append(asyncio.create_task(_follow(ws_url, context, group, counters[-1])))
    print(len(topics), flush=True)
    await stop.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4].split(",")))
