import hashlib
import hmac

import msgspec
import pytest

from tests.alerts.receiver import receiving
from tests.alerts.rules import NOW_MS, made
from voltape.alerts.notice import Notice, notice_of
from voltape.alerts.sink import Line, SendError
from voltape.alerts.webhook import Webhook, signature
from voltape.tls import client_context

SECRET = "correct-horse-battery-staple"
LINE = Line(lambda: client_context(None))


async def test_a_message_is_signed_so_that_it_cannot_be_forged_or_replayed() -> None:
    """By the time of the attempt and the body; the id stays the same when it is sent again."""
    notice = notice_of(made(), "begin", 1, 101.0, NOW_MS, NOW_MS)
    now = NOW_MS + 5_000
    async with receiving() as receiver:
        hook = Webhook(LINE, f"{receiver.url}/in", SECRET, lambda: now)
        await hook.send(notice)
        now += 60_000
        await hook.send(notice)
    first, second = receiver.taken
    assert msgspec.json.decode(first.body, type=Notice) == notice
    for taken in (first, second):
        text = f"{taken.headers['voltape-timestamp']}.".encode() + taken.body
        expected = "v1=" + hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest()
        assert taken.headers["voltape-signature"] == expected
    assert int(second.headers["voltape-timestamp"]) - int(first.headers["voltape-timestamp"]) == 60
    assert first.headers["voltape-id"] == second.headers["voltape-id"] == notice.id == first.json["id"]


def test_another_time_body_or_secret_is_another_signature() -> None:
    """Each of them counts."""
    plain = signature(SECRET, 1, b"{}")
    assert plain.startswith("v1=")
    assert (
        len({plain, signature(SECRET, 2, b"{}"), signature(SECRET, 1, b"[]"), signature("other", 1, b"{}")})
        == 4
    )


@pytest.mark.parametrize("status", [301, 404, 410, 429, 500, 503])
async def test_anything_but_success_is_a_failure(status: int) -> None:
    """The message stays where it is."""
    async with receiving() as receiver:
        receiver.answer(status)
        with pytest.raises(SendError, match=str(status)):
            await Webhook(LINE, receiver.url, SECRET, lambda: NOW_MS).send(
                notice_of(made(), "end", 1, 1.0, NOW_MS, NOW_MS)
            )
