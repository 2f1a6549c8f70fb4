"""Checks of the exchange."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.x509 import DNSName

from voltape.bybit.rest import RestClient
from voltape.clock import ManualClock, SystemClock
from voltape.doctor.exchange import check_rest, check_stream, judge_clock
from voltape.doctor.finding import Finding
from voltape.sim import certificate
from voltape.sim.certificate import server_context
from voltape.sim.options import SimOptions
from voltape.sim.server import serving
from voltape.sim.venue import OPTION_PATH, Venue
from voltape.tls import client_context

CLOCK = SystemClock()
HOST = "127.0.0.1"


@asynccontextmanager
async def venue_at(context: ssl.SSLContext | None = None) -> AsyncIterator[tuple[Venue, str]]:
    """Run a small, silent venue; gives it and its host and port."""
    options = SimOptions(underlyings=("SOL",), rate=0.0, scale=0.02, start_ms=CLOCK.wall_ms())
    failures: list[str] = []
    serve = serving(
        options, host=HOST, port=0, context=context, on_failure=lambda: failures.append("the feed broke down")
    )
    async with serve as (venue, port):
        yield venue, f"{HOST}:{port}"
    assert failures == []


async def rest_findings(url: str, context: ssl.SSLContext | None = None) -> list[Finding]:
    """Check REST at `url`."""
    client = RestClient(url, context or client_context(None))
    try:
        return await check_rest(client, url, CLOCK)
    finally:
        await client.close()


async def stream_finding(url: str, context: ssl.SSLContext | None = None, patience: float = 5.0) -> Finding:
    """Check the stream at `url`."""
    return await check_stream(url, context or client_context(None), CLOCK, patience)


async def test_an_exchange_that_answers_is_fine() -> None:
    """REST, clock and stream are three findings."""
    async with venue_at() as (_, place):
        rest, clock = await rest_findings(f"http://{place}")
        stream = await stream_finding(f"ws://{place}{OPTION_PATH}")
    assert [rest.state, clock.state, stream.state] == ["ok", "ok", "ok"]
    assert "answers a ping" in stream.text


async def test_certificates_are_checked_against_the_extra_bundle(tmp_path: Path) -> None:
    """With the bundle both are reached over TLS; without it the advice names the setting."""
    bundle = tmp_path / "ca.pem"
    async with venue_at(server_context(HOST, bundle)) as (_, place):
        context = client_context(bundle)
        rest, _ = await rest_findings(f"https://{place}", context)
        stream = await stream_finding(f"wss://{place}{OPTION_PATH}", context)
    assert [rest.state, stream.state] == ["ok", "ok"]


async def test_a_certificate_nobody_vouches_for_is_told(tmp_path: Path) -> None:
    """The advice is about certificates, not about the network."""

    def nobody(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(nobody, HOST, 0, ssl=server_context(HOST, tmp_path / "ca.pem"))
    place = f"{HOST}:{server.sockets[0].getsockname()[1]}"
    async with server:
        rest, clock = await rest_findings(f"https://{place}")
        stream = await stream_finding(f"wss://{place}{OPTION_PATH}")
    for finding in (rest, stream):
        assert finding.failed
        assert "VOLTAPE_CA_FILE" in finding.advice
    assert clock.state == "skip"


@pytest.mark.parametrize(
    ("host", "life", "advice"),
    [("other.test", 30, "another host's"), ("127.0.0.1", -1, "date of this machine")],
)
async def test_what_is_wrong_with_a_certificate_decides_what_to_do(
    host: str, life: int, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another host's name and a date in the past are not cured by trusting more."""
    bundle = tmp_path / "ca.pem"
    if life < 0:
        monkeypatch.setattr(certificate, "_LIFE", timedelta(hours=-1))
    else:
        monkeypatch.setattr(certificate, "_names", lambda name: [DNSName(name)])

    def nobody(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(nobody, HOST, 0, ssl=server_context(host, bundle))
    place = f"{HOST}:{server.sockets[0].getsockname()[1]}"
    async with server:
        rest, _ = await rest_findings(f"https://{place}", client_context(bundle))
        stream = await stream_finding(f"wss://{place}{OPTION_PATH}", client_context(bundle))
    for finding in (rest, stream):
        assert finding.failed
        assert advice in finding.advice


async def test_a_refusal_is_explained() -> None:
    """A 403 from either means a region or a rate, which no retry cures."""
    async with venue_at() as (venue, place):
        venue.faults.start({"kind": "rest_403"})
        venue.faults.start({"kind": "refuse", "status": 403})
        rest, clock = await rest_findings(f"http://{place}")
        stream = await stream_finding(f"ws://{place}{OPTION_PATH}")
    for finding in (rest, stream):
        assert finding.failed
        assert "403" in finding.text
        assert "countries" in finding.advice
        assert "ten minutes" in finding.advice
    assert clock.state == "skip"


@pytest.mark.parametrize("fault", [{"status": 502}, {"ret_code": 10016}])
async def test_an_error_of_the_exchange_is_told(fault: dict[str, int]) -> None:
    """What it answered stands in the finding."""
    async with venue_at() as (venue, place):
        venue.faults.start({"kind": "rest_error", **fault})
        rest, _ = await rest_findings(f"http://{place}")
    assert rest.failed
    assert str(next(iter(fault.values()))) in rest.text
    assert "VOLTAPE_REST_URL" in rest.advice


async def test_a_refused_handshake_is_told() -> None:
    """A gateway error is not mistaken for a ban."""
    async with venue_at() as (venue, place):
        venue.faults.start({"kind": "refuse", "status": 502})
        stream = await stream_finding(f"ws://{place}{OPTION_PATH}")
    assert stream.failed
    assert "502" in stream.text
    assert "VOLTAPE_WS_URL" in stream.advice


async def test_a_stream_without_a_pong_is_told() -> None:
    """Connected is not enough: the exchange cuts whoever it does not hear."""
    async with venue_at() as (venue, place):
        venue.faults.start({"kind": "deaf"})
        stream = await stream_finding(f"ws://{place}{OPTION_PATH}", patience=0.3)
    assert stream.failed
    assert "no pong within 0.3 s" in stream.text


async def test_a_stream_that_closes_at_once_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of the connection is seen without waiting for the deadline."""
    heard = asyncio.Event()
    async with venue_at() as (venue, place):
        monkeypatch.setattr(venue, "hear", lambda *_: heard.set())
        checking = asyncio.ensure_future(stream_finding(f"ws://{place}{OPTION_PATH}"))
        await heard.wait()
        venue.faults.start({"kind": "reset"})
        stream = await checking
    assert stream.failed
    assert "no pong within" not in stream.text


async def test_nobody_there_is_told() -> None:
    """A refused connection names the address and the setting."""
    server = await asyncio.start_server(lambda *_: None, HOST, 0)
    place = f"{HOST}:{server.sockets[0].getsockname()[1]}"
    server.close()
    await server.wait_closed()
    rest, _ = await rest_findings(f"http://{place}")
    stream = await stream_finding(f"ws://{place}{OPTION_PATH}")
    assert rest.failed
    assert place in rest.text
    assert stream.failed
    assert place in stream.text


@pytest.mark.parametrize(
    ("ahead", "doubt", "state"),
    [
        (0.0, 0.0, "ok"),
        (2.0, 0.0, "ok"),
        (2.1, 0.0, "warn"),
        (-2.1, 0.0, "warn"),
        (2.1, 0.2, "ok"),
        (30.0, 0.0, "warn"),
        (30.1, 0.0, "fail"),
        (-86_400.0, 0.5, "fail"),
    ],
)
def test_a_clock_that_is_off_is_told_by_how_much(ahead: float, doubt: float, state: str) -> None:
    """Up to 2 s is fine, up to 30 s warns, more fails; a slow answer is not held against the clock."""
    finding = judge_clock(ahead, doubt)
    assert finding.state == state
    assert f"{abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'}" in finding.text


class SlowTime(httpx.AsyncBaseTransport):
    """Answers with a time of the exchange after four seconds on the test's clock."""

    def __init__(self, clock: ManualClock, venue_ms: int) -> None:
        self._clock = clock
        self._venue_ms = venue_ms

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._clock.advance(4.0)
        body = {"retCode": 0, "retMsg": "OK", "result": {}, "time": self._venue_ms}
        return httpx.Response(200, json=body, request=request)


async def test_the_way_there_and_back_is_taken_into_account() -> None:
    """The exchange's time is compared with the middle of the request, known to half its length."""
    clock = ManualClock()
    client = RestClient("http://venue")
    client._http = httpx.AsyncClient(
        base_url="http://venue", transport=SlowTime(clock, clock.wall_ms() - 5_000)
    )
    _, finding = await check_rest(client, "http://venue", clock)
    await client.close()
    assert finding.text == "7.0 s ahead of the exchange (±2.0 s)"
    assert finding.state == "warn"
