"""Each probe that waits finds the behaviour that the exchange was set to."""

import asyncio
from typing import Any

import pytest
import websockets

from tests.doctor.probe.target import probing
from voltape.clock import SystemClock
from voltape.doctor.probe import waits
from voltape.doctor.probe.line import Lines
from voltape.doctor.probe.target import Target
from voltape.doctor.probe.waits import compression, no_ping, no_reads, rate
from voltape.errors import VenueRefused
from voltape.tls import client_context


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often."""
    monkeypatch.setattr(waits, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(waits, "STILL_THERE", 1.0)


async def test_a_connection_without_pings_is_cut_after_the_timeout() -> None:
    """The time that it lasted is the switch of the simulator."""
    async with probing(15.0, ping_timeout=0.5) as (_, target):
        answer = await no_ping(target)
    assert answer.outcome == "cut"
    assert "without a close frame" in answer.text
    assert 0.5 <= float(answer.options["--ping-timeout"] or 0) < 8.0


async def test_a_connection_without_pings_that_stays_is_told_with_how_long() -> None:
    """The wait is bounded by the seconds given."""
    async with probing(0.5, ping_timeout=60.0) as (_, target):
        answer = await no_ping(target)
    assert answer.outcome == "not cut"
    assert float(answer.options["--ping-timeout"] or 0) >= 1.5


async def test_a_connection_that_is_not_read_is_cut_after_the_timeout() -> None:
    """Pings go on meanwhile, so that it is not for want of those."""
    busy: dict[str, Any] = {"rate": 20_000.0, "scale": 1.0, "stall_timeout": 0.5, "ping_timeout": 60.0}
    async with probing(15.0, **busy) as (exchange, target):
        answer = await no_reads(target)
        assert exchange.rules_broken() == ["slow reader"]
    assert answer.outcome == "cut"
    assert float(answer.options["--stall-timeout"] or 0) >= 0.5


async def test_a_connection_that_is_not_read_and_stays_is_told() -> None:
    """It is read again at the end, and answers."""
    async with probing(1.0, stall_timeout=60.0, ping_timeout=60.0) as (_, target):
        answer = await no_reads(target)
    assert answer.outcome == "not cut"
    assert "still open" in answer.text


async def test_rate_and_size_of_messages_are_measured() -> None:
    """On as few connections as the limits need, and the kinds of messages are counted."""
    async with probing(4.0, rate=600.0) as (exchange, target):
        answer = await rate(target)
        assert target.lines.opened == 1
        assert exchange.rules_broken() == []
    assert answer.outcome == "snapshots only"
    assert 450 <= float(answer.options["--rate"] or 0) <= 750
    assert "snapshot" in answer.evidence[0]


async def test_deltas_among_the_messages_are_seen() -> None:
    """The documentation knows none for options."""
    async with probing(2.0) as (exchange, target):
        exchange.fault("garbage", variants=["delta"], rate=50)
        answer = await rate(target)
    assert answer.outcome == "not only snapshots"
    assert "delta" in answer.evidence[0]


async def test_silence_is_not_a_rate() -> None:
    """Without any data the question stays open."""
    async with probing(0.5) as (exchange, target):
        exchange.fault("mute")
        answer = await rate(target)
    assert answer.outcome == "not settled"


async def test_compression_that_is_not_accepted_is_told() -> None:
    """The simulator accepts none, as the exchange was last seen to do."""
    async with probing() as (_, target):
        answer = await compression(target)
    assert answer.outcome == "not accepted"


@pytest.mark.parametrize(("offered", "outcome"), [("deflate", "accepted"), (None, "not accepted")])
async def test_compression_is_found_with_a_server_that_has_it(offered: Any, outcome: str) -> None:
    """By the header in the handshake's answer."""

    async def stay(connection: websockets.ServerConnection) -> None:
        await connection.wait_closed()

    async with websockets.serve(stay, "127.0.0.1", 0, compression=offered) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        answer = await compression(target_at(url))
    assert answer.outcome == outcome
    assert ("permessage-deflate" in answer.evidence[0]) is (outcome == "accepted")


async def test_a_handshake_that_fails_with_the_offer_is_told_and_a_refusal_passed_on() -> None:
    """A gateway may not know the header; a 403 ends the whole probe."""
    async with probing() as (exchange, target):
        number = exchange.fault("refuse", status=502)
        answer = await compression(target)
        exchange.heal()
        exchange.fault("refuse", status=403)
        with pytest.raises(VenueRefused):
            await compression(target)
    assert number
    assert answer.outcome == "handshake failed"
    assert "502" in answer.text


def target_at(url: str) -> Target:
    """An address without an exchange behind it."""
    clock = SystemClock()
    lines = Lines(url, client_context(None), clock, None)
    return Target(lines, None, clock, [], 1.0)  # type: ignore[arg-type]


async def test_nobody_there_is_an_error_of_the_exchange() -> None:
    """It is told as the handshake's failure, whatever the system calls it."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    assert (await compression(target_at(f"ws://127.0.0.1:{port}"))).outcome == "handshake failed"
