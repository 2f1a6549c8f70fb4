import ssl
from pathlib import Path

import pytest

from tests.alerts.receiver import receiving
from tests.e2e.program import free_port
from tests.proxying import running_proxy
from voltape.alerts.http import Answer
from voltape.alerts.sink import Line, SendError, failure_of, retry_after
from voltape.sim.certificate import server_context
from voltape.tls import client_context

JSON = {"content-type": "application/json"}


def never() -> ssl.SSLContext:
    """For addresses without TLS, where no certificate is looked at."""
    raise AssertionError


PLAIN = Line(never, timeout_s=0.5)


async def failure(url: str, line: Line = PLAIN) -> SendError:
    """Why nothing was sent."""
    with pytest.raises(SendError) as caught:
        await line.post(url, b"{}", JSON)
    return caught.value


async def test_a_message_is_posted_and_the_answer_comes_back() -> None:
    """As it was given."""
    async with receiving() as receiver:
        receiver.answer(202, b"taken", x_more="1")
        answer = await PLAIN.post(f"{receiver.url}/hook?key=1", b'{"a":1}', JSON)
    assert (answer.status, answer.body, answer.headers["x-more"]) == (202, b"taken", "1")
    (taken,) = receiver.taken
    assert (taken.path, taken.body, taken.headers["content-type"]) == (
        "/hook?key=1",
        b'{"a":1}',
        "application/json",
    )


async def test_nobody_there_is_a_failure() -> None:
    """Told without the address, which may hold a secret."""
    error = await failure(f"http://127.0.0.1:{free_port()}/bot123:secret/x")
    assert "secret" not in str(error)
    assert error.__cause__ is None


async def test_a_silent_server_is_a_failure_in_time() -> None:
    """It costs a bounded wait."""
    async with receiving() as receiver:
        receiver.silent = True
        assert str(await failure(receiver.url)) == "no answer in time"


async def test_redirects_are_not_followed() -> None:
    """A signed message goes where it was to go, or nowhere."""
    async with receiving() as receiver:
        receiver.answer(302, location=f"{receiver.url}/elsewhere")
        assert (await PLAIN.post(receiver.url, b"{}", JSON)).status == 302
    assert len(receiver.taken) == 1


async def test_only_the_beginning_of_an_answer_is_read() -> None:
    """Whoever answers with a film fills no memory."""
    async with receiving() as receiver:
        receiver.answer(200, b"x" * 3_000_000)
        answer = await PLAIN.post(receiver.url, b"{}", JSON)
    assert len(answer.body) == 16_384


async def test_certificates_are_checked(tmp_path: Path) -> None:
    """One that nobody vouches for is refused, one by the given authority is taken."""
    ca_file = tmp_path / "ca.pem"
    context = server_context("127.0.0.1", ca_file)
    async with receiving(context) as receiver:
        error = await failure(receiver.url, Line(lambda: client_context(None)))
        assert "certificate is not trusted" in str(error)
        assert receiver.taken == []
        answer = await Line(lambda: client_context(ca_file)).post(receiver.url, b"{}", JSON)
        assert answer.status == 200


async def test_certificates_that_cannot_be_read_are_a_failure(tmp_path: Path) -> None:
    """Of this attempt: the file may be back for the next one."""
    line = Line(lambda: client_context(tmp_path / "gone.pem"))
    assert str(await failure("https://127.0.0.1:1", line)) == "no such file or directory"


async def test_a_proxy_is_used_where_there_is_one() -> None:
    """As for the exchange."""
    async with receiving() as receiver, running_proxy() as proxy:
        line = Line(never, proxy=f"http://127.0.0.1:{proxy.port}")
        assert (await line.post(receiver.url, b"{}", JSON)).status == 200
        assert len(proxy.lines) == 1


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [("7", 7.0), ("99999999", 3600.0), ("", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-5", None)],
)
def test_retry_after_is_heeded_up_to_an_hour(raw: str, seconds: float | None) -> None:
    """Only seconds are."""
    assert retry_after(Answer(429, {"retry-after": raw}, b"")) == seconds


def test_what_is_about_the_message_is_told_apart() -> None:
    """From what is about the server, which may be well later."""
    assert failure_of(Answer(204, {}, b"")) is None
    failures = {status: failure_of(Answer(status, {}, b"")) for status in (302, 400, 401, 413, 429, 500)}
    assert {status: error.unwanted for status, error in failures.items() if error} == {
        302: False, 400: True, 401: False, 413: True, 429: False, 500: False
    }  # fmt: skip
    waiting = failure_of(Answer(429, {"retry-after": "5"}, b""), wait_s=9.0, said="slow down")
    assert waiting is not None
    assert (waiting.retry_after_s, str(waiting)) == (9.0, "answered 429 slow down")
