"""The simulator as a program, and the handle on it."""

import asyncio
import json
import signal
import socket
import ssl
import sys
from urllib.parse import urlsplit

import httpx
import pytest
import websockets
from click.testing import CliRunner

from tests.trust import TRUST
from voltape.sim.command import sim as command
from voltape.sim.handle import SimFailed, running_sim


async def test_it_serves_tls_with_a_certificate_of_its_own() -> None:
    """Both schemes on one port, trusted with the written file only."""
    async with running_sim(tls=True, underlyings="SOL", contracts=0.1, rate=100) as sim:
        assert sim.ca_file is not None
        assert sim.ws_url.startswith("wss://127.0.0.1:")
        trust = ssl.create_default_context(cafile=sim.ca_file)
        symbol = next(iter(await sim.truth()))
        async with websockets.connect(sim.ws_url, ssl=trust, compression=None) as link:
            await link.send(json.dumps({"op": "subscribe", "args": [f"tickers.{symbol}"]}))
            assert json.loads(await link.recv())["success"] is True
            assert json.loads(await link.recv())["data"]["symbol"] == symbol
        async with httpx.AsyncClient(trust_env=False, verify=TRUST) as stranger:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await stranger.get(sim.rest_url)


def records(url: str, trust: ssl.SSLContext, symbols: list[str], count: int) -> list[bytes]:
    """The plain content of so many TLS records after the acknowledgement of a subscription."""
    place = urlsplit(url)
    key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    upgrade = (
        f"GET {place.path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}\r\n\r\n"
    )
    body = json.dumps({"op": "subscribe", "args": [f"tickers.{symbol}" for symbol in symbols]}).encode()
    plain = socket.create_connection((place.hostname or "", place.port or 0), timeout=10)
    with trust.wrap_socket(plain, server_hostname=place.hostname) as stream:
        stream.sendall(upgrade.encode())
        stream.recv(65_536)
        stream.sendall(b"\x81\xfe" + len(body).to_bytes(2, "big") + bytes(4) + body)
        stream.recv(65_536)
        # One call gives at most one record.
        return [stream.recv(65_536) for _ in range(count)]


@pytest.mark.parametrize("burst_ms", [0, 100])
async def test_each_message_is_a_tls_record_of_its_own(burst_ms: int) -> None:
    """Also in bursts."""
    async with running_sim(tls=True, underlyings="SOL", contracts=0.2, rate=5000, burst_ms=burst_ms) as sim:
        trust = ssl.create_default_context(cafile=sim.ca_file)
        symbols = list(await sim.truth())
        found = await asyncio.to_thread(records, sim.ws_url, trust, symbols[:50], 200)
    for record in found:
        assert record[:2] == b"\x81\x7e"
        assert int.from_bytes(record[2:4], "big") == len(record) - 4


async def test_it_ends_with_its_parent() -> None:
    """The end of standard input is taken as the end of whoever started it."""
    async with running_sim(underlyings="SOL", contracts=0.1) as sim, asyncio.timeout(10):
        assert sim.process.stdin is not None
        sim.process.stdin.close()
        assert await sim.process.wait() == 0


async def test_the_handle_reaches_every_control() -> None:
    """Freeze, truth, faults, clock, rate, listing and expiry."""
    async with running_sim(underlyings=["SOL", "XRP"], contracts=0.1, start="2025-09-01T09:00:00Z") as sim:
        assert await sim.freeze() is True
        assert (await sim.status())["frozen"] is True
        assert {row["underlying"] for row in (await sim.truth("XRP")).values()} == {"XRP"}
        await sim.resume()
        assert await sim.fault("rest_403", path="time") == 1
        assert await sim.clear_faults() == 1
        assert await sim.set_clock(advance_s=3600, speed=2.0) > 1_756_720_800_000
        await sim.set_rate(10)
        assert (await sim.status())["rate"] == 10
        assert len(await sim.list_contracts("SOL")) == 2
        assert all(symbol.startswith("XRP-2SEP25-") for symbol in await sim.expire("XRP", "2SEP25"))
        assert await sim.connections(open_only=True) == await sim.violations() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_with_success(number: signal.Signals) -> None:
    """At once, with connections open and data flowing."""
    async with running_sim(underlyings="SOL", contracts=0.1) as sim, asyncio.timeout(10):
        link = await websockets.connect(sim.ws_url, compression=None, max_queue=None)
        await link.send(json.dumps({"op": "subscribe", "args": [f"tickers.{s}" for s in await sim.truth()]}))
        await link.recv()
        sim.process.send_signal(number)
        assert await sim.process.wait() == 0
        await link.close()
    assert sim.returncode == 0


async def test_the_same_seed_and_start_give_the_same_universe() -> None:
    """Over two runs of the program, also with another rate."""
    seen = []
    for rate in (10, 500):
        async with running_sim(seed=5, start="2026-03-26T12:00:00Z", underlyings="ETH", rate=rate) as sim:
            answer = await sim.get(
                "/v5/market/instruments-info", category="option", baseCoin="ETH", limit="1000"
            )
            seen.append(
                [(row["symbol"], row["symbolId"], row["launchTime"]) for row in answer["result"]["list"]]
            )
    assert seen[0] == seen[1]


async def test_a_port_in_use_is_one_line_and_no_traceback() -> None:
    """The handle reports code and output."""
    async with running_sim(underlyings="SOL", contracts=0.1) as sim:
        port = int(sim.rest_url.rpartition(":")[2])
        with pytest.raises(SimFailed, match="cannot serve on") as caught:
            async with running_sim(port=port):
                pass
    assert caught.value.code == 1
    assert "Traceback" not in caught.value.output


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--underlyings", "BTC,LUNA"], "allowed are BTC"),
        (["--underlyings", "SPCX"], "needs contracts"),
        (["--start", "noon"], "no ISO 8601 time"),
        (["--speed", "0"], "0"),
        (["--chars-limit", "none"], "connection"),
    ],
)
def test_bad_options_are_refused_with_what_is_allowed(arguments: list[str], reason: str) -> None:
    """Exit code 2, before anything is served."""
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert reason in result.output


async def test_it_runs_as_a_module_and_prints_one_line() -> None:
    """Nothing but the ready line on standard output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "voltape.sim",
        "--no-tls",
        "--underlyings",
        "SOL",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 20)
    process.terminate()
    assert await process.stdout.read() == b""
    assert await process.wait() == 0
    words = line.decode().split()
    assert words[0] == "ready"
    assert words[1].startswith("ws://127.0.0.1:")
    assert words[1].endswith("/v5/public/option")
    assert words[2] == words[1].replace("ws", "http", 1).removesuffix("/v5/public/option")
