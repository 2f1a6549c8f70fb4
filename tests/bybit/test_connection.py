"""The driver of one socket, against the simulated exchange and against servers that misbehave below it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.bybit.exchange import Exchange, SkippingClock, eventually, frame, intake_for, running_exchange
from voltape.bybit import connection as connection_module
from voltape.bybit import session as session_module
from voltape.bybit.causes import Ending
from voltape.bybit.connection import Connection
from voltape.bybit.intake import Intake
from voltape.bybit.session import Session, SessionOptions
from voltape.errors import VenueError, VenueRefused
from voltape.model.board import Board
from voltape.sim.http import Request, RequestReader, Response, switching
from voltape.sim.link import Link

QUICK = SessionOptions(chunk_size=20, chunk_delay=0.01, first_data_within=2.0)
TEXT, BINARY, CONTINUATION, PING = 0x1, 0x2, 0x0, 0x9


class Driven:
    """A connection that runs, with what it fills."""

    def __init__(
        self, exchange: Exchange, options: SessionOptions = QUICK, *, coalesce: bool = False
    ) -> None:
        self.topics = exchange.topics()
        self.board: Board
        self.intake: Intake
        self.board, self.intake = intake_for(self.topics)
        self.clock = SkippingClock()
        self.session = Session(options, self.topics, self.clock.monotonic())
        self.connection = Connection(self.session, self.intake, self.clock, coalesce=coalesce)


@asynccontextmanager
async def driving(
    exchange: Exchange, options: SessionOptions = QUICK, *, coalesce: bool = False
) -> AsyncIterator[tuple[Driven, asyncio.Task[Ending]]]:
    """Open a connection and drive it while the block lasts."""
    driven = Driven(exchange, options, coalesce=coalesce)
    await driven.connection.open(exchange.ws_url, None)
    task = asyncio.create_task(driven.connection.run())
    try:
        yield driven, task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def open_alone(url: str, context: ssl.SSLContext | None = None) -> Connection:
    """A connection without topics."""
    clock = SkippingClock()
    connection = Connection(Session(QUICK, (), clock.monotonic()), Intake(Board()), clock, coalesce=False)
    await connection.open(url, context)
    return connection


async def test_every_topic_is_confirmed_by_its_own_data() -> None:
    """Trap 1: a topic counts once its data is here; then nothing is pending any more."""
    async with running_exchange() as exchange, driving(exchange) as (driven, _):
        await eventually(lambda: len(driven.session.confirmed) == len(driven.topics))
        assert not driven.session.pending
        assert driven.connection.messages >= len(driven.topics)
        assert driven.connection.received > 0
        assert driven.connection.rejected == 0
        assert exchange.rules_broken() == []


async def test_coalesced_reads_lose_nothing() -> None:
    """With the read mark moving up and down the same values arrive."""
    async with running_exchange(rate=1_500.0) as exchange, driving(exchange, coalesce=True) as (driven, _):
        connection = driven.connection
        await eventually(lambda: len(driven.session.confirmed) == len(driven.topics))
        await eventually(lambda: _collecting(driven))
        exchange.venue.feed.frozen = True
        await eventually(lambda: _drained(driven, exchange))
        connection.coalescer.release()
        await eventually(lambda: _equals_truth(driven, exchange))


def _collecting(driven: Driven) -> bool:
    coalescer = driven.connection.coalescer
    coalescer.measure(driven.connection.received, driven.clock.monotonic())
    coalescer.restore()
    return coalescer.mark > 1


def _drained(driven: Driven, exchange: Exchange) -> bool:
    driven.connection.coalescer.release()
    return driven.connection.messages >= sum(link.messages for link in exchange.links())


def _equals_truth(driven: Driven, exchange: Exchange) -> bool:
    driven.intake.flush(exchange.venue.clock.now_ms())
    truth = exchange.venue.feed.tickers
    return all(
        row.pushed_ts == truth[symbol].ts_ms and row.values[9] == float(truth[symbol].contract.values[10])
        for symbol, row in driven.board.rows.items()
        if truth[symbol].sent
    )


async def test_a_text_ping_goes_out_at_once_and_again_and_again() -> None:
    """Trap 2: the heartbeat is a text message from the moment of connect and waits for no subscription."""
    options = SessionOptions(chunk_size=1, chunk_delay=5.0, ping_interval=0.02)
    async with running_exchange() as exchange, driving(exchange, options) as (driven, _):
        await eventually(lambda: exchange.links()[0].session.pings >= 4)
        assert len(exchange.carried()) <= 1
        await eventually(lambda: driven.session.round_trip is not None)
        assert exchange.asked[0][1] == "ping"


async def test_a_venue_that_cuts_silent_clients_keeps_this_one() -> None:
    """Trap 2: with a short idle limit the connection outlives several of them."""
    options = SessionOptions(ping_interval=0.1)
    async with running_exchange(ping_timeout=0.3) as exchange, driving(exchange, options) as (_, task):
        await eventually(lambda: exchange.links()[0].session.pings >= 12)
        assert not task.done()
        assert exchange.rules_broken() == []


@pytest.mark.parametrize("status", [500, 502, 503, 429])
async def test_a_failed_handshake_names_the_status(status: int) -> None:
    """A bad gateway is an error that trying again may cure."""
    async with running_exchange() as exchange:
        exchange.fault("refuse", status=status)
        with pytest.raises(VenueError, match=str(status)) as caught:
            await open_alone(exchange.ws_url)
        assert not isinstance(caught.value, VenueRefused)


async def test_a_403_at_the_handshake_is_a_refusal() -> None:
    """Trap 21: a blocked region or a connect-rate ban is told apart, so that the pool can wait long."""
    async with running_exchange() as exchange:
        exchange.fault("refuse", status=403)
        with pytest.raises(VenueRefused, match="403"):
            await open_alone(exchange.ws_url)


async def test_the_venues_connect_limit_is_a_refusal() -> None:
    """Trap 20: the connection after the last allowed one is refused, not crashed upon."""
    async with running_exchange(max_connects=1) as exchange:
        first = await open_alone(exchange.ws_url)
        with pytest.raises(VenueRefused):
            await open_alone(exchange.ws_url)
        first.end("over")
        await first.run()


async def test_an_unknown_certificate_is_refused_by_us_and_named(tmp_path: Path) -> None:
    """A certificate that nobody vouches for is never accepted, and the error says what is wrong."""
    async with running_exchange(tls=tmp_path / "ca.pem") as exchange:
        with pytest.raises(VenueError, match="certificate") as caught:
            await open_alone(exchange.ws_url, ssl.create_default_context())
        assert caught.value.what == "certificate"
        assert exchange.links() == []


async def test_a_certificate_for_another_host_is_refused(tmp_path: Path) -> None:
    """A trusted authority is not enough: the name has to match."""
    async with running_exchange(tls=tmp_path / "ca.pem") as exchange:
        context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        url = exchange.ws_url.replace("127.0.0.1", "127.0.0.2")
        with pytest.raises(VenueError):
            await open_alone(url, context)
        assert exchange.links() == []


async def test_a_trusted_certificate_opens_the_stream(tmp_path: Path) -> None:
    """Over TLS the same data flows."""
    async with running_exchange(tls=tmp_path / "ca.pem") as exchange:
        driven = Driven(exchange)
        context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        await driven.connection.open(exchange.ws_url, context)
        task = asyncio.create_task(driven.connection.run())
        await eventually(lambda: len(driven.session.confirmed) == len(driven.topics))
        driven.connection.end("over")
        assert (await task).text == "over"


async def test_a_closed_port_is_an_ordinary_failure() -> None:
    """Nobody listens: an error to be tried again."""
    async with running_exchange() as exchange:
        url = exchange.ws_url
    with pytest.raises(VenueError) as caught:
        await open_alone(url)
    assert caught.value.what == "connect"


async def test_an_unknown_host_is_an_ordinary_failure() -> None:
    """Promise 8: a name that does not resolve is an error to be tried again."""
    with pytest.raises(VenueError):
        await open_alone("ws://no-such-host.invalid:1/v5/public/option")


@asynccontextmanager
async def _bare_server(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None],
) -> AsyncIterator[str]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"ws://127.0.0.1:{port}/v5/public/option"
    finally:
        server.close()


async def test_accepted_and_closed_at_once_is_an_ordinary_failure() -> None:
    """The server hangs up before any answer."""
    async with _bare_server(lambda _, writer: writer.close()) as url:
        with pytest.raises(VenueError):
            await open_alone(url)


async def test_an_answer_that_is_no_handshake_is_an_ordinary_failure() -> None:
    """Bytes that are no HTTP, as from a wrong port."""

    def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
        writer.close()

    async with _bare_server(babble) as url:
        with pytest.raises(VenueError):
            await open_alone(url)


async def test_a_handshake_without_answer_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts and says nothing costs a limited time."""
    monkeypatch.setattr(connection_module, "_HANDSHAKE_TIMEOUT", 0.1)
    writers = []
    async with _bare_server(lambda _, writer: writers.append(writer)) as url:
        with pytest.raises(VenueError):
            await open_alone(url)
        for writer in writers:
            writer.close()


async def test_closed_right_after_the_handshake_returns_a_cause() -> None:
    """The socket is gone before it was driven."""
    async with running_exchange() as exchange:
        exchange.fault("drop", duration_s=60)
        connection = await open_alone(exchange.ws_url)
        assert (await connection.run()).cause == "cut"


@pytest.mark.parametrize(
    ("code", "cause"), [(1008, "slow_reader"), (1013, "slow_reader"), (1009, "protocol")]
)
async def test_a_close_code_that_blames_us_is_taken_so(code: int, cause: str) -> None:
    """Too slow, or against the protocol."""
    async with running_exchange() as exchange, driving(exchange) as (driven, task):
        await eventually(lambda: driven.connection.messages)
        exchange.fault("close", code=code)
        assert (await asyncio.wait_for(task, 5)).cause == cause


@pytest.mark.parametrize("code", [1000, 1012, 4001])
async def test_a_close_frame_ends_the_connection_and_is_named(code: int) -> None:
    """A clean close is told apart from a cut, whatever its code."""
    async with running_exchange() as exchange, driving(exchange) as (driven, task):
        await eventually(lambda: driven.connection.messages)
        exchange.fault("close", code=code)
        ending = await asyncio.wait_for(task, 5)
        assert ending == Ending("closed", f"closed by the exchange ({code})")


async def test_a_close_frame_without_code_ends_the_connection() -> None:
    """An empty close frame is one too."""
    async with running_exchange() as exchange, driving(exchange) as (driven, task):
        await eventually(lambda: driven.connection.messages)
        exchange.links()[0].transport.write(frame(b"", 0x8))
        assert (await asyncio.wait_for(task, 5)).text == "closed by the exchange (no code)"


@pytest.mark.parametrize("kind", ["drop", "reset"])
async def test_a_cut_without_close_frame_ends_the_connection(kind: str) -> None:
    """An end without warning, by FIN or by RST, is noticed at once."""
    async with running_exchange() as exchange, driving(exchange) as (driven, task):
        await eventually(lambda: driven.connection.messages)
        exchange.fault(kind)
        assert (await asyncio.wait_for(task, 5)).cause == "cut"


async def test_last_data_is_when_it_came_not_when_we_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 19: a gap begins at the last data, even where the end is noticed much later."""
    async with running_exchange() as exchange, driving(exchange) as (driven, task):
        await eventually(lambda: len(driven.session.confirmed) == len(driven.topics))
        exchange.venue.feed.frozen = True
        await eventually(lambda: driven.connection.messages == exchange.links()[0].messages)
        silent_since = driven.clock.monotonic()
        driven.clock.skip(0.9)
        exchange.fault("drop")
        await asyncio.wait_for(task, 5)
        assert driven.session.last_data is not None
        assert driven.session.last_data == pytest.approx(silent_since, abs=0.2)


@pytest.mark.parametrize("step", [3_600.0, -3_600.0])
async def test_a_step_of_the_wall_clock_moves_no_deadline(step: float) -> None:
    """Promise 8: nothing is judged by the wall clock."""
    async with running_exchange() as exchange, driving(exchange) as (driven, task):
        await eventually(lambda: len(driven.session.confirmed) == len(driven.topics))
        driven.clock.step_wall(step)
        before = driven.connection.messages
        await eventually(lambda: driven.connection.messages > before + 20)
        driven.connection.wake()
        await eventually(lambda: driven.session.silence(driven.clock.monotonic()) < 0.5)
        assert not task.done()


@pytest.mark.parametrize("kind", ["mute", "half_open"])
async def test_silence_ends_a_connection_even_if_it_answers_pings(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise 3, trap 11: pongs prove nothing; without data the connection is given up."""
    monkeypatch.setattr(session_module, "_SHORTEST_SILENCE", 0.4)
    async with running_exchange(rate=1_000.0) as exchange, driving(exchange) as (driven, task):
        await eventually(lambda: len(driven.session.confirmed) == len(driven.topics))
        await eventually(lambda: driven.session.rate > 100)
        exchange.fault(kind)
        assert await asyncio.wait_for(task, 5) == Ending("mute", "no data for too long")


async def test_silence_from_the_start_ends_a_connection() -> None:
    """Connected, acknowledged and mute: the first data has a deadline."""
    options = SessionOptions(first_data_within=0.3)
    async with running_exchange() as exchange:
        exchange.fault("mute")
        async with driving(exchange, options) as (driven, task):
            assert await asyncio.wait_for(task, 5) == Ending("mute", "no data for too long")
            assert driven.session.last_data is None


async def test_missing_pongs_do_not_end_a_connection_that_carries_data() -> None:
    """Deaf: health is judged by data; missing pongs only lower the score."""
    options = SessionOptions(ping_interval=0.05)
    async with running_exchange() as exchange:
        exchange.fault("deaf")
        async with driving(exchange, options) as (driven, task):
            await eventually(lambda: exchange.links()[0].session.pings >= 3)
            await eventually(lambda: len(driven.session.confirmed) == len(driven.topics))
            assert driven.session.round_trip is None
            assert not task.done()


async def test_garbage_between_the_data_changes_nothing() -> None:
    """Traps 10 and 23, promise 6: bad frames are counted, the connection lives, the board holds the truth."""
    async with running_exchange(rate=1_500.0) as exchange, driving(exchange) as (driven, task):
        await eventually(lambda: len(driven.session.confirmed) == len(driven.topics))
        exchange.fault("garbage", rate=200)
        exchange.fault("duplicate", probability=0.3)
        exchange.fault("reorder", probability=0.3)
        await eventually(lambda: _flushed(driven, exchange) > 60)
        exchange.heal()
        counts = {name: ticker.count for name, ticker in exchange.venue.feed.tickers.items()}
        await eventually(
            lambda: all(exchange.venue.feed.tickers[name].count > n for name, n in counts.items())
        )
        exchange.venue.feed.frozen = True
        await eventually(lambda: _equals_truth(driven, exchange))
        assert driven.intake.counters.duplicates + driven.intake.latest.conflated > 0
        assert driven.intake.latest.out_of_order + driven.intake.counters.out_of_order > 0
        assert not task.done()


def _flushed(driven: Driven, exchange: Exchange) -> int:
    """Frames rejected so far, after a flush."""
    driven.intake.flush(exchange.venue.clock.now_ms())
    return driven.intake.counters.rejected + driven.connection.rejected


async def test_lag_is_sampled_about_once_a_second_and_not_from_first_messages() -> None:
    """What answers a subscription may be old; every later second one message tells how late they come."""
    async with running_exchange(rate=600.0) as exchange, driving(exchange) as (driven, _):
        connection = driven.connection
        await eventually(lambda: len(driven.session.confirmed) == len(driven.topics))
        await eventually(lambda: connection.lag.ms is not None)
        samples: list[int] = []
        connection.lag = _Heard(samples)  # type: ignore[assignment]
        before, began = connection.messages, driven.clock.monotonic()
        await eventually(lambda: len(samples) >= 2)
        assert driven.clock.monotonic() - began > 0.9
        assert connection.messages - before > 100


class _Heard:
    """A lag gauge that only notes the times of messages."""

    ms = None

    def __init__(self, times: list[int]) -> None:
        self._times = times

    def sample(self, ts: int, wall_ms: int, now: float) -> None:
        self._times.append(ts)


async def test_a_connection_that_gets_its_messages_late_shows_it() -> None:
    """One second of delay on the way is one second of lag."""
    async with running_exchange(rate=600.0) as exchange, driving(exchange) as (driven, _):
        await eventually(lambda: len(driven.session.confirmed) == len(driven.topics))
        await eventually(lambda: driven.connection.lag.ms is not None)
        exchange.fault("delay", delay_s=1.0)
        await eventually(
            lambda: (driven.connection.lag.latest or 0) - (driven.connection.lag.lowest or 0) > 900
        )


async def test_bytes_and_bad_pushes_are_counted() -> None:
    """Both ways; a push that nobody waits for is no answer, and no data either."""
    async with running_exchange() as exchange, driving(exchange) as (driven, _):
        await eventually(lambda: len(driven.session.confirmed) == len(driven.topics))
        assert driven.connection.sent > sum(map(len, driven.topics))
        exchange.fault("garbage", rate=100, variants=["unknown", "truncated"])
        await eventually(lambda: driven.connection.unusable > 5)
        assert driven.connection.rejected == 0


async def test_fragments_are_put_together() -> None:
    """A message in three frames counts as one."""
    async with running_exchange() as exchange, driving(exchange) as (driven, task):
        await eventually(lambda: len(driven.session.confirmed) == len(driven.topics))
        exchange.venue.feed.frozen = True
        topic = driven.topics[0]
        whole = b'{"topic":"%s","ts":1,"type":"snapshot","data":{}}' % topic.encode()
        before = driven.connection.messages
        write = exchange.links()[0].transport.write
        write(frame(whole[:9], TEXT, final=False))
        write(frame(b"", PING))
        write(frame(whole[9:30], CONTINUATION, final=False) + frame(whole[30:], CONTINUATION))
        await eventually(lambda: driven.connection.messages > before)
        assert driven.connection.rejected == 0
        assert not task.done()


async def test_fragments_without_end_are_not_collected_for_ever() -> None:
    """A fragmented message is bounded."""
    async with running_exchange() as exchange, driving(exchange) as (driven, task):
        await eventually(lambda: driven.connection.messages)
        write = exchange.links()[0].transport.write
        write(frame(b"x" * 700_000, TEXT, final=False))
        write(frame(b"x" * 700_000, CONTINUATION, final=False))
        assert (await asyncio.wait_for(task, 5)).cause == "garbled"


async def test_very_many_small_fragments_hold_up_nobody() -> None:
    """What a message has come to is counted once per fragment, not summed up anew each time."""
    async with running_exchange() as exchange, driving(exchange) as (driven, task):
        await eventually(lambda: len(driven.session.confirmed) == len(driven.topics))
        exchange.venue.feed.frozen = True
        topic = driven.topics[0]
        whole = b'{"topic":"%s","ts":1,"type":"snapshot","data":{}}' % topic.encode()
        before = driven.connection.messages
        write = exchange.links()[0].transport.write
        write(frame(whole, TEXT, final=False) + frame(b" ", CONTINUATION, final=False) * 15_000)
        write(frame(b" ", CONTINUATION))
        await eventually(lambda: driven.connection.messages > before)
        assert not task.done()


async def test_a_huge_frame_ends_the_connection_and_not_the_program() -> None:
    """A frame beyond any sense is refused."""
    async with running_exchange() as exchange, driving(exchange) as (driven, task):
        await eventually(lambda: driven.connection.messages)
        exchange.links()[0].transport.write(frame(b"x" * 2_000_000, TEXT))
        assert (await asyncio.wait_for(task, 5)).text


async def test_binary_frames_and_native_pings_are_harmless() -> None:
    """What the venue never sends is counted and passed over."""
    async with running_exchange() as exchange, driving(exchange) as (driven, task):
        await eventually(lambda: driven.connection.messages)
        exchange.links()[0].transport.write(frame(b"\x00\x01", BINARY) + frame(b"hello", PING))
        await eventually(lambda: driven.connection.rejected == 1)
        before = driven.connection.messages
        await eventually(lambda: driven.connection.messages > before + 5)
        assert not task.done()


@pytest.mark.parametrize(
    "answer",
    [
        b'{"success":true,"ret_msg":"","conn_id":"a","req_id":"","op":"subscribe"}',
        b'{"args":["1"],"op":"pong","conn_id":"a","more":1}',
        b'{"conn_id":"a","ret_msg":"3303001","success":false,"type":"COMMAND_RESP"}',
        b'{"success":false,"ret_msg":"error:already subscribed,topic:tickers.X","op":"subscribe"}',
    ],
)
async def test_answers_in_other_channels_shapes_are_understood(answer: bytes) -> None:
    """An answer in the linear shape, a pong with more keys, a failure without data: none is an error here."""
    async with running_exchange() as exchange, driving(exchange) as (driven, task):
        await eventually(lambda: driven.connection.messages)
        frames = driven.connection.frames
        exchange.links()[0].transport.write(frame(answer, TEXT))
        await eventually(lambda: driven.connection.frames > frames + 3)
        assert driven.connection.rejected == 0
        assert not task.done()


async def test_the_first_cause_counts_and_ending_twice_is_harmless() -> None:
    """Closing is idempotent."""
    async with running_exchange() as exchange, driving(exchange) as (driven, task):
        await eventually(lambda: driven.connection.messages)
        driven.connection.end("first")
        driven.connection.end("second")
        assert (await task).text == "first"
        assert (await driven.connection.run()).text == "first"
        await eventually(lambda: not exchange.links())


async def test_cancelling_hangs_up() -> None:
    """A connection whose driver is cancelled while it waits leaves no socket behind."""
    async with running_exchange() as exchange:
        async with driving(exchange) as (driven, _):
            await eventually(lambda: driven.connection.messages)
        await eventually(lambda: not exchange.links())


async def test_cancelling_the_handshake_leaves_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work for a connection that is no longer wanted ends with it, even if the venue answers after all."""
    async with running_exchange() as exchange:
        admit = exchange.venue.admit
        reached = asyncio.Event()

        def watched(request: Request, transport: asyncio.Transport) -> Link | Response:
            reached.set()
            return admit(request, transport)

        monkeypatch.setattr(exchange.venue, "admit", watched)
        task = asyncio.create_task(open_alone(exchange.ws_url))
        await reached.wait()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        await eventually(lambda: not exchange.links())


async def test_a_handshake_that_succeeds_too_late_is_hung_up_on() -> None:
    """The answer comes when nobody waits any more: the socket is closed, not kept."""
    asked, answer, hung_up = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (request,) = RequestReader().feed(await reader.readuntil(b"\r\n\r\n"))
        asked.set()
        await answer.wait()
        writer.write(switching(request))
        while await reader.read(1_024):
            continue
        hung_up.set()
        writer.close()

    server = await asyncio.start_server(late, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    task = asyncio.create_task(open_alone(f"ws://127.0.0.1:{port}/v5/public/option"))
    await asyncio.wait_for(asked.wait(), 5)
    task.cancel()
    await asyncio.wait([task])
    answer.set()
    await asyncio.wait_for(hung_up.wait(), 5)
    server.close()


async def test_an_answer_of_the_wrong_types_is_counted() -> None:
    """What is neither a push nor an answer costs nothing but its count."""
    async with running_exchange() as exchange, driving(exchange) as (driven, task):
        await eventually(lambda: driven.connection.messages)
        exchange.links()[0].transport.write(frame(b'{"success":"maybe","data":7}', TEXT))
        await eventually(lambda: driven.connection.rejected == 1)
        assert not task.done()


async def test_a_connection_that_never_opened_says_so() -> None:
    """Driving without a socket ends at once."""
    clock = SkippingClock()
    connection = Connection(Session(QUICK, (), 0.0), Intake(Board()), clock, coalesce=False)
    assert (await connection.run()).text == "never opened"
