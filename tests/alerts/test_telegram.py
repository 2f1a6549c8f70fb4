import msgspec
import pytest

from tests.alerts.receiver import Receiver, receiving
from tests.alerts.rules import NOW_MS, made
from voltape.alerts.notice import notice_of, trial
from voltape.alerts.sink import Line, SendError
from voltape.alerts.telegram import Telegram
from voltape.tls import client_context

TOKEN = "123456:ABCDEFGHIJKLMNOP"


def telegram(receiver: Receiver) -> Telegram:
    """The sink, with its interface here."""
    return Telegram(Line(lambda: client_context(None)), receiver.url, TOKEN, "-100200")


async def failure(receiver: Receiver) -> SendError:
    """Why a message was not taken."""
    with pytest.raises(SendError) as caught:
        await telegram(receiver).send(trial(NOW_MS))
    assert TOKEN not in str(caught.value)
    return caught.value


async def test_a_message_is_sent_into_the_chat() -> None:
    """As the interface of bots wants it: plain text, which nothing in a rule can make a link or markup of."""
    async with receiving() as receiver:
        await telegram(receiver).send(notice_of(made(), "begin", 1, 101.0, NOW_MS, NOW_MS))
    (taken,) = receiver.taken
    assert taken.path == f"/bot{TOKEN}/sendMessage"
    assert taken.json["chat_id"] == "-100200"
    assert (
        taken.json["text"] == "\N{LARGE RED CIRCLE} one: BTC: index 101, above 100\n2026-11-18 11:06:40 UTC"
    )
    assert "parse_mode" not in taken.json


async def test_too_many_messages_are_a_wait() -> None:
    """The body says how long; the header where the body does not."""
    async with receiving() as receiver:
        body = {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 31}}
        receiver.answer(429, msgspec.json.encode(body))
        error = await failure(receiver)
        assert (error.retry_after_s, error.unwanted) == (31, False)
        assert str(error) == "answered 429 Too Many Requests"
        receiver.answer(429, b"", retry_after="7")
        assert (await failure(receiver)).retry_after_s == 7


async def test_a_wrong_chat_is_told_in_telegrams_words() -> None:
    """Without the token, even where the answer repeats it."""
    async with receiving() as receiver:
        body = {"ok": False, "description": f"Bad Request: chat not found {TOKEN}"}
        receiver.answer(400, msgspec.json.encode(body))
        error = await failure(receiver)
    assert str(error) == "answered 400 Bad Request: chat not found ***"
    assert error.unwanted


async def test_another_server_is_no_telegram() -> None:
    """A 200 of a captive portal confirms nothing."""
    async with receiving() as receiver:
        receiver.answer(200, b"<html>welcome</html>")
        assert str(await failure(receiver)) == "what answers there is no Telegram"


async def test_a_fault_of_the_server_is_a_failure() -> None:
    """Whatever its body says."""
    async with receiving() as receiver:
        receiver.answer(502, b"{")
        assert str(await failure(receiver)) == "answered 502"
