"""A push client that compares times: exchange to board, and exchange to here.

It subscribes to the tickers of the given coins and looks at every contract in every delta whose exchange time changed.
Board time is the time that the delta carries, which is taken as the change is committed. Arrival is our clock when
the frame is there, before it is decoded. Prints one line of JSON per window: two lists of milliseconds.
"""

import asyncio
import sys
import time

import msgspec
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

__all__: list[str] = []


class _Ticker(msgspec.Struct, gc=False):
    ts_exchange: int | None = None


class _Message(msgspec.Struct):
    type: str
    ts: int = 0
    data: msgspec.Raw = msgspec.Raw(b"[]")


_decode = msgspec.json.Decoder(_Message).decode
_decode_tickers = msgspec.json.Decoder(list[_Ticker]).decode


class _Watcher(WSListener):
    """Collects the ages of changed contracts, at the board and here."""

    def __init__(self, channels: list[str]) -> None:
        self.at_board: list[int] = []
        self.here: list[float] = []
        self.ended = asyncio.Event()
        self._channels = channels

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, msgspec.json.encode({"op": "subscribe", "channels": self._channels}))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        now = time.time() * 1000.0
        if frame.msg_type != WSMsgType.TEXT:
            return
        message = _decode(frame.get_payload_as_bytes())
        if message.type != "delta":
            return
        for ticker in _decode_tickers(message.data):
            if ticker.ts_exchange is not None:
                self.at_board.append(message.ts - ticker.ts_exchange)
                self.here.append(now - ticker.ts_exchange)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.ended.set()

    def take(self) -> dict[str, list[float]]:
        """What came since the last call."""
        taken: dict[str, list[float]] = {"board": [*self.at_board], "client": self.here}
        self.at_board, self.here = [], []
        return taken


async def _run(url: str, coins: list[str], windows: int, seconds: float) -> None:
    watcher = _Watcher([f"tickers.{coin}" for coin in coins])
    await ws_connect(lambda: watcher, url)
    await asyncio.sleep(1.0)
    watcher.take()
    for _ in range(windows):
        try:
            async with asyncio.timeout(seconds):
                await watcher.ended.wait()
        except TimeoutError:
            print(msgspec.json.encode(watcher.take()).decode(), flush=True)
        else:
            sys.exit("the stream ended")


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(sys.argv[1], sys.argv[2].split(","), int(sys.argv[3]), float(sys.argv[4])))
