"""The venue's own Python client works against the simulator."""

import asyncio
import threading
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from voltape.sim.handle import running_sim

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pybit import unified_trading

TIMEOUT = 15.0
WANTED = 40


def pages(session: Any, coin: str) -> list[dict[str, Any]]:
    """Walk all pages of the contract list of one coin."""
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        result = session.get_instruments_info(category="option", baseCoin=coin, limit=50, cursor=cursor)[
            "result"
        ]
        rows += result["list"]
        cursor = result["nextPageCursor"]
        if not cursor:
            return rows


def walk_rest(url: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Contracts and tickers of SOL as pybit returns them."""
    session = unified_trading.HTTP()
    session.endpoint = url
    tickers = session.get_tickers(category="option", baseCoin="SOL")["result"]["list"]
    listed = pages(session, "SOL")
    session.client.close()
    return listed, tickers


class Listener:
    """pybit's socket with ticker subscriptions; it lives in threads of its own."""

    def __init__(self, symbols: list[str]) -> None:
        self.received: list[dict[str, Any]] = []
        self.enough = threading.Event()
        self.socket = unified_trading.WebSocket(channel_type="option", testnet=False, restart_on_error=False)
        self.socket.ticker_stream(symbols, self.take)
        self.stream = self.socket.ws.sock.sock

    def take(self, message: dict[str, Any]) -> None:
        """Called by pybit for each message."""
        self.received.append(message)
        if len(self.received) >= WANTED:
            self.enough.set()

    def finish(self) -> None:
        """Wait for pybit's reader, which ends soon once the venue has closed the connection."""
        self.socket.wst.join(TIMEOUT)
        self.socket.exit()
        self.stream.close()


async def in_thread(work: Callable[..., Any], *arguments: object) -> Any:
    """Run blocking work beside the event loop."""
    async with asyncio.timeout(2 * TIMEOUT):
        return await asyncio.to_thread(work, *arguments)


async def test_pybit_walks_rest_and_receives_tickers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every contract over several pages, a ticker for each, and live messages on the socket."""
    async with running_sim(underlyings="SOL", contracts=0.4, rate=2000, burst_ms=20) as sim:
        monkeypatch.setattr(unified_trading, "PUBLIC_WSS", sim.ws_url)
        listed, tickers = await in_thread(walk_rest, sim.rest_url)
        symbols = [row["symbol"] for row in listed]
        # pybit takes note of a subscription only after sending it, so a near venue must not be faster.
        await sim.freeze()
        await sim.fault("ack_late", delay_s=0.3)
        listener = await in_thread(Listener, symbols[:20])
        await sim.resume()
        assert await in_thread(listener.enough.wait, TIMEOUT), f"only {len(listener.received)} messages"
        links = await sim.connections()
        truth = await sim.truth()
        violations = await sim.violations()
        await sim.fault("close")
        await in_thread(listener.finish)
    assert len(symbols) == len(set(symbols)) > 50
    assert {row["symbol"] for row in tickers} == set(symbols) == set(truth)
    assert {m["topic"].partition(".")[2] for m in listener.received} <= set(symbols[:20])
    assert all(float(m["data"]["markPrice"]) >= 0 for m in listener.received)
    assert len(links) == 1
    assert links[0]["topics"] == [f"tickers.{symbol}" for symbol in symbols[:20]]
    assert violations == []
