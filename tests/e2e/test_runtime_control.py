"""An operator starts and stops underlyings and pins contracts, and the next process knows it too."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from tests.e2e.comparison import embedded_store
from tests.e2e.program import Program, eventually, free_port, ready_url, running, started
from tests.e2e.shared_store import SharedStore, shared_store
from tests.trust import TRUST
from voltape.sim.handle import SimHandle, running_sim

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(120)]

TOKEN = "operator"
FRESH_WITHIN = 5.0
GONE_WITHIN = 2.0
CONFIRMED_WITHIN = 3.0
SLACK = 2.0
"""Seconds that a busy machine may add to a promise."""
STARTED = {"api_token": TOKEN, "filter": "all"}


class Operator:
    """A client with the token."""

    def __init__(self, program: Program) -> None:
        self._url = f"{program.url}/api/v1"
        self._headers = {"authorization": f"Bearer {TOKEN}"}

    async def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Whatever is answered."""
        async with httpx.AsyncClient(
            headers=self._headers, timeout=10, trust_env=False, verify=TRUST
        ) as client:
            return await client.request(method, self._url + path, json=body)

    async def get(self, path: str) -> Any:
        """What a path answers, which is 200."""
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def switch(self, coin: str, on: bool) -> None:
        """Have an underlying tracked or stopped, which is confirmed."""
        answer = await self.ask("PUT", f"/underlyings/{coin}", {"enabled": on})
        assert (answer.status_code, answer.json()["confirmed"]) == (200, True), answer.text

    async def rows(self, coin: str) -> list[dict[str, Any]]:
        """Tickers of an underlying, none where it is not there."""
        answer = await self.ask("GET", f"/tickers?underlying={coin}&limit=5000")
        return list(answer.json()["data"]) if answer.status_code == 200 else []

    async def enabled(self) -> dict[str, bool]:
        """Which underlyings are tracked."""
        return {one["underlying"]: one["enabled"] for one in (await self.get("/underlyings"))["data"]}

    async def is_fresh(self, sim: SimHandle, coin: str) -> bool:
        """Whether every contract of the exchange is here with fresh values."""
        rows = await self.rows(coin)
        return len(rows) == len(await sim.truth(coin)) > 0 and not any(
            row["stale"] or row["ts_exchange"] is None for row in rows
        )

    async def is_gone(self, coin: str) -> bool:
        """Whether nothing of it is left in the interface."""
        return not await self.rows(coin)


@asynccontextmanager
async def following(program: Program, *channels: str) -> AsyncIterator[Any]:
    """A WebSocket client of channels, with the token; gives the socket once each has had its snapshot."""
    url = program.url.replace("http:", "ws:") + f"/api/v1/stream?token={TOKEN}"
    async with websockets.connect(url, proxy=None, max_size=None) as socket:
        await socket.send(json.dumps({"op": "subscribe", "channels": channels}))
        for _ in channels:
            await until(socket, "snapshot", "")
        yield socket


@asynccontextmanager
async def recorded(program: Program, channel: str) -> AsyncIterator[list[dict[str, Any]]]:
    """Everything that a client of a channel is sent meanwhile."""
    messages: list[dict[str, Any]] = []
    async with following(program, channel) as socket:

        async def read() -> None:
            while True:
                messages.append(json.loads(await socket.recv()))

        task = asyncio.create_task(read())
        try:
            yield messages
        finally:
            task.cancel()
            await asyncio.wait([task])


async def until(socket: Any, kind: str, member: str) -> dict[str, Any]:
    """The next message of a type, with a member if one is named."""
    async with asyncio.timeout(10):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message["type"] == kind and (not member or member in message):
                return message


async def removed(socket: Any, symbols: set[str]) -> None:
    """Read until the channel has told that all of these left."""
    left = set(symbols)
    while left:
        left -= set((await until(socket, "delta", "removed"))["removed"])


async def keys_of(client: Any, coin: str) -> set[str]:
    """Keys of an underlying in a store that hold contracts."""
    found = {key.decode() async for key in client.scan_iter(match=f"vt:{{{coin}}}:*")}
    return {key for key in found if not key.endswith((":changes", ":layout", ":trades"))}


async def settled(operator: Operator) -> dict[str, Any]:
    """What must not change while somebody switches an underlying: connections made again, and gaps."""
    status = await operator.get("/status")
    return {"reconnects": status["reconnects"]["total"], "gaps": status["gaps"]}


async def test_an_underlying_comes_and_goes_at_run_time_and_over_restarts(tmp_path: Path) -> None:
    """Started, it is complete within seconds; stopped, it is nowhere; the others notice nothing; it is remembered."""
    up = {"underlyings": "BTC,ETH", **STARTED}
    async with running_sim(contracts=0.1, rate=200) as sim:
        async with running("up", sim, tmp_path, **up) as program, recorded(program, "tickers.BTC") as others:
            operator = Operator(program)
            await eventually(lambda: operator.is_fresh(sim, "BTC"), FRESH_WITHIN + SLACK, "BTC is fresh")
            await operator.switch("SOL", on=True)
            await eventually(lambda: operator.is_fresh(sim, "SOL"), FRESH_WITHIN + SLACK, "SOL is fresh")
            symbols = {row["symbol"] for row in await operator.rows("SOL")}
            async with following(program, "tickers.SOL") as socket, embedded_store(tmp_path) as store:
                await eventually(lambda: keys_of(store, "SOL"), GONE_WITHIN + SLACK, "SOL is in the store")
                await operator.switch("SOL", on=False)
                await removed(socket, symbols)
                assert await operator.is_gone("SOL")

                async def out() -> bool:
                    named = {name async for name in store.sscan_iter("vt:underlyings")}
                    return b"SOL" not in named and not await keys_of(store, "SOL")

                await eventually(out, GONE_WITHIN + SLACK, "SOL has left the store")
                await operator.switch("SOL", on=True)
                delta = await until(socket, "delta", "")
                assert {row["symbol"] for row in delta["data"]} <= symbols
            await operator.switch("ETH", on=False)
            assert await settled(operator) == {"reconnects": 0, "gaps": []}
            before = len(others)

            async def went_on() -> bool:
                return len(others) > before + 2

            await eventually(went_on, GONE_WITHIN + SLACK, "BTC goes on")
            assert_undisturbed(others)
            assert await program.stop() == 0
        async with running("up", sim, tmp_path, **up) as program:
            operator = Operator(program)
            assert await operator.enabled() == {"BTC": True, "ETH": False, "SOL": True}
            await eventually(lambda: operator.is_fresh(sim, "SOL"), FRESH_WITHIN + SLACK, "SOL is back")
            assert await operator.is_gone("ETH")
            await operator.switch("SOL", on=False)
            await program.kill()
        async with running("up", sim, tmp_path, **up) as program:
            operator = Operator(program)
            assert await operator.enabled() == {"BTC": True, "ETH": False, "SOL": False}
            assert await operator.is_gone("SOL")
            answer = await operator.ask("DELETE", "/underlyings/ETH")
            assert answer.json() == {
                "underlying": "ETH",
                "enabled": True,
                "decided": False,
                "confirmed": True,
            }
            await eventually(lambda: operator.is_fresh(sim, "ETH"), FRESH_WITHIN + SLACK, "ETH is back")


def assert_undisturbed(messages: list[dict[str, Any]]) -> None:
    """A channel went on without losing a message or a contract."""
    deltas = [message for message in messages if message["type"] == "delta"]
    numbers = [delta["seq"] for delta in deltas]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert not any("removed" in delta for delta in deltas)


async def test_where_all_are_tracked_one_can_be_left_out(tmp_path: Path) -> None:
    """Discovery does not bring it back, here or in the next process, nor does what an earlier run left in the store."""
    async with running_sim(contracts=0.05, rate=100) as sim:
        async with running("up", sim, tmp_path, underlyings="all", **STARTED) as program:
            operator = Operator(program)
            coins = set(await operator.enabled())
            assert coins == {"BTC", "ETH", "SOL"}
            await operator.switch("BTC", on=False)
            assert await operator.is_gone("BTC")
            await program.kill()
        async with running("up", sim, tmp_path, underlyings="all", **STARTED) as program:
            operator = Operator(program)
            assert {coin for coin, on in (await operator.enabled()).items() if not on} == {"BTC"}
            assert await operator.is_gone("BTC")
            await operator.switch("BTC", on=True)
            await eventually(lambda: operator.is_fresh(sim, "BTC"), FRESH_WITHIN + SLACK, "BTC is back")


async def test_a_pinned_contract_is_live_in_this_process_and_the_next(tmp_path: Path) -> None:
    """It goes live at once, whatever it trades, and a kill does not unpin it."""
    up = {"api_token": TOKEN, "underlyings": "BTC", "poll_interval": 5}
    async with running_sim(contracts=0.2, rate=200) as sim:
        async with running("up", sim, tmp_path, **up) as program:
            operator = Operator(program)

            async def polled() -> list[dict[str, Any]]:
                rows = await operator.rows("BTC")
                return [row for row in rows if row["lane"] == "polled" and not row["open_interest"]]

            await eventually(polled, FRESH_WITHIN + SLACK, "something is polled")
            symbol = (await polled())[-1]["symbol"]
            answer = await operator.ask("PUT", f"/pins/{symbol}")
            assert (answer.status_code, answer.json()["confirmed"]) == (200, True)
            assert (await operator.get(f"/tickers/{symbol}"))["lane"] == "live"
            await program.kill()
        async with running("up", sim, tmp_path, **up) as program:
            operator = Operator(program)
            pins = (await operator.get("/pins"))["data"]
            assert pins == [{"symbol": symbol, "decided": True, "listed": True}]
            assert (await operator.get(f"/tickers/{symbol}"))["lane"] == "live"
            assert (await operator.ask("DELETE", f"/pins/{symbol}")).json()["pinned"] is False
            assert (await operator.get("/pins"))["data"] == []


@asynccontextmanager
async def apart(sim: SimHandle, store: SharedStore, home: Path) -> AsyncIterator[tuple[Program, Operator]]:
    """A tracker and a serving role that meet in a store; the serving role is ready."""
    port = free_port()
    async with (
        started("tracker", sim, home, store_url=store.url(), underlyings="BTC", filter="all") as tracker,
        started("serve", None, home, store_url=store.url(), http_port=port, api_token=TOKEN) as serve,
    ):
        assert await ready_url(serve.process, serve.log) == serve.url
        yield tracker, Operator(serve)


async def test_roles_apart_carry_it_out_by_way_of_the_store(tmp_path: Path) -> None:
    """Confirmed within seconds, refused with the tracker's words, and told where there is no tracker."""
    loop = asyncio.get_running_loop()
    async with running_sim(contracts=0.1, rate=200) as sim, shared_store(tmp_path) as store:
        async with apart(sim, store, tmp_path) as (tracker, operator):
            began = loop.time()
            await operator.switch("SOL", on=True)
            assert loop.time() - began < CONFIRMED_WITHIN
            assert await operator.enabled() == {"BTC": True, "SOL": True}
            await eventually(lambda: operator.is_fresh(sim, "SOL"), FRESH_WITHIN + SLACK, "SOL is fresh")
            answer = await operator.ask("PUT", "/underlyings/SOLL", {"enabled": True})
            assert answer.status_code == 404
            assert "SOL" in answer.json()["detail"]
            await operator.switch("SOL", on=False)
            await eventually(lambda: operator.is_gone("SOL"), GONE_WITHIN + SLACK, "SOL is gone")
            symbol = (await operator.rows("BTC"))[0]["symbol"]
            assert (await operator.ask("PUT", f"/pins/{symbol}")).status_code == 200
            assert [pin["symbol"] for pin in (await operator.get("/pins"))["data"]] == [symbol]
            tracker.process.send_signal(signal.SIGSTOP)
            answer = await operator.ask("PUT", "/underlyings/SOL", {"enabled": True})
            tracker.process.send_signal(signal.SIGCONT)
            assert (answer.status_code, answer.json()["confirmed"]) == (202, False)
            await eventually(
                lambda: operator.is_fresh(sim, "SOL"), FRESH_WITHIN + SLACK, "SOL came all the same"
            )
            await tracker.kill()

            async def refused() -> bool:
                refusal = await operator.ask("PUT", "/underlyings/SOL", {"enabled": True})
                return refusal.status_code == 503 and "no tracker" in refusal.json()["detail"]

            await eventually(refused, 10 + SLACK, "there is no tracker")
        (tmp_path / "data" / "control.json").unlink()
        async with apart(sim, store, tmp_path) as (_, operator):
            await eventually(lambda: operator.is_fresh(sim, "SOL"), 15 + SLACK, "the store remembered it")
            assert [pin["symbol"] for pin in (await operator.get("/pins"))["data"]] == [symbol]
            assert json.loads((tmp_path / "data" / "control.json").read_text())["underlyings"] == {
                "SOL": True
            }
