"""Many push clients at once, which take what comes and look at nothing.

Says `ready` once all are connected, then waits for the end of its standard input.
"""

import asyncio
import sys

import msgspec
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

__all__: list[str] = []


class _Client(WSListener):
    """One client of some channels, or of none."""

    lost = 0

    def __init__(self, channels: list[str]) -> None:
        self._channels = channels

    def on_ws_connected(self, transport: WSTransport) -> None:
        if self._channels:
            request = {"op": "subscribe", "channels": self._channels}
            transport.send(WSMsgType.TEXT, msgspec.json.encode(request))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        pass

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        _Client.lost += 1


async def _run(url: str, clients: int, channels: list[str]) -> None:
    for _ in range(clients):
        await ws_connect(lambda: _Client(channels), url)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    if _Client.lost:
        sys.exit(f"{_Client.lost} connections were lost")


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(sys.argv[1], int(sys.argv[2]), [name for name in sys.argv[3].split(",") if name]))
